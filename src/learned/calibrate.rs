//! Fitting of the weights of the evidence, on transactions whose merchants the model has not seen.
//!
//! Maximum likelihood of the right answers under the function of the categorize stage, by Adam over all rows at once. Grounds
//! that no row shows keep the weights they had. Those of a merchant category code, which labelled files use as their label, and
//! of a phrase that hints, which card files hardly show, are set so that against what usually else is proposed they are worth
//! their strength. Deterministic.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::engine::Engine;
use crate::eval::{Labelled, Labels};
use crate::model::names::{ConfidenceLevel, Method, Taxonomy};
use crate::stages::weigh::{self, Case, GROUNDS, Ground, Weights};

/// Passes over all rows.
const PASSES: usize = 400;
const RATE: f32 = 0.03;
/// Answers of lower log-odds are hardly ever given; they must not bend the curve of those that are.
const LEAST_ODDS: f64 = -1.4;
/// How often answers of a band are to be right, and the standard errors by which they must be more often right than that: the
/// fewer may be wrong, the less a handful of rows tells.
const PROMISED: [(ConfidenceLevel, Ground, f64, f64); 2] =
    [(ConfidenceLevel::High, Ground::High, 0.9, 1.0), (ConfidenceLevel::VeryHigh, Ground::VeryHigh, 0.98, 2.0)];
/// How often a merchant is expected to be right where none was seen.
const EXPECTED: f64 = 0.92;
/// So many merchants of a category are taken to be like those of the category above.
const LIKE_THOSE_ABOVE: f64 = 20.0;
/// No category is trusted less: labels leave out whole trades, whose merchants then all seem wrong.
const LEAST_TRUST: f64 = 0.65;
/// The table's probabilities have steps of one in so many.
const STEPS: f32 = 1000.0;
/// Pull towards the weights there were, as so many rows.
const PULL: f32 = 3.0;

/// One transaction: what spoke for each category, and whether it was right.
#[derive(Clone, Debug)]
pub struct Judged {
    cases: Vec<(Case, bool)>,
    /// The name users see of each case's category.
    names: Vec<String>,
    /// Top level of each case's category, and whether it is that of a right answer.
    tops: Vec<(String, bool)>,
    /// The path that the merchant among what speaks stands under, and whether that is right.
    merchant: Option<(String, bool)>,
}

/// What an engine proposes for labelled transactions. Rows without a label, and those that a phrase of a bank decides, tell
/// nothing and are left out.
pub fn judge(engine: &Engine, taxonomy: Taxonomy, rows: &[Labelled]) -> Vec<Judged> {
    let labels = Labels::new(engine, taxonomy);
    let labelled = rows.iter().filter(|row| !row.categories.is_empty());
    labelled.filter_map(|row| judged(engine, taxonomy, &labels, row)).collect()
}

fn judged(engine: &Engine, taxonomy: Taxonomy, labels: &Labels<'_>, row: &Labelled) -> Option<Judged> {
    let explanation = engine.explain(&row.transaction);
    let proposals: Vec<_> = explanation
        .scratch
        .categorized
        .proposals
        .iter()
        .filter(|proposal| proposal.method != Method::Fallback)
        .cloned()
        .collect();
    if proposals.is_empty() || proposals.iter().any(|proposal| proposal.decides) {
        return None;
    }
    let mut categories: Vec<u16> = proposals.iter().map(|proposal| proposal.category).collect();
    categories.sort_unstable();
    categories.dedup();
    let (mut names, mut tops) = (Vec::with_capacity(categories.len()), Vec::with_capacity(categories.len()));
    let right = labels.names(row);
    let right_tops: Vec<&str> = right.iter().filter_map(|name| labels.top(name)).collect();
    let cases = categories.into_iter().map(|category| {
        let mut case = Case::new();
        weigh::case(&engine.knowledge, &proposals, category, row.transaction.direction, &mut case);
        let found = &engine.categories()[usize::from(category)];
        names.push(found.project(Taxonomy::Mx, row.transaction.direction).category.clone());
        let top = engine.category(found.top_level()).unwrap_or(found).project(taxonomy, row.transaction.direction);
        tops.push((found.top_level().to_owned(), right_tops.contains(&top.top_level.as_str())));
        let name = &found.project(taxonomy, row.transaction.direction).category;
        (case, right.contains(name))
    });
    let cases = cases.collect();
    let merchant = proposals.iter().find(|proposal| proposal.ground.is_merchant()).map(|proposal| {
        let category = &engine.categories()[usize::from(proposal.category)];
        let name = &category.project(taxonomy, row.transaction.direction).category;
        (category.path().to_owned(), right.contains(name))
    });
    Some(Judged { cases, names, tops, merchant })
}

