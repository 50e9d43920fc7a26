//! How often an engine is right on labelled transactions, and how honest its probabilities are.
//!
//! A label is one acceptable category or several; an answer is right if it is one of them. The top level is right if it is
//! the top level of one of them. Rows without a label are not judged. For the honesty of a probability an answer that is a top
//! level itself is right if the top level is.

mod labels;
mod report;

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

pub(crate) use labels::Labels;
pub use labels::UnknownLabel;

use crate::engine::Engine;
use crate::model::names::{ConfidenceLevel, Method, Taxonomy};
use crate::model::transaction::{Direction, Transaction};

/// Bands of equal width the reliability table has.
const BANDS: usize = 10;

/// A transaction and what a person says it is.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    /// The input.
    pub transaction: Transaction,
    /// Acceptable categories, names of the taxonomy that is evaluated or paths of ours; none means no verdict.
    pub categories: Vec<String>,
    /// Flags that are known, by name without `is_`.
    pub flags: Vec<(String, bool)>,
    /// How many rows this one stands for.
    pub count: u64,
}

/// Right answers among judged ones, weighed three ways.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// Judged.
    pub judged: f64,
    /// Given any category but the fallback.
    pub covered: f64,
    /// Right to the leaf.
    pub leaf: f64,
    /// Right at the top level.
    pub top_level: f64,
}

impl Tally {
    fn absorb(&mut self, other: Self) {
        self.judged += other.judged;
        self.covered += other.covered;
        self.leaf += other.leaf;
        self.top_level += other.top_level;
    }

    fn add(&mut self, weight: f64, verdict: &Verdict) {
        self.judged += weight;
        self.covered += if verdict.covered { weight } else { 0.0 };
        self.leaf += if verdict.leaf { weight } else { 0.0 };
        self.top_level += if verdict.top_level { weight } else { 0.0 };
    }
}

/// Precision and recall of one category.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct CategoryScore {
    /// Rows whose best label it is.
    pub labelled: u64,
    /// Rows it was given to.
    pub given: u64,
    /// Rows it was given to rightly.
    pub right: u64,
    /// Rows whose best label it is and whose answer was right.
    pub found: u64,
}

impl CategoryScore {
    /// Share of what was given that is right.
    pub fn precision(&self) -> f64 {
        ratio(self.right as f64, self.given as f64)
    }

    /// Share of what was labelled that was answered rightly.
    pub fn recall(&self) -> f64 {
        ratio(self.found as f64, self.labelled as f64)
    }

    /// Harmonic mean of both.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        ratio(2.0 * precision * recall, precision + recall)
    }
}

/// Answers of one band of confidence.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Band {
    /// Answers.
    pub count: u64,
    /// Sum of the probabilities given.
    pub confidence: f64,
    /// Right ones.
    pub right: u64,
}

/// Outcome of a yes-or-no statement over the rows that know it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FlagScore {
    /// Set and meant.
    pub true_positive: u64,
    /// Set and not meant.
    pub false_positive: u64,
    /// Meant and not set.
    pub false_negative: u64,
    /// Neither.
    pub true_negative: u64,
}

/// Everything that was measured. `Display` prints a table, `Serialize` gives the same as JSON.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Rows read, each weighing its count.
    pub rows: u64,
    /// By row, each weighing its count.
    pub by_row: Tally,
    /// By distinct description.
    pub by_description: Tally,
    /// By money, where amounts are known.
    pub by_money: Tally,
    /// By the method that gave the category, distinct descriptions.
    pub by_method: BTreeMap<String, Tally>,
    /// By category, distinct descriptions.
    pub categories: BTreeMap<String, CategoryScore>,
    /// Best label, answer, and how often, the most frequent first; distinct descriptions.
    pub confusions: Vec<(String, String, u64)>,
    /// Ten bands of confidence from 0 to 1; distinct descriptions that were given a category.
    pub reliability: Vec<Band>,
    /// Bands by name; distinct descriptions that were given a category.
    pub levels: BTreeMap<String, Band>,
    /// Expected calibration error over the ten bands.
    pub calibration_error: f64,
    /// Labels that are no category; a row with none other is not judged.
    pub unknown_labels: BTreeMap<String, UnknownLabel>,
    /// By flag, all rows that know it.
    pub flags: BTreeMap<String, FlagScore>,
}

struct Verdict {
    covered: bool,
    leaf: bool,
    top_level: bool,
}

