//! Masks what must not leave the program: card and account numbers, IBANs, e-mail addresses, telephone numbers.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

/// Sign that stands for a masked one.
const MASK: u8 = b'X';
/// Many of them.
const MASKS: &str = "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";
/// This many signs at the end of a number stay readable.
const READABLE: usize = 4;
/// A number with fewer digits is a store, a date or an amount rather than an account.
const LEAST_DIGITS: usize = 8;
/// Groups of digits tied by hyphens are an account or a telephone number from this many digits on.
const LEAST_TIED: usize = 9;
/// A card number has 13 to 19 digits.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// A telephone number has at most so many digits.
const PHONE_DIGITS: usize = 15;
/// Letters and digits of an IBAN.
const IBAN_SIGNS: std::ops::RangeInclusive<usize> = 15..=34;

/// Masks card numbers, IBANs, account and telephone numbers of eight digits or more, and e-mail and payment addresses: all but
/// the last four signs of a number, and all of an address but its ending. Dates of eight digits stay.
///
/// What is left holds no 13 to 19 digits, in one or in groups with blanks, hyphens or points between, that pass the check of
/// card numbers. The length in bytes stays, so that spans of the text are spans of what is given back. A text without anything
/// to mask is given back as it is, at the cost of one look at its bytes.
///
/// ```
/// assert_eq!(payee::redact("CARD 4111 1111 1111 1111"), "CARD XXXX XXXX XXXX 1111");
/// assert_eq!(payee::redact("TO DE89 3704 0044 0532 0130 00"), "TO XXXX XXXX XXXX XXXX XX30 00");
/// assert_eq!(payee::redact("jane.doe@example.com RENT"), "XXXXXXXX@XXXXXXX.com RENT");
/// assert_eq!(payee::redact("CALL (415) 555-0100"), "CALL (XXX) XXX-0100");
/// assert_eq!(payee::redact("STORE 0123 ON 20240312"), "STORE 0123 ON 20240312");
/// ```
pub fn redact(text: &str) -> Cow<'_, str> {
    SECRETS.with_borrow_mut(|secrets| {
        if !secrets.read(text) {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        secrets.mask(text, &mut masked);
        Cow::Owned(masked)
    })
}

/// Masks what [`redact`] masks, and the words of some names wherever they stand, in any case; single letters stay. The length in
/// bytes stays.
///
/// ```
/// assert_eq!(payee::redact_names("ZELLE TO Jane Doe 4155550100", &["JANE DOE"]), "ZELLE TO XXXX XXX XXXXXX0100");
/// ```
pub fn redact_names<'t>(text: &'t str, names: &[&str]) -> Cow<'t, str> {
    let masked = redact(text);
    let put = |word: &str, out: &mut String| out.extend(word.bytes().map(|_| char::from(MASK)));
    match with_names(&masked, names, put) {
        Some(masked) => Cow::Owned(masked),
        None => masked,
    }
}

/// A text with initials in the place of the words of some names; `None` if there are none of them.
pub(crate) fn initials(text: &str, names: &[&str]) -> Option<String> {
    with_names(text, names, |word, out| {
        out.extend(word.chars().take(1));
        out.push('.');
    })
}

/// A text with something else in the place of the words of some names.
fn with_names(text: &str, names: &[&str], put: impl Fn(&str, &mut String)) -> Option<String> {
    let is_sign = |sign: char| !sign.is_alphanumeric();
    let words = names.iter().flat_map(|name| name.split(is_sign)).filter(|word| word.chars().nth(1).is_some());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let is_named = |word: &str| !word.is_empty() && words.contains(&word.to_lowercase());
    if !text.split(is_sign).any(is_named) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_sign) {
        let word = piece.trim_end_matches(is_sign);
        if is_named(word) {
            put(word, &mut out)
        } else {
            out.push_str(word)
        }
        out.push_str(&piece[word.len()..]);
    }
    Some(out)
}

const DIGIT: u8 = 1;
const AT: u8 = 2;

