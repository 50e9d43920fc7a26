//! Days as numbers, months as numbers, and the days on which banks do not book.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Day 0 of the day numbers used within this module.
const EPOCH: Date = date(1970, 1, 1);

/// The first and the last day of the civil calendar.
const FIRST_DAY: i32 = -4_371_587;
pub(crate) const LAST_DAY: i32 = 2_932_896;

/// The first and the last month of the civil calendar.
const FIRST_MONTH: i32 = -9999 * 12;
const LAST_MONTH: i32 = 9999 * 12 + 11;

/// Months laid out before the first and after the last date, so that schedules can look ahead without arithmetic.
const MARGIN_MONTHS: i32 = 30;

/// No calendar is laid out for more months than this; beyond it, dates are worked out one by one and no holiday is
/// known.
const MOST_MONTHS: i32 = 12 * 150;

/// The number of a date: days since 1970-01-01.
pub(crate) fn day_of(date: Date) -> i32 {
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

/// The date of a number; numbers outside the civil calendar give its first or last day.
pub(crate) fn date_of(day: i32) -> Date {
    EPOCH.saturating_add(day.clamp(FIRST_DAY, LAST_DAY).days())
}

/// The number of a date's month: months since year 0.
pub(crate) fn month_of(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

/// The first day of a month; months outside the civil calendar are taken to have 31 days, so that days stay in order.
fn first_of(month: i32) -> i32 {
    let within = month.clamp(FIRST_MONTH, LAST_MONTH);
    let first = Date::new(within.div_euclid(12) as i16, within.rem_euclid(12) as i8 + 1, 1);
    day_of(first.expect("the month is within the calendar")).saturating_add((month - within).saturating_mul(31))
}

/// Where a holiday on a weekend is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Moved {
    /// It falls away.
    #[default]
    Nowhere,
    /// Saturday's on Friday, Sunday's on Monday.
    Nearest,
    /// On the next working day that is free.
    Next,
}

/// A rule that gives one day a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holiday {
    Fixed { month: i8, day: i8 },
    Nth { nth: i8, weekday: Weekday, month: i8 },
    UpTo { weekday: Weekday, month: i8, day: i8 },
    Easter(i32),
    Orthodox(i32),
}

impl Holiday {
    /// Reads a rule as `data/recurrence.toml` writes it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is no holiday: write MM-DD, `1 mon 09`, `last mon 05`, `mon <= 05-24`, easter-2 or orthodox+1"
            )
        };
        let month_day = |text: &str| {
            let (month, day) = text.split_once('-')?;
            let (month, day) = (month.parse().ok()?, day.parse().ok()?);
            Date::new(2024, month, day).ok().map(|_| (month, day))
        };
        let offset = |text: &str| text.parse::<i32>().ok().filter(|days| days.abs() <= 180);
        let parsed = if let Some(days) = text.strip_prefix("easter") {
            offset(days).map(Self::Easter)
        } else if let Some(days) = text.strip_prefix("orthodox") {
            offset(days).map(Self::Orthodox)
        } else {
            match text.split(' ').collect::<Vec<_>>()[..] {
                [fixed] => month_day(fixed).map(|(month, day)| Self::Fixed { month, day }),
                [weekday, "<=", until] => weekday_of(weekday)
                    .zip(month_day(until))
                    .map(|(weekday, (month, day))| Self::UpTo { weekday, month, day }),
                [nth, weekday, month] => {
                    let nth =
                        if nth == "last" { Some(-1) } else { nth.parse().ok().filter(|nth| (1..=5).contains(nth)) };
                    let month = month.parse().ok().filter(|month| (1..=12).contains(month));
                    nth.zip(weekday_of(weekday)).zip(month).map(|((nth, weekday), month)| Self::Nth {
                        nth,
                        weekday,
                        month,
                    })
                }
                _ => None,
            }
        };
        parsed.ok_or_else(fault)
    }

    /// The day in a year; `None` where it does not exist.
    fn in_year(self, year: i16) -> Option<i32> {
        match self {
            Self::Fixed { month, day } => Date::new(year, month, day).ok().map(day_of),
            Self::Nth { nth, weekday, month } => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok().map(day_of)
            }
            Self::UpTo { weekday, month, day } => {
                let limit = Date::new(year, month, day).ok()?;
                Some(day_of(limit) - i32::from(limit.weekday().since(weekday)))
            }
            Self::Easter(days) => Some(easter(year)? + days),
            Self::Orthodox(days) => Some(orthodox_easter(year)? + days),
        }
    }
}

