//! Refunds and the purchases they pay back: same account and payee, the purchase earlier and no smaller.

use super::{Companion, Entry, Kind};

/// Days a refund may come after a purchase of the same amount.
const FULL_DAYS: i32 = 180;
/// The same for a refund in part.
const PART_DAYS: i32 = 90;

pub(super) fn find(entries: &mut [Entry], found: &mut Vec<Companion>) {
    entries.sort_unstable_by_key(|entry| (entry.account, entry.payee, entry.date, entry.number));
    for rows in entries.chunk_by(|one, other| (one.account, one.payee) == (other.account, other.payee)) {
        let mut paid_back = vec![false; rows.len()];
        for refund in rows.iter().filter(|row| row.refund && !row.amount.is_zero()) {
            let age = |row: &Entry| refund.day() - row.day();
            // The latest purchase first: goods go back soon.
            let end = rows.partition_point(|row| row.date <= refund.date);
            let purchases = || {
                (0..end)
                    .rev()
                    .take_while(|at| age(&rows[*at]) <= FULL_DAYS)
                    .filter(|at| !rows[*at].is_credit() && !rows[*at].moved)
            };
            let full = purchases().find(|at| !paid_back[*at] && rows[*at].amount == refund.amount);
            let part = || {
                purchases()
                    .find(|at| !paid_back[*at] && rows[*at].amount > refund.amount && age(&rows[*at]) <= PART_DAYS)
            };
            if let Some(at) = full {
                paid_back[at] = true;
                let confidence = if age(&rows[at]) <= 60 { 0.95 } else { 0.85 };
                let reason = "same account, payee and amount, the purchase before the refund";
                found.push(refund.with(&rows[at], Kind::Refund, confidence, reason));
            } else if let Some(at) = part() {
                let reason = "same account and payee, the latest purchase that cost more than was paid back";
                found.push(refund.with(&rows[at], Kind::Refund, 0.6, reason));
            }
        }
    }
}