/// Which bytes secrets have.
const SUSPECTS: [u8; 256] = {
    let mut table = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = DIGIT;
        digit += 1;
    }
    table[b'@' as usize] = AT;
    table
};

/// What a look at the bytes of a text tells.
struct Outline {
    /// The most digits with nothing but signs between, or all there are if these are too few for a number.
    digits: usize,
    has_at: bool,
}

impl Outline {
    fn of(text: &str) -> Self {
        // Most texts have nothing to hide, which this tells soonest.
        let (mut all, mut seen) = (0, 0);
        for byte in text.bytes() {
            let sign = SUSPECTS[usize::from(byte)];
            all += usize::from(sign & DIGIT);
            seen |= sign;
        }
        let has_at = seen & AT != 0;
        if all < LEAST_DIGITS {
            return Self { digits: all, has_at };
        }
        let (mut most, mut digits) = (0, 0);
        for byte in text.bytes() {
            if byte.is_ascii_digit() {
                digits += 1;
                most = most.max(digits);
            } else if byte.is_ascii_alphabetic() {
                digits = 0;
            }
        }
        Self { digits: most, has_at }
    }

    /// Whether there may be anything to mask.
    fn is_suspect(&self) -> bool {
        self.has_at || self.digits >= LEAST_DIGITS
    }
}

thread_local! {
    /// Buffers that live as long as the thread.
    static SECRETS: RefCell<Secrets> = RefCell::default();
}

/// What must be masked in a text, and what some of it is. Reused from text to text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// For each byte, whether it is masked.
    masked: Vec<bool>,
    /// Numbers of cards, by bytes.
    pub cards: Vec<Range<usize>>,
    /// IBANs and addresses of mail, by bytes.
    pub accounts: Vec<Range<usize>>,
    stretch: Stretch,
}

impl Secrets {
    /// Looks for secrets; says whether there is anything to mask.
    pub fn read(&mut self, text: &str) -> bool {
        self.cards.clear();
        self.accounts.clear();
        let outline = Outline::of(text);
        if !outline.is_suspect() {
            return false;
        }
        self.masked.clear();
        self.masked.resize(text.len(), false);
        if outline.has_at {
            self.addresses(text);
        }
        let bytes = text.as_bytes();
        let may_hold_card = outline.digits >= *CARD_DIGITS.start();
        self.ibans(bytes);
        if may_hold_card {
            self.cards(bytes, true);
        }
        self.numbers(bytes);
        // What stays readable of one number may begin another.
        while self.phones(bytes) {}
        // What is left may pass the check by chance, or together with what stays readable of another number.
        while may_hold_card && self.cards(bytes, false) {}
        let any = self.masked.contains(&true);
        if !any {
            self.cards.clear();
            self.accounts.clear();
        }
        any
    }

    /// Appends the text that was read last, masked.
    pub fn mask(&self, text: &str, out: &mut String) {
        let mut at = 0;
        for run in self.masked.chunk_by(|one, other| one == other) {
            match run[0] {
                // As many as the signs have bytes, so that spans stay.
                true => run.chunks(MASKS.len()).for_each(|run| out.push_str(&MASKS[..run.len()])),
                false => out.push_str(&text[at..at + run.len()]),
            }
            at += run.len();
        }
    }

    /// Masks letters and digits of a range but the last few.
    fn hide(&mut self, bytes: &[u8], range: Range<usize>) {
        let signs = range.clone().filter(|at| bytes[*at].is_ascii_alphanumeric()).count();
        let mut left = signs.saturating_sub(READABLE);
        for at in range {
            if left > 0 && bytes[at].is_ascii_alphanumeric() {
                self.masked[at] = true;
                left -= 1;
            }
        }
    }