/// Fits the weights and gives them as a table, which [`EngineBuilder::calibration`](crate::EngineBuilder::calibration) takes.
///
/// No merchant stands in two parts. What an answer is worth, and from where on it earns its band, is read off each part by
/// weights that are fitted on the others; a single part is taken by its own.
pub fn calibrate(parts: &[Vec<Judged>]) -> String {
    let but = |part: usize| -> Vec<&Judged> {
        let others = parts.iter().enumerate().filter(|(other, _)| *other != part);
        others.flat_map(|(_, rows)| rows).collect()
    };
    let all = but(parts.len());
    let record = Record::of(&all);
    let rows: Vec<Judged> = all.iter().map(|row| record.trusted(row, true)).collect();
    let mut weights = fit(&rows);
    weights.trust = record.table();
    let held_back = |part: usize| {
        let others = but(part);
        let record = Record::of(&others);
        let weights = fit(&others.iter().map(|row| record.trusted(row, true)).collect::<Vec<_>>());
        let outcome = |row: &Judged| outcomes(&weights, &record.trusted(row, false));
        parts[part].iter().map(outcome).collect::<Vec<_>>()
    };
    let outcomes: Vec<Outcomes> = match parts.len() {
        1 => rows.iter().map(|row| outcomes(&weights, row)).collect(),
        _ => (0..parts.len()).into_par_iter().flat_map_iter(held_back).collect(),
    };
    let answers: Vec<(f64, f64)> = outcomes.iter().map(|both| both.answer).collect();
    let likely = answers.iter().copied().filter(|(odds, _)| *odds > LEAST_ODDS);
    weights.rows[Ground::Answer as usize] = honest(&likely.collect::<Vec<_>>());
    for (band, ground, promised, sure) in PROMISED {
        weights.rows[ground as usize] = (earned(&weights, &answers, band, promised, sure), 0.0);
    }
    // The category above is asked for where the answer itself is doubtful.
    let doubtful = outcomes.iter().filter(|both| both.answer.0 < 0.0);
    weights.rows[Ground::General as usize] = honest(&doubtful.map(|both| both.general).collect::<Vec<_>>());
    let fields = rows.iter().filter(|row| row.merchant.is_none());
    let fields: Vec<f32> = fields.map(|row| powers(&weights, row).1.ln()).collect();
    if !fields.is_empty() {
        let usual = fields.iter().sum::<f32>() / fields.len() as f32;
        weights.rows[Ground::Mcc as usize] = (usual, 1.0);
        weights.rows[Ground::Descriptor as usize] = (usual, 1.0);
    }
    weights.text()
}

/// The weights under which the right answers are likeliest.
fn fit(rows: &[Judged]) -> Weights {
    let prior = Weights::embedded();
    let mut weights = prior.clone();
    let mut first = [[0_f32; 2]; GROUNDS];
    let mut second = [[0_f32; 2]; GROUNDS];
    for pass in 1..=PASSES {
        let mut slopes = [[0_f64; 2]; GROUNDS];
        rows.iter().for_each(|row| add_slopes(&weights, row, &mut slopes));
        // Files of cards alone hold no wages: all their money in is paid back.
        for ground in (0..GROUNDS).filter(|ground| *ground != Ground::Refund as usize) {
            let now = [weights.rows[ground].0, weights.rows[ground].1];
            let was = [prior.rows[ground].0, prior.rows[ground].1];
            let mut next = now;
            for part in 0..2 {
                let slope = (slopes[ground][part] as f32 + PULL * (now[part] - was[part])) / rows.len().max(1) as f32;
                first[ground][part] = 0.9 * first[ground][part] + 0.1 * slope;
                second[ground][part] = 0.99 * second[ground][part] + 0.01 * slope * slope;
                let (mean, size) = (
                    first[ground][part] / (1.0 - 0.9_f32.powi(pass as i32)),
                    second[ground][part] / (1.0 - 0.99_f32.powi(pass as i32)),
                );
                next[part] -= RATE * mean / (size.sqrt() + 1e-6);
            }
            weights.rows[ground] = (next[0], next[1]);
        }
    }
    weights
}

