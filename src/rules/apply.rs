//! Last stage: what the user's own rules say outranks what the engine found out.

use std::borrow::Cow;
use std::ops::Range;

use super::Rule;
use super::condition::Facts;
use super::fold::Folded;
use crate::knowledge::Knowledge;
use crate::model::category::Category;
use crate::model::enriched::{Counterparties, Counterparty, Enriched, Evidence};
use crate::model::flags::Flag;
use crate::model::merchant::Merchant;
use crate::model::names::{CounterpartyKind, Method, Nature};
use crate::model::transaction::{Country, Direction, Transaction};
use crate::stages::clean::{Reading, head};
use crate::stages::flag;

/// A rule whose conditions hold.
#[derive(Clone, Debug)]
pub struct Fired {
    /// Its number in the order of precedence.
    pub rule: u32,
    /// Bytes of the raw text its first pattern over it found.
    pub span: Option<Range<usize>>,
    /// Whether its category cannot be that of the row's direction and account, and was passed over.
    pub impossible: bool,
}

/// Buffers of the stage; after it, what it decided.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    folded: [Folded; 2],
    candidates: Vec<u32>,
    /// Every rule that matched, the first in precedence first.
    pub fired: Vec<Fired>,
    /// Those among them that decided the category, the merchant and the description.
    pub category: Option<u32>,
    pub merchant: Option<u32>,
    pub description: Option<u32>,
}

/// Lets the rules that match change the answer. Whatever they say, the flags' invariants hold, and no impossible category is given.
pub fn apply<'e>(
    knowledge: &'e Knowledge,
    transaction: &'e Transaction,
    home: Option<Country>,
    reading: &Reading,
    scratch: &mut Scratch,
    enriched: &mut Enriched<'e>,
) {
    scratch.fired.clear();
    (scratch.category, scratch.merchant, scratch.description) = (None, None, None);
    let Some(rules) = &knowledge.rules else { return };
    let raw = head(&transaction.original_description);
    scratch.folded[0].read(raw);
    scratch.folded[1].read(&enriched.description);
    let facts = Facts {
        transaction,
        merchant: enriched.merchant,
        country: enriched.place.and_then(|place| place.country).or(home),
        texts: [raw, &enriched.description],
        folded: &scratch.folded,
    };
    rules.index.candidates(&facts, &mut scratch.candidates);
    for number in &scratch.candidates {
        let rule = &rules.rules[*number as usize];
        if let Some(span) = rule.conditions.hold(&facts) {
            let possible = |category| knowledge.possible(category, transaction.direction, transaction.account_type);
            let impossible = rule.action.category.is_some_and(|category| !possible(category));
            scratch.fired.push(Fired { rule: *number, span, impossible });
        }
    }
    if scratch.fired.is_empty() {
        return;
    }
    let rule = |number: u32| &rules.rules[number as usize];
    let first =
        |says: fn(&Rule) -> bool| scratch.fired.iter().map(|fired| fired.rule).find(|number| says(rule(*number)));
    scratch.merchant = first(|rule| rule.action.merchant.is_some());
    scratch.description = first(|rule| rule.action.description.is_some());
    scratch.category = scratch
        .fired
        .iter()
        .find(|fired| rule(fired.rule).action.category.is_some() && !fired.impossible)
        .map(|fired| fired.rule);

    let given = scratch.merchant.and_then(|number| rule(number).action.merchant);
    let given = given.map(|merchant| knowledge.merchant(knowledge.dictionary(merchant.own), merchant.number));
    if let Some(merchant) = given {
        set_merchant(enriched, merchant);
    }
    if let Some(text) = scratch.description.and_then(|number| rule(number).action.description.as_deref()) {
        enriched.description = Cow::Borrowed(text);
        enriched.described_by = Method::UserRule;
    }
    let by_category = scratch.category.and_then(|number| {
        let category = rule(number).action.category?;
        Some((number, &knowledge.categories[usize::from(category)]))
    });
    let decided = by_category.or_else(|| {
        let category = category_of(given?, transaction.direction);
        let possible = knowledge.possible(category.id.0, transaction.direction, transaction.account_type);
        Some((scratch.merchant?, category)).filter(|_| possible && category.nature() != Nature::None)
    });
    if let Some((number, category)) = decided {
        let before = std::mem::replace(&mut enriched.category, category);
        enriched.flags =
            flag::recategorized(knowledge, transaction, home, reading, enriched.merchant, before, category);
        enriched.confidence = 1.0;
        enriched.categorized_by = Method::UserRule;
        let span = scratch.fired.iter().find(|fired| fired.rule == number).and_then(|fired| fired.span.clone());
        enriched.evidence = Evidence { rule: Some(knowledge.rule(rule(number).at)), span };
    }
    // The first in precedence speaks last.
    for fired in scratch.fired.iter().rev() {
        let action = &rule(fired.rule).action;
        action.flags.iter().for_each(|(flag, on)| enriched.flags.set(*flag, *on));
        enriched.flags.international = action.international.or(enriched.flags.international);
    }
    flag::invariants(&mut enriched.flags, transaction.direction);
    if enriched.category.nature() == Nature::Transfer {
        [Flag::Income, Flag::Expense].iter().for_each(|flag| enriched.flags.remove(*flag));
    }
    for fired in &scratch.fired {
        for tag in &rule(fired.rule).action.tags {
            if !enriched.tags.contains(&tag.as_str()) {
                enriched.tags.push(tag);
            }
        }
    }
}

/// What a payment to a merchant, or from it, is for.
fn category_of(merchant: Merchant<'_>, direction: Option<Direction>) -> &Category {
    let credit = merchant.credit_category().filter(|_| direction == Some(Direction::Credit));
    credit.unwrap_or_else(|| merchant.category())
}

/// Puts another merchant in the place of who was found: as the name, and as the last party.
fn set_merchant<'e>(enriched: &mut Enriched<'e>, merchant: Merchant<'e>) {
    let before = enriched.merchant.map(|merchant| merchant.name());
    let replaced = |party: &Counterparty<'_>| {
        party.kind == CounterpartyKind::Person || Some(party.name.as_ref()) == before || party.name == merchant.name()
    };
    let mut parties = Counterparties::default();
    for party in enriched.counterparties.iter().filter(|party| !replaced(party)) {
        parties.push(party.clone());
    }
    parties.push(Counterparty { kind: merchant.kind(), name: Cow::Borrowed(merchant.name()) });
    enriched.counterparties = parties;
    enriched.merchant = Some(merchant);
    enriched.description = Cow::Borrowed(merchant.name());
    enriched.described_by = Method::UserRule;
}