    fn digit(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at).is_some_and(u8::is_ascii_digit) && !self.masked[at]
    }

    /// Two letters and two digits, then letters and digits to a length of 15 to 34, more than half of all digits: in one word, or
    /// in groups of four.
    fn ibans(&mut self, bytes: &[u8]) {
        let word_end = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        // Where a word begins with two letters, of which the first digit is told.
        let begin = |digit: usize| {
            let start = digit.checked_sub(2)?;
            let head = bytes[start..digit].iter().all(u8::is_ascii_alphabetic)
                && bytes.get(digit + 1).is_some_and(u8::is_ascii_digit)
                && !start.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric());
            head.then_some(start)
        };
        let mut next = 0;
        while let Some(digit) = next_digit(bytes, next) {
            next = digit + 1;
            if let Some(at) = begin(digit) {
                let end = word_end(at);
                next = end;
                // The ends of the number that are possible: of the first word, or of any group behind it.
                let (mut ends, mut count) = ([end; 9], 1);
                while count < ends.len() && (next - at == 4 || word_end(next - 4) == next) && separator(bytes, next) > 0
                {
                    let start = next + separator(bytes, next);
                    let group = word_end(start) - start;
                    if !(1..=4).contains(&group) || !(count > 1 || next - at == 4) {
                        break;
                    }
                    next = start + group;
                    ends[count] = next;
                    count += 1;
                    if group < 4 {
                        break;
                    }
                }
                let ends = &ends[..count];
                let is_iban = |end: &usize| {
                    let signs = bytes[at..*end].iter().filter(|byte| byte.is_ascii_alphanumeric());
                    let (signs, digits) = signs
                        .fold((0, 0), |(all, digits), byte| (all + 1, digits + usize::from(byte.is_ascii_digit())));
                    IBAN_SIGNS.contains(&signs) && digits * 2 > signs && bytes[*end - 1].is_ascii_alphanumeric()
                };
                let checked = ends.iter().rev().find(|end| is_iban(end) && checks_out(&bytes[at..**end]));
                let likely = || {
                    ends.iter()
                        .rev()
                        .find(|end| is_iban(end) && bytes[at..**end].last().is_some_and(u8::is_ascii_digit))
                };
                next = end;
                if let Some(end) = checked.or_else(likely).copied() {
                    self.hide(bytes, at..end);
                    self.accounts.push(at..end);
                    next = end;
                }
            }
        }
    }

    /// Digits that pass the check of card numbers: only as cards are printed, in one or in groups, or any. Says whether there
    /// were some.
    fn cards(&mut self, bytes: &[u8], printed: bool) -> bool {
        let mut any = false;
        let mut at = 0;
        let mut stretch = std::mem::take(&mut self.stretch);
        while let Some(first) = next_digit(bytes, at) {
            at = first;
            stretch.clear();
            while at < bytes.len() {
                let sign = separator(bytes, at);
                if self.digit(bytes, at) {
                    stretch.push(at, bytes[at] - b'0');
                    at += 1;
                } else if sign > 0 && !stretch.digits.is_empty() {
                    at += sign;
                } else {
                    break;
                }
            }
            let digits = &stretch.digits[..];
            let mut start = 0;
            while start + CARD_DIGITS.start() <= digits.len() {
                let fits = |length: &usize| {
                    start + length <= digits.len()
                        && stretch.checks_out(start..start + length)
                        && (!printed || is_printed(bytes, &digits[start..start + length]))
                };
                // All there are, else sixteen, which is the rule.
                let all = CARD_DIGITS.contains(&(digits.len() - start)).then_some(digits.len() - start);
                let length = all.into_iter().chain([16, 15, 19, 18, 17, 14, 13]).find(fits);
                if let Some(length) = length {
                    let range = digits[start]..digits[start + length - 1] + 1;
                    self.hide(bytes, range.clone());
                    if printed {
                        self.cards.push(range);
                    }
                    any = true;
                    start += length;
                } else {
                    start += 1;
                }
            }
            at += 1;
        }
        self.stretch = stretch;
        any
    }

    /// Runs of digits of an account's length, in one or tied by hyphens.
    fn numbers(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Some(start) = next_digit(bytes, at) {
            at = start;
            let (mut digits, mut run, mut tied) = (0, 0, false);
            while at < bytes.len() {
                if self.digit(bytes, at) {
                    digits += 1;
                    run += 1;
                } else if bytes[at] == b'-' && run > 0 && self.digit(bytes, at + 1) {
                    tied = true;
                    run = 0;
                } else {
                    break;
                }
                at += 1;
            }
            let is_account = if tied {
                digits >= LEAST_TIED
            } else {
                digits >= LEAST_DIGITS && !(digits == 8 && is_date(&bytes[start..at]))
            };
            if is_account {
                self.hide(bytes, start..at);
            }
            at += 1;
        }
    }

    /// Telephone numbers in groups: behind a `+`, of three, three and four digits, or with a leading zero.
    /// Says whether there were some.
    fn phones(&mut self, bytes: &[u8]) -> bool {
        let (mut any, mut at) = (false, 0);
        while let Some(first) = next_digit(bytes, at) {
            at = first;
            let begins =
                self.digit(bytes, at) && !at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric());
            if !begins {
                at += 1;
                continue;
            }
            // Groups of digits with one sign between, two where brackets stand.
            let (mut sizes, mut ends, mut count) = ([0; PHONE_DIGITS + 1], [at; PHONE_DIGITS + 1], 0);
            let mut end = at;
            let mut digits = 0;
            loop {
                let start = end;
                while self.digit(bytes, end) {
                    end += 1;
                }
                (sizes[count], ends[count]) = (end - start, end);
                count += 1;
                digits += end - start;
                if digits > PHONE_DIGITS {
                    break;
                }
                let gap = bytes[end..].iter().take(2).take_while(|byte| b" -.()/".contains(byte)).count();
                if gap == 0
                    || !self.digit(bytes, end + gap)
                    || (gap == 2 && bytes[end] != b')' && bytes[end + 1] != b'(')
                {
                    break;
                }
                end += gap;
            }
            let sizes = &sizes[..count];
            let count_to = |most: usize| {
                let mut sum = 0;
                sizes
                    .iter()
                    .take_while(|size| {
                        sum += **size;
                        sum <= most
                    })
                    .count()
            };
            let international = at > 0 && bytes[at - 1] == b'+';
            let taken = match sizes {
                _ if international => count_to(PHONE_DIGITS),
                [3, 3, 4, ..] => 3,
                [1, 3, 3, 4, ..] => 4,
                _ if bytes[at] == b'0' && (2..=5).contains(&sizes[0]) => count_to(11),
                _ => 0,
            };
            let digits: usize = sizes[..taken].iter().sum();
            if taken > 0 && digits >= if bytes[at] == b'0' { 10 } else { LEAST_DIGITS } {
                let range = at..ends[taken - 1];
                at = range.end;
                self.hide(bytes, range);
                any = true;
            } else {
                at = ends[0];
            }
        }
        any
    }

    /// What stands around an `@` on both sides, up to the last point. Hyphens belong to it where a domain follows.
    fn addresses(&mut self, text: &str) {
        // From the right, so that what is masked once is masked in the same way again.
        for (at, _) in text.rmatch_indices('@') {
            let joins = |sign: &char, hyphen: bool| {
                sign.is_alphanumeric() || matches!(sign, '.' | '_' | '+') || (hyphen && *sign == '-')
            };
            let length = |signs: &mut dyn Iterator<Item = char>, hyphen: bool| {
                signs.take_while(|sign| joins(sign, hyphen)).map(char::len_utf8).sum::<usize>()
            };
            let after = &text[at + 1..];
            let domain = length(&mut after.chars(), true);
            let is_mail = after[..domain].contains('.');
            let end = at + 1 + if is_mail { domain } else { length(&mut after.chars(), false) };
            let start = at - length(&mut text[..at].chars().rev(), is_mail);
            let named = after.starts_with(char::is_alphabetic) || self.masked.get(at + 1) == Some(&true);
            if start == at || !named {
                continue;
            }
            let tail = text[at..end].rfind('.').map_or(end, |point| at + point);
            self.masked[start..at].fill(true);
            self.masked[at + 1..tail].fill(true);
            // Without a point it may be a name too: CAFE@WORK.
            if is_mail {
                self.accounts.push(start..end);
            }
        }
    }
}