/// How often merchants were right, by the category they stand under and those above it.
struct Record(BTreeMap<String, (f64, f64)>);

impl Record {
    fn of(rows: &[&Judged]) -> Self {
        let mut counts = BTreeMap::new();
        for (path, is_right) in rows.iter().filter_map(|row| row.merchant.as_ref()) {
            for path in lineage(path) {
                let (right, all) = counts.entry(path.to_owned()).or_insert((0.0, 0.0));
                *right += f64::from(u8::from(*is_right));
                *all += 1.0;
            }
        }
        Self(counts)
    }

    /// How far merchants of a category are to be trusted, as far as the others tell: one merchant's own outcome is left out.
    fn trust(&self, path: &str, but: Option<bool>) -> f32 {
        let left_out = but.map_or((0.0, 0.0), |is_right| (f64::from(u8::from(is_right)), 1.0));
        let share = lineage(path).into_iter().rev().fold(EXPECTED, |share, path| {
            let (right, all) = self.0.get(path).copied().unwrap_or(left_out);
            let own = (right - left_out.0 + LIKE_THOSE_ABOVE * share) / (all - left_out.1 + LIKE_THOSE_ABOVE);
            // At each level, so that couriers do not suffer from what labels say of all other services.
            own.max(LEAST_TRUST)
        });
        share as f32
    }

    fn table(&self) -> BTreeMap<String, f32> {
        let seen = self.0.keys().map(|path| (path.clone(), self.trust(path, None)));
        seen.chain([(weigh::ANY.to_owned(), EXPECTED as f32)]).collect()
    }

    /// A row whose merchant is trusted as far as all others tell; whether it is one of those that were counted.
    fn trusted(&self, row: &Judged, is_counted: bool) -> Judged {
        let mut row = row.clone();
        if let Some((path, is_right)) = &row.merchant {
            let odds = weigh::log_odds(self.trust(path, is_counted.then_some(*is_right)));
            let said = row.cases.iter_mut().flat_map(|(case, _)| case).filter(|(ground, ..)| ground.is_merchant());
            said.for_each(|(_, _, own)| *own = odds);
        }
        row
    }
}

/// A path and those above it.
fn lineage(path: &str) -> Vec<&str> {
    let above = std::iter::successors(Some(path), |path| path.rsplit_once('.').map(|(above, _)| above));
    above.collect()
}

/// Weight and slope that make probabilities honest: logistic regression of what came true on log-odds, by Newton's method.
fn honest(outcomes: &[(f64, f64)]) -> (f32, f32) {
    let (mut weight, mut slope) = (0.0_f64, 1.0_f64);
    for _ in 0..20 {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-6, 0.0, 1e-6);
        for (odds, right) in outcomes {
            let p = 1.0 / (1.0 + (-weight - slope * odds).exp());
            let spread = p * (1.0 - p);
            g0 += p - right;
            g1 += (p - right) * odds;
            h00 += spread;
            h01 += spread * odds;
            h11 += spread * odds * odds;
        }
        let determinant: f64 = h00 * h11 - h01 * h01;
        if determinant.abs() < 1e-9 {
            break;
        }
        weight -= (h11 * g0 - h01 * g1) / determinant;
        slope -= (h00 * g1 - h01 * g0) / determinant;
    }
    (weight as f32, slope as f32)
}

