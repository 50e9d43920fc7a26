//! Rows that belong together: the two sides of a transfer between own accounts, a refund and its purchase, copies of a
//! row in overlapping exports, a pending row and the booked one. Each is marked and explained; nothing is dropped.
//!
//! ```
//! use payee::{Engine, Transaction};
//! use payee::recur::companions::{Kind, Ledger};
//!
//! let engine = Engine::builtin();
//! let row = |account: &str, amount: &str, text: &str| {
//!     let mut transaction = Transaction::new(text).with_signed_amount(amount.parse().unwrap());
//!     transaction.account_id = Some(account.to_owned());
//!     transaction.date = Some(jiff::civil::date(2024, 5, 3));
//!     transaction
//! };
//! let rows = [
//!     row("checking", "-250.00", "TRANSFER TO SAVINGS"),
//!     row("savings", "250.00", "TRANSFER FROM CHECKING"),
//! ];
//! let mut ledger = Ledger::new();
//! for (number, transaction) in rows.iter().enumerate() {
//!     ledger.push(number as u32, 0, "", transaction, &engine.enrich(transaction));
//! }
//! let companions = ledger.companions();
//! assert_eq!((companions[0].kind, companions[0].row, companions[0].other), (Kind::Transfer, 0, 1));
//! ```

mod duplicates;
mod pending;
mod refunds;
mod transfers;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::calendar::day_of;
use super::row::{Names, Payee};
use super::rules::Rules;
use crate::model::enriched::Enriched;
use crate::model::flags::Flag;
use crate::model::names::Nature;
use crate::model::transaction::{Direction, Status, Transaction};
use crate::text::Text;

/// How two rows belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[serde(rename = "CompanionKind")]
#[non_exhaustive]
pub enum Kind {
    /// `row` is a copy of `other` in another export of the same account.
    Duplicate,
    /// `row` is pending and `other` the same payment booked.
    Pending,
    /// `row` left one account and came into another of the same owner as `other`.
    Transfer,
    /// `row` pays back the purchase `other`, in full or in part.
    Refund,
}

impl Kind {
    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "DUPLICATE",
            Self::Pending => "PENDING",
            Self::Transfer => "TRANSFER",
            Self::Refund => "REFUND",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Two rows that belong together. A row is the `row` of at most one companion of a kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Companion {
    /// How they belong together.
    pub kind: Kind,
    /// The row that is marked: the copy, the pending one, the money out, the refund.
    pub row: u32,
    /// The row it belongs to.
    pub other: u32,
    /// Days from `row` to `other`; negative if `other` is earlier.
    pub days: i32,
    /// How sure it is, 0 to 1: a rule's own estimate, not fitted.
    pub confidence: f32,
    /// Why, in words.
    pub reason: &'static str,
}

/// Takes rows in any order and finds companions among them. 64 bytes a row, and each name once.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    names: Names,
    owners: HashMap<Box<str>, u32>,
    text: Text,
    key: String,
}

