//! The order of precedence of rules.

use std::cmp::Reverse;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Rule;
use super::condition::{Bounds, Conditions};
use super::pattern::Kind;

/// What the order of precedence compares, in this order; the greatest wins.
///
/// 1. A rule that gives a whole text (`exact`) goes before one that does not.
/// 2. More letters and digits that must stand in the text or in the merchant's name; of alternatives the fewest.
/// 3. More conditions.
/// 4. The firmer comparison: prefix, word, glob, regex, then no text at all; of several the firmest.
/// 5. The narrower range of amounts, then of days.
pub type Specificity = (bool, usize, usize, Option<Kind>, Reverse<Decimal>, Reverse<i64>);

/// How specific some conditions are.
pub fn specificity(conditions: &Conditions) -> Specificity {
    let kinds = conditions.texts.iter().filter_map(|text| text.patterns.iter().map(|pattern| pattern.kind).min());
    let kind = kinds.max();
    (
        kind == Some(Kind::Exact),
        conditions.letters(),
        conditions.count(),
        kind,
        Reverse(width(&conditions.amount)),
        Reverse(days(&conditions.date)),
    )
}

/// The total order of rules, the first wins: the more specific, and of equals the one that stands first in the files, in the
/// order they were given. `payee check` reports equals that speak of the same rows.
pub fn precedence(one: &Rule, other: &Rule) -> std::cmp::Ordering {
    other.specificity.cmp(&one.specificity).then(one.at.cmp(&other.at))
}

fn width(bounds: &Bounds<Decimal>) -> Decimal {
    match (bounds.from, bounds.to) {
        (from, Some(to)) => to.saturating_sub(from.unwrap_or_default()),
        _ => Decimal::MAX,
    }
}

fn days(bounds: &Bounds<Date>) -> i64 {
    match (bounds.from, bounds.to) {
        (Some(from), Some(to)) => from.duration_until(to).as_hours() / 24,
        _ => i64::MAX,
    }
}
