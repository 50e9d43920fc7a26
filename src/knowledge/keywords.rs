//! Trade words, found by one Aho-Corasick automaton over the spaced text.
//!
//! A row stands for the forms that statements give its word: the plural (`BUTCHER`, `BUTCHERS`), `AND` left out (`POOL SPA` of
//! `POOL AND SPA`), and, at the end of a name that was cut to a fixed length, its beginning (`DRY CLEANE`). A form that has a row
//! of its own is that row's.

use std::collections::HashSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::data::tables::KeywordRow;

/// Words shorter than this have no plural: too many are initials.
const LEAST_PLURAL: usize = 4;
/// Letters that must be left of a word that was cut.
const LEAST_CUT: usize = 4;
/// Words of a cut phrase that are looked at.
const MOST_CUT_WORDS: usize = 3;
/// Letters that must be left of the last word of a cut phrase.
const LEAST_CUT_WORD: usize = 3;
/// Of the phrases that a cut one may be, this share must agree on the category.
const LEAST_AGREEMENT: f32 = 0.7;

/// The automaton and its rows.
pub struct Keywords {
    /// In order of their phrases.
    rows: Vec<KeywordRow>,
    /// Whether the plural of a row is a row of its own.
    has_plural: Vec<bool>,
    automaton: AhoCorasick,
}

impl Keywords {
    pub fn new(rows: &[KeywordRow]) -> Self {
        let known: HashSet<&str> = rows.iter().map(|row| row.phrase.as_str()).collect();
        let without_and = rows.iter().filter_map(|row| {
            let phrase = row.phrase.replace(" AND ", " ");
            (phrase != row.phrase && !known.contains(phrase.as_str())).then(|| KeywordRow { phrase, ..row.clone() })
        });
        let mut all: Vec<KeywordRow> = rows.iter().cloned().chain(without_and).collect();
        all.sort_by(|one, other| one.phrase.cmp(&other.phrase).then(one.at.cmp(&other.at)));
        let has_plural = all
            .iter()
            .map(|row| ["S", "ES"].iter().any(|ending| known.contains(format!("{}{ending}", row.phrase).as_str())))
            .collect();
        let patterns = all.iter().map(|row| {
            let before = if row.open_start { "" } else { " " };
            format!("{before}{}", row.phrase)
        });
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .expect("some ten thousand words are far below the automaton's limit");
        Self { rows: all, has_plural, automaton }
    }

    /// Every keyword that stands in a spaced text, with the bytes of its words there.
    pub fn find<'k>(&'k self, spaced: &'k str) -> impl Iterator<Item = (&'k KeywordRow, Range<usize>)> {
        self.automaton.find_overlapping_iter(spaced).filter_map(move |found| {
            let at = found.pattern().as_usize();
            let row = &self.rows[at];
            let start = found.start() + usize::from(!row.open_start);
            let end = found.end() + self.ending(at, &spaced[found.end()..])?;
            allowed(row, spaced).then_some((row, start..end))
        })
    }

    /// How much longer than the row's phrase the word in the text is; `None` if it is another word.
    fn ending(&self, at: usize, rest: &str) -> Option<usize> {
        let row = &self.rows[at];
        if row.open_end || rest.is_empty() || rest.starts_with(' ') {
            return Some(0);
        }
        let sibilant = ["S", "X", "Z", "CH", "SH"].iter().any(|sound| row.phrase.ends_with(sound));
        let plural = if sibilant { "ES" } else { "S" };
        let after = rest.strip_prefix(plural)?;
        let ends = after.is_empty() || after.starts_with(' ');
        (ends && row.phrase.len() >= LEAST_PLURAL && !self.has_plural[at]).then_some(plural.len())
    }

    /// The keyword that the end of a cut text begins, with its share of what else it may be, and the bytes of its words. `end` is
    /// where the last word of the name ends.
    pub fn cut<'k>(&'k self, spaced: &str, end: usize) -> Option<(&'k KeywordRow, f32, Range<usize>)> {
        let name = &spaced[..end];
        if name.rfind(' ').is_none_or(|at| end - at - 1 < LEAST_CUT_WORD) {
            return None;
        }
        let start = |words: usize| name.rmatch_indices(' ').nth(words - 1).map(|(at, _)| at + 1);
        // The most words first: what stands before the cut word tells which it is.
        let starts = (1..=MOST_CUT_WORDS).rev().filter_map(start);
        starts.filter(|start| end - start >= LEAST_CUT).find_map(|start| {
            let (row, share) = self.begun(&name[start..], spaced)?;
            Some((row, share, start..end))
        })
    }

    /// The strongest row whose phrase goes on after `head`, if most that do agree with it.
    fn begun(&self, head: &str, spaced: &str) -> Option<(&KeywordRow, f32)> {
        let first = self.rows.partition_point(|row| row.phrase.as_str() < head);
        let begun = || {
            let rows = self.rows[first..].iter().take_while(|row| row.phrase.starts_with(head));
            rows.filter(|row| !row.open_start && goes_on(&row.phrase[head.len()..]) && allowed(row, spaced))
        };
        let best = begun().max_by_key(|row| row.strength)?;
        let share = begun().filter(|row| row.category == best.category).count() as f32 / begun().count() as f32;
        (share >= LEAST_AGREEMENT).then_some((best, share))
    }

    /// Every row, in order of the words.
    pub fn rows(&self) -> &[KeywordRow] {
        &self.rows
    }
}