/// What companions are judged by.
#[derive(Clone, Copy, Debug)]
struct Entry {
    number: u32,
    file: u32,
    owner: u32,
    account: u32,
    payee: u32,
    date: Date,
    amount: Decimal,
    /// Hash of the normalised text.
    text: u64,
    /// Hash of the row's own id, 0 if it has none.
    id: u64,
    direction: Direction,
    pending: bool,
    /// The answer says that money moved.
    moved: bool,
    /// The answer says nothing of what it was for.
    unknown: bool,
    /// The answer says that a purchase was paid back, or could have been.
    refund: bool,
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new()
    }
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self {
            entries: Vec::new(),
            names: Names::new(Rules::builtin()),
            owners: HashMap::new(),
            text: Text::default(),
            key: String::new(),
        }
    }

    /// Takes a row under the caller's number. `file` numbers the export it came from; rows of one file are never
    /// duplicates of each other. `owner` tells whose account it is: transfers are paired within an owner only; who has
    /// the accounts of one household can leave it empty. Gives `false` if date, amount, direction or any name is
    /// missing.
    pub fn push(
        &mut self,
        number: u32,
        file: u32,
        owner: &str,
        transaction: &Transaction,
        enriched: &Enriched<'_>,
    ) -> bool {
        let facts = (transaction.date, transaction.amount, transaction.direction);
        let (Some(date), Some(amount), Some(direction)) = facts else { return false };
        let merchant = enriched.merchant;
        let payee = Payee {
            merchant: merchant.map(|merchant| merchant.guid()),
            name: merchant.map_or(&enriched.description, |merchant| merchant.name()),
        };
        let Some(payee) = self.names.payee(payee, &mut self.text, &mut self.key) else { return false };
        let account_id = transaction.account_id.as_deref().unwrap_or_default();
        let account = self.names.account(account_id, transaction.currency_code, None);
        let owner = match self.owners.get(owner) {
            Some(owner) => *owner,
            None => {
                let next = self.owners.len() as u32;
                *self.owners.entry(owner.into()).or_insert(next)
            }
        };
        self.text.read(&transaction.original_description);
        let nature = enriched.category.nature();
        let credit = direction == Direction::Credit;
        self.entries.push(Entry {
            number,
            file,
            owner,
            account,
            payee,
            date,
            amount: amount.abs().normalize(),
            text: hash(self.text.glued()),
            id: transaction.id.as_deref().map_or(0, hash),
            direction,
            pending: transaction.status == Some(Status::Pending),
            moved: enriched.flags.contains(Flag::Transfer) || nature == Nature::Transfer,
            unknown: nature == Nature::None,
            refund: credit && (enriched.flags.contains(Flag::Refund) || nature == Nature::Expense),
        });
        true
    }

    /// Finds all companions, by kind and row. Pure; the order in which rows were pushed does not matter but between
    /// rows alike in everything.
    ///
    /// Copies are found first, then pending rows, which take no part in what follows; no row is both a transfer and a
    /// refund.
    pub fn companions(mut self) -> Vec<Companion> {
        let mut found = Vec::new();
        duplicates::find(&mut self.entries, &mut found);
        self.leave_out(&found);
        pending::find(&mut self.entries, &self.names, &mut found);
        self.leave_out(&found);
        transfers::find(&mut self.entries, &self.names, &mut found);
        self.leave_out(&found);
        refunds::find(&mut self.entries, &mut found);
        found.sort_by_key(|companion| (companion.kind, companion.row, companion.other));
        found
    }

    /// Takes out rows that are spoken for; both sides of transfers are.
    fn leave_out(&mut self, found: &[Companion]) {
        let both = found.iter().filter(|companion| companion.kind == Kind::Transfer).map(|companion| companion.other);
        let mut spoken: Vec<u32> = found.iter().map(|companion| companion.row).chain(both).collect();
        spoken.sort_unstable();
        self.entries.retain(|entry| spoken.binary_search(&entry.number).is_err());
    }
}

impl Entry {
    fn day(&self) -> i32 {
        day_of(self.date)
    }

    fn is_credit(&self) -> bool {
        self.direction == Direction::Credit
    }

    fn with(&self, other: &Self, kind: Kind, confidence: f32, reason: &'static str) -> Companion {
        Companion { kind, row: self.number, other: other.number, days: other.day() - self.day(), confidence, reason }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    // 0 stands for nothing.
    hasher.finish().max(1)
}

/// Pairs rows best first, each row once on either side. A candidate is a cost, two places and what is made of them.
fn pair(mut candidates: Vec<(i32, usize, usize, Companion)>, found: &mut Vec<Companion>) {
    candidates.sort_by_key(|(cost, one, other, _)| (*cost, *one, *other));
    let (mut taken, mut taken_other) = (HashSet::new(), HashSet::new());
    for (_, one, other, companion) in candidates {
        if !taken.contains(&one) && taken_other.insert(other) {
            taken.insert(one);
            found.push(companion);
        }
    }
}
