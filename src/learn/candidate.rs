//! Rules that a row suggests.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::history::Row;
use crate::model::transaction::Direction;

/// Words a rule by words may have.
const MOST_WORDS: usize = 4;
/// Letters a rule by words must have.
const LEAST_LETTERS: usize = 3;

/// What a rule looks at. The order is that of preference where rules correct as many rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Basis {
    /// Folded name of the merchant.
    Merchant(String),
    /// The whole cleaned description, folded.
    Clean(String),
    /// Words of the raw text, folded, behind what is left of the greatest length: longer ones come first.
    Word(usize, String),
    /// The whole raw text, folded.
    Text(String),
}

/// A rule that may be learned. The fewer further conditions, the earlier in the order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Candidate {
    pub basis: Basis,
    pub direction: Option<Direction>,
    pub amount: Option<Decimal>,
    pub account: Option<String>,
    pub date: Option<Date>,
    pub category: u16,
}

impl Candidate {
    fn new(basis: Basis, category: u16) -> Self {
        Self { basis, direction: None, amount: None, account: None, date: None, category }
    }

    /// Levels are gone through one after the other.
    pub fn level(&self) -> u8 {
        let narrowed = self.amount.is_some() || self.account.is_some();
        match (&self.basis, self.date) {
            (Basis::Merchant(_), _) => 0,
            (Basis::Clean(_) | Basis::Word(..), _) => 1,
            (Basis::Text(_), None) if !narrowed => 2,
            (Basis::Text(_), None) => 3,
            (Basis::Text(_), Some(_)) => 4,
        }
    }

    /// Whether the conditions beside the basis hold.
    pub fn fits(&self, row: &Row<'_>) -> bool {
        let transaction = &row.labelled.transaction;
        self.direction.is_none_or(|direction| transaction.direction == Some(direction))
            && self.amount.is_none_or(|amount| transaction.amount == Some(amount))
            && self.account.as_ref().is_none_or(|account| transaction.account_id.as_ref() == Some(account))
            && self.date.is_none_or(|date| transaction.date == Some(date))
    }
}

/// Every rule that would correct a row.
pub fn of(row: &Row<'_>, category: u16) -> Vec<Candidate> {
    let transaction = &row.labelled.transaction;
    let mut out = Vec::new();
    let merchant = row.merchant.clone().map(Basis::Merchant);
    let clean = Some(Basis::Clean(row.clean.clone())).filter(|_| !row.clean.is_empty());
    let words = words(row).into_iter().map(|words| Basis::Word(usize::MAX - words.len(), words));
    let text = Some(Basis::Text(row.text.clone())).filter(|_| !row.text.is_empty());
    for basis in merchant.into_iter().chain(clean).chain(words).chain(text) {
        let plain = Candidate::new(basis, category);
        if transaction.direction.is_some() {
            out.push(Candidate { direction: transaction.direction, ..plain.clone() });
        }
        if matches!(plain.basis, Basis::Text(_)) {
            let narrowed = Candidate { direction: transaction.direction, amount: transaction.amount, ..plain.clone() };
            let account = Candidate { account: transaction.account_id.clone(), ..narrowed.clone() };
            let dated = Candidate { date: transaction.date, ..account.clone() };
            out.extend([narrowed, account, dated]);
            out.push(Candidate { direction: None, account: transaction.account_id.clone(), ..plain.clone() });
        }
        out.push(plain);
    }
    out.sort();
    out.dedup();
    out
}

/// Stretches of the words that are part of a name, as they stand in the text.
fn words(row: &Row<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for run in &row.names {
        for start in 0..run.len() {
            for end in start + 1..=run.len().min(start + MOST_WORDS) {
                let raw = &row.labelled.transaction.original_description[run[start].start..run[end - 1].end];
                let words = crate::rules::fold(raw);
                let letters = words.chars().filter(|sign| sign.is_alphabetic()).count();
                let whole = crate::rules::find_words(&row.text, &words).is_some();
                if letters >= LEAST_LETTERS && whole {
                    out.push(words);
                }
            }
        }
    }
    out
}