/// Where the next digit stands.
fn next_digit(bytes: &[u8], at: usize) -> Option<usize> {
    Some(at + bytes.get(at..)?.iter().position(u8::is_ascii_digit)?)
}

/// Bytes of the one sign that may stand between groups of a number; 0 if none stands there.
fn separator(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([b' ' | b'-' | b'.', ..]) => 1,
        // A blank that does not break.
        Some([0xC2, 0xA0, ..]) => 2,
        _ => 0,
    }
}

/// Whether digits stand as on a card: in one, in groups of four with a shorter or equal last, or in four, six and five.
fn is_printed(bytes: &[u8], digits: &[usize]) -> bool {
    let (first, last) = (digits[0], digits[digits.len() - 1]);
    let touches = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    if touches(first.checked_sub(1)) || touches(Some(last + 1)) {
        return false;
    }
    let (mut groups, mut count) = ([0; *CARD_DIGITS.end()], 0);
    for group in digits.chunk_by(|one, other| one + 1 == *other) {
        groups[count] = group.len();
        count += 1;
    }
    match &groups[..count] {
        [_] | [4, 6, 5] => true,
        [groups @ .., last] => groups.iter().all(|group| *group == 4) && *last <= 4,
        [] => false,
    }
}

/// Eight digits that are a day: `20240312`, `12032024`.
fn is_date(digits: &[u8]) -> bool {
    let pair = |at: usize| (digits[at] - b'0') * 10 + (digits[at + 1] - b'0');
    let year = |at: usize| matches!(pair(at), 19 | 20);
    let day = |at: usize| {
        let (one, other) = (pair(at), pair(at + 2));
        (1..=31).contains(&one) && (1..=31).contains(&other) && (one <= 12 || other <= 12)
    };
    year(0) && day(4) || year(4) && day(0)
}

