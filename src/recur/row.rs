//! Rows as the recurrence pass sees them, and the names they refer to, each stored once.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::pack::Shelf;
use super::rules::{Expectation, Outlook, Rules};
use crate::io::Gist;
use crate::model::category::CategoryId;
use crate::model::enriched::Enriched;
use crate::model::flags::Flag;
use crate::model::transaction::{Country, Currency, Direction, Status, Transaction};
use crate::text::{Text, TokenKind};

/// Merchants whose charges are subscriptions this often are expected to have one.
const LIKELY_SUBSCRIPTION: f32 = 0.5;

/// A subscription is well possible from this likelihood on; below, the category decides.
const POSSIBLE_SUBSCRIPTION: f32 = 0.2;

/// One payment, as far as its rhythm is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Number of the account in [`Names`].
    pub account: u32,
    /// Number of the payee in [`Names`].
    pub payee: u32,
    /// The caller's number of the row.
    pub number: u32,
    pub date: Date,
    /// Unsigned and exact.
    pub amount: Decimal,
    pub category: u16,
    pub expectation: Expectation,
    pub marks: Marks,
}

/// Yes-or-no facts of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Marks(u8);

impl Marks {
    pub const CREDIT: u8 = 1;
    pub const VARIES: u8 = 2;
    pub const PENDING: u8 = 4;
    /// The merchant or a phrase says that it is a subscription, or may well be.
    pub const SUBSCRIPTION: u8 = 8;
    /// The merchant or a phrase says that it is a bill.
    pub const BILL: u8 = 16;

    pub fn has(self, mark: u8) -> bool {
        self.0 & mark != 0
    }

    fn set(&mut self, mark: u8, value: bool) {
        self.0 |= if value { mark } else { 0 };
    }
}

impl Row {
    pub fn direction(&self) -> Direction {
        if self.marks.has(Marks::CREDIT) { Direction::Credit } else { Direction::Debit }
    }
}

/// Who was paid or who paid: a merchant of the dictionary, or the name the text gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payee<'a> {
    /// Id of the merchant, if the dictionary knows it.
    pub merchant: Option<Uuid>,
    /// Name of the merchant, or the cleaned description.
    pub name: &'a str,
}

/// The facts of one payment that its recurrence is judged by. [`Collector::push`] takes them from a transaction and its
/// answer; who has neither can give them directly.
#[derive(Clone, Copy, Debug)]
pub struct Payment<'a> {
    /// Account id. Streams never cross accounts.
    pub account: &'a str,
    /// Currency of the amount. Payments of different currencies are kept apart.
    pub currency: Option<Currency>,
    /// Country of the account, for its bank holidays.
    pub country: Option<Country>,
    /// Day of the payment.
    pub date: Date,
    /// Unsigned amount.
    pub amount: Decimal,
    /// Money in or out.
    pub direction: Direction,
    /// The other side.
    pub payee: Payee<'a>,
    /// Category, given back with the stream.
    pub category: CategoryId,
    /// What the category says of payments.
    pub outlook: Outlook,
    /// Whether merchant or text say that it is, or may well be, a subscription.
    pub subscription: bool,
    /// Whether merchant or text say that it is a bill.
    pub bill: bool,
    /// Whether the institution has yet to book it.
    pub pending: bool,
}

/// An account as rows refer to it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub id: Arc<str>,
    pub currency: Option<Currency>,
    pub country: Option<Country>,
}

/// A payee as rows refer to it.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// What two spellings have in common: upper case, no blanks, no digits.
    pub key: Arc<str>,
    /// Bytes of the key that are the name's first word.
    pub head: u16,
    pub merchant: Option<Uuid>,
    /// The shortest, then first by alphabet, of the spellings seen, so that the order of rows does not matter.
    pub display: Arc<str>,
}

/// Names whose payee is remembered, so that a name met again need not be read again. A power of two.
const REMEMBERED: usize = 1 << 12;

/// Accounts and payees, each stored once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub accounts: Vec<Account>,
    pub payees: Vec<Name>,
    account_numbers: HashMap<Arc<str>, Vec<(Option<Currency>, u32)>>,
    merchant_numbers: HashMap<Uuid, u32>,
    key_numbers: HashMap<Arc<str>, u32>,
    /// By hash of the name.
    remembered: Vec<Option<(Box<str>, u32)>>,
    hasher: RandomState,
    /// Words that are left out of keys.
    changing: Arc<HashSet<String>>,
}

impl Names {
    pub(super) fn new(rules: &Rules) -> Self {
        Self { changing: rules.changing().clone(), ..Self::default() }
    }

    pub(super) fn account(&mut self, id: &str, currency: Option<Currency>, country: Option<Country>) -> u32 {
        // Rows of one account mostly come together.
        let last = self.accounts.len().wrapping_sub(1);
        let number = match self.accounts.get(last) {
            Some(account) if *account.id == *id && account.currency == currency => last as u32,
            _ => self.account_number(id, currency),
        };
        let known = &mut self.accounts[number as usize].country;
        // Where rows disagree the first by alphabet is taken: any rule will do that does not depend on their order.
        *known = match (*known, country) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        number
    }

