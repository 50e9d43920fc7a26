//! Groups the rows of an account by payee. Names that are not in the dictionary come truncated, misspelt and with
//! changing words; those alike are one payee where their amounts are alike too.

use super::build::{background, ticks};
use super::calendar::day_of;
use super::fit::Event;
use super::judge::Background;
use super::row::{Marks, Name, Row};
use super::rules::Expectation;

/// Keys shorter than this are only equal or different.
const LEAST_KEY: usize = 5;

/// A first word shorter than this does not make two names one company.
const LEAST_HEAD: u16 = 6;

/// Days within which a company's new name must follow its old one.
const RENAMED_WITHIN: i32 = 100;

/// Payments of an account in one direction to or from one payee, by date.
pub(crate) struct Group<'r> {
    pub rows: Vec<&'r Row>,
    pub events: Vec<Event>,
    /// The payee of the first row, which the stream's id is made from.
    pub payee: u32,
    pub background: Background,
}

/// Rows of one payee, and the range of their amounts.
struct Span<'r> {
    rows: &'r [Row],
    payee: u32,
    low: i64,
    high: i64,
    /// A span of the same group that stands before this one, or this one; see [`root`].
    root: usize,
    /// Whether any span of the group is of a merchant of the dictionary; kept at the first one.
    is_known: bool,
}

