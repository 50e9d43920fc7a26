//! Evidence combined: one function turns what every source proposes into probabilities.
//!
//! Each piece of evidence for a category has a score, `weight + slope * log-odds(strength)`; the scores of independent sources
//! add up, and categories compete with each other and with "none of these":
//! `p(category) = exp(score) / (exp(nothing) + sum of exp(score) over all proposed)`.
//! What one merchant's name says through two sources counts twice in that sum, so the last row, `answer`, sets it right:
//! `log-odds given = weight + slope * log-odds(p)`. A phrase that decides competes only with other such phrases.
//! An answer is in the bands `HIGH` and `VERY_HIGH` only where such answers were right as often as the band promises: the rows
//! `high` and `very_high`.
//! A merchant of the dictionary is trusted as far as merchants of its category were right: the rows `merchant` and a path.
//! Where no category is likely enough, the one above several may be: `general` sets the sum of their shares right in the same way.
//! Weights and slopes stand in `data/model/calibration.csv`, fitted by `payee train --calibration` on merchants the model has
//! not seen.

use std::collections::BTreeMap;

use once_cell::sync::Lazy;

use super::categorize::Proposal;
use crate::error::Problem;
use crate::knowledge::Knowledge;
use crate::model::names::{Method, Taxonomy};
use crate::model::transaction::Direction;

/// What a proposal rests on: one row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ground {
    /// A phrase of a bank that hints.
    Descriptor,
    /// A phrase of a bank that decides.
    Phrase,
    OwnMerchant,
    CuratedAlone,
    CuratedStart,
    CuratedInside,
    ImportedAlone,
    ImportedStart,
    ImportedInside,
    Keyword,
    Mcc,
    /// A merchant category code, or a phrase that hints, which a merchant written by hand contradicts.
    Disputed,
    /// Its strength is taken as a logarithm, since it is one of many shares.
    Model,
    /// Added to a merchant's: the text shows only the beginning of its name.
    Cut,
    /// Added where words alone say that a purchase was paid back: money in from a trade may as well be wages.
    Refund,
    /// Added for each other method that proposes something else of the same top level.
    Agreement,
    /// That no proposal is right.
    Nothing,
    /// The outcome of the sum.
    Answer,
    /// The outcome for the category above.
    General,
    /// Its weight is the probability from which on answers are as often right as the band `HIGH` promises. Those between the
    /// edge of the band and it are given just below the edge.
    High,
    /// The same for `VERY_HIGH`.
    VeryHigh,
}

/// Rows of the table.
pub const GROUNDS: usize = 21;

impl Ground {
    pub const NAMES: [&'static str; GROUNDS] = [
        "descriptor",
        "phrase",
        "own_merchant",
        "curated_alone",
        "curated_start",
        "curated_inside",
        "imported_alone",
        "imported_start",
        "imported_inside",
        "keyword",
        "mcc",
        "disputed",
        "model",
        "cut",
        "refund",
        "agreement",
        "nothing",
        "answer",
        "general",
        "high",
        "very_high",
    ];

    /// Whether it is a name of the dictionary, whose strength is how far its category is to be trusted.
    pub fn is_merchant(self) -> bool {
        use Ground::{CuratedAlone, CuratedInside, CuratedStart, ImportedAlone, ImportedInside, ImportedStart};
        matches!(self, CuratedAlone | CuratedStart | CuratedInside | ImportedAlone | ImportedStart | ImportedInside)
    }

    /// What a strength comes to in the score; nothing where proposals have none of their own.
    pub fn odds(self, strength: f32) -> f32 {
        match self {
            Self::Descriptor | Self::Phrase | Self::Keyword | Self::Mcc | Self::Disputed => log_odds(strength),
            Self::Model => strength.clamp(0.001, 1.0).ln(),
            _ if self.is_merchant() => log_odds(strength),
            _ => 0.0,
        }
    }
}

/// Weight and slope of each ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub rows: [(f32, f32); GROUNDS],
    /// How often merchants that stand under a category are of it, by its path; [`ANY`] for all others.
    pub trust: BTreeMap<String, f32>,
}

/// Stands for every category without a row of its own, or one above it.
pub const ANY: &str = "*";
/// Begins the rows of categories.
const MERCHANT: &str = "merchant ";

static EMBEDDED: Lazy<Weights> = Lazy::new(|| {
    Weights::read("data/model/calibration.csv", include_str!("../../data/model/calibration.csv"))
        .expect("the table the program carries is checked by a test")
});

