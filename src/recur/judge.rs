//! How sure it is that a track is a stream. Precision first: habits look periodic too.

use super::cadence::Cadence;
use super::fit::{Event, within};
use super::rules::{Expectation, Outlook};
use super::tracks::Track;
use serde::Serialize;

/// Below this probability a track is no stream.
pub(crate) const LEAST: f32 = 0.7;

/// How the amounts of a stream behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename = "AmountPattern")]
#[non_exhaustive]
pub enum Pattern {
    /// The same every time.
    Fixed,
    /// The same for a while, then another price.
    Stepped,
    /// Within five per cent of each other.
    Steady,
    /// Up and down, as a power bill.
    Varying,
    /// No two alike; never a stream.
    #[serde(skip)]
    Wild,
}

impl Pattern {
    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "FIXED",
            Self::Stepped => "STEPPED",
            Self::Steady => "STEADY",
            Self::Varying => "VARYING",
            Self::Wild => "WILD",
        }
    }
}

/// Amounts that differ by no more than this many thousandths are the same price.
pub(crate) const SAME: i64 = 5;

/// Amounts that differ from their median by no more than this many thousandths are steady.
pub(crate) const STEADY: i64 = 50;

/// How amounts in order of day behave.
pub(crate) fn pattern(ticks: &[i64]) -> Pattern {
    if ticks.len() < 2 {
        return Pattern::Fixed;
    }
    let pairs = ticks.len() - 1;
    let equal = ticks.windows(2).filter(|pair| within(pair[0], pair[1], SAME)).count();
    let (low, high) = bounds(ticks);
    let mut sorted = ticks.to_vec();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    if ticks.len() == 2 && !within(low, high, 500) {
        // Two amounts that have nothing to do with each other.
        Pattern::Wild
    } else if within(low, high, SAME) {
        Pattern::Fixed
    } else if equal * 10 >= pairs * 6 || (ticks.len() >= 3 && one_step(ticks)) {
        Pattern::Stepped
    } else if within(low, median, STEADY) && within(median, high, STEADY) {
        Pattern::Steady
    } else {
        // The middle eight tenths: one odd bill does not make a stream wild.
        let cut = sorted.len() / 10;
        let (low, high) = (sorted[cut], sorted[sorted.len() - 1 - cut]);
        if high / 6 > low { Pattern::Wild } else { Pattern::Varying }
    }
}

/// How the amounts of a group behave, told without order.
pub(crate) fn pattern_of_most(events: &[Event]) -> Pattern {
    let mut ticks: Vec<i64> = events.iter().map(|event| event.ticks).collect();
    ticks.sort_unstable();
    pattern(&ticks)
}

/// Whether all amounts but the first, or all but the last, are the same: a first month's part, or a new price.
fn one_step(ticks: &[i64]) -> bool {
    let same = |ticks: &[i64]| {
        let (low, high) = bounds(ticks);
        within(low, high, SAME)
    };
    same(&ticks[1..]) || same(&ticks[..ticks.len() - 1])
}

fn bounds(ticks: &[i64]) -> (i64, i64) {
    let low = ticks.iter().copied().min().unwrap_or_default();
    (low, ticks.iter().copied().max().unwrap_or_default())
}

/// What is known of the payments of a track besides dates and amounts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Background {
    pub outlook: Outlook,
    /// Merchant or text say that it is, or may well be, a subscription.
    pub subscription: bool,
    /// Merchant or text say that it is a bill.
    pub bill: bool,
}

/// The probability that a track is a stream, 0 to 1. The weights were set on simulated households.
pub(crate) fn confidence(track: &Track, pattern: Pattern, background: Background) -> f32 {
    let cadence = track.cadence();
    let hits = track.events.len() - usize::from(track.trial);
    let outlook = background.outlook;
    let contract = background.subscription || background.bill;
    let expectation = match outlook.expectation {
        Expectation::Never => return 0.0,
        Expectation::Subscription | Expectation::Bill | Expectation::Income => 1.6,
        Expectation::Transfer => 0.0,
        Expectation::Neutral if contract => 1.0,
        Expectation::Neutral => -1.0,
        Expectation::Habit if contract => -1.2,
        Expectation::Habit => -3.0,
    };
    let number = match hits {
        0 | 1 => return 0.0,
        // Twice is a coincidence where nothing leads to expect a stream.
        2 if expectation <= 0.0 && cadence != Cadence::EveryYear => return 0.0,
        2 => -0.9,
        3 => 0.8,
        4 => 1.8,
        5 => 2.4,
        6..=8 => 3.0,
        _ => 3.8,
    };
    let amounts = match pattern {
        // Of two payments a year apart the later may well cost more.
        Pattern::Steady | Pattern::Varying if hits == 2 && cadence == Cadence::EveryYear => 0.6,
        Pattern::Wild => return 0.0,
        Pattern::Fixed => 1.6,
        Pattern::Stepped => 1.2,
        Pattern::Steady => 0.6,
        Pattern::Varying if outlook.varies => 0.4,
        Pattern::Varying if outlook.expectation == Expectation::Bill => -0.4,
        Pattern::Varying if outlook.expectation == Expectation::Habit => return 0.0,
        Pattern::Varying => -1.8,
    };
    let often = match cadence {
        Cadence::EveryWeek if outlook.expectation == Expectation::Habit => return 0.0,
        Cadence::EveryWeek if outlook.expectation == Expectation::Income => -0.6,
        Cadence::EveryWeek => -2.0,
        Cadence::EveryOtherWeek | Cadence::TwiceAMonth if outlook.expectation == Expectation::Income => 0.6,
        Cadence::TwiceAMonth if expectation < 0.0 => -2.0,
        Cadence::EveryOtherWeek | Cadence::TwiceAMonth => -0.8,
        Cadence::EveryFourWeeks => -0.6,
        Cadence::EveryMonth => 0.6,
        Cadence::EveryOtherMonth => -0.6,
        Cadence::EveryThreeMonths => 0.0,
        Cadence::EverySixMonths => -0.1,
        Cadence::EveryYear => 1.2,
    };
    let hits = hits as f32;
    let missing = track.missing as f32 / (hits + track.missing as f32);
    let noise = track.noise as f32 / (hits + track.noise as f32);
    let strangers = track.strangers as f32 / (hits + track.strangers as f32);
    // A contract keeps its day; a habit wanders.
    let adrift = if outlook.expectation == Expectation::Habit { 9.0 } else { 3.0 };
    let log_odds = expectation + number + amounts + often
        - 5.0 * missing
        - 6.0 * noise
        - adrift * track.off / (hits - 1.0)
        - 8.0 * strangers / hits
        - 0.4 * track.pauses as f32;
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_fall_into_patterns() {
        assert_eq!(pattern(&[100, 100, 100]), Pattern::Fixed);
        assert_eq!(pattern(&[100, 100, 110]), Pattern::Stepped);
        assert_eq!(pattern(&[40, 100, 100]), Pattern::Stepped);
        assert_eq!(pattern(&[100, 102, 101, 103]), Pattern::Steady);
        assert_eq!(pattern(&[100, 150, 80, 120]), Pattern::Varying);
        assert_eq!(pattern(&[100, 900, 80, 2000]), Pattern::Wild);
        assert_eq!(pattern(&[]), Pattern::Fixed);
    }
}