/// A weekday by the first three letters of its English name.
pub(crate) fn weekday_of(text: &str) -> Option<Weekday> {
    Some(match text {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm).
fn easter(year: i16) -> Option<i32> {
    let y = i32::from(year);
    let (a, b, c) = (y.rem_euclid(19), y.div_euclid(100), y.rem_euclid(100));
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15).rem_euclid(30);
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, (n / 31) as i8, (n % 31 + 1) as i8).ok().map(day_of)
}

/// Easter Sunday of the Julian calendar, as a Gregorian day (Meeus); the calendars' distance is that of 1900 to 2099.
fn orthodox_easter(year: i16) -> Option<i32> {
    let y = i32::from(year);
    let d = (19 * y.rem_euclid(19) + 15).rem_euclid(30);
    let e = (2 * y.rem_euclid(4) + 4 * y.rem_euclid(7) - d + 34).rem_euclid(7);
    let n = d + e + 114;
    Date::new(year, (n / 31) as i8, (n % 31 + 1) as i8).ok().map(|date| day_of(date) + 13)
}

/// When the banks of some countries are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closures {
    /// Bit 0 is Monday.
    pub(crate) weekend: u8,
    pub(crate) moved: Moved,
    pub(crate) closed: Vec<Holiday>,
}

impl Default for Closures {
    fn default() -> Self {
        Self {
            weekend: weekend_bit(Weekday::Saturday) | weekend_bit(Weekday::Sunday),
            moved: Moved::Nowhere,
            closed: vec![],
        }
    }
}

/// The bit of a weekday in [`Closures::weekend`].
pub(crate) fn weekend_bit(weekday: Weekday) -> u8 {
    1 << weekday.to_monday_zero_offset()
}

/// Closures laid out over the years of some data.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    weekend: u8,
    /// Days of rest from the first of `month_starts` on, a bit a day.
    rest: Vec<u64>,
    first_month: i32,
    /// First days of the months from `first_month` on.
    month_starts: Vec<i32>,
}

impl Calendar {
    /// Lays out closures from the first to the last date of some data and a margin on both sides.
    pub(crate) fn over(closures: &Closures, first: Date, last: Date) -> Self {
        let last_month = month_of(last) + MARGIN_MONTHS;
        let first_month = (month_of(first) - MARGIN_MONTHS).max(last_month - MOST_MONTHS);
        let month_starts = (first_month..=last_month).map(first_of).collect();
        let mut calendar = Self { weekend: closures.weekend, rest: Vec::new(), first_month, month_starts };
        let mut holidays = Vec::new();
        for year in first_month.div_euclid(12)..=last_month.div_euclid(12) {
            let Ok(year) = i16::try_from(year) else { continue };
            for holiday in &closures.closed {
                let Some(day) = holiday.in_year(year) else { continue };
                holidays.push(day);
            }
        }
        holidays.sort_unstable();
        for day in holidays.clone() {
            let kept = match closures.moved {
                Moved::Nowhere => continue,
                _ if !calendar.is_weekend(day) => continue,
                Moved::Nearest if !calendar.is_weekend(day - 1) => day - 1,
                Moved::Nearest => day + 1,
                Moved::Next => {
                    let mut next = day + 1;
                    while calendar.is_weekend(next) || holidays.contains(&next) {
                        next += 1;
                    }
                    next
                }
            };
            holidays.push(kept);
        }
        calendar.lay_out(&holidays);
        calendar
    }

    fn lay_out(&mut self, holidays: &[i32]) {
        let first = self.first_day();
        let days = self.month_starts.last().map_or(0, |last| last - first);
        self.rest = vec![0; days.max(0) as usize / 64 + 1];
        let weekends = (first..first + days).filter(|day| self.is_weekend(*day)).collect::<Vec<_>>();
        for day in weekends.iter().chain(holidays) {
            let at = (day - first).max(0) as usize;
            if let Some(word) = self.rest.get_mut(at / 64).filter(|_| *day >= first) {
                *word |= 1 << (at % 64);
            }
        }
    }

    fn first_day(&self) -> i32 {
        self.month_starts.first().copied().unwrap_or_default()
    }

