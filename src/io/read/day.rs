//! Dates as people and banks write them.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};

use crate::error::ParseError;
use crate::io::formats::month_number;

/// The order of day, month and year in dates written with numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `31/12/2025`
    DayFirst,
    /// `12/31/2025`
    MonthFirst,
    /// `2025/12/31`, also with a year of two digits.
    YearFirst,
}

impl DateOrder {
    /// The name as options and format files have it: `dmy`, `mdy` or `ymd`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
            Self::YearFirst => "ymd",
        }
    }
}

impl FromStr for DateOrder {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "dmy" | "day-first" => Ok(Self::DayFirst),
            "mdy" | "month-first" => Ok(Self::MonthFirst),
            "ymd" | "year-first" => Ok(Self::YearFirst),
            other => Err(ParseError::new(format!(
                "`{other}` is no order of dates: use day-first, month-first or year-first"
            ))),
        }
    }
}

/// A date as it was read, and the time if one was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub date: Date,
    pub time: Option<Time>,
}

impl Day {
    /// Date and time together, if a time was there.
    pub fn moment(self) -> Option<DateTime> {
        self.time.map(|time| self.date.to_datetime(time))
    }
}

/// What a text says about the order of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The order shows: year first, a named month, or eight digits.
    Clear,
    /// `03/04/2025`: day first or month first.
    Ambiguous,
    /// `03.04.2025`: day first in every country that writes dots, but for a few files.
    Dotted,
    /// `25/04/2025`
    DayFirst,
    /// `04/25/2025`
    MonthFirst,
}

/// The parts of a date as they stand.
struct Parts {
    numbers: [u32; 3],
    digits: [usize; 3],
    /// Which of the three is a named month.
    named: Option<usize>,
    rest: usize,
}

/// Reads a date written in any usual way. Where only the order of the numbers tells day from month, `order` decides.
pub(crate) fn day(text: &str, order: Option<DateOrder>) -> Result<Day, String> {
    let text = crate::text::trimmed(text);
    if let Some(date) = iso(text.as_bytes()) {
        return if text.len() == 10 {
            Ok(Day { date, time: None })
        } else {
            Ok(Day { date, time: time(&text[10..]).ok_or_else(|| no_date(text))? })
        };
    }
    if let Some(day) = compact(text) {
        return Ok(day);
    }
    let parts = parts(text).ok_or_else(|| no_date(text))?;
    let [first, second, third] = parts.numbers;
    let (year, month, day, year_digits) = match parts.named {
        Some(0) => (third, first, second, parts.digits[2]),
        Some(1) if parts.digits[0] > 2 => (first, second, third, parts.digits[0]),
        Some(1) => (third, second, first, parts.digits[2]),
        Some(_) => return Err(no_date(text)),
        None if parts.digits[0] > 2 => (first, second, third, parts.digits[0]),
        None => match order {
            Some(DateOrder::DayFirst) => (third, second, first, parts.digits[2]),
            Some(DateOrder::MonthFirst) => (third, first, second, parts.digits[2]),
            Some(DateOrder::YearFirst) => (first, second, third, parts.digits[0]),
            None => {
                return Err(format!(
                    "`{}` may be day first or month first: say which with `--date-order dmy` or `--date-order mdy`",
                    super::masked(text)
                ));
            }
        },
    };
    let year = match year_digits {
        4 => year,
        2 if year < 69 => 2000 + year,
        2 => 1900 + year,
        _ => return Err(no_date(text)),
    };
    let date = civil(year, month, day).ok_or_else(|| match order {
        Some(order) if parts.named.is_none() => {
            format!("`{}` is not a date of the calendar in the order {}", super::masked(text), order.as_str())
        }
        _ => no_date(text),
    })?;
    let time = time(&text[parts.rest..]).ok_or_else(|| no_date(text))?;
    Ok(Day { date, time })
}

/// What a text says about the order of day and month; `None` if it is no date at all.
pub(crate) fn written(text: &str) -> Option<Written> {
    let text = text.trim();
    if iso(text.as_bytes()).is_some() || compact(text).is_some() {
        return Some(Written::Clear);
    }
    let parts = parts(text)?;
    let [first, second, _] = parts.numbers;
    if parts.named.is_some() || parts.digits[0] > 2 {
        return Some(Written::Clear);
    }
    match (first, second) {
        (13..=31, 1..=12) => Some(Written::DayFirst),
        (1..=12, 13..=31) => Some(Written::MonthFirst),
        (1..=12, 1..=12) if first == second => Some(Written::Clear),
        (1..=12, 1..=12) if text[..parts.rest].matches('.').count() == 2 => Some(Written::Dotted),
        (1..=12, 1..=12) => Some(Written::Ambiguous),
        _ => None,
    }
}

/// What the dates of a whole file say about their order.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    day_first: Option<(u64, String)>,
    month_first: Option<(u64, String)>,
    ambiguous: Option<(u64, String)>,
    dotted: bool,
}

