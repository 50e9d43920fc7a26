//! Shapes of things that are no names: dates, times, references, cards, telephone numbers, amounts.

use std::ops::Range;

use jiff::civil::Date;

use crate::data::tables::Slot;
use crate::text::{Gap, Text, TokenKind};

/// A code of letters and digits has at least this many signs.
const LEAST_CODE: usize = 5;

/// How many tokens a slot of fixed shape takes from a token on; `None` if the shape is not there.
pub fn slot_length(slot: Slot, text: &Text, at: usize) -> Option<usize> {
    let token = text.tokens().get(at)?;
    let one = |fits: bool| fits.then_some(1);
    match slot {
        Slot::Date => date_length(text, at),
        Slot::Time => time_length(text, at),
        Slot::Digits | Slot::Check | Slot::Store => one(matches!(token.kind, TokenKind::Digits | TokenKind::Mask)),
        Slot::Card => one(matches!(token.kind, TokenKind::Digits | TokenKind::Mask)
            || token.kind == TokenKind::Mixed && is_card_code(text.word(at))),
        Slot::Ref | Slot::Mandate => match text.tokens().get(at + 1) {
            // Letters and digits that are one word: HDFC0000001.
            Some(next) if token.kind == TokenKind::Word && next.gap == Gap::default() && next.has_digit() => Some(2),
            _ => one(token.has_digit()),
        },
        Slot::Code => one(matches!(token.kind, TokenKind::Digits | TokenKind::Mask)
            || token.kind == TokenKind::Mixed && is_code(text.word(at))),
        Slot::Word => Some(1),
        Slot::Amount => amount_length(text, at),
        Slot::Currency => one(token.kind == TokenKind::Word && text.word(at).len() == 3),
        Slot::Phone => phone(text, at).map(|tokens| tokens.len()),
        Slot::Name | Slot::Person | Slot::Payee | Slot::Holder | Slot::Any | Slot::Purpose | Slot::Address => None,
    }
}

/// Whether letters and digits are a code rather than a name: O2 is short, and in W3SCHOOLS letters prevail.
fn is_code(word: &str) -> bool {
    let (signs, digits) = (word.chars().count(), word.bytes().filter(u8::is_ascii_digit).count());
    signs >= LEAST_CODE && 2 * digits >= signs
}

/// The end of a card's number behind a sign or two of the bank's: `A5390`, never ZOMATO4 or GAMES24X7.
fn is_card_code(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = &word[letters..];
    letters <= 2 && digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// No shape looks at more tokens than so many from its first on.
const REACH: usize = 4;

/// All that shapes tell of the digits of some tokens, each a bit: from every token on that is in reach of one, how long a date, a
/// time and a telephone number are. Every other shape looks at the kinds and lengths of tokens alone.
pub fn outcomes(text: &Text, asked: u128, mut take: impl FnMut([u8; 3])) {
    for at in 0..text.tokens().len().min(u128::BITS as usize) {
        if asked >> at & ((1 << REACH) - 1) != 0 {
            let length = |length: Option<usize>| length.map_or(0, |length| length as u8);
            let phone = phone(text, at).map(|tokens| tokens.len());
            take([length(date_length(text, at)), length(time_length(text, at)), length(phone)]);
        }
    }
}

fn digits(text: &Text, at: usize) -> Option<&str> {
    let token = text.tokens().get(at)?;
    (token.kind == TokenKind::Digits || token.kind == TokenKind::Mask).then(|| text.word(at))
}

fn number(text: &Text, at: usize, range: Range<u32>) -> bool {
    digits(text, at).is_some_and(|word| {
        word.len() <= 4 && word.parse().map_or(word.bytes().all(|byte| byte == b'X'), |number| range.contains(&number))
    })
}

const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];

/// The month of an English name, whole or of three letters: never MARCHAND or JANSEN.
pub(crate) fn month_name(word: &str) -> Option<i8> {
    let named = |name: &str| name == word || name[..3] == *word;
    let at = MONTHS.iter().position(|name| named(name)).or_else(|| (word == "SEPT").then_some(8))?;
    Some(at as i8 + 1)
}