    /// Whether the day of the week is one of rest.
    fn is_weekend(&self, day: i32) -> bool {
        // 1970-01-01 was a Thursday, 3 counted from Monday.
        self.weekend & (1 << (day + 3).rem_euclid(7)) != 0
    }

    /// Whether banks book on this day.
    pub(crate) fn is_open(&self, day: i32) -> bool {
        let at = usize::try_from(day - self.first_day()).unwrap_or(usize::MAX);
        match self.rest.get(at / 64) {
            // The last word may be filled in part.
            Some(word) if at / 64 + 1 < self.rest.len() => word & (1 << (at % 64)) == 0,
            _ => !self.is_weekend(day),
        }
    }

    /// The day itself or the next one on which banks book.
    pub(crate) fn open_from(&self, day: i32) -> i32 {
        (day..day + 14).find(|day| self.is_open(*day)).unwrap_or(day)
    }

    /// The day itself or the last one before on which banks book.
    pub(crate) fn open_until(&self, day: i32) -> i32 {
        (day - 13..=day).rev().find(|day| self.is_open(*day)).unwrap_or(day)
    }

    /// The first day of a month.
    pub(crate) fn month_start(&self, month: i32) -> i32 {
        usize::try_from(month - self.first_month)
            .ok()
            .and_then(|at| self.month_starts.get(at).copied())
            .unwrap_or_else(|| first_of(month))
    }

    /// A day of a month; days past its end give its last day.
    pub(crate) fn day_in(&self, month: i32, day_of_month: i32) -> i32 {
        let (start, next) = (self.month_start(month), self.month_start(month + 1));
        (start + day_of_month - 1).min(next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_agree() {
        for day in [-800_000, -1, 0, 59, 60, 11_016, 20_000, 2_000_000] {
            assert_eq!(day_of(date_of(day)), day);
        }
        assert_eq!(day_of(date(2000, 3, 1)), 11_017);
        assert_eq!((date_of(LAST_DAY), date_of(i32::MAX)), (Date::MAX, Date::MAX));
        assert_eq!((date_of(FIRST_DAY), date_of(i32::MIN)), (Date::MIN, Date::MIN));
        assert!(
            (LAST_MONTH - 2..LAST_MONTH + 40).all(|month| (28..=31).contains(&(first_of(month + 1) - first_of(month))))
        );
    }

    #[test]
    fn easter_sundays() {
        for (year, month, day) in [(2019, 4, 21), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)] {
            assert_eq!(easter(year), Some(day_of(date(year, month, day))));
        }
        for (year, month, day) in [(2019, 4, 28), (2024, 5, 5), (2025, 4, 20)] {
            assert_eq!(orthodox_easter(year), Some(day_of(date(year, month, day))));
        }
    }

    #[test]
    fn holidays_are_found_and_moved() {
        let parse = |text| Holiday::parse(text).unwrap();
        assert_eq!(parse("last mon 05").in_year(2024), Some(day_of(date(2024, 5, 27))));
        assert_eq!(parse("mon <= 05-24").in_year(2024), Some(day_of(date(2024, 5, 20))));
        assert_eq!(parse("easter-2").in_year(2024), Some(day_of(date(2024, 3, 29))));
        for fault in ["13-01", "6 mon 01", "1 day 01", "easter", "", "1 mon"] {
            assert!(Holiday::parse(fault).is_err(), "{fault}");
        }
        let closures =
            Closures { moved: Moved::Next, closed: vec![parse("12-25"), parse("12-26")], ..Closures::default() };
        let calendar = Calendar::over(&closures, date(2021, 1, 1), date(2021, 12, 31));
        // Christmas 2021 fell on a weekend: both holidays are kept behind it.
        assert_eq!(calendar.open_from(day_of(date(2021, 12, 25))), day_of(date(2021, 12, 29)));
        assert_eq!(calendar.open_until(day_of(date(2021, 12, 25))), day_of(date(2021, 12, 24)));
        assert_eq!(calendar.day_in(month_of(date(2024, 2, 1)), 31), day_of(date(2024, 2, 29)));
    }

    #[test]
    fn any_dates_can_be_laid_out() {
        let calendar = Calendar::over(&Closures::default(), Date::MIN, Date::MAX);
        assert!(calendar.is_open(day_of(date(9999, 12, 31))));
        calendar.day_in(month_of(Date::MIN) - 1, 31);
        calendar.day_in(month_of(Date::MAX) + 40, 31);
    }
}