impl Orders {
    /// Takes a date of a line; what is no date says nothing.
    pub fn see(&mut self, cell: &str, line: u64) {
        let slot = match written(cell) {
            Some(Written::DayFirst) => &mut self.day_first,
            Some(Written::MonthFirst) => &mut self.month_first,
            Some(Written::Ambiguous) => &mut self.ambiguous,
            Some(Written::Dotted) => {
                self.dotted = true;
                return;
            }
            Some(Written::Clear) | None => return,
        };
        if slot.is_none() {
            *slot = Some((line, cell.trim().to_owned()));
        }
    }

    /// Whether more dates cannot change the outcome.
    pub fn is_contradicted(&self) -> bool {
        self.day_first.is_some() && self.month_first.is_some()
    }

    /// Whether no date needs an order.
    pub fn all_clear(&self) -> bool {
        self.day_first.is_none() && self.month_first.is_none() && self.ambiguous.is_none() && !self.dotted
    }

    /// The order, or the line and the reason why there is none.
    pub fn decide(self) -> Result<DateOrder, (u64, String)> {
        match (self.day_first, self.month_first) {
            (Some(_), None) => Ok(DateOrder::DayFirst),
            (None, Some(_)) => Ok(DateOrder::MonthFirst),
            (Some((line, one)), Some((other_line, other))) => Err((
                line,
                format!(
                    "`{one}` is day first, but `{other}` in line {other_line} is month first: say which holds with `--date-order dmy` or `--date-order mdy`"
                ),
            )),
            (None, None) if self.dotted => Ok(DateOrder::DayFirst),
            (None, None) => {
                let (line, example) = self.ambiguous.unwrap_or_default();
                Err((
                    line,
                    format!(
                        "no date of this file tells day from month; `{example}` may be either: say `--date-order dmy` or `--date-order mdy`"
                    ),
                ))
            }
        }
    }
}

/// Whether a text is a date written in an order: with the year first only where that is the order.
pub(crate) fn is_in_order(text: &str, order: DateOrder) -> bool {
    let year_first = text.trim().bytes().take(4).filter(u8::is_ascii_digit).count() == 4;
    day(text, Some(order)).is_ok()
        && (year_first == (order == DateOrder::YearFirst) || text.trim().len() == 8 && year_first)
}

/// Reads a date by a pattern of `strptime`.
pub(crate) fn by_pattern(text: &str, pattern: &str) -> Option<Day> {
    let broken = jiff::fmt::strtime::parse(pattern, text.trim()).ok()?;
    Some(Day { date: broken.to_date().ok()?, time: broken.to_time().ok().filter(|_| broken.hour().is_some()) })
}

fn no_date(text: &str) -> String {
    format!("`{}` is not a date such as 2025-12-31", super::masked(text))
}

fn civil(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `251231`, as SWIFT, BAI2 and NACHA write a date.
pub(crate) fn six_digits(text: &str) -> Option<Date> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    let year = number / 10_000;
    civil(if year < 80 { 2000 + year } else { 1900 + year }, number / 100 % 100, number % 100)
}

/// `2025-12-31` at the start.
fn iso(text: &[u8]) -> Option<Date> {
    let text: &[u8; 10] = text.first_chunk()?;
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    civil(number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?)
}

/// `20251231`, `20251231120000`, `20251231120000.000[-5:EST]`.
fn compact(text: &str) -> Option<Day> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    if !matches!(digits, 8 | 12 | 14) || !(rest.is_empty() || rest.starts_with(['.', '[', 'Z', '+', '-'])) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    let date = civil(number(0..4)?, number(4..6)?, number(6..8)?)?;
    let time = match digits {
        8 => None,
        _ => Some(
            Time::new(
                number(8..10)? as i8,
                number(10..12)? as i8,
                if digits == 14 { number(12..14)? as i8 } else { 0 },
                0,
            )
            .ok()?,
        ),
    };
    Some(Day { date, time })
}

/// Splits `31.12.25`, `Dec 31, 2025`, `31-Dec-2025 10:15`.
fn parts(text: &str) -> Option<Parts> {
    let mut parts = Parts { numbers: [0; 3], digits: [0; 3], named: None, rest: 0 };
    let mut at = 0;
    for count in 0..3 {
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let end = if first.is_ascii_digit() {
            let end = rest.bytes().take_while(u8::is_ascii_digit).count();
            if end > 4 {
                return None;
            }
            parts.numbers[count] = rest[..end].parse().ok()?;
            parts.digits[count] = end;
            end
        } else if first.is_alphabetic() && parts.named.is_none() {
            let end = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
            parts.numbers[count] = u32::from(month_number(&rest[..end])?);
            parts.named = Some(count);
            end
        } else {
            return None;
        };
        at += end;
        if count < 2 {
            let gap = text[at..].bytes().take_while(|byte| b"/-. ,'".contains(byte)).count();
            // `31Dec2025` has no gaps; two numbers need one.
            if gap > 2 || (gap == 0 && parts.named.is_none() && !text[at..].starts_with(char::is_alphabetic)) {
                return None;
            }
            at += gap;
        }
    }
    parts.rest = at;
    // A year of one or three digits is none.
    matches!(parts.digits[2], 2 | 4).then_some(()).or_else(|| (parts.digits[0] == 4).then_some(()))?;
    Some(parts)
}

