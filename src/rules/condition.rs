//! What a rule asks for. All conditions of a rule must hold; of the alternatives of one condition, one.

use std::ops::Range;

use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::fold::{Folded, fold};
use super::pattern::Pattern;
use crate::model::account::AccountType;
use crate::model::merchant::Merchant;
use crate::model::transaction::{Country, Direction, Mcc, Transaction};

/// Which text a pattern looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The text as the bank wrote it.
    Raw = 0,
    /// The description the engine gives.
    Clean = 1,
}

/// Patterns over one text, any of which may match.
#[derive(Clone, Debug)]
pub struct TextCondition {
    pub field: Field,
    pub patterns: Vec<Pattern>,
}

/// A merchant of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MerchantName {
    /// By its stable id; the name is only counted.
    Guid(Uuid, String),
    /// By its name, folded.
    Name(String),
}

impl MerchantName {
    fn holds(&self, merchant: Merchant<'_>) -> bool {
        match self {
            Self::Guid(guid, _) => merchant.guid() == *guid,
            Self::Name(name) => fold(merchant.name()) == *name,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Guid(_, name) | Self::Name(name) => name,
        }
    }
}

/// Bounds, both included; an absent one is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds<T> {
    pub from: Option<T>,
    pub to: Option<T>,
}

impl<T: PartialOrd + Copy> Bounds<T> {
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    fn holds(&self, value: Option<T>) -> bool {
        self.is_open()
            || value
                .is_some_and(|value| self.from.is_none_or(|from| from <= value) && self.to.is_none_or(|to| value <= to))
    }

    fn covers(&self, other: &Self) -> bool {
        self.from.is_none_or(|from| other.from.is_some_and(|start| from <= start))
            && self.to.is_none_or(|to| other.to.is_some_and(|end| end <= to))
    }

    fn overlaps(&self, other: &Self) -> bool {
        let before = |to: Option<T>, from: Option<T>| matches!((to, from), (Some(to), Some(from)) if to < from);
        !before(self.to, other.from) && !before(other.to, self.from)
    }
}

/// Everything a rule may ask for.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    pub texts: Vec<TextCondition>,
    pub merchants: Vec<MerchantName>,
    /// Of the unsigned amount.
    pub amount: Bounds<Decimal>,
    pub direction: Option<Direction>,
    pub accounts: Vec<String>,
    pub account_types: Vec<AccountType>,
    pub date: Bounds<Date>,
    pub mccs: Vec<Mcc>,
    pub countries: Vec<Country>,
}

/// What conditions look at.
pub struct Facts<'f> {
    pub transaction: &'f Transaction,
    pub merchant: Option<Merchant<'f>>,
    /// Country of the place, else of the account.
    pub country: Option<Country>,
    /// The raw and the clean text.
    pub texts: [&'f str; 2],
    pub folded: &'f [Folded; 2],
}

impl Conditions {
    /// Whether all hold; then also the bytes of the raw text that the first pattern over it found.
    pub fn hold(&self, facts: &Facts<'_>) -> Option<Option<Range<usize>>> {
        let transaction = facts.transaction;
        let others = self.direction.is_none_or(|direction| transaction.direction == Some(direction))
            && self.amount.holds(transaction.amount)
            && self.date.holds(transaction.date)
            && any(&self.account_types, |kind| transaction.account_type == Some(*kind))
            && any(&self.accounts, |account| transaction.account_id.as_ref() == Some(account))
            && any(&self.mccs, |mcc| transaction.merchant_category_code == Some(*mcc))
            && any(&self.countries, |country| facts.country == Some(*country))
            && any(&self.merchants, |name| facts.merchant.is_some_and(|merchant| name.holds(merchant)));
        if !others {
            return None;
        }
        let mut span = None;
        for condition in &self.texts {
            let at = condition.field as usize;
            let found =
                condition.patterns.iter().find_map(|pattern| pattern.find(facts.texts[at], &facts.folded[at]))?;
            if condition.field == Field::Raw {
                span = span.or(Some(found));
            }
        }
        Some(span)
    }

    /// Letters that must stand in the text or in the merchant's name; of alternatives the fewest.
    pub fn letters(&self) -> usize {
        let texts: usize =
            self.texts.iter().map(|condition| fewest(condition.patterns.iter().map(Pattern::letters))).sum();
        texts + fewest(self.merchants.iter().map(|name| letters(name.name())))
    }

    fn patterns(&self, field: Field) -> impl Iterator<Item = &Pattern> {
        self.texts.iter().filter(move |condition| condition.field == field).flat_map(|condition| &condition.patterns)
    }

    /// How many conditions there are.
    pub fn count(&self) -> usize {
        self.texts.len()
            + [
                !self.merchants.is_empty(),
                !self.amount.is_open(),
                self.direction.is_some(),
                !self.accounts.is_empty(),
                !self.account_types.is_empty(),
                !self.date.is_open(),
                !self.mccs.is_empty(),
                !self.countries.is_empty(),
            ]
            .into_iter()
            .filter(|given| *given)
            .count()
    }

    /// Whether these surely hold wherever the others do.
    pub fn cover(&self, other: &Self) -> bool {
        self.direction.is_none_or(|direction| other.direction == Some(direction))
            && self.amount.covers(&other.amount)
            && self.date.covers(&other.date)
            && includes(&self.accounts, &other.accounts)
            && includes(&self.account_types, &other.account_types)
            && includes(&self.mccs, &other.mccs)
            && includes(&self.countries, &other.countries)
            && includes(&self.merchants, &other.merchants)
            && self.texts.iter().all(|wide| {
                other.texts.iter().filter(|narrow| narrow.field == wide.field).any(|narrow| {
                    narrow.patterns.iter().all(|pattern| wide.patterns.iter().any(|cover| cover.covers(pattern)))
                })
            })
    }

    /// Whether both plainly speak of the same rows: they share a pattern or a merchant (or neither has any), and no other
    /// condition keeps them apart.
    pub fn meet(&self, other: &Self) -> bool {
        let share = |field: Field| {
            let mut ours = self.patterns(field).peekable();
            let theirs = || other.patterns(field);
            match ours.peek() {
                None => theirs().next().is_none(),
                Some(_) => ours.any(|one| theirs().any(|two| one.covers(two) || two.covers(one))),
            }
        };
        share(Field::Raw)
            && share(Field::Clean)
            && self.merchants.is_empty() == other.merchants.is_empty()
            && common(&self.merchants, &other.merchants)
            && (self.direction.is_none() || other.direction.is_none() || self.direction == other.direction)
            && self.amount.overlaps(&other.amount)
            && self.date.overlaps(&other.date)
            && common(&self.accounts, &other.accounts)
            && common(&self.account_types, &other.account_types)
            && common(&self.mccs, &other.mccs)
            && common(&self.countries, &other.countries)
    }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|sign| sign.is_alphanumeric()).count()
}

fn fewest(counts: impl Iterator<Item = usize>) -> usize {
    counts.min().unwrap_or(0)
}

/// No alternatives ask for nothing.
fn any<T>(alternatives: &[T], holds: impl Fn(&T) -> bool) -> bool {
    alternatives.is_empty() || alternatives.iter().any(holds)
}

fn includes<T: PartialEq>(wide: &[T], narrow: &[T]) -> bool {
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|value| wide.contains(value)))
}

fn common<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|value| other.contains(value))
}