impl Weights {
    /// The table the program carries.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads `ground,weight,slope`; every ground once, nothing else.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut rows = [None; GROUNDS];
        let mut trust = BTreeMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split(',').collect();
            let mut fault = |message: String| problems.push(Problem::new(name, at as u64 + 1, message));
            if cells == ["ground", "weight", "slope"] {
                continue;
            }
            let number = |cell: &str| cell.parse().ok().filter(|number: &f32| number.is_finite());
            let category = cells[0].strip_prefix(MERCHANT);
            match (&cells[..], category) {
                (&[_, share, _], Some(category)) => match number(share).filter(|share| (0.0..=1.0).contains(share)) {
                    Some(share) => drop(trust.insert(category.to_owned(), share)),
                    None => {
                        fault(format!("`{share}`: how often a merchant is of its category is a number from 0 to 1"))
                    }
                },
                (&[ground, weight, slope], None) => {
                    let Some(found) = Ground::NAMES.iter().position(|name| *name == ground) else {
                        fault(format!("`{ground}` is no ground: use one of {}", Ground::NAMES.join(", ")));
                        continue;
                    };
                    match (number(weight), number(slope)) {
                        (Some(weight), Some(slope)) if rows[found].is_none() => rows[found] = Some((weight, slope)),
                        (Some(_), Some(_)) => fault(format!("`{ground}` stands twice: keep one row")),
                        _ => fault(format!("`{weight}`, `{slope}`: weight and slope are decimal numbers")),
                    }
                }
                _ => fault(format!("`{line}` has {} cells: write ground,weight,slope", cells.len())),
            }
        }
        for (ground, row) in Ground::NAMES.iter().zip(&rows) {
            if row.is_none() && problems.is_empty() {
                problems.push(Problem::new(name, 0, format!("no row for `{ground}`: add one")));
            }
        }
        if problems.is_empty() { Ok(Self { rows: rows.map(Option::unwrap_or_default), trust }) } else { Err(problems) }
    }

    /// How far a merchant is to be trusted that stands under a category.
    pub fn trust(&self, path: &str) -> f32 {
        let above = std::iter::successors(Some(path), |path| path.rsplit_once('.').map(|(above, _)| above));
        above.chain([ANY]).find_map(|path| self.trust.get(path)).copied().unwrap_or(UNTRIED)
    }

    /// The table as text, as it is read.
    pub fn text(&self) -> String {
        let mut text = String::from(HEAD);
        for (ground, (weight, slope)) in Ground::NAMES.iter().zip(&self.rows) {
            text.push_str(&format!("{ground},{weight:.3},{slope:.3}\n"));
        }
        for (category, share) in &self.trust {
            text.push_str(&format!("{MERCHANT}{category},{share:.3},0.000\n"));
        }
        text
    }
}

/// How a written table begins.
const HEAD: &str = "# How much each kind of evidence says for a category: weight + slope * log-odds of its strength; scores add up.\nground,weight,slope\n";

/// Trust in a merchant where nothing was measured.
const UNTRIED: f32 = 0.9;

/// The rows of the bands that must be earned, and the greatest probability that is not yet in each.
const EARNED: [(Ground, f32); 2] = [(Ground::VeryHigh, 0.949), (Ground::High, 0.799)];

/// What speaks for one category: each ground with 1 and its log-odds.
pub type Case = Vec<(Ground, f32, f32)>;

/// Log-odds of a strength, which is never quite certain.
pub fn log_odds(strength: f32) -> f32 {
    let strength = strength.clamp(0.001, 0.999);
    (strength / (1.0 - strength)).ln()
}

/// Everything that speaks for the category of a proposal: of each method the strongest, and agreement at the top level.
pub fn case(
    knowledge: &Knowledge,
    proposals: &[Proposal],
    category: u16,
    direction: Option<Direction>,
    into: &mut Case,
) {
    const METHODS: [Method; 5] = [Method::Descriptor, Method::Merchant, Method::Mcc, Method::Keyword, Method::Model];
    into.clear();
    let top = |category: u16| knowledge.categories[usize::from(category)].top_level();
    let mut said: [(Option<&Proposal>, bool); METHODS.len()] = Default::default();
    for proposal in proposals {
        let Some(method) = METHODS.iter().position(|method| *method == proposal.method) else { continue };
        let (own, agrees) = &mut said[method];
        if proposal.category != category {
            *agrees = *agrees || own.is_none() && top(proposal.category) == top(category);
        } else if own.is_none_or(|best| best.strength.total_cmp(&proposal.strength).is_le()) {
            *own = Some(proposal);
        }
    }
    let others = said.iter().filter_map(|(own, _)| *own);
    let words_alone = || others.clone().all(|own| matches!(own.method, Method::Keyword | Method::Model));
    if knowledge.is_refund(category, direction) && words_alone() {
        into.push((Ground::Refund, 1.0, 0.0));
    }
    for (own, agrees) in said {
        match own {
            Some(own) => {
                into.push((own.ground, 1.0, own.ground.odds(own.strength)));
                if own.cut {
                    into.push((Ground::Cut, 1.0, 0.0));
                }
            }
            None if agrees => into.push((Ground::Agreement, 1.0, 0.0)),
            None => {}
        }
    }
}

/// The score of a case.
pub fn score(weights: &Weights, case: &Case) -> f32 {
    case.iter()
        .map(|(ground, one, odds)| {
            let (weight, slope) = weights.rows[*ground as usize];
            weight * one + slope * odds
        })
        .sum()
}

