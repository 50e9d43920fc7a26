//! Amounts as people and banks write them, read exactly.

use std::str::FromStr;

use rust_decimal::Decimal;

use crate::error::ParseError;

/// The sign between whole and fractional part of amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DecimalMark {
    /// `1,234.56`
    #[default]
    Dot,
    /// `1.234,56`
    Comma,
}

impl FromStr for DecimalMark {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "." | "dot" => Ok(Self::Dot),
            "," | "comma" => Ok(Self::Comma),
            other => Err(ParseError::new(format!("`{other}` is no decimal mark: use dot or comma"))),
        }
    }
}

/// Most digits an amount may have: what a `Decimal` holds whatever the digits are.
const MOST_DIGITS: usize = 28;

/// Most digits of its whole part; longer numbers are those of accounts and cards.
const MOST_WHOLE: usize = 15;

/// Reads a signed amount; `None` for an empty cell.
///
/// Takes currency signs and codes before or after, thousands in groups (blank, apostrophe, comma or dot), a minus before
/// or behind, parentheses for negative, and the suffixes `CR` and `DR`. Nothing is rounded.
pub(crate) fn amount(text: &str, mark: DecimalMark) -> Result<Option<Decimal>, String> {
    let text = crate::text::trimmed(text);
    if text.is_empty() {
        return Ok(None);
    }
    if mark == DecimalMark::Dot
        && let Some(amount) = plain(text.as_bytes())
    {
        return Ok(Some(amount));
    }
    written(text, mark).map(Some).ok_or_else(|| {
        let other = match mark {
            DecimalMark::Dot => "say `--decimal-mark comma` if the comma is one",
            DecimalMark::Comma => "say `--decimal-mark dot` if the dot is one",
        };
        format!("`{}` is not an amount such as 1234.56 ({other})", super::masked(text))
    })
}

/// The plain form, `-1234.56`, without any allocation.
pub(crate) fn plain(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut value, mut point) = (0_i64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?,
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    if point.unwrap_or(digits.len()) > MOST_WHOLE {
        return None;
    }
    let scale = point.map_or(0, |at| digits.len() - at - 1);
    Decimal::try_new(if negative { -value } else { value }, scale as u32).ok()
}

/// Every other form.
fn written(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let (point, group) = match mark {
        DecimalMark::Dot => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let mut negative = false;
    let mut text = text;
    if let Some(inner) = text.strip_prefix('(') {
        text = inner.strip_suffix(')')?;
        negative = true;
    }
    let first = text.find(|letter: char| letter.is_ascii_digit())?;
    let first = if text[..first].ends_with(point) { first - 1 } else { first };
    let last = text.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let (before, number, after) = (&text[..first], &text[first..last], &text[last..]);
    for (part, is_suffix) in [(before, false), (after, true)] {
        negative ^= is_negative(part, is_suffix)?;
    }
    let mut digits = String::with_capacity(number.len());
    // Digits since the last mark of thousands; groups are of three, in India of two with a last one of three.
    let mut since: Option<usize> = None;
    let mut seen_point = false;
    for letter in number.chars() {
        match letter {
            '0'..='9' => {
                digits.push(letter);
                if let (Some(count), false) = (since.as_mut(), seen_point) {
                    *count += 1;
                }
            }
            _ if letter == point && !seen_point => {
                if since.is_some_and(|count| count != 3) {
                    return None;
                }
                seen_point = true;
                digits.push('.');
            }
            _ if (letter == group || matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’'))
                && !seen_point =>
            {
                if digits.is_empty() || since.is_some_and(|count| !(2..=3).contains(&count)) {
                    return None;
                }
                since = Some(0);
            }
            _ => return None,
        }
    }
    if !seen_point && since.is_some_and(|count| count != 3) {
        return None;
    }
    let whole = digits.find('.').unwrap_or(digits.len());
    if digits.len() > MOST_DIGITS || whole > MOST_WHOLE {
        return None;
    }
    if digits.starts_with('.') {
        digits.insert(0, '0');
    }
    let mut amount = Decimal::from_str_exact(&digits).ok()?;
    amount.set_sign_negative(negative && !amount.is_zero());
    Some(amount)
}

/// What stands around the digits: signs, a currency, `CR` or `DR`. `None` if it is anything else.
fn is_negative(part: &str, is_suffix: bool) -> Option<bool> {
    let mut negative = false;
    let mut letters = 0_usize;
    let mut word = [0_u8; 2];
    for letter in part.chars() {
        match letter {
            '-' | '−' | '–' => negative = !negative,
            '+' | '\'' | '.' | '*' => {}
            _ if letter.is_whitespace() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{feff}') => {}
            _ if letter.is_alphabetic() => {
                if letters < 2 {
                    word[letters] = u8::try_from(letter).unwrap_or(0).to_ascii_uppercase();
                }
                letters += 1;
            }
            // Currency signs are no letters, digits or punctuation of ASCII.
            '$' => {}
            _ if !letter.is_ascii() && !letter.is_numeric() => {}
            _ => return None,
        }
    }
    // Codes have three letters. One letter is the rand before an amount; anything else is a slip of the keys.
    if letters > 3 || (letters == 1 && word[0].is_ascii_alphabetic() && (is_suffix || word[0] != b'R')) {
        return None;
    }
    Some(negative ^ (is_suffix && letters == 2 && &word == b"DR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_amounts() {
        let cases = [
            ("12.34", "12.34", DecimalMark::Dot),
            ("-0.5", "-0.5", DecimalMark::Dot),
            ("1,234.56", "1234.56", DecimalMark::Dot),
            ("$1,234.56", "1234.56", DecimalMark::Dot),
            ("($19.47)", "-19.47", DecimalMark::Dot),
            ("- $220.00", "-220.00", DecimalMark::Dot),
            ("+ $73.01", "73.01", DecimalMark::Dot),
            ("-$7,971.39", "-7971.39", DecimalMark::Dot),
            ("$-7.39", "-7.39", DecimalMark::Dot),
            ("£67.40", "67.40", DecimalMark::Dot),
            ("1.234,56", "1234.56", DecimalMark::Comma),
            ("1'234.56", "1234.56", DecimalMark::Dot),
            ("24 207,40", "24207.40", DecimalMark::Comma),
            ("1,00,000.00", "100000.00", DecimalMark::Dot),
            ("د.ا.\u{200f}4.750", "4.750", DecimalMark::Dot),
            ("120.00 CR", "120.00", DecimalMark::Dot),
            ("120.00DR", "-120.00", DecimalMark::Dot),
            ("12,00-", "-12.00", DecimalMark::Comma),
            ("EUR 5", "5", DecimalMark::Comma),
            (".99", "0.99", DecimalMark::Dot),
            ("−3,10", "-3.10", DecimalMark::Comma),
            ("0.00", "0.00", DecimalMark::Dot),
        ];
        for (text, expected, mark) in cases {
            assert_eq!(amount(text, mark), Ok(Some(expected.parse().unwrap())), "{text}");
        }
        for text in [
            "abc",
            "1.2.3",
            "12,5",
            "8.10 SGD @ .9765",
            "1,2345",
            "12/03/2024",
            "--",
            "1e5",
            "5%",
            "DE89370400440532013000",
        ] {
            assert!(amount(text, DecimalMark::Dot).is_err(), "{text}");
        }
        assert_eq!(amount("  ", DecimalMark::Dot), Ok(None));
    }
}