/// The least probability from which on the answers of a band are right as often as it promises, by more than chance may have
/// given. Where no answer has earned it, the probability above all of them, of which these rows tell nothing.
fn earned(weights: &Weights, answers: &[(f64, f64)], band: ConfidenceLevel, promised: f64, sure: f64) -> f32 {
    let mut plain = weights.clone();
    PROMISED.iter().for_each(|(_, ground, ..)| plain.rows[*ground as usize].0 = 0.0);
    let probability = |odds: f64| weigh::answer(&plain, 1.0 / (1.0 + (-odds as f32).exp()));
    let given = answers.iter().map(|(odds, right)| (probability(*odds), *right));
    let mut given: Vec<(f32, f64)> = given.filter(|(given, _)| ConfidenceLevel::of(*given) == band).collect();
    given.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut least = given.first().map_or(0.0, |(highest, _)| ((highest * STEPS).floor() + 1.0) / STEPS);
    let mut right = 0.0;
    for (at, (given, is_right)) in given.iter().enumerate() {
        right += is_right;
        let count = (at + 1) as f64;
        // One wrong answer more than were seen: a handful of right ones prove nothing.
        let chance = sure * (right * (count - right + 1.0) / count).sqrt();
        if right - chance >= promised * count {
            least = *given;
        }
    }
    least
}

/// The power of each case, and that of all with none of them.
fn powers(weights: &Weights, row: &Judged) -> (Vec<f32>, f32) {
    let powers: Vec<f32> = row.cases.iter().map(|(case, _)| weigh::score(weights, case).exp()).collect();
    let total = weights.rows[Ground::Nothing as usize].0.exp() + powers.iter().sum::<f32>();
    (powers, total)
}

/// Log-odds of the best answer, and whether it is right; the same for the top level.
struct Outcomes {
    answer: (f64, f64),
    general: (f64, f64),
}

fn outcomes(weights: &Weights, row: &Judged) -> Outcomes {
    let (powers, total) = powers(weights, row);
    let named = |name: &String| -> f32 {
        row.names.iter().zip(&powers).filter(|(other, _)| *other == name).map(|(_, power)| power).sum()
    };
    let within = |top: &String| -> f32 {
        row.tops.iter().zip(&powers).filter(|((other, _), _)| other == top).map(|(_, power)| power).sum()
    };
    Outcomes {
        answer: best(row.names.iter().zip(&row.cases).map(|(name, (_, right))| (named(name) / total, *right))),
        general: best(row.tops.iter().map(|(top, right)| (within(top) / total, *right))),
    }
}

fn best(shares: impl Iterator<Item = (f32, bool)>) -> (f64, f64) {
    let likeliest = shares.max_by(|one, other| one.0.total_cmp(&other.0));
    let (probability, right) = likeliest.expect("a judged row has at least one case");
    (f64::from(weigh::log_odds(probability)), f64::from(u8::from(right)))
}

/// Adds the slope of one row's negative log-likelihood.
fn add_slopes(weights: &Weights, row: &Judged, slopes: &mut [[f64; 2]; GROUNDS]) {
    let nothing = weights.rows[Ground::Nothing as usize].0;
    let scores: Vec<f32> = row.cases.iter().map(|(case, _)| weigh::score(weights, case)).collect();
    let highest = scores.iter().copied().fold(nothing, f32::max);
    let powers: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
    let none = (nothing - highest).exp();
    let total = none + powers.iter().sum::<f32>();
    let right: f32 = row.cases.iter().zip(&powers).filter(|((_, right), _)| *right).map(|(_, power)| power).sum();
    let any_right = row.cases.iter().any(|(_, right)| *right);
    for ((case, is_right), power) in row.cases.iter().zip(&powers) {
        let wanted = if *is_right && right > 0.0 { power / right } else { 0.0 };
        let off = f64::from(power / total - wanted);
        for (ground, one, odds) in case {
            slopes[*ground as usize][0] += off * f64::from(*one);
            slopes[*ground as usize][1] += off * f64::from(*odds);
        }
    }
    slopes[Ground::Nothing as usize][0] += f64::from(none / total) - f64::from(u8::from(!any_right));
}