    fn account_number(&mut self, id: &str, currency: Option<Currency>) -> u32 {
        let of_currency = |numbers: &Vec<(Option<Currency>, u32)>| {
            numbers.iter().find(|(of, _)| *of == currency).map(|(_, number)| *number)
        };
        if let Some(number) = self.account_numbers.get(id).and_then(of_currency) {
            return number;
        }
        let id: Arc<str> = id.into();
        let number = self.accounts.len() as u32;
        self.accounts.push(Account { id: id.clone(), currency, country: None });
        self.account_numbers.entry(id).or_default().push((currency, number));
        number
    }

    /// The number of a payee, new or known; `None` if nothing names it.
    pub(super) fn payee(&mut self, payee: Payee<'_>, text: &mut Text, key: &mut String) -> Option<u32> {
        if payee.merchant.is_some() {
            return self.read_payee(payee, text, key);
        }
        let at = self.hasher.hash_one(payee.name) as usize % REMEMBERED;
        self.remembered.resize(REMEMBERED, None);
        if let Some((_, number)) = self.remembered[at].as_ref().filter(|(name, _)| **name == *payee.name) {
            return Some(*number);
        }
        let number = self.read_payee(payee, text, key)?;
        self.remembered[at] = Some((payee.name.into(), number));
        Some(number)
    }

    fn read_payee(&mut self, payee: Payee<'_>, text: &mut Text, key: &mut String) -> Option<u32> {
        let known = match payee.merchant {
            Some(merchant) => self.merchant_numbers.get(&merchant).copied(),
            None => {
                write_key(payee.name, &self.changing, text, key);
                self.key_numbers.get(key.as_str()).copied()
            }
        };
        let Some(number) = known else {
            let head = write_key(payee.name, &self.changing, text, key);
            if payee.merchant.is_none() && key.is_empty() {
                return None;
            }
            let name = Name { key: key.as_str().into(), head, merchant: payee.merchant, display: payee.name.into() };
            let number = self.payees.len() as u32;
            match payee.merchant {
                Some(merchant) => self.merchant_numbers.insert(merchant, number),
                None => self.key_numbers.insert(name.key.clone(), number),
            };
            self.payees.push(name);
            return Some(number);
        };
        let display = &mut self.payees[number as usize].display;
        if (payee.name.len(), payee.name) < (display.len(), &**display) {
            *display = payee.name.into();
        }
        Some(number)
    }
}

/// Payees in order of key, so that alike names stand together and the order in which they came does not matter; and the
/// place of each by its number.
pub(crate) fn ranked(payees: &[Name]) -> (Vec<Name>, Vec<u32>) {
    let mut order: Vec<u32> = (0..payees.len() as u32).collect();
    order.par_sort_unstable_by_key(|payee| {
        let name = &payees[*payee as usize];
        (&*name.key, name.merchant)
    });
    let mut ranks = vec![0; order.len()];
    for (rank, payee) in order.iter().enumerate() {
        ranks[*payee as usize] = rank as u32;
    }
    (order.into_iter().map(|payee| payees[payee as usize].clone()).collect(), ranks)
}

/// Writes what two texts about one payee have in common: the words without blanks, numbers and references, and without
/// those that change from payment to payment unless they come first.
///
/// A text that is nothing but numbers keeps them. Gives the length of the first word.
fn write_key(name: &str, changing: &HashSet<String>, text: &mut Text, key: &mut String) -> u16 {
    key.clear();
    text.read(name);
    let mut head = 0;
    for token in text.tokens().iter().filter(|token| token.kind == TokenKind::Word) {
        let word = &text.glued()[token.glue()];
        if key.is_empty() || !changing.contains(word) {
            key.push_str(word);
            head = if head == 0 { key.len() } else { head };
        }
    }
    if key.is_empty() {
        key.push_str(text.glued());
    }
    u16::try_from(head).unwrap_or(0)
}

/// The grouping key of a cleaned description: upper case, no blanks, no numbers, references or masks, no months.
///
/// ```
/// assert_eq!(payee::recur::key("Acme Gym 0042 ref 9X81"), "ACMEGYM");
/// assert_eq!(payee::recur::key("Acme Gym March 2024"), "ACMEGYM");
/// ```
pub fn key(name: &str) -> String {
    let mut key = String::new();
    write_key(name, Rules::builtin().changing(), &mut Text::default(), &mut key);
    key
}

/// Takes payments in any order and keeps what their recurrence is judged by: 24 bytes a payment and each name once.
///
/// Ten million payments of 50,000 accounts take about 0.25 GB. Fill it from one engine only, as category numbers are the
/// engine's own.
#[derive(Clone, Debug)]
pub struct Collector<'r> {
    pub(crate) rules: &'r Rules,
    pub(crate) names: Names,
    pub(crate) shelf: Shelf,
    pub(crate) span: Option<(Date, Date)>,
    outlooks: Vec<Option<Outlook>>,
    text: Text,
    key: String,
}

