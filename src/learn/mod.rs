//! Rules from a history somebody has corrected: the fewest that make it come true and contradict none of it, for review.
//!
//! Rows whose answer is right already need no rule. For the others the widest rule that takes no row labelled otherwise is
//! sought: by merchant first, then by the cleaned description or words of the name, then by the whole text with amount,
//! account or day. What was found is verified by an engine that has the rules.

mod candidate;
mod history;
mod write;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::data::source::Source;
use crate::engine::EngineBuilder;
use crate::error::Error;
use crate::eval::Labelled;
use crate::model::names::Taxonomy;

use candidate::Candidate;
use history::History;

/// File name the rules have while they are verified.
const NAME: &str = "learned.rules.toml";

/// Rules that were learned, and what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lesson {
    /// The rules as a file; comments only if nothing had to be corrected.
    pub text: String,
    /// How many rules there are.
    pub rules: usize,
    /// Labelled rows.
    pub rows: usize,
    /// Rows whose answer was right without the rules.
    pub right_before: usize,
    /// Rows whose answer is right with them.
    pub right_after: usize,
    /// Rows whose label no rule could make come true, in order.
    pub unmet: Vec<Unmet>,
}

/// A row whose label did not come true.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unmet {
    /// Number of the row, from 0.
    pub row: usize,
    /// Why, and what to do.
    pub reason: String,
}

/// Learns rules on top of what an engine is built from. Labels are paths of categories or names in `taxonomy`; of several acceptable ones the
/// first is given. Deterministic; memory and time grow with the rows and the words of their names.
///
/// # Errors
///
/// As [`EngineBuilder::build`].
pub fn learn(builder: &EngineBuilder, rows: &[Labelled], taxonomy: Taxonomy) -> Result<Lesson, Error> {
    let engine = builder.clone().build()?;
    let history = History::new(&engine, rows, taxonomy);
    let mut chosen = choose(&history);
    prune(&history, &mut chosen);
    chosen.sort_by(|one, other| one.candidate.cmp(&other.candidate));
    loop {
        let (text, lines) = write::write(&engine, &history, &chosen);
        let ruled = builder.clone().source(Source::new(NAME, text.clone())).build()?;
        let mut lesson = Lesson {
            text,
            rules: chosen.len(),
            rows: history.rows.len(),
            right_before: history.rows.iter().filter(|row| row.right).count(),
            ..Lesson::default()
        };
        let mut harmful = Vec::new();
        for row in &history.rows {
            let answer = ruled.enrich(&row.labelled.transaction);
            if row.accepts(answer.category.id().0) {
                lesson.right_after += 1;
                continue;
            }
            let by = answer.evidence.rule.filter(|rule| rule.file == NAME);
            let by = by.and_then(|rule| lines.iter().position(|line| *line == rule.line));
            harmful.extend(by.filter(|_| row.right));
            lesson.unmet.push(Unmet { row: row.number, reason: history.reason(row) });
        }
        if harmful.is_empty() {
            return Ok(lesson);
        }
        // A rule does harm only together with others the engine has; without it nothing gets worse.
        harmful.sort_unstable();
        harmful.dedup();
        for at in harmful.into_iter().rev() {
            chosen.remove(at);
        }
    }
}

/// A candidate that was taken, with the rows it corrects.
pub(crate) struct Chosen {
    candidate: Candidate,
    corrects: Vec<u32>,
}

/// The greedy choice: level by level, each time the candidate that corrects the most rows not corrected yet.
fn choose(history: &History<'_>) -> Vec<Chosen> {
    let mut levels: BTreeMap<u8, BTreeMap<Candidate, Vec<u32>>> = BTreeMap::new();
    for (number, row) in history.rows.iter().enumerate().filter(|(_, row)| !row.right) {
        let Some(category) = row.target else { continue };
        for candidate in candidate::of(row, category) {
            let level = levels.entry(candidate.level()).or_default();
            level.entry(candidate).or_default().push(number as u32);
        }
    }
    let mut open: Vec<bool> = history.rows.iter().map(|row| !row.right && row.target.is_some()).collect();
    let mut chosen = Vec::new();
    for candidates in levels.into_values() {
        let candidates: Vec<(Candidate, Vec<u32>)> = candidates.into_iter().collect();
        let gain = |rows: &[u32], open: &[bool]| rows.iter().filter(|row| open[**row as usize]).count();
        let mut heap: BinaryHeap<_> =
            candidates.iter().enumerate().map(|(at, (_, rows))| (gain(rows, &open), Reverse(at))).collect();
        while let Some((promised, Reverse(at))) = heap.pop() {
            let (candidate, rows) = &candidates[at];
            let real = gain(rows, &open);
            if real == 0 {
                continue;
            }
            if real < promised {
                heap.push((real, Reverse(at)));
                continue;
            }
            let taken = history.taken(candidate);
            if taken.iter().any(|row| !history.rows[*row as usize].accepts(candidate.category)) {
                continue;
            }
            let corrects: Vec<u32> = taken.into_iter().filter(|row| !history.rows[*row as usize].right).collect();
            corrects.iter().for_each(|row| open[*row as usize] = false);
            chosen.push(Chosen { candidate: candidate.clone(), corrects });
        }
    }
    chosen
}

/// Drops rules whose rows are all corrected by others, the latest first.
fn prune(history: &History<'_>, chosen: &mut Vec<Chosen>) {
    let mut count = vec![0_u32; history.rows.len()];
    let rows = |chosen: &Chosen| chosen.corrects.clone();
    for row in chosen.iter().flat_map(rows) {
        count[row as usize] += 1;
    }
    for at in (0..chosen.len()).rev() {
        if chosen[at].corrects.iter().all(|row| count[*row as usize] > 1) {
            for row in chosen.remove(at).corrects {
                count[row as usize] -= 1;
            }
        }
    }
}
