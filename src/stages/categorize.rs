//! Third stage: what the money was for. Every source of evidence proposes a category with a probability; what the direction
//! and the account make impossible is dropped; one function ranks the rest.

use std::ops::Range;

use super::clean::{Reading, Role};
use super::identify::{self, Tier};
use super::weigh::{self, Ground, Weights};
use crate::data::tables::{At, DescriptorKind, Position};
use crate::knowledge::Knowledge;
use crate::learned::{self, Model};
use crate::model::category::Category;
use crate::model::names::{Method, Nature};
use crate::model::transaction::{Direction, Transaction};

/// A category somebody proposes.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub category: u16,
    /// Probability of being right, all evidence weighed.
    pub probability: f32,
    /// The part of it that is this very category's.
    pub alone: f32,
    pub ground: Ground,
    /// How often such a rule alone is right, from 0 to 1; 1 for merchants.
    pub strength: f32,
    /// Whether the text shows only the beginning of the merchant's name.
    pub cut: bool,
    pub method: Method,
    pub rule: Option<At>,
    /// Tokens the evidence stands in.
    pub tokens: Option<Range<usize>>,
    /// Outranks what is learned or looked up about the name.
    pub decides: bool,
}

impl Proposal {
    fn new(category: u16, method: Method, ground: Ground, strength: f32) -> Self {
        Self {
            category,
            probability: 0.0,
            alone: 0.0,
            ground,
            strength,
            cut: false,
            method,
            rule: None,
            tokens: None,
            decides: false,
        }
    }
}

/// What an engine judges with, besides what it knows.
pub struct Means<'e> {
    pub model: Option<&'e Model>,
    /// Whether trade words propose anything.
    pub keywords: bool,
    pub weights: &'e Weights,
    /// How far a merchant is to be trusted, by its category.
    pub trust: &'e [f32],
    /// Below this probability a category is not given.
    pub least: f32,
}

/// Names are cut to fields of this many signs and more.
const SHORTEST_FIELD: usize = 20;

/// Percent as a share.
fn share(percent: u8) -> f32 {
    f32::from(percent) / 100.0
}

/// Fills `scratch.proposals`, the best first; the fallback is always among them. If the best is less likely than `least`, the
/// category above the likeliest ones goes to `scratch.general`.
pub fn categorize(
    knowledge: &Knowledge,
    transaction: &Transaction,
    reading: &Reading,
    merchants: &[identify::Candidate],
    means: &Means<'_>,
    Scratch { proposals, general, learned, buffers, spans }: &mut Scratch,
) {
    proposals.clear();
    *general = None;
    let credit = transaction.direction == Some(Direction::Credit);
    from_descriptors(knowledge, reading, credit, true, proposals);
    let naming = reading.naming();
    let in_memo = !std::ptr::eq(naming, reading);
    let nameless = in_memo || reading.name_runs().next().is_none();
    for other in reading.beside() {
        let first = proposals.len();
        from_descriptors(knowledge, other, credit, nameless, proposals);
        if means.keywords {
            from_keywords(knowledge, other, proposals, spans);
        }
        // Spans are of the description.
        proposals[first..].iter_mut().for_each(|proposal| proposal.tokens = None);
    }
    let named = proposals.len();
    from_merchant(knowledge, merchants, credit, means.trust, proposals);
    if in_memo {
        proposals[named..].iter_mut().for_each(|proposal| proposal.tokens = None);
    }
    dispute(proposals);
    from_mcc(knowledge, transaction, merchants, proposals);
    if means.keywords {
        from_keywords(knowledge, reading, proposals, spans);
    }
    // What is written by hand about a merchant is firmer than what was learned about its letters.
    if merchants.first().is_none_or(|best| best.tier < Tier::Curated) {
        from_model(knowledge, reading, means.model, learned, proposals);
    }
    proposals.retain(|proposal| knowledge.possible(proposal.category, transaction.direction, transaction.account_type));
    weigh::weigh(knowledge, means.weights, transaction.direction, proposals, buffers);
    if proposals.iter().all(|proposal| proposal.probability < means.least) {
        let found = weigh::general(knowledge, means.weights, proposals);
        *general = found.and_then(|(path, probability, best)| {
            let category = knowledge.category(path)?.id().0;
            let is_possible = knowledge.possible(category, transaction.direction, transaction.account_type);
            is_possible.then(|| Proposal { category, probability, ..proposals[best].clone() })
        });
    }
    proposals.push(Proposal::new(knowledge.fallback(), Method::Fallback, Ground::Nothing, 0.0));
    proposals.sort_by(|one, other| {
        rank(other).partial_cmp(&rank(one)).expect("probabilities are numbers").then(one.rule.cmp(&other.rule))
    });
}