/// What may follow a date: nothing, or a time with or without zone. `None` if it is something else.
fn time(rest: &str) -> Option<Option<Time>> {
    let rest = rest.trim_start_matches(['T', ' ', ',', '.', '\u{202f}']).trim();
    if rest.is_empty() {
        return Some(None);
    }
    let mut numbers = [0_i8; 3];
    let mut count = 0;
    let mut at = 0;
    while count < 3 {
        let digits = rest[at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 2 {
            return None;
        }
        numbers[count] = rest[at..at + digits].parse().ok()?;
        count += 1;
        at += digits;
        if !rest[at..].starts_with([':', '.']) {
            break;
        }
        if count < 3 {
            at += 1;
        }
    }
    if count < 2 {
        return None;
    }
    let mut tail = &rest[at..];
    if let Some(fraction) = tail.strip_prefix('.') {
        tail = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    let tail = tail.trim();
    let half = tail.get(..2).map(str::to_ascii_uppercase);
    let hour = match half.as_deref() {
        Some("PM") if (1..12).contains(&numbers[0]) => numbers[0] + 12,
        Some("AM") if numbers[0] == 12 => 0,
        _ => numbers[0],
    };
    // A zone is not needed: dates are civil.
    let is_zone = tail.len() <= 12
        && tail
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | ':' | ' ' | '[' | ']'));
    let time = Time::new(hour, numbers[1], numbers[2].min(59), 0).ok()?;
    is_zone.then_some(Some(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_dates() {
        let dmy = Some(DateOrder::DayFirst);
        let mdy = Some(DateOrder::MonthFirst);
        let cases = [
            ("2025-12-31", None, "2025-12-31"),
            ("20251231", None, "2025-12-31"),
            ("2025/12/31", None, "2025-12-31"),
            ("2019.04.19.", None, "2019-04-19"),
            ("31.12.2025", dmy, "2025-12-31"),
            ("31/12/25", dmy, "2025-12-31"),
            ("1/2/2025", mdy, "2025-01-02"),
            ("1/2/2025", dmy, "2025-02-01"),
            ("25/12/31", Some(DateOrder::YearFirst), "2025-12-31"),
            ("10 Feb 18", None, "2018-02-10"),
            ("10-Feb-2018", None, "2018-02-10"),
            ("Feb 10, 2018", None, "2018-02-10"),
            ("31Dec2025", None, "2025-12-31"),
            ("09-30-2021", mdy, "2021-09-30"),
        ];
        for (text, order, expected) in cases {
            assert_eq!(day(text, order).map(|day| day.date.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["", "31/31/2025", "Pending", "12.50", "2025-02-30", "99999999", "1/2", "10:15", "1 2 3 4"] {
            assert!(day(text, dmy).is_err(), "{text}");
        }
        assert!(day("03/04/2025", None).unwrap_err().contains("--date-order dmy"));
    }

    #[test]
    fn times_behind_dates() {
        let cases = [
            ("2024-01-05 12:30:01", "2024-01-05T12:30:01"),
            ("2024-01-05T12:30:01Z", "2024-01-05T12:30:01"),
            ("2018-02-25 12:34:56 +0000", "2018-02-25T12:34:56"),
            ("2024-01-05T12:30:01.123456+02:00", "2024-01-05T12:30:01"),
            ("20091224120000[0:GMT]", "2009-12-24T12:00:00"),
            ("1/5/2024 1:05:00 PM", "2024-01-05T13:05:00"),
            ("1/5/2024 12:05 AM", "2024-01-05T00:05:00"),
        ];
        for (text, expected) in cases {
            let read = day(text, Some(DateOrder::MonthFirst)).unwrap();
            assert_eq!(read.moment().unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_a_date_says_about_its_order() {
        assert_eq!(written("03/04/2025"), Some(Written::Ambiguous));
        assert_eq!(written("25/04/2025"), Some(Written::DayFirst));
        assert_eq!(written("04/25/2025"), Some(Written::MonthFirst));
        assert_eq!(written("2025-04-25"), Some(Written::Clear));
        assert_eq!(written("04/04/2025"), Some(Written::Clear));
        assert_eq!(written("03.04.2025"), Some(Written::Dotted));
        assert_eq!(written("5 May 2025"), Some(Written::Clear));
        assert_eq!(written("x"), None);
    }

    #[test]
    fn dots_mean_day_first_unless_the_file_says_otherwise() {
        let decided = |cells: &[&str]| {
            let mut orders = Orders::default();
            cells.iter().zip(1..).for_each(|(cell, line)| orders.see(cell, line));
            orders.decide().map_err(|(_, message)| message)
        };
        assert_eq!(decided(&["03.04.2025", "01.02.25"]), Ok(DateOrder::DayFirst));
        assert_eq!(decided(&["03.04.2025", "12.31.2025"]), Ok(DateOrder::MonthFirst));
        assert!(decided(&["03/04/2025"]).unwrap_err().contains("--date-order dmy"));
    }
}
