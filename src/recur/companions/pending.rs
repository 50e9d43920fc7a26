//! Pending rows and the booked ones that follow: same account, direction and payee within days. Tips and holds change
//! amounts.

use rust_decimal::Decimal;

use super::{Companion, Entry, Kind, pair};
use crate::recur::group::alike;
use crate::recur::row::Names;

/// Days from the pending row to the booked one.
const DAYS: std::ops::RangeInclusive<i32> = -1..=10;
/// The same where the amount differs.
const NEAR_DAYS: std::ops::RangeInclusive<i32> = 0..=5;

pub(super) fn find(entries: &mut [Entry], names: &Names, found: &mut Vec<Companion>) {
    if entries.iter().all(|entry| !entry.pending) {
        return;
    }
    entries.sort_unstable_by_key(|entry| (entry.account, entry.direction, entry.date, entry.number));
    for rows in entries.chunk_by(|one, other| (one.account, one.direction) == (other.account, other.direction)) {
        let mut candidates = Vec::new();
        for (at, waiting) in rows.iter().enumerate().filter(|(_, row)| row.pending) {
            let first = rows.partition_point(|row| row.day() < waiting.day() + DAYS.start());
            let near =
                rows.iter().enumerate().skip(first).take_while(|(_, row)| row.day() <= waiting.day() + DAYS.end());
            for (other_at, booked) in near.filter(|(_, row)| !row.pending) {
                if let Some((cost, companion)) = judge(waiting, booked, names) {
                    candidates.push((cost, at, other_at, companion));
                }
            }
        }
        pair(candidates, found);
    }
}

fn judge(waiting: &Entry, booked: &Entry, names: &Names) -> Option<(i32, Companion)> {
    let name = |entry: &Entry| &names.payees[entry.payee as usize];
    let (one, other) = (name(waiting), name(booked));
    let two_merchants = one.merchant.is_some() && other.merchant.is_some();
    let same = waiting.payee == booked.payee || (!two_merchants && alike(&one.key, &other.key));
    if !same {
        return None;
    }
    let days = booked.day() - waiting.day();
    let with = |confidence, reason| waiting.with(booked, Kind::Pending, confidence, reason);
    if waiting.amount == booked.amount {
        return Some((days.abs(), with(0.97, "same account, payee and amount, booked within days")));
    }
    if !NEAR_DAYS.contains(&days) {
        return None;
    }
    // A tip of up to 30 per cent is added when the payment is booked.
    let most = waiting.amount.saturating_mul(Decimal::new(130, 2));
    if booked.amount > waiting.amount && booked.amount <= most {
        return Some((
            100 + days,
            with(0.85, "same account and payee, booked within days with up to 30 per cent added"),
        ));
    }
    // Pumps and hotels hold one amount and book another.
    Some((1000 + days, with(0.55, "same account and payee, booked within days at another amount")))
}