/// The order of precedence: what decides before what hints, then the likelier name, the likelier category of that name, the
/// firmer method, the stronger rule.
fn rank(proposal: &Proposal) -> (bool, f32, f32, Method, f32) {
    (proposal.decides, proposal.probability, proposal.alone, proposal.method, proposal.strength)
}

/// Buffers of the stage.
#[derive(Default)]
pub struct Scratch {
    /// What was proposed, the best first.
    pub proposals: Vec<Proposal>,
    /// The category above the likeliest ones, where none is likely enough by itself.
    pub general: Option<Proposal>,
    learned: learned::Scratch,
    buffers: weigh::Buffers,
    spans: Spans,
}

/// Keywords by their rows and bytes, and the bytes of those that propose something.
#[derive(Default)]
struct Spans {
    found: Vec<(usize, Range<usize>)>,
    spans: Vec<Range<usize>>,
}

/// A phrase that must be the whole text decides only if nobody is named elsewhere.
fn from_descriptors(
    knowledge: &Knowledge,
    reading: &Reading,
    credit: bool,
    whole_decides: bool,
    proposals: &mut Vec<Proposal>,
) {
    for accepted in &reading.accepted {
        let row = knowledge.descriptors.row(accepted.descriptor);
        let category = if credit { row.credit.or(row.category) } else { row.category.or(row.credit) };
        let Some(category) = category else { continue };
        let decides = row.kind == DescriptorKind::Transaction && (whole_decides || row.position != Position::Whole);
        let ground = if decides { Ground::Phrase } else { Ground::Descriptor };
        proposals.push(Proposal {
            rule: Some(row.at),
            tokens: Some(accepted.words.clone()),
            decides,
            ..Proposal::new(category, Method::Descriptor, ground, share(row.strength))
        });
    }
}

/// A hint yields to a merchant written by hand whose name leads the text.
fn dispute(proposals: &mut [Proposal]) {
    let is_leading = |proposal: &&Proposal| matches!(proposal.ground, Ground::CuratedAlone | Ground::CuratedStart);
    let Some(category) = proposals.iter().find(is_leading).map(|merchant| merchant.category) else { return };
    for proposal in proposals.iter_mut() {
        if proposal.ground == Ground::Descriptor && proposal.category != category {
            proposal.ground = Ground::Disputed;
        }
    }
}

fn from_merchant(
    knowledge: &Knowledge,
    merchants: &[identify::Candidate],
    credit: bool,
    trust: &[f32],
    proposals: &mut Vec<Proposal>,
) {
    // What a phrase has said, its own words do not say once more.
    let Some(best) = merchants.first().filter(|best| !best.said || best.tier == Tier::Own) else { return };
    let table = knowledge.table(best.tier);
    let category = table.credit(best.merchant).filter(|_| credit).unwrap_or_else(|| table.category(best.merchant));
    let ground = match (best.tier, best.alone || best.confirmed, best.at_start) {
        (Tier::Own, ..) => Ground::OwnMerchant,
        (Tier::Curated, true, _) => Ground::CuratedAlone,
        (Tier::Curated, _, true) => Ground::CuratedStart,
        (Tier::Curated, ..) => Ground::CuratedInside,
        (Tier::Imported, true, _) => Ground::ImportedAlone,
        (Tier::Imported, _, true) => Ground::ImportedStart,
        (Tier::Imported, ..) => Ground::ImportedInside,
    };
    proposals.push(Proposal {
        cut: best.cut,
        rule: Some(table.at(best.merchant)),
        tokens: Some(best.tokens.clone()),
        decides: best.tier == Tier::Own,
        ..Proposal::new(category, Method::Merchant, ground, trust[usize::from(category)])
    });
}