/// Tokens of a date: `0312`, `03/12`, `03/12/24`, `2024-03-12`, `12MAR24`, `12 MAR`, masked ones too.
pub fn date_length(text: &Text, at: usize) -> Option<usize> {
    let word = text.word(at);
    let joined = |at: usize| {
        text.gap_after(at).has(Gap::SLASH.with(Gap::DASH).with(Gap::DOT)) && !text.gap_after(at).has(Gap::BLANK)
    };
    match text.tokens()[at].kind {
        // What is marked as a number is no date: PURCHASE #0512.
        _ if text.tokens()[at].gap.has(Gap::HASH) => None,
        TokenKind::Digits | TokenKind::Mask => {
            if word.len() == 4
                && at + 2 < text.tokens().len()
                && joined(at)
                && joined(at + 1)
                && number(text, at + 1, 1..13)
                && number(text, at + 2, 1..32)
            {
                return Some(3);
            }
            if word.len() <= 2
                && number(text, at, 1..32)
                && joined(at)
                && number(text, at + 1, 1..32)
                && text.word(at + 1).len() <= 2
            {
                let year =
                    joined(at + 1) && digits(text, at + 2).is_some_and(|year| year.len() == 2 || year.len() == 4);
                return Some(2 + usize::from(year));
            }
            let month_follows = || text.tokens().len() > at + 1 && month_name(text.word(at + 1)).is_some();
            if word.len() <= 2 && number(text, at, 1..32) && month_follows() {
                let year = digits(text, at + 2).is_some_and(|year| {
                    matches!(year.len(), 2 | 4)
                        && year.parse::<u32>().is_ok_and(|year| year < 100 || (1990..2100).contains(&year))
                });
                return Some(2 + usize::from(year));
            }
            (matches!(word.len(), 4 | 6 | 8) && compact_date(word)).then_some(1)
        }
        TokenKind::Mixed => {
            let day = word.bytes().take_while(u8::is_ascii_digit).count();
            let rest = &word[day..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let fits = (1..=2).contains(&day)
                && letters == 3
                && month_name(&rest[..3]).is_some()
                && matches!(rest.len(), 3 | 5 | 7);
            fits.then_some(1)
        }
        TokenKind::Word => {
            // MAR 12
            (number(text, at + 1, 1..32) && text.word(at + 1).len() <= 2 && month_name(word).is_some()).then_some(2)
        }
    }
}

/// `0312`, `031224`, `240312`, `20240312`, `03122024`, or masked.
fn compact_date(word: &str) -> bool {
    if word.bytes().all(|byte| byte == b'X') {
        return matches!(word.len(), 4 | 6 | 8);
    }
    let pair = |at: usize| word.get(at..at + 2).and_then(|pair| pair.parse::<u32>().ok());
    let month_day = |at: usize| match (pair(at), pair(at + 2)) {
        (Some(one), Some(other)) => {
            ((1..=12).contains(&one) && (1..=31).contains(&other))
                || ((1..=31).contains(&one) && (1..=12).contains(&other))
        }
        _ => false,
    };
    match word.len() {
        4 => month_day(0),
        6 => month_day(0) || month_day(2),
        _ => {
            (word.starts_with("20") && month_day(4))
                || (word.get(4..).is_some_and(|year| year.starts_with("20")) && month_day(0))
        }
    }
}

/// The numbers of a date as they stand. More than three tell no more than three do, but that the first is no year.
#[derive(Default)]
struct Numbers {
    list: [i16; 4],
    count: usize,
}

impl Numbers {
    fn push(&mut self, word: &str) -> Option<()> {
        let number = word.parse().ok()?;
        if let Some(slot) = self.list.get_mut(self.count) {
            *slot = number;
            self.count += 1;
        }
        Some(())
    }

    fn all(&self) -> &[i16] {
        &self.list[..self.count]
    }
}

/// The date a day and a month in the text stand for, the year filled in from the transaction: never after it.
pub fn date_of(text: &Text, tokens: Range<usize>, day_first: bool, posted: Option<Date>) -> Option<Date> {
    let mut numbers = Numbers::default();
    let mut month = None;
    for at in tokens {
        let word = text.word(at);
        match text.tokens()[at].kind {
            TokenKind::Digits
                if word.len() == 4 && numbers.count == 0 && month.is_none() && !word.starts_with("20") =>
            {
                numbers.push(&word[..2])?;
                numbers.push(&word[2..])?;
            }
            TokenKind::Digits if word.len() == 6 => {
                (0..3).try_for_each(|part| numbers.push(&word[part * 2..part * 2 + 2]))?;
            }
            TokenKind::Digits if word.len() == 8 => {
                numbers.push(&word[..4])?;
                numbers.push(&word[4..6])?;
                numbers.push(&word[6..])?;
            }
            TokenKind::Digits => numbers.push(word)?,
            TokenKind::Mixed => {
                let day = word.bytes().take_while(u8::is_ascii_digit).count();
                numbers.push(&word[..day])?;
                month = month_name(&word[day..day + 3]);
                if word.len() > day + 3 {
                    numbers.push(&word[day + 3..])?;
                }
            }
            TokenKind::Word => month = month_name(word),
            TokenKind::Mask => return None,
        }
    }
    let (year, month, day) = match (numbers.all(), month) {
        ([year @ 1990..=2099, month, day], None) => (Some(*year), *month as i8, *day as i8),
        ([one, other, rest @ ..], None) => {
            let (month, day) = if (day_first && *other <= 12) || *one > 12 { (*other, *one) } else { (*one, *other) };
            (rest.first().copied(), month as i8, day as i8)
        }
        ([day, rest @ ..], Some(month)) => (rest.first().copied(), month, *day as i8),
        _ => return None,
    };
    match year {
        Some(year) => Date::new(if year < 100 { 2000 + year } else { year }, month, day).ok(),
        None => {
            let posted = posted?;
            let same = Date::new(posted.year(), month, day).ok()?;
            // A purchase of December booked in January belongs to the year before.
            if same > posted && (same - posted).get_days() > 7 {
                Date::new(posted.year() - 1, month, day).ok()
            } else {
                Some(same)
            }
        }
    }
}

/// Tokens of a time: `14:05`, `14:05:33`, with AM or PM.
pub fn time_length(text: &Text, at: usize) -> Option<usize> {
    let colon = |at: usize| text.gap_after(at).has(Gap::COLON) && !text.gap_after(at).has(Gap::BLANK);
    let two = |at: usize, below: u32| number(text, at, 0..below) && text.word(at).len() <= 2;
    if !(two(at, 24) && colon(at) && two(at + 1, 60)) {
        return None;
    }
    let seconds = usize::from(colon(at + 1) && two(at + 2, 60));
    let end = at + 2 + seconds;
    let half = end < text.tokens().len() && matches!(text.word(end), "AM" | "PM");
    Some(2 + seconds + usize::from(half))
}

/// Tokens of an amount: `1,234.56`, `12.99`, `100`.
pub fn amount_length(text: &Text, at: usize) -> Option<usize> {
    digits(text, at)?;
    let mut end = at + 1;
    let tight = |at: usize, sign: Gap| text.gap_after(at).has(sign) && !text.gap_after(at).has(Gap::BLANK);
    while end < text.tokens().len()
        && tight(end - 1, Gap::COMMA.with(Gap::DOT))
        && digits(text, end).is_some_and(|word| word.len() == 3)
    {
        end += 1;
    }
    if end < text.tokens().len()
        && tight(end - 1, Gap::DOT.with(Gap::COMMA))
        && digits(text, end).is_some_and(|word| word.len() == 2)
    {
        end += 1;
    }
    Some(end - at)
}

/// Tokens of a card's number with its middle masked: `5402XXXXXXXX1234`, `5221****1234`, `412345*1234`.
pub fn card_length(text: &Text, at: usize) -> Option<usize> {
    let token = text.tokens()[at];
    let word = text.word(at);
    if token.kind == TokenKind::Mask {
        let tail = word.bytes().rev().take_while(u8::is_ascii_digit).count();
        return (word.len() >= 12 && tail == 4).then_some(1);
    }
    let starred = token.kind == TokenKind::Digits
        && matches!(word.len(), 4 | 6)
        && text.gap_after(at).has(Gap::STAR)
        && !text.gap_after(at).has(Gap::BLANK)
        && text.tokens().get(at + 1).is_some_and(|next| next.kind == TokenKind::Digits)
        && text.word(at + 1).len() == 4;
    starred.then_some(2)
}

/// Tokens of a telephone number: ten digits in one, two or three tokens, a leading 1 allowed; masked ones too. The last
/// part may be cut by the end of the text.
pub fn phone(text: &Text, at: usize) -> Option<Range<usize>> {
    let close = |at: usize| {
        let gap = text.gap_after(at);
        gap.has(Gap::DASH.with(Gap::DOT).with(Gap::OTHER).with(Gap::SLASH))
            || (gap.has(Gap::BLANK) && !gap.has(Gap::WIDE))
    };
    let length = |at: usize| digits(text, at).map_or(0, str::len);
    let lead = usize::from(length(at) == 1 && text.word(at) == "1" && close(at));
    let first = at + lead;
    let masked = |at: usize| text.tokens().get(at).is_some_and(|token| token.kind == TokenKind::Mask);
    let dashed = text.gap_after(first).has(Gap::DASH);
    // A real area code begins with 2 or more; one behind a mask or written with hyphens may begin with anything.
    let area = digits(text, first).is_some_and(|word| dashed || masked(first) || !word.starts_with(['0', '1']));
    if !area {
        return None;
    }
    let cut = |at: usize| at + 1 == text.tokens().len() && dashed;
    match (length(first), length(first + 1), length(first + 2)) {
        (10, ..) if !masked(first) => Some(at..first + 1),
        (3, 7, _) if close(first) => Some(at..first + 2),
        (3, 3, 4) if close(first) && close(first + 1) => Some(at..first + 3),
        (3, 3, 1..=3) if dashed && cut(first + 2) => Some(at..first + 3),
        (3, 4..=6, 0) if dashed && cut(first + 1) => Some(at..first + 2),
        _ => None,
    }
}
