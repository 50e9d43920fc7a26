//! Streams kept up to date as payments come in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use uuid::Uuid;

use super::pack::Packed;
use super::row::{Collector, Payment, Row, ranked};
use super::stream::Stream;
use super::tracks::Separator;
use super::{Calendars, Found, Streams, of_account, order};
use crate::model::enriched::Enriched;
use crate::model::transaction::Transaction;

/// Streams that take new payments. After any number of updates they are those that [`streams`](super::streams) finds in
/// all payments at once.
///
/// Only accounts with new payments are looked at again. Keeps every payment, 24 bytes each.
pub struct Incremental<'r> {
    collector: Collector<'r>,
    touched: BTreeSet<u32>,
    accounts: BTreeMap<u32, Vec<Found>>,
    as_of: Option<Date>,
}

/// What an update changed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Changes {
    /// Streams that are new or differ in anything, as they are now; ordered as in [`Streams::all`].
    pub changed: Vec<Stream>,
    /// Ids of streams that are no more.
    pub removed: Vec<Uuid>,
}

impl<'r> Incremental<'r> {
    /// Starts with what a collector holds; nothing is found before the first [`update`](Self::update).
    pub fn new(collector: Collector<'r>) -> Self {
        let touched = collector.shelf.rows().map(|row| row.account).collect();
        Self { collector, touched, accounts: BTreeMap::new(), as_of: None }
    }

    /// Takes a transaction and its answer, as [`Collector::push`].
    pub fn push(&mut self, number: u32, transaction: &Transaction, enriched: &Enriched<'_>) -> bool {
        let account = self.collector.take(number, transaction, &enriched.gist());
        self.touched.extend(account);
        account.is_some()
    }

    /// Takes the bare facts of a payment, as [`Collector::push_payment`].
    pub fn push_payment(&mut self, number: u32, payment: &Payment<'_>) -> bool {
        let account = self.collector.take_payment(number, payment);
        self.touched.extend(account);
        account.is_some()
    }

    /// Looks again at the accounts with new payments and gives back what changed. As in [`streams`](super::streams),
    /// `as_of` is by default the last date of all payments; status and forecasts of the other accounts follow it.
    pub fn update(&mut self, as_of: Option<Date>) -> Changes {
        let Collector { rules, names, shelf, span, .. } = &self.collector;
        let as_of = as_of.or(span.map(|(_, last)| last)).unwrap_or(Date::ZERO);
        let calendars = Calendars::new(rules, names, *span, as_of);
        let (payees, ranks) = ranked(&names.payees);
        let by_rank = inverse(&ranks);
        let mut separator = Separator::default();
        let mut changes = Changes::default();
        for number in std::mem::take(&mut self.touched) {
            let mut packed: Vec<Packed> = shelf.of_account(number).copied().collect();
            packed.iter_mut().for_each(|row| row.payee = ranks[row.payee as usize]);
            packed.sort_unstable_by_key(Packed::place);
            let rows: Vec<Row> = packed.iter().map(|row| shelf.amounts().row(row)).collect();
            let mut found = of_account(&rows, &names.accounts, &payees, &calendars, as_of, &mut separator);
            // Ranks move when names come in; numbers stay.
            found.iter_mut().for_each(|found| found.payee = by_rank[found.payee as usize]);
            let before = self.accounts.insert(number, found).unwrap_or_default();
            let found = &self.accounts[&number];
            let same = |found: &Found| before.iter().any(|before| before.stream == found.stream);
            changes.changed.extend(found.iter().filter(|found| !same(found)).map(|found| found.stream.clone()));
            let gone = |before: &&Found| found.iter().all(|found| found.stream.id != before.stream.id);
            changes.removed.extend(before.iter().filter(gone).map(|before| before.stream.id));
        }
        let moved = self.as_of.replace(as_of) != Some(as_of);
        for found in self.accounts.values_mut().flatten() {
            // A name may have been met in a shorter spelling in another account.
            let name = &names.payees[found.payee as usize].display;
            let renamed = found.stream.name != *name;
            if !moved && !renamed {
                continue;
            }
            let before = found.stream.clone();
            found.stream.name = name.clone();
            found.stream.look_ahead(as_of, calendars.of(found.stream.facts.country));
            if found.stream != before && changes.changed.iter().all(|changed| changed.id != before.id) {
                changes.changed.push(found.stream.clone());
            }
        }
        order(&mut changes.changed);
        changes.removed.sort_unstable();
        changes
    }

    /// The streams as of the last update.
    pub fn streams(&self) -> Streams {
        let Collector { rules, names, span, .. } = &self.collector;
        let as_of = self.as_of.unwrap_or(Date::ZERO);
        let mut list: Vec<Stream> = self.accounts.values().flatten().map(|found| found.stream.clone()).collect();
        order(&mut list);
        Streams { list, as_of, calendars: Calendars::new(rules, names, *span, as_of) }
    }
}

/// The number of each rank.
fn inverse(ranks: &[u32]) -> Vec<u32> {
    let mut numbers = vec![0; ranks.len()];
    for (number, rank) in ranks.iter().enumerate() {
        numbers[*rank as usize] = number as u32;
    }
    numbers
}