/// A code that outranks the kind of merchant decides: a supermarket's petrol station sells fuel. Any other code yields to a
/// merchant written by hand, who is often acquired under a code that tells little.
fn from_mcc(
    knowledge: &Knowledge,
    transaction: &Transaction,
    merchants: &[identify::Candidate],
    proposals: &mut Vec<Proposal>,
) {
    let Some(row) = transaction.merchant_category_code.and_then(|mcc| knowledge.mcc(mcc.get())) else { return };
    let curated = merchants.first().filter(|best| best.tier == Tier::Curated);
    let merchant =
        curated.map(|best| &knowledge.categories[usize::from(knowledge.table(best.tier).category(best.merchant))]);
    let outranks = |category: &Category| {
        row.outranks.iter().any(|above| category.is_within(knowledge.categories[usize::from(*above)].path()))
    };
    let is_own = |category: &Category| category.id().0 == row.category;
    let ground = match merchant {
        Some(category) if !is_own(category) && !outranks(category) => Ground::Disputed,
        _ => Ground::Mcc,
    };
    proposals.push(Proposal {
        rule: Some(row.at),
        decides: merchant.is_some_and(outranks),
        ..Proposal::new(row.category, Method::Mcc, ground, share(row.strength))
    });
}

fn from_keywords(
    knowledge: &Knowledge,
    reading: &Reading,
    proposals: &mut Vec<Proposal>,
    Spans { found, spans }: &mut Spans,
) {
    let keywords = knowledge.keywords();
    let spaced = reading.text.spaced();
    let first = proposals.len();
    found.clear();
    keywords.find(spaced).for_each(|hit| found.push(hit));
    // By their ends, of those that end together the longer first: sums of weights depend on the order.
    found.sort_unstable_by_key(|(at, bytes)| {
        let row = &keywords.rows()[*at];
        (bytes.start + row.phrase.len(), bytes.start - usize::from(!row.open_start), *at)
    });
    spans.clear();
    for (row, bytes) in found.drain(..) {
        let row = &keywords.rows()[row];
        let start = crate::knowledge::descriptors::token_at(&reading.text, bytes.start + 1).saturating_sub(1);
        let end = crate::knowledge::descriptors::token_at(&reading.text, bytes.end);
        let named = reading.roles[start..end].iter().all(|role| matches!(role, Role::Name | Role::Purpose));
        if !named || start >= end {
            continue;
        }
        spans.push(bytes);
        proposals.push(Proposal {
            rule: Some(row.at),
            tokens: Some(start..end),
            ..Proposal::new(row.category, Method::Keyword, Ground::Keyword, share(row.strength))
        });
    }
    if let Some((bytes, proposal)) = from_cut_word(knowledge, reading, spans) {
        spans.push(bytes);
        proposals.push(proposal);
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

/// Whether the name reaches as far as the narrowest field that cuts names.
pub fn may_be_cut(reading: &Reading) -> bool {
    let last = reading.roles.iter().rposition(|role| *role == Role::Name);
    last.is_some_and(|last| reading.text.tokens()[last].raw().end >= SHORTEST_FIELD)
}

/// What the last word of the name may be, if the name fills a field of the usual length and so may be cut.
fn from_cut_word(knowledge: &Knowledge, reading: &Reading, whole: &[Range<usize>]) -> Option<(Range<usize>, Proposal)> {
    let last = reading.roles.iter().rposition(|role| *role == Role::Name)?;
    let token = &reading.text.tokens()[last];
    let end = token.norm().end;
    let is_whole = whole.iter().any(|span| span.end == end) || knowledge.words.kind(reading.text.key(last)).is_some();
    if token.has_digit() || !may_be_cut(reading) || is_whole {
        return None;
    }
    let (row, share, bytes) = knowledge.keywords().cut(reading.text.spaced(), end)?;
    let first = crate::knowledge::descriptors::token_at(&reading.text, bytes.start);
    let named = reading.roles[first..=last].iter().all(|role| *role == Role::Name);
    let proposal = Proposal {
        rule: Some(row.at),
        tokens: Some(first..last + 1),
        ..Proposal::new(row.category, Method::Keyword, Ground::Keyword, self::share(row.strength) * share)
    };
    named.then_some((bytes, proposal))
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
    let learnt = |category, probability| Proposal::new(category, Method::Model, Ground::Model, probability);
    // What others propose is judged by the model too, however unlikely it holds it.
    for at in 0..proposals.len() {
        let category = proposals[at].category;
        let is_new = proposals[..at].iter().all(|other| other.category != category)
            && learned.best.iter().all(|(other, _)| *other != category);
        if let Some(probability) = model.probability(category, learned).filter(|_| is_new) {
            proposals.push(learnt(category, probability));
        }
    }
    proposals.extend(learned.best.iter().map(|(category, probability)| learnt(*category, *probability)));
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
