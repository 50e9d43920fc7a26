//! Third stage: what the money was for. Every source of evidence proposes a category with a probability; what the direction
//! and the account make impossible is dropped; one function ranks the rest.

use std::ops::Range;

use super::clean::{Reading, Role};
use super::identify::{self, Tier};
use crate::data::tables::{At, DescriptorKind};
use crate::knowledge::Knowledge;
use crate::learned::{self, Model};
use crate::model::names::{Method, Nature};
use crate::model::transaction::{Direction, Transaction};

/// A category somebody proposes.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub category: u16,
    /// Probability of being right, were there no other evidence.
    pub probability: f32,
    pub method: Method,
    pub rule: Option<At>,
    /// Tokens the evidence stands in.
    pub tokens: Option<Range<usize>>,
    /// Outranks what is learned or looked up about the name.
    pub decides: bool,
}

/// Fills `proposals`, the best first; the last is always the fallback.
pub fn categorize(
    knowledge: &Knowledge,
    transaction: &Transaction,
    reading: &Reading,
    merchants: &[identify::Candidate],
    model: Option<&Model>,
    learned: &mut learned::Scratch,
    proposals: &mut Vec<Proposal>,
) {
    proposals.clear();
    let credit = transaction.direction == Some(Direction::Credit);
    from_descriptors(knowledge, reading, credit, proposals);
    from_merchant(knowledge, merchants, credit, proposals);
    from_mcc(knowledge, transaction, proposals);
    from_keywords(knowledge, reading, proposals);
    from_model(knowledge, reading, model, learned, proposals);
    proposals.retain(|proposal| knowledge.possible(proposal.category, transaction.direction, transaction.account_type));
    agree(knowledge, proposals);
    proposals.push(Proposal {
        category: knowledge.fallback(),
        probability: 0.0,
        method: Method::Fallback,
        rule: None,
        tokens: None,
        decides: false,
    });
    proposals.sort_by(|one, other| {
        rank(other).partial_cmp(&rank(one)).expect("probabilities are numbers").then(one.rule.cmp(&other.rule))
    });
}

/// The order of precedence: what decides before what hints, then the likelier, then the firmer method.
fn rank(proposal: &Proposal) -> (bool, f32, Method) {
    (proposal.decides, proposal.probability, proposal.method)
}

/// Independent evidence for one category makes it surer: MCC or words that agree with the merchant.
fn agree(knowledge: &Knowledge, proposals: &mut [Proposal]) {
    let tops: Vec<(Method, &str, f32)> = proposals
        .iter()
        .map(|proposal| {
            (proposal.method, knowledge.categories[usize::from(proposal.category)].top_level(), proposal.probability)
        })
        .collect();
    for (at, proposal) in proposals.iter_mut().enumerate() {
        let doubt: f32 = tops
            .iter()
            .enumerate()
            .filter(|(other, (method, top, _))| *other != at && *method != tops[at].0 && *top == tops[at].1)
            .map(|(_, (_, _, probability))| 1.0 - probability * 0.5)
            .product();
        proposal.probability = 1.0 - (1.0 - proposal.probability) * doubt;
    }
}

fn from_descriptors(knowledge: &Knowledge, reading: &Reading, credit: bool, proposals: &mut Vec<Proposal>) {
    for accepted in &reading.accepted {
        let row = knowledge.descriptors.row(accepted.descriptor);
        let category = if credit { row.credit.or(row.category) } else { row.category.or(row.credit) };
        let Some(category) = category else { continue };
        proposals.push(Proposal {
            category,
            probability: f32::from(row.strength) / 100.0,
            method: Method::Descriptor,
            rule: Some(row.at),
            tokens: Some(accepted.words.clone()),
            decides: row.kind == DescriptorKind::Transaction,
        });
    }
}

