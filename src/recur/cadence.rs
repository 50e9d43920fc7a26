//! Cadences, and schedules: a cadence pinned to days.

use std::fmt;

use serde::Serialize;

use super::calendar::Calendar;

/// How often a stream's payments come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Cadence {
    /// Every seven days.
    EveryWeek,
    /// Every fourteen days.
    EveryOtherWeek,
    /// On two days of each month.
    TwiceAMonth,
    /// Every 28 days.
    EveryFourWeeks,
    /// On a day of each month.
    EveryMonth,
    /// On a day of every second month.
    EveryOtherMonth,
    /// On a day of every third month.
    EveryThreeMonths,
    /// On a day of every sixth month.
    EverySixMonths,
    /// On a day of the year.
    EveryYear,
}

impl Cadence {
    /// Every cadence, the most frequent first.
    pub const ALL: &[Self] = &[
        Self::EveryWeek,
        Self::EveryOtherWeek,
        Self::TwiceAMonth,
        Self::EveryFourWeeks,
        Self::EveryMonth,
        Self::EveryOtherMonth,
        Self::EveryThreeMonths,
        Self::EverySixMonths,
        Self::EveryYear,
    ];

    /// The published name: `EVERY_MONTH`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EveryWeek => "EVERY_WEEK",
            Self::EveryOtherWeek => "EVERY_OTHER_WEEK",
            Self::TwiceAMonth => "TWICE_A_MONTH",
            Self::EveryFourWeeks => "EVERY_FOUR_WEEKS",
            Self::EveryMonth => "EVERY_MONTH",
            Self::EveryOtherMonth => "EVERY_OTHER_MONTH",
            Self::EveryThreeMonths => "EVERY_THREE_MONTHS",
            Self::EverySixMonths => "EVERY_SIX_MONTHS",
            Self::EveryYear => "EVERY_YEAR",
        }
    }

    /// The name as a person says it: `every month`.
    pub fn words(self) -> &'static str {
        match self {
            Self::EveryWeek => "every week",
            Self::EveryOtherWeek => "every two weeks",
            Self::TwiceAMonth => "twice a month",
            Self::EveryFourWeeks => "every four weeks",
            Self::EveryMonth => "every month",
            Self::EveryOtherMonth => "every two months",
            Self::EveryThreeMonths => "every quarter",
            Self::EverySixMonths => "every half year",
            Self::EveryYear => "every year",
        }
    }

    /// Payments in a year of 52 weeks or 12 months.
    pub fn times_a_year(self) -> u32 {
        match self {
            Self::EveryWeek => 52,
            Self::EveryOtherWeek => 26,
            Self::TwiceAMonth => 24,
            Self::EveryFourWeeks => 13,
            Self::EveryMonth => 12,
            Self::EveryOtherMonth => 6,
            Self::EveryThreeMonths => 4,
            Self::EverySixMonths => 2,
            Self::EveryYear => 1,
        }
    }

    /// Days from one payment to the next, on average.
    pub(crate) const fn days(self) -> i32 {
        match self {
            Self::EveryWeek => 7,
            Self::EveryOtherWeek => 14,
            Self::TwiceAMonth => 15,
            Self::EveryFourWeeks => 28,
            Self::EveryMonth => 30,
            Self::EveryOtherMonth => 61,
            Self::EveryThreeMonths => 91,
            Self::EverySixMonths => 182,
            Self::EveryYear => 365,
        }
    }

    /// The period in days, where it is one.
    pub(crate) fn fixed_days(self) -> Option<i32> {
        match self {
            Self::EveryWeek | Self::EveryOtherWeek | Self::EveryFourWeeks => Some(self.days()),
            _ => None,
        }
    }

    /// The period in months; 1 where it is none.
    pub(crate) fn months(self) -> i32 {
        match self {
            Self::EveryOtherMonth => 2,
            Self::EveryThreeMonths => 3,
            Self::EverySixMonths => 6,
            Self::EveryYear => 12,
            _ => 1,
        }
    }

    /// Days that a payment may lie off its day and still belong to it.
    pub(crate) const fn slack(self) -> i32 {
        match self {
            Self::EveryWeek => 1,
            Self::EveryOtherWeek | Self::TwiceAMonth => 2,
            Self::EveryFourWeeks => 3,
            Self::EveryMonth => 4,
            Self::EveryOtherMonth => 5,
            Self::EveryThreeMonths => 6,
            Self::EverySixMonths => 8,
            Self::EveryYear => 10,
        }
    }

    /// Payments missing in a row from this number on are a pause rather than misses.
    pub(crate) fn pause(self) -> i32 {
        if self.days() < 61 { 3 } else { 2 }
    }

    /// Least and most days that the gap between two successive payments can have.
    pub(crate) const fn gaps(self) -> (i32, i32) {
        let (days, slack) = (self.days(), self.slack());
        match self {
            Self::TwiceAMonth => (9, 21),
            Self::EveryMonth => (22, 39),
            _ => (days - slack - slack / 2 - 1, days + slack + slack / 2 + 1),
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Prepaid services count thirty days for a month; their dates wander through it.
pub(crate) const THIRTY: i32 = 30;

/// Days on which payments are due. Slots are numbered without gaps; which number comes first means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Every so many days, counted from an anchor.
    Days { every: i32, anchor: i32 },
    /// On a day of every so many months, counted from the anchor's month. Day 31 is the month's end.
    Months { every: i32, anchor: i32, day: i32 },
    /// On two days of each month, the earlier first.
    Twice { first: i32, second: i32 },
}

impl Schedule {
    pub fn cadence(self) -> Cadence {
        match self {
            Self::Days { every: 7, .. } => Cadence::EveryWeek,
            Self::Days { every: 14, .. } => Cadence::EveryOtherWeek,
            Self::Days { every: THIRTY, .. } => Cadence::EveryMonth,
            Self::Days { .. } => Cadence::EveryFourWeeks,
            Self::Twice { .. } => Cadence::TwiceAMonth,
            Self::Months { every: 1, .. } => Cadence::EveryMonth,
            Self::Months { every: 2, .. } => Cadence::EveryOtherMonth,
            Self::Months { every: 3, .. } => Cadence::EveryThreeMonths,
            Self::Months { every: 6, .. } => Cadence::EverySixMonths,
            Self::Months { .. } => Cadence::EveryYear,
        }
    }

    /// The day of a slot, whether or not banks book on it.
    pub fn due(self, slot: i32, calendar: &Calendar) -> i32 {
        match self {
            Self::Days { every, anchor } => anchor + every * slot,
            Self::Months { every, anchor, day } => calendar.day_in(anchor + every * slot, day),
            Self::Twice { first, second } => {
                calendar.day_in(slot.div_euclid(2), if slot.rem_euclid(2) == 0 { first } else { second })
            }
        }
    }

    /// The slot whose day is nearest, and how far the date lies off it in days. A date is on its day if that day is a
    /// weekend or holiday and the date the working day before or after.
    #[inline]
    pub fn nearest(self, day: i32, month: i32, calendar: &Calendar) -> (i32, i32) {
        // Within `sure` days of a due day no other slot can be nearer.
        let (about, sure) = match self {
            Self::Days { every, anchor } => {
                let slot = (day - anchor + every / 2).div_euclid(every);
                return (slot, self.off(day, anchor + every * slot, calendar));
            }
            Self::Months { every: 1, anchor, .. } => (month - anchor, 14),
            Self::Months { every, anchor, .. } => ((month - anchor).div_euclid(every), 28),
            Self::Twice { first, second } => (month * 2, (second - first).min(28 - second + first) / 2),
        };
        let mut slot = about;
        let mut due = self.due(slot, calendar);
        // Slots are in order of day: walk towards the date while that brings it nearer.
        let step = if day < due { -1 } else { 1 };
        while (day - due).abs() > sure {
            let next = self.due(slot + step, calendar);
            if (day - next).abs() >= (day - due).abs() {
                break;
            }
            (slot, due) = (slot + step, next);
        }
        (slot, self.off(day, due, calendar))
    }

    /// How far a date lies off a due day; 0 if a weekend or holiday explains it.
    #[inline]
    pub fn off(self, day: i32, due: i32, calendar: &Calendar) -> i32 {
        let off = (day - due).abs();
        // Shifts of more than a long weekend are no shifts.
        let shifted = (1..=5).contains(&off)
            && !calendar.is_open(due)
            && (calendar.open_from(due) == day || calendar.open_until(due) == day);
        if shifted { 0 } else { off }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::recur::calendar::{Closures, day_of, month_of};

    #[test]
    fn month_ends_and_weekends() {
        let calendar = Calendar::over(&Closures::default(), date(2023, 1, 1), date(2025, 1, 1));
        let last = Schedule::Months { every: 1, anchor: month_of(date(2024, 1, 1)), day: 31 };
        assert_eq!(last.due(1, &calendar), day_of(date(2024, 2, 29)));
        assert_eq!(last.due(-11, &calendar), day_of(date(2023, 2, 28)));
        // The end of June 2024 was a Sunday.
        for (moved, off) in
            [(date(2024, 6, 28), 0), (date(2024, 7, 1), 0), (date(2024, 6, 29), 1), (date(2024, 7, 2), 2)]
        {
            assert_eq!(last.nearest(day_of(moved), month_of(moved), &calendar), (5, off), "{moved}");
        }
        let twice = Schedule::Twice { first: 15, second: 31 };
        let early = date(2024, 3, 1);
        assert_eq!(twice.nearest(day_of(early), month_of(early), &calendar), (month_of(date(2024, 2, 1)) * 2 + 1, 1));
    }
}