/// The check of IBANs: with the first four signs at the end and letters as 10 to 35, one more than a multiple of 97.
fn checks_out(iban: &[u8]) -> bool {
    let signs = || iban.iter().filter(|sign| sign.is_ascii_alphanumeric());
    let value =
        |sign: u8| u32::from(if sign.is_ascii_digit() { sign - b'0' } else { sign.to_ascii_uppercase() - b'A' + 10 });
    let rest = signs().skip(4).chain(signs().take(4)).fold(0, |rest: u32, sign| {
        let value = value(*sign);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    rest == 1
}

/// Digits with at most separators between.
#[derive(Clone, Debug, Default)]
struct Stretch {
    /// The byte each stands at.
    digits: Vec<usize>,
    /// For the digits before each place, the sums of card numbers' check, once with those at odd places doubled, once with the others.
    sums: Vec<[u32; 2]>,
}

impl Stretch {
    fn clear(&mut self) {
        self.digits.clear();
        self.sums.clear();
        self.sums.push([0, 0]);
    }

    fn push(&mut self, at: usize, digit: u8) {
        let (plain, double) = (u32::from(digit), u32::from(digit) * 2);
        let double = double / 10 + double % 10;
        let [one, other] = self.sums[self.digits.len()];
        let is_odd = self.digits.len() % 2 == 1;
        self.sums.push(if is_odd { [one + double, other + plain] } else { [one + plain, other + double] });
        self.digits.push(at);
    }

    /// The check digit of card numbers: from the last digit on, each second one counts double.
    fn checks_out(&self, digits: Range<usize>) -> bool {
        let way = (digits.end - 1) % 2;
        (self.sums[digits.end][way] - self.sums[digits.start][way]).is_multiple_of(10)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CARD_DIGITS, redact};

    /// The check digit of card numbers, as the standard words it.
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

    #[test]
    fn secrets_are_masked_and_all_else_stays() {
        for (text, masked) in [
            ("TO GB29NWBK60161331926819", "TO XXXXXXXXXXXXXXXXXX6819"),
            ("GB29 NWBK 6016 1331 9268 19 RENT", "XXXX XXXX XXXX XXXX XX68 19 RENT"),
            ("BE68 5390 0754 7034 MIETE", "XXXX XXXX XXXX 7034 MIETE"),
            ("NL91ABNA0417164300 NAAM", "XXXXXXXXXXXXXX4300 NAAM"),
            ("20-00-00 55779911", "20-00-00 XXXX9911"),
            ("TRANSFER 12-3456-0123456-00", "TRANSFER XX-XXXX-XXXXX56-00"),
            ("4111-1111-1111-1111 SHOP", "XXXX-XXXX-XXXX-1111 SHOP"),
            ("378282246310005", "XXXXXXXXXXX0005"),
            ("WITHDRAWAL 987654321", "WITHDRAWAL XXXXX4321"),
            ("UPI-RAVI KUMAR-ravi.kumar@oksbi-412345678901", "UPI-RAVI KUMAR-XXXXXXXXXX@XXXXX-XXXXXXXX8901"),
            ("9876543210@ybl", "XXXXXXXXXX@XXX"),
            ("müller@example.de", "XXXXXXX@XXXXXXX.de"),
            ("+44 20 7946 0958", "+XX XX XXXX 0958"),
            ("07700 900123 JANE", "XXXXX XX0123 JANE"),
            ("06 12 34 56 78", "XX XX XX 56 78"),
            ("1-800-555-0100", "X-XXX-XXX-0100"),
        ] {
            assert_eq!(redact(text), masked);
            assert_eq!(text.len(), masked.len());
        }
        for text in [
            "STORE 0123",
            "CHECKCARD 0312 CORNER 555",
            "20240312 1430",
            "12/03/2024 14:30 CARD 1234",
            "1,234.56 USD",
            "CAFE @ THE PARK",
            "7 ELEVEN 34521",
            "2024-03-12",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    /// Whether 13 to 19 digits, with single signs between or not, pass the check.
    fn holds_card(text: &str) -> bool {
        let stretches = text.split(|sign: char| !(sign.is_ascii_digit() || matches!(sign, ' ' | '-' | '.')));
        stretches.into_iter().any(|stretch| {
            let digits: Vec<u8> = stretch.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
            CARD_DIGITS.clone().any(|length| digits.windows(length).any(|window| luhn(window.iter().copied())))
        })
    }

    #[test]
    fn what_is_masked_stays_as_it_is() {
        for text in ["A@0@A", "12@3@a", "a@1.b@c.d", "+44 20 7946 0000 2025-01-31"] {
            let masked = redact(text).into_owned();
            assert_eq!(redact(&masked), masked);
        }
    }

    proptest! {
        #[test]
        fn no_card_is_left(text in "[0-9]{1,24}([ -][0-9]{1,8}){0,6}|[0-9 A-Z*@./+()-]{0,80}|\\PC{0,80}") {
            let masked = redact(&text).into_owned();
            prop_assert!(!holds_card(&masked), "{masked}");
            prop_assert_eq!(masked.len(), text.len());
            prop_assert_eq!(redact(&masked), masked.as_str());
        }

        #[test]
        fn a_card_among_words_is_masked(
            digits in prop::collection::vec(0_u8..10, 12..19),
            gap in prop::sample::select(vec!["", " ", "-", "\u{a0}"]),
            around in "[A-Z ]{0,12}",
        ) {
            let check = (0..10).find(|last| luhn(digits.iter().copied().chain([*last]))).unwrap();
            let number: Vec<char> = digits.iter().chain([&check]).map(|digit| char::from(b'0' + digit)).collect();
            let groups: Vec<String> = number.chunks(4).map(|group| group.iter().collect()).collect();
            let text = format!("{around} {} {around}", groups.join(gap));
            let shown: String = redact(&text).chars().filter(char::is_ascii_digit).collect();
            prop_assert!(shown.len() <= 4, "{shown}");
        }
    }
}