impl Report {
    /// Adds the figures of another part of one set.
    pub fn absorb(&mut self, other: Self) {
        self.rows += other.rows;
        for (own, others) in [
            (&mut self.by_row, other.by_row),
            (&mut self.by_description, other.by_description),
            (&mut self.by_money, other.by_money),
        ] {
            own.absorb(others);
        }
        for (method, tally) in other.by_method {
            self.by_method.entry(method).or_default().absorb(tally);
        }
        for (name, score) in other.categories {
            let own = self.categories.entry(name).or_default();
            own.labelled += score.labelled;
            own.given += score.given;
            own.right += score.right;
            own.found += score.found;
        }
        for (label, given, count) in other.confusions {
            match self.confusions.iter_mut().find(|(one, two, _)| (one, two) == (&label, &given)) {
                Some(own) => own.2 += count,
                None => self.confusions.push((label, given, count)),
            }
        }
        self.confusions.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| one.cmp(other)));
        self.reliability.resize(BANDS, Band::default());
        self.reliability.iter_mut().zip(&other.reliability).for_each(|(own, band)| own.absorb(band));
        for (name, band) in &other.levels {
            self.levels.entry(name.clone()).or_default().absorb(band);
        }
        self.calibration_error = calibration_error(&self.reliability);
        for (label, unknown) in other.unknown_labels {
            let own = self.unknown_labels.entry(label).or_default();
            own.rows += unknown.rows;
            own.nearest = unknown.nearest;
        }
        for (name, score) in other.flags {
            let own = self.flags.entry(name).or_default();
            own.true_positive += score.true_positive;
            own.false_positive += score.false_positive;
            own.false_negative += score.false_negative;
            own.true_negative += score.true_negative;
        }
    }
}

impl Band {
    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.confidence += other.confidence;
        self.right += other.right;
    }
}

/// How far confidence is off on average, each band weighing its answers.
fn calibration_error(bands: &[Band]) -> f64 {
    let total: u64 = bands.iter().map(|band| band.count).sum();
    let off = |band: &Band| (band.confidence - band.right as f64).abs();
    ratio(bands.iter().map(off).sum(), total as f64)
}

/// Runs an engine over labelled transactions. Two rows with one text, direction and label count as one description.
pub fn evaluate(engine: &Engine, taxonomy: Taxonomy, rows: &[Labelled]) -> Report {
    let labels = Labels::new(engine, taxonomy);
    let transactions: Vec<Transaction> = rows.iter().map(|row| row.transaction.clone()).collect();
    let answers = engine.enrich_batch(&transactions);
    let mut report = Report { reliability: vec![Band::default(); BANDS], ..Report::default() };
    let mut seen: HashSet<(&str, Option<Direction>, &[String])> = HashSet::new();
    let mut confusions: HashMap<(String, String), u64> = HashMap::new();
    for (row, answer) in rows.iter().zip(&answers) {
        report.rows += row.count;
        for (name, meant) in &row.flags {
            flag_score(&mut report, answer, name, *meant);
        }
        labels.count_unknown(row, &mut report.unknown_labels);
        let right = labels.names(row);
        let Some(best) = right.first() else { continue };
        let projection = answer.category.project(taxonomy, row.transaction.direction);
        let covered = answer.categorized_by != Method::Fallback;
        let verdict = Verdict {
            covered,
            leaf: right.contains(&projection.category),
            top_level: right.iter().any(|label| labels.top(label) == Some(projection.top_level.as_str())),
        };
        report.by_row.add(row.count as f64, &verdict);
        let money = row.transaction.amount.unwrap_or(Decimal::ZERO).to_f64().unwrap_or(0.0);
        report.by_money.add(money * row.count as f64, &verdict);
        if !seen.insert((&row.transaction.original_description, row.transaction.direction, &row.categories)) {
            continue;
        }
        report.by_description.add(1.0, &verdict);
        report.by_method.entry(answer.categorized_by.as_str().to_owned()).or_default().add(1.0, &verdict);
        let labelled = report.categories.entry(best.clone()).or_default();
        labelled.labelled += 1;
        labelled.found += u64::from(verdict.leaf);
        if !covered {
            continue;
        }
        let given = report.categories.entry(projection.category.clone()).or_default();
        given.given += 1;
        given.right += u64::from(verdict.leaf);
        if !verdict.leaf {
            *confusions.entry((best.clone(), projection.category.clone())).or_default() += 1;
        }
        let band = ((answer.confidence * BANDS as f32) as usize).min(BANDS - 1);
        let level = report.levels.entry(ConfidenceLevel::of(answer.confidence).as_str().to_owned()).or_default();
        // An answer of the top level claims no more than that.
        let is_general = projection.category == projection.top_level;
        for band in [&mut report.reliability[band], level] {
            band.count += 1;
            band.confidence += f64::from(answer.confidence);
            band.right += u64::from(verdict.leaf || is_general && verdict.top_level);
        }
    }
    report.confusions = confusions.into_iter().map(|((label, given), count)| (label, given, count)).collect();
    report.confusions.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| one.cmp(other)));
    report.calibration_error = calibration_error(&report.reliability);
    report
}

fn flag_score(report: &mut Report, answer: &crate::Enriched<'_>, name: &str, meant: bool) {
    let set = match (name, name.parse()) {
        ("international", _) => answer.flags.international == Some(true),
        (_, Ok(flag)) => answer.flags.contains(flag),
        (_, Err(_)) => return,
    };
    let score = report.flags.entry(name.to_owned()).or_default();
    *match (set, meant) {
        (true, true) => &mut score.true_positive,
        (true, false) => &mut score.false_positive,
        (false, true) => &mut score.false_negative,
        (false, false) => &mut score.true_negative,
    } += 1;
}

/// A share; 0 of nothing is 0.
pub(crate) fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