impl Collector<'static> {
    /// An empty collector with the built-in rules.
    pub fn builtin() -> Self {
        Self::new(Rules::builtin())
    }
}

impl<'r> Collector<'r> {
    /// An empty collector.
    pub fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            names: Names::new(rules),
            shelf: Shelf::default(),
            span: None,
            outlooks: Vec::new(),
            text: Text::default(),
            key: String::new(),
        }
    }

    /// Takes a transaction and its answer under the caller's number. Gives `false` if it cannot belong to a stream
    /// because date, amount, direction or any name is missing. Rows without account id are taken to be of one account.
    pub fn push(&mut self, number: u32, transaction: &Transaction, enriched: &Enriched<'_>) -> bool {
        self.push_gist(number, transaction, &enriched.gist())
    }

    /// Takes a transaction and the gist of its answer, as [`push`](Self::push) does.
    pub fn push_gist(&mut self, number: u32, transaction: &Transaction, gist: &Gist<'_, '_>) -> bool {
        self.take(number, transaction, gist).is_some()
    }

    /// Takes the bare facts of a payment. Gives `false` if amount or name are empty.
    pub fn push_payment(&mut self, number: u32, payment: &Payment<'_>) -> bool {
        self.take_payment(number, payment).is_some()
    }

    /// Takes a transaction and gives the number of its account.
    pub(crate) fn take(&mut self, number: u32, transaction: &Transaction, gist: &Gist<'_, '_>) -> Option<u32> {
        let (date, amount, direction) = (transaction.date?, transaction.amount?, transaction.direction?);
        let merchant = gist.merchant;
        let likelihood = merchant.map_or(0.0, |merchant| merchant.subscription());
        let mut outlook = self.outlook(gist.category.id(), gist.category.path());
        if likelihood >= LIKELY_SUBSCRIPTION && direction == Direction::Debit {
            outlook = Outlook { expectation: Expectation::Subscription, varies: outlook.varies };
        }
        self.take_payment(
            number,
            &Payment {
                account: transaction.account_id.as_deref().unwrap_or_default(),
                currency: transaction.currency_code,
                country: transaction.country.or_else(|| country_of(transaction.currency_code?)),
                date,
                amount,
                direction,
                payee: Payee {
                    merchant: merchant.map(|merchant| merchant.guid()),
                    name: merchant.map_or(gist.description, |merchant| merchant.name()),
                },
                category: gist.category.id(),
                outlook,
                subscription: likelihood >= POSSIBLE_SUBSCRIPTION || gist.flags.contains(Flag::Subscription),
                bill: merchant.is_some_and(|merchant| merchant.biller().is_some())
                    || gist.flags.contains(Flag::BillPay),
                pending: transaction.status == Some(Status::Pending),
            },
        )
    }

    /// Takes the facts of a payment and gives the number of its account.
    pub(crate) fn take_payment(&mut self, number: u32, payment: &Payment<'_>) -> Option<u32> {
        if payment.amount.is_zero() {
            return None;
        }
        let payee = self.names.payee(payment.payee, &mut self.text, &mut self.key)?;
        let account = self.names.account(payment.account, payment.currency, payment.country);
        let mut marks = Marks::default();
        marks.set(Marks::CREDIT, payment.direction == Direction::Credit);
        marks.set(Marks::VARIES, payment.outlook.varies);
        marks.set(Marks::PENDING, payment.pending);
        marks.set(Marks::SUBSCRIPTION, payment.subscription);
        marks.set(Marks::BILL, payment.bill);
        let date = payment.date;
        self.span = Some(self.span.map_or((date, date), |(first, last)| (first.min(date), last.max(date))));
        self.shelf.push(&Row {
            account,
            payee,
            number,
            date,
            amount: payment.amount.abs(),
            category: payment.category.0,
            expectation: payment.outlook.expectation,
            marks,
        });
        Some(account)
    }

    /// Payments taken so far.
    pub fn len(&self) -> usize {
        self.shelf.len()
    }

    /// Whether no payment was taken yet.
    pub fn is_empty(&self) -> bool {
        self.span.is_none()
    }

    fn outlook(&mut self, category: CategoryId, path: &str) -> Outlook {
        let at = usize::from(category.0);
        if self.outlooks.len() <= at {
            self.outlooks.resize(at + 1, None);
        }
        *self.outlooks[at].get_or_insert_with(|| self.rules.outlook(path))
    }
}

/// The country a currency's code begins with; a guess that only holidays hang on.
fn country_of(currency: Currency) -> Option<Country> {
    currency.as_str()[..2].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_leave_out_what_changes() {
        assert_eq!(key("Acme Gym #1234"), key("ACME GYM 99 XXXX1234"));
        assert_eq!(key("Spotify P3A8AC"), key("Spotify P3F521"));
        assert_eq!(key("1234"), "1234");
        assert_eq!(key(" -- "), "");
    }
}