/// Gives every proposal the probability that its category is right by the names users see, so that finer categories of one
/// name share it. What decides competes only with what else decides.
pub fn weigh(
    knowledge: &Knowledge,
    weights: &Weights,
    direction: Option<Direction>,
    proposals: &mut [Proposal],
    buffers: &mut Buffers,
) {
    let Buffers { case, scores, names } = buffers;
    scores.clear();
    for at in 0..proposals.len() {
        let category = proposals[at].category;
        let is_first = |decides: bool| {
            let same = |other: &Proposal| other.category == category && (other.decides || !decides);
            !proposals[..at].iter().any(same)
        };
        let (first, first_deciding) = (is_first(false), proposals[at].decides && is_first(true));
        self::case(knowledge, proposals, category, direction, case);
        let own = score(weights, case);
        scores.push(Score { own, first, first_deciding, of_name: 0.0, of_name_deciding: 0.0 });
    }
    let nothing = weights.rows[Ground::Nothing as usize].0;
    let highest = scores.iter().map(|score| score.own).fold(nothing, f32::max);
    scores.iter_mut().for_each(|score| score.own = (score.own - highest).exp());
    let none = (nothing - highest).exp();
    let sum = |distinct: fn(&Score) -> bool| -> f32 {
        scores.iter().filter(|score| distinct(score)).map(|score| score.own).sum()
    };
    let (all, deciding) = (none + sum(|score| score.first), (-highest).exp() + sum(|score| score.first_deciding));
    let name = |proposals: &[Proposal], at: usize| {
        let category = &knowledge.categories[usize::from(proposals[at].category)];
        category.project(Taxonomy::Mx, direction).category.as_str()
    };
    names.clear();
    for at in 0..proposals.len() {
        let same = names.iter().position(|other| name(proposals, *other) == name(proposals, at));
        let first = same.map_or(at, |same| names[same]);
        names.push(first);
        let (own, is_first, is_deciding) = (scores[at].own, scores[at].first, scores[at].first_deciding);
        let name = &mut scores[first];
        name.of_name += if is_first { own } else { 0.0 };
        name.of_name_deciding += if is_deciding { own } else { 0.0 };
    }
    for at in 0..proposals.len() {
        let (decides, total) = if proposals[at].decides { (true, deciding) } else { (false, all) };
        let name = &scores[names[at]];
        let given = if decides { name.of_name_deciding } else { name.of_name } / total;
        proposals[at].probability = if decides { given } else { answer(weights, given) };
        proposals[at].alone = scores[at].own / total;
    }
}

/// What a probability of the sum is worth.
pub fn answer(weights: &Weights, probability: f32) -> f32 {
    let given = worth(weights.rows[Ground::Answer as usize], probability);
    EARNED.iter().fold(given, |given, (band, below)| {
        let earned = weights.rows[*band as usize].0;
        if given < earned { given.min(*below) } else { given }
    })
}

fn worth((weight, slope): (f32, f32), probability: f32) -> f32 {
    1.0 / (1.0 + (-weight - slope * log_odds(probability)).exp())
}

/// The top-level category whose finer ones are likeliest together, by its path, with its probability and the likeliest of the
/// proposals below it. Proposals as [`weigh`] left them; `None` where something decides or nothing is proposed.
pub fn general<'k>(
    knowledge: &'k Knowledge,
    weights: &Weights,
    proposals: &[Proposal],
) -> Option<(&'k str, f32, usize)> {
    if proposals.iter().any(|proposal| proposal.decides) {
        return None;
    }
    let top = |at: usize| knowledge.categories[usize::from(proposals[at].category)].top_level();
    let is_first = |at: usize| !proposals[..at].iter().any(|other| other.category == proposals[at].category);
    let share = |wanted: &str| -> f32 {
        let below = (0..proposals.len()).filter(|at| top(*at) == wanted && is_first(*at));
        below.map(|at| proposals[at].alone).sum()
    };
    let best = (0..proposals.len()).max_by(|one, other| {
        let by_top = share(top(*one)).total_cmp(&share(top(*other)));
        by_top.then(proposals[*one].alone.total_cmp(&proposals[*other].alone)).then(other.cmp(one))
    })?;
    Some((top(best), worth(weights.rows[Ground::General as usize], share(top(best))), best))
}

/// Buffers of the weighing.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    case: Case,
    scores: Vec<Score>,
    /// For each proposal the first one whose category has the same name.
    names: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Score {
    own: f32,
    /// First of its category, and first among those that decide.
    first: bool,
    first_deciding: bool,
    /// The sum over all categories of one name, at the first of them; over those that decide.
    of_name: f32,
    of_name_deciding: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_back() {
        let weights = Weights::embedded();
        let again = Weights::read("again", &weights.text()).unwrap();
        for (one, other) in weights.rows.iter().zip(&again.rows) {
            assert!((one.0 - other.0).abs() < 1e-3 && (one.1 - other.1).abs() < 1e-3);
        }
    }

    #[test]
    fn faulty_tables_are_told_in_full() {
        let problems = Weights::read("t.csv", "ground,weight,slope\nluck,1,1\nmcc,x,1\nmodel,1\n").unwrap_err();
        let lines: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 3, 4], "{problems:?}");
    }
}
