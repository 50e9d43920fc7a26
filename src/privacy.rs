//! Masks what must not leave the program: card and account numbers, IBANs, e-mail addresses, telephone numbers.

use std::borrow::Cow;
use std::ops::Range;

/// Sign that stands for a masked one.
const MASK: char = 'X';
/// This many signs at the end of a number stay readable.
const READABLE: usize = 4;
/// A number with fewer digits is a store, a date or an amount rather than an account.
const LEAST_DIGITS: usize = 9;
/// A card number has 13 to 19 digits.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Masks card numbers, IBANs, account and telephone numbers of nine digits or more, and e-mail addresses, all but their last
/// four signs; the length stays. A text without any of them is given back as it is, at the cost of one look at its bytes.
///
/// ```
/// assert_eq!(payee::redact("CARD 4111 1111 1111 1111"), "CARD XXXX XXXX XXXX 1111");
/// assert_eq!(payee::redact("TO DE89370400440532013000"), "TO XXXXXXXXXXXXXXXXXX3000");
/// assert_eq!(payee::redact("jane.doe@example.com RENT"), "XXXXXXXX@XXXXXXX.com RENT");
/// assert_eq!(payee::redact("STORE 0123"), "STORE 0123");
/// ```
pub fn redact(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits < LEAST_DIGITS && !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut masked: Vec<bool> = vec![false; text.len()];
    ibans(text, &mut masked);
    numbers(text, &mut masked);
    addresses(text, &mut masked);
    if !masked.contains(&true) {
        return Cow::Borrowed(text);
    }
    let sign = |(at, sign): (usize, char)| if masked[at] { MASK } else { sign };
    Cow::Owned(text.char_indices().map(sign).collect())
}

/// Marks all letters and digits of a range but the last few.
fn hide(text: &str, range: Range<usize>, masked: &mut [bool]) {
    let bytes = text.as_bytes();
    let signs: Vec<usize> = range.filter(|at| bytes[*at].is_ascii_alphanumeric()).collect();
    for at in &signs[..signs.len().saturating_sub(READABLE)] {
        masked[*at] = true;
    }
}

/// Two letters, two digits, and at least eleven more letters and digits in one word.
fn ibans(text: &str, masked: &mut [bool]) {
    for word in words(text, |byte| byte.is_ascii_alphanumeric()) {
        let bytes = &text.as_bytes()[word.clone()];
        let iban = (15..=34).contains(&bytes.len())
            && bytes[..2].iter().all(u8::is_ascii_alphabetic)
            && bytes[2..4].iter().all(u8::is_ascii_digit)
            && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() * 2 > bytes.len();
        if iban {
            hide(text, word, masked);
        }
    }
}

/// Runs of digits of an account's length; and, through single blanks or hyphens, any stretch that is a card's number.
fn numbers(text: &str, masked: &mut [bool]) {
    for run in words(text, |byte| byte.is_ascii_digit()) {
        if run.len() >= LEAST_DIGITS {
            hide(text, run, masked);
        }
    }
    let bytes = text.as_bytes();
    for stretch in words(text, |byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-')) {
        let digits: Vec<usize> = stretch.filter(|at| bytes[*at].is_ascii_digit()).collect();
        let mut start = 0;
        while start + CARD_DIGITS.start() <= digits.len() {
            let card = CARD_DIGITS
                .rev()
                .filter(|length| start + length <= digits.len())
                .find(|length| luhn(digits[start..start + length].iter().map(|at| bytes[*at] - b'0')));
            match card {
                Some(length) => {
                    hide(text, digits[start]..digits[start + length - 1] + 1, masked);
                    start += length;
                }
                None => start += 1,
            }
        }
    }
}

/// What stands around an `@` on both sides, up to the last point.
fn addresses(text: &str, masked: &mut [bool]) {
    let bytes = text.as_bytes();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
    for at in (0..bytes.len()).filter(|at| bytes[*at] == b'@') {
        let start = at - bytes[..at].iter().rev().take_while(|byte| part(byte)).count();
        let end = at + 1 + bytes[at + 1..].iter().take_while(|byte| part(byte)).count();
        let tail = text[at..end].rfind('.').map_or(end, |point| at + point);
        if start == at || end == at + 1 {
            continue;
        }
        (start..at).chain(at + 1..tail).for_each(|at| masked[at] = true);
    }
}

/// Stretches of bytes that pass a test; such bytes are ASCII, so the stretches lie between characters.
fn words(text: &str, test: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, byte) in text.bytes().enumerate() {
        match (test(byte), start) {
            (true, None) => start = Some(at),
            (false, Some(first)) => {
                found.push(first..at);
                start = None;
            }
            _ => {}
        }
    }
    found.extend(start.map(|first| first..text.len()));
    found
}

/// The check digit of card numbers.
fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(digit) * 2) {
            (0, _) => u32::from(digit),
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
