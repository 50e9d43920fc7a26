//! Transfers between accounts of one owner: the same amount out of one and into another within days.

use super::{Companion, Entry, Kind, pair};
use crate::recur::row::Names;

/// Days from money out to money in. Some banks book the credit first.
const DAYS: std::ops::RangeInclusive<i32> = -2..=5;

pub(super) fn find(entries: &mut [Entry], names: &Names, found: &mut Vec<Companion>) {
    let account = |entry: &Entry| &names.accounts[entry.account as usize];
    let currency = |entry: &Entry| account(entry).currency;
    entries.sort_unstable_by(|one, other| {
        let key = |entry: &Entry| (entry.owner, currency(entry), entry.amount, entry.direction, entry.date);
        key(one)
            .cmp(&key(other))
            .then_with(|| account(one).id.cmp(&account(other).id))
            .then_with(|| (one.text, one.number).cmp(&(other.text, other.number)))
    });
    let same = |one: &Entry, other: &Entry| {
        one.owner == other.owner && one.amount == other.amount && currency(one) == currency(other)
    };
    for rows in entries.chunk_by(same) {
        // Purchases and pay take no part, however many share an amount.
        let rows: Vec<&Entry> = rows.iter().filter(|row| row.moved || row.unknown).collect();
        let (credits, debits) = rows.split_at(rows.partition_point(|row| row.is_credit()));
        let mut candidates = Vec::new();
        for (at, debit) in debits.iter().enumerate() {
            let first = credits.partition_point(|credit| credit.day() < debit.day() + DAYS.start());
            let near = credits.iter().enumerate().skip(first);
            for (credit_at, credit) in near.take_while(|(_, credit)| credit.day() <= debit.day() + DAYS.end()) {
                if let Some((cost, companion)) = judge(debit, credit) {
                    candidates.push((cost, at, credit_at, companion));
                }
            }
        }
        pair(candidates, found);
    }
}

fn judge(debit: &Entry, credit: &Entry) -> Option<(i32, Companion)> {
    if debit.account == credit.account || debit.amount.is_zero() {
        return None;
    }
    let (confidence, reason, doubt) = match (debit.moved, credit.moved) {
        (true, true) => {
            (0.97, "same amount out of one account and into another within days, both told as transfers", 0)
        }
        (true, false) if credit.unknown => {
            (0.85, "same amount out of one account and into another within days, the money out told as a transfer", 100)
        }
        (false, true) if debit.unknown => {
            (0.85, "same amount out of one account and into another within days, the money in told as a transfer", 100)
        }
        // The sides contradict each other, or neither says anything: equal amounts are chance.
        _ => return None,
    };
    let days = credit.day() - debit.day();
    // Money in before money out is rarer than one day later.
    let cost = doubt + if days < 0 { 3 - days } else { days };
    Some((cost, debit.with(credit, Kind::Transfer, confidence, reason)))
}
