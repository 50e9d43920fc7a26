//! Copies in overlapping exports: same account, date, amount, direction and text, in another file. Twins within a file
//! stay.

use std::collections::BTreeMap;

use super::{Companion, Entry, Kind};

pub(super) fn find(entries: &mut [Entry], found: &mut Vec<Companion>) {
    if entries.iter().all(|entry| entry.file == entries[0].file) {
        return;
    }
    let spans = spans(entries);
    entries.sort_unstable_by_key(|entry| {
        (entry.account, entry.date, entry.amount, entry.direction, entry.text, entry.file, entry.number)
    });
    let same = |one: &Entry, other: &Entry| {
        (one.account, one.date, one.amount, one.direction, one.text)
            == (other.account, other.date, other.amount, other.direction, other.text)
    };
    for copies in entries.chunk_by(same) {
        let files: Vec<&[Entry]> = copies.chunk_by(|one, other| one.file == other.file).collect();
        // The file that has most of them has them all; of equals the first.
        let Some(kept) = files.iter().rev().max_by_key(|rows| rows.len()) else { continue };
        for rows in files.iter().filter(|rows| rows[0].file != kept[0].file) {
            let mut free: Vec<&Entry> = kept.iter().collect();
            for copy in *rows {
                let same_id = |kept: &&Entry| copy.id != 0 && kept.id == copy.id;
                let other_id = |kept: &&Entry| copy.id != 0 && kept.id != 0 && kept.id != copy.id;
                let at = free.iter().position(same_id).or_else(|| free.iter().position(|kept| !other_id(kept)));
                let Some(at) = at else { continue };
                let original = free.remove(at);
                let (confidence, reason) = if same_id(&original) {
                    (0.999, "same id, account, date, amount and text in another file")
                } else if at_seam(&spans, copy, original) {
                    (
                        0.6,
                        "same account, date, amount and text in another file, but one file begins where the other ends",
                    )
                } else {
                    (0.97, "same account, date, amount and text in another file")
                };
                found.push(copy.with(original, Kind::Duplicate, confidence, reason));
            }
        }
    }
}

/// First and last day of each account in each file.
fn spans(entries: &[Entry]) -> BTreeMap<(u32, u32), (i32, i32)> {
    let mut spans = BTreeMap::new();
    for entry in entries {
        let day = entry.day();
        let span = spans.entry((entry.account, entry.file)).or_insert((day, day));
        *span = (span.0.min(day), span.1.max(day));
    }
    spans
}

/// Whether the day is the last of one file and the first of the other, which may then share nothing but that day.
fn at_seam(spans: &BTreeMap<(u32, u32), (i32, i32)>, one: &Entry, other: &Entry) -> bool {
    let span = |entry: &Entry| spans.get(&(entry.account, entry.file)).copied().unwrap_or_default();
    let (first, second) = (span(one), span(other));
    let day = one.day();
    let meets = |early: (i32, i32), late: (i32, i32)| early.1 == day && late.0 == day && early.0 < late.1;
    meets(first, second) || meets(second, first)
}