/// Whether what is left of a phrase belongs to the word before it.
fn goes_on(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with(' ')
}

/// Whether no word that forbids a keyword stands in the text.
fn allowed(row: &KeywordRow, spaced: &str) -> bool {
    !row.not.iter().any(|words| spaced.contains(words.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tables::At;

    fn keywords(written: &[(&str, u16)]) -> Keywords {
        let row = |(line, (phrase, category)): (usize, &(&str, u16))| KeywordRow {
            at: At { file: 0, line: line as u32 },
            phrase: (*phrase).to_owned(),
            open_start: false,
            open_end: false,
            category: *category,
            strength: 90,
            not: Vec::new(),
        };
        Keywords::new(&written.iter().enumerate().map(row).collect::<Vec<_>>())
    }

    fn found(keywords: &Keywords, spaced: &str) -> Vec<(u16, String)> {
        keywords.find(spaced).map(|(row, bytes)| (row.category, spaced[bytes].to_owned())).collect()
    }

    #[test]
    fn a_row_stands_for_its_plural_unless_that_has_a_row() {
        let keywords = keywords(&[("BUTCHER", 1), ("CHURCH", 2), ("GLASS", 3), ("GLASSES", 4), ("VET", 5)]);
        assert_eq!(found(&keywords, " THE BUTCHERS "), [(1, "BUTCHERS".into())]);
        assert_eq!(found(&keywords, " TWO CHURCHES "), [(2, "CHURCHES".into())]);
        assert_eq!(found(&keywords, " GLASSES "), [(4, "GLASSES".into())]);
        assert_eq!(found(&keywords, " VETS BUTCHERSON "), [], "no initials, nothing inside a word");
    }

    #[test]
    fn and_may_be_missing() {
        let keywords = keywords(&[("POOL AND SPA", 1)]);
        assert_eq!(found(&keywords, " POOL SPA "), [(1, "POOL SPA".into())]);
        assert_eq!(found(&keywords, " POOL AND SPA "), [(1, "POOL AND SPA".into())]);
    }

    #[test]
    fn a_cut_word_is_told_by_what_it_may_be() {
        let keywords = keywords(&[("DRY CLEANERS", 1), ("CLEANING", 2), ("CARPENTRY", 3), ("CARPET", 4)]);
        let cut = |spaced: &str| keywords.cut(spaced, spaced.len()).map(|(row, _, bytes)| (row.category, bytes));
        assert_eq!(cut(" NORTH LANE DRY CLEA"), Some((1, 12..20)));
        assert_eq!(cut(" SPOTLESS CLEA"), Some((2, 10..14)));
        assert_eq!(cut(" MASTER CARPE"), None, "a carpenter or a carpet shop");
        assert_eq!(cut(" MASTER CAR"), None, "too little is left");
        assert_eq!(cut(" LANE DRY CL"), None, "too little is left of the last word");
    }
}