/// The first span of the same group.
fn root(spans: &mut [Span<'_>], mut at: usize) -> usize {
    while spans[at].root != at {
        let above = spans[at].root;
        spans[at].root = spans[above].root;
        at = above;
    }
    at
}

/// Makes two groups one, by their first spans.
fn unite(spans: &mut [Span<'_>], one: usize, other: usize) {
    let (low, high) = (one.min(other), one.max(other));
    spans[high].root = low;
    spans[low].is_known |= spans[high].is_known;
}

/// Groups the sorted rows of one account in one direction and hands each group over.
pub(crate) fn groups(rows: &[Row], names: &[Name], mut each: impl FnMut(Group<'_>)) {
    let mut spans: Vec<Span<'_>> = rows
        .chunk_by(|one, other| one.payee == other.payee)
        .enumerate()
        .map(|(at, rows)| {
            let amounts = || rows.iter().map(|row| ticks(row.amount));
            let (low, high) = (amounts().min().unwrap_or(0), amounts().max().unwrap_or(0));
            let payee = rows[0].payee;
            Span { rows, payee, low, high, root: at, is_known: names[payee as usize].merchant.is_some() }
        })
        .collect();
    join_alike(&mut spans, names);
    join_renamed(&mut spans, names);
    for at in 0..spans.len() {
        spans[at].root = root(&mut spans, at);
    }
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|at| spans[*at].root);
    for same in order.chunk_by(|one, other| spans[*one].root == spans[*other].root) {
        if same.iter().map(|at| spans[*at].rows.len()).sum::<usize>() < 2 {
            continue;
        }
        let mut rows: Vec<&Row> = same.iter().flat_map(|at| spans[*at].rows).collect();
        without_double_pending(&mut rows);
        if rows.len() < 2 {
            continue;
        }
        rows.sort_by(|one, other| {
            (one.date, one.amount).cmp(&(other.date, other.amount)).then_with(|| {
                let key = |row: &Row| (&names[row.payee as usize].key, row.number);
                key(one).cmp(&key(other))
            })
        });
        let events = rows.iter().map(|row| Event::new(row.date, ticks(row.amount))).collect();
        let background = background(rows.iter().copied());
        each(Group { events, payee: rows[0].payee, background, rows });
    }
}

/// Drops pending rows that a booked one of the same amount has followed.
fn without_double_pending(rows: &mut Vec<&Row>) {
    if rows.iter().all(|row| !row.marks.has(Marks::PENDING)) {
        return;
    }
    let booked: Vec<_> =
        rows.iter().filter(|row| !row.marks.has(Marks::PENDING)).map(|row| (row.amount, day_of(row.date))).collect();
    rows.retain(|row| {
        let day = day_of(row.date);
        let follows = |(amount, other): &(_, i32)| *amount == row.amount && (0..=7).contains(&(other - day));
        !(row.marks.has(Marks::PENDING) && booked.iter().any(follows))
    });
}

/// Gives spans of alike names and amounts a common root. Spans are in order of key, so names that begin alike are
/// neighbours; a second order by reversed key brings names together that end alike.
fn join_alike(spans: &mut [Span<'_>], names: &[Name]) {
    let key = |span: &Span<'_>| &*names[span.payee as usize].key;
    for at in 1..spans.len() {
        // A truncated name stands before its longer forms, but shorter or misspelt ones may stand between.
        for before in (at.saturating_sub(3)..at).rev() {
            link(spans, before, at, names);
        }
    }
    let mut by_end: Vec<usize> = (0..spans.len()).filter(|at| key(&spans[*at]).len() >= LEAST_KEY).collect();
    by_end.sort_unstable_by(|one, other| {
        key(&spans[*one]).bytes().rev().cmp(key(&spans[*other]).bytes().rev()).then_with(|| one.cmp(other))
    });
    for pair in by_end.windows(2) {
        link(spans, pair[0].min(pair[1]), pair[0].max(pair[1]), names);
    }
}

fn link(spans: &mut [Span<'_>], one: usize, other: usize, names: &[Name]) {
    let name = |at: usize| &names[spans[at].payee as usize];
    let (near, far) = (name(one), name(other));
    // Two merchants of the dictionary are two, however alike their names.
    if near.merchant.is_some() && far.merchant.is_some() {
        return;
    }
    if !alike(&near.key, &far.key) || !overlap(&spans[one], &spans[other]) {
        return;
    }
    let (one, other) = (root(spans, one), root(spans, other));
    if one != other && !(spans[one].is_known && spans[other].is_known) {
        unite(spans, one, other);
    }
}

/// Joins a payee that goes on under another name: the same first word, like amounts, and never both at a time. Transfers
/// and shops are left alone, as their first words say little.
fn join_renamed(spans: &mut [Span<'_>], names: &[Name]) {
    let name = |span: &Span<'_>| &names[span.payee as usize];
    let head = |span: &Span<'_>| &name(span).key[..usize::from(name(span).head)];
    let goes_on = |span: &Span<'_>| {
        let contract = |row: &Row| {
            matches!(
                row.expectation,
                Expectation::Bill | Expectation::Subscription | Expectation::Income | Expectation::Neutral
            )
        };
        name(span).head >= LEAST_HEAD && span.rows.iter().all(contract)
    };
    // Spans are in order of key, so those of one first word stand together.
    let mut start = 0;
    while start < spans.len() {
        let same = spans[start..].iter().take_while(|span| head(span) == head(&spans[start])).count();
        let end = start + same.max(1);
        let mut lives: Vec<Life> = Vec::new();
        for at in start..end {
            if !goes_on(&spans[at]) {
                continue;
            }
            let root = root(spans, at);
            lives.push(Life::of(root, &spans[at], name(&spans[at]).merchant.is_some()));
        }
        lives.sort_by_key(|life| life.root);
        lives.dedup_by(|other, life| {
            let is_same = life.root == other.root;
            if is_same {
                life.add(other);
            }
            is_same
        });
        lives.sort_by_key(|life| (life.first, life.last, life.root));
        for pair in lives.windows(2) {
            if pair[1].takes_over(&pair[0]) {
                let (one, other) = (root(spans, pair[0].root), root(spans, pair[1].root));
                if one != other {
                    unite(spans, one, other);
                }
            }
        }
        start = end;
    }
}

/// When and with what amounts some spans of one root were paid.
struct Life {
    root: usize,
    first: i32,
    last: i32,
    low: i64,
    high: i64,
    rows: usize,
    merchant: bool,
}

impl Life {
    fn of(root: usize, span: &Span<'_>, merchant: bool) -> Self {
        let days = || span.rows.iter().map(|row| day_of(row.date));
        let (first, last) = (days().min().unwrap_or_default(), days().max().unwrap_or_default());
        Self { root, first, last, low: span.low, high: span.high, rows: span.rows.len(), merchant }
    }

    fn add(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.rows += other.rows;
        self.merchant |= other.merchant;
    }

    fn takes_over(&self, before: &Self) -> bool {
        self.root != before.root
            && (before.last + 1..=before.last.saturating_add(RENAMED_WITHIN)).contains(&self.first)
            && self.rows.min(before.rows) >= 2
            && !(self.merchant && before.merchant)
            && near(self.low, self.high, before.low, before.high)
    }
}

/// Whether the ranges of amounts, widened by 15 per cent, have anything in common.
fn overlap(one: &Span<'_>, other: &Span<'_>) -> bool {
    near(one.low, one.high, other.low, other.high)
}

fn near(low: i64, high: i64, other_low: i64, other_high: i64) -> bool {
    let widened = |amount: i64| amount + amount / 20 * 3;
    low <= widened(other_high) && other_low <= widened(high)
}

/// Whether two keys are one name: one is the other cut short, or they differ by a letter or two.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.len() < LEAST_KEY {
        return false;
    }
    if long.starts_with(short) || long.ends_with(short) {
        return short.len() * 2 >= long.len();
    }
    let most = if short.len() >= 12 { 2 } else { 1 };
    short.len() > LEAST_KEY && long.len() - short.len() <= most && differs_by(short.as_bytes(), long.as_bytes(), most)
}

/// Whether `long` comes from `short` by at most so many letters changed, dropped or added.
fn differs_by(short: &[u8], long: &[u8], most: usize) -> bool {
    let prefix = short.iter().zip(long).take_while(|(one, other)| one == other).count();
    let (short, long) = (&short[prefix..], &long[prefix..]);
    if most == 0 || short.is_empty() || long.is_empty() {
        return short.len().max(long.len()) <= most;
    }
    differs_by(&short[1..], &long[1..], most - 1)
        || differs_by(short, &long[1..], most - 1)
        || differs_by(&short[1..], long, most - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cut_short_or_misspelt_are_alike() {
        assert!(alike("ACMEFITNESS", "ACMEFITNESSCLUB"));
        assert!(alike("FITNESSCLUB", "SQFITNESSCLUB"));
        assert!(alike("ACMEFITNESS", "ACMEFITNES"));
        assert!(alike("ACMEFITNESS", "AKMEFITNESS"));
        assert!(!alike("ACME", "ACMEX"));
        assert!(!alike("ACMEFITNESS", "ACMEFUNERAL"));
        assert!(!alike("SHELL", "SHELLPOINTMORTGAGE"));
        assert!(alike("ŁÓDŹGYM", "ŁÓDŹGYMX"));
    }
}