fn from_merchant(
    knowledge: &Knowledge,
    merchants: &[identify::Candidate],
    credit: bool,
    proposals: &mut Vec<Proposal>,
) {
    let Some(best) = merchants.first() else { return };
    let table = knowledge.table(best.tier);
    let category = table.credit(best.merchant).filter(|_| credit).unwrap_or_else(|| table.category(best.merchant));
    let certainty = match (best.alone || best.confirmed, best.at_start) {
        (true, _) => 0.97,
        (false, true) => 0.90,
        (false, false) => 0.78,
    };
    let origin = match best.tier {
        Tier::Own => 1.02,
        Tier::Curated => 1.0,
        Tier::Imported => 0.93,
    };
    let shown = if best.cut { 0.9 } else { 1.0 };
    proposals.push(Proposal {
        category,
        probability: (certainty * origin * shown as f64) as f32,
        method: Method::Merchant,
        rule: Some(table.at(best.merchant)),
        tokens: Some(best.tokens.clone()),
        decides: best.tier == Tier::Own,
    });
}

fn from_mcc(knowledge: &Knowledge, transaction: &Transaction, proposals: &mut Vec<Proposal>) {
    let Some(row) = transaction.merchant_category_code.and_then(|mcc| knowledge.mcc(mcc.get())) else { return };
    proposals.push(Proposal {
        category: row.category,
        probability: f32::from(row.strength) / 100.0,
        method: Method::Mcc,
        rule: Some(row.at),
        tokens: None,
        decides: false,
    });
}

fn from_keywords(knowledge: &Knowledge, reading: &Reading, proposals: &mut Vec<Proposal>) {
    let spaced = reading.text.spaced();
    let first = proposals.len();
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (row, bytes) in knowledge.keywords().find(spaced) {
        let start = crate::knowledge::descriptors::token_at(&reading.text, bytes.start + 1).saturating_sub(1);
        let end = crate::knowledge::descriptors::token_at(&reading.text, bytes.end);
        let named = reading.roles[start..end].iter().all(|role| matches!(role, Role::Name | Role::Purpose));
        if !named || start >= end {
            continue;
        }
        spans.push(bytes);
        proposals.push(Proposal {
            category: row.category,
            probability: f32::from(row.strength) / 100.0,
            method: Method::Keyword,
            rule: Some(row.at),
            tokens: Some(start..end),
            decides: false,
        });
    }
    // A phrase says more than the words inside it.
    let mut keep = spans.iter().enumerate().map(|(at, span)| {
        !spans.iter().enumerate().any(|(other, wider)| {
            other != at && wider.start <= span.start && span.end <= wider.end && wider.len() > span.len()
        })
    });
    let mut at = 0;
    proposals.retain(|_| {
        at += 1;
        at <= first || keep.next().unwrap_or(true)
    });
}

/// The model speaks where nothing has decided.
fn from_model(
    knowledge: &Knowledge,
    reading: &Reading,
    model: Option<&Model>,
    learned: &mut learned::Scratch,
    proposals: &mut Vec<Proposal>,
) {
    let Some(model) = model.filter(|_| !proposals.iter().any(|proposal| proposal.decides)) else { return };
    model.predict(knowledge, reading, learned);
    proposals.extend(learned.best.iter().map(|(category, probability)| Proposal {
        category: *category,
        probability: *probability,
        method: Method::Model,
        rule: None,
        tokens: None,
        decides: false,
    }));
}

impl Knowledge {
    /// Whether a category can be that of a transaction of this direction on an account of this kind.
    pub fn possible(
        &self,
        category: u16,
        direction: Option<Direction>,
        account: Option<crate::model::account::AccountType>,
    ) -> bool {
        self.compatibility.possible(category, direction, account)
    }

    /// Whether money in on this category is a purchase paid back.
    pub fn is_refund(&self, category: u16, direction: Option<Direction>) -> bool {
        direction == Some(Direction::Credit) && self.categories[usize::from(category)].nature == Nature::Expense
    }
}
