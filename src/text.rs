//! Normalised text: the one form in which dictionary names and raw descriptions meet.
//!
//! Upper case, accents folded, apostrophes dropped, every other sign a word break; `AND` and `THE` are seen through. Matching
//! works on the *glued* form, the words without the breaks, at word boundaries: `WAL-MART`, `WAL MART` and `WALMART` are one.
//! Each token remembers where in the raw text it came from.

use std::cell::RefCell;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Words that both sides leave out of the glued form.
const TRANSPARENT: [&str; 2] = ["AND", "THE"];

/// A letter run of this length or more is split from digits glued behind it (`WALMART1234`).
const SPLIT_LETTERS: usize = 4;
/// A run of `X` of this length is split from a name glued before it (`H&MXXXX`).
const SPLIT_MASK: usize = 3;
/// A digit run of this length or more is split from a letter run glued behind it (`00519WEST`).
const SPLIT_DIGITS: usize = 3;

/// Texts are read up to here, so that places fit four bytes.
const MOST_BYTES: usize = u32::MAX as usize / 4;

/// Base of the rolling hash; odd, from the golden ratio.
pub(crate) const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
/// Months as dates are glued to other words.
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// Letters only.
    Word,
    /// Digits only.
    Digits,
    /// Letters and digits.
    Mixed,
    /// Two or more `X`, with digits or not: something masked.
    Mask,
}

impl TokenKind {
    /// The kind of a word of so many letters, `X` among them, and digits.
    fn of(letters: usize, digits: usize, exes: usize) -> Self {
        match (letters, digits) {
            _ if exes >= 2 && exes == letters => Self::Mask,
            (0, _) => Self::Digits,
            (_, 0) => Self::Word,
            _ => Self::Mixed,
        }
    }
}

/// Signs seen between two tokens, as a bit set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap(u16);

impl Gap {
    /// `*`
    pub const STAR: Self = Self(1);
    /// `#`
    pub const HASH: Self = Self(2);
    /// `:`
    pub const COLON: Self = Self(4);
    /// `/` or `\`
    pub const SLASH: Self = Self(8);
    /// `.`
    pub const DOT: Self = Self(16);
    /// `-`
    pub const DASH: Self = Self(32);
    /// `@`
    pub const AT: Self = Self(64);
    /// `&`
    pub const AMPERSAND: Self = Self(128);
    /// Two blanks or more.
    pub const WIDE: Self = Self(256);
    /// At least one blank.
    pub const BLANK: Self = Self(512);
    /// `,` or `;`
    pub const COMMA: Self = Self(1024);
    /// `+`
    pub const PLUS: Self = Self(2048);
    /// Any other sign.
    pub const OTHER: Self = Self(4096);
    /// `_`
    pub const UNDERSCORE: Self = Self(8192);

    /// The bit of a sign as a pattern writes it.
    pub const fn of_sign(sign: char) -> Option<Self> {
        Some(match sign {
            '*' => Self::STAR,
            '#' => Self::HASH,
            ':' => Self::COLON,
            '/' | '\\' => Self::SLASH,
            '.' => Self::DOT,
            '-' => Self::DASH,
            '@' => Self::AT,
            '&' => Self::AMPERSAND,
            ',' | ';' => Self::COMMA,
            '+' => Self::PLUS,
            '_' => Self::UNDERSCORE,
            _ => return None,
        })
    }

    /// Whether any of the given signs was seen.
    pub fn has(self, signs: Self) -> bool {
        self.0 & signs.0 != 0
    }

    /// Whether all of the given signs were seen.
    pub fn has_all(self, signs: Self) -> bool {
        self.0 & signs.0 == signs.0
    }

    /// The set as bits, for storing.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// The set of stored bits.
    pub fn of_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a sign adds.
    const fn of_any(sign: char) -> Self {
        match Self::of_sign(sign) {
            _ if sign.is_whitespace() => Self::BLANK,
            Some(gap) => gap,
            None => Self::OTHER,
        }
    }

    fn note(&mut self, sign: Self) {
        // The second blank.
        self.0 |= sign.0 | if (self.0 & sign.0) & Self::BLANK.0 != 0 { Self::WIDE.0 } else { 0 };
    }
}

/// What the signs of ASCII add to a gap.
const ASCII_GAPS: [Gap; 128] = {
    let mut table = [Gap(0); 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = Gap::of_any(byte as u8 as char);
        byte += 1;
    }
    table
};

/// A word, a number or a mask, with its places in the raw, the spaced and the glued text.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    raw: (u32, u32),
    norm: (u32, u32),
    glue: (u32, u32),
    hash: u64,
    /// What it is made of.
    pub kind: TokenKind,
    /// Signs between the token before (or the start) and this one.
    pub gap: Gap,
}

impl Token {
    /// Bytes of the raw text.
    pub fn raw(&self) -> Range<usize> {
        self.raw.0 as usize..self.raw.1 as usize
    }

    /// Bytes of the spaced text.
    pub fn norm(&self) -> Range<usize> {
        self.norm.0 as usize..self.norm.1 as usize
    }

    /// Bytes of the glued text; empty for words that are seen through.
    pub fn glue(&self) -> Range<usize> {
        self.glue.0 as usize..self.glue.1 as usize
    }

    /// The hash of its word, as indexes of words take it.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether it holds a digit or masks one.
    pub fn has_digit(&self) -> bool {
        self.kind != TokenKind::Word
    }
}

/// A normalised text. Made to be reused: [`read`](Self::read) keeps its buffers.
#[derive(Clone, Debug, Default)]
pub struct Text {
    spaced: String,
    glued: String,
    tokens: Vec<Token>,
    tail: Gap,
    /// Where words are folded that are not of ASCII alone.
    folded: String,
}

impl Text {
    /// Normalises a text into a fresh buffer.
    pub fn of(raw: &str) -> Self {
        let mut text = Self::default();
        text.read(raw);
        text
    }

    /// Normalises `raw`, replacing what was read before. Linear in the length of the text; texts over 4 GiB are cut.
    pub fn read(&mut self, raw: &str) {
        self.spaced.clear();
        self.glued.clear();
        self.tokens.clear();
        self.spaced.push(' ');
        let mut gap = Gap::default();
        let mut start = None;
        // What a look at the word told, if it is of nothing but letters and digits of ASCII, as nearly all are.
        let mut look = Some(Look::default());
        let bytes = raw.as_bytes();
        let mut at = 0;
        while at < raw.len().min(MOST_BYTES) {
            let run = bytes[at..].iter().map(|byte| FOLDED[usize::from(*byte)]).take_while(|folded| *folded != 0);
            let before = at;
            match &mut look {
                Some(look) => run.for_each(|folded| {
                    look.take(folded);
                    at += 1;
                }),
                None => at += run.count(),
            }
            if at > before {
                start.get_or_insert(before);
            }
            let Some(byte) = bytes.get(at) else { break };
            let (length, sign_gap) = match ASCII_GAPS.get(usize::from(*byte)) {
                Some(sign_gap) if !is_apostrophe(char::from(*byte)) => (1, *sign_gap),
                _ => {
                    let sign = raw[at..].chars().next().expect("a sign begins here");
                    if is_apostrophe(sign) && start.is_some() || sign.is_alphanumeric() {
                        // MCDONALD'S is one word; a quote after the word's end adds nothing to it.
                        start.get_or_insert(at);
                        look = None;
                        at += sign.len_utf8();
                        continue;
                    }
                    (sign.len_utf8(), Gap::of_any(sign))
                }
            };
            if let Some(start) = start.take() {
                self.push_word(raw, start..at, std::mem::take(&mut gap), look);
            }
            look = Some(Look::default());
            gap.note(sign_gap);
            at += length;
        }
        if let Some(start) = start {
            self.push_word(raw, start..raw.len(), std::mem::take(&mut gap), look);
        }
        self.tail = gap;
        self.spaced.make_ascii_uppercase();
        self.glued.make_ascii_uppercase();
    }

    /// The words in upper case with one blank before and after each.
    pub fn spaced(&self) -> &str {
        &self.spaced
    }

    /// The words without breaks, `AND` and `THE` left out.
    pub fn glued(&self) -> &str {
        &self.glued
    }

    /// The tokens in order.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The word of a token.
    pub fn word(&self, token: usize) -> &str {
        &self.spaced[self.tokens[token].norm()]
    }

    /// The word of a token, to be looked up.
    pub(crate) fn key(&self, token: usize) -> Key<'_> {
        let token = &self.tokens[token];
        Key { text: &self.spaced[token.norm()], hash: token.hash }
    }

    /// Signs after a token: those before the next one, or those at the end.
    pub fn gap_after(&self, token: usize) -> Gap {
        self.tokens.get(token + 1).map_or(self.tail, |next| next.gap)
    }

    /// Signs before the text's end.
    pub fn tail(&self) -> Gap {
        self.tail
    }

    /// Bytes of the raw text that a range of tokens covers; empty for an empty range.
    pub fn raw_span(&self, tokens: Range<usize>) -> Range<usize> {
        match self.tokens.get(tokens.clone()) {
            Some([first, .., last]) => first.raw().start..last.raw().end,
            Some([only]) => only.raw(),
            _ => 0..0,
        }
    }

    /// Adds a word, split where a number is glued to a name.
    fn push_word(&mut self, raw: &str, place: Range<usize>, gap: Gap, look: Option<Look>) {
        let word = &raw[place.clone()];
        // A word of one kind of sign, with no mask at its end, is split nowhere.
        let is_one = |look: &Look| look.digits == 0 || look.digits == word.len();
        if let Some(look) = look.filter(is_one).filter(|_| !word.ends_with(['X', 'x'])) {
            return self.push_plain(word, place, gap, look);
        }
        match split_point(word.as_bytes()) {
            Some(split) => {
                let middle = place.start + split;
                self.push_token(raw, place.start..middle, gap);
                self.push_token(raw, middle..place.end, Gap::default());
            }
            None => self.push_token(raw, place, gap),
        }
    }

    fn push_token(&mut self, raw: &str, place: Range<usize>, gap: Gap) {
        let word = &raw[place.clone()];
        if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return self.push_plain(word, place, gap, Look::of(word.as_bytes()));
        }
        let mut folded = std::mem::take(&mut self.folded);
        folded.clear();
        let (mut letters, mut digits, mut exes) = (0, 0, 0);
        for sign in word.chars() {
            if sign.is_ascii_alphanumeric() {
                let upper = sign.to_ascii_uppercase();
                digits += usize::from(upper.is_ascii_digit());
                exes += usize::from(upper == 'X');
                letters += usize::from(upper.is_ascii_alphabetic());
                folded.push(upper);
            } else if sign.is_alphanumeric() {
                let start = folded.len();
                fold_into(sign, &mut folded);
                // Digits are those that numbers are read from; those of other scripts are letters like any other.
                for sign in folded[start..].chars() {
                    if sign.is_ascii_digit() { digits += 1 } else { letters += 1 }
                }
            }
        }
        // Marks alone, without a letter that carries them, are no word.
        if !folded.is_empty() {
            let hash = Look::of(folded.as_bytes()).hash;
            self.push(&folded, place, gap, TokenKind::of(letters, digits, exes), hash);
        }
        self.folded = folded;
    }

    /// Adds a token of letters and digits of ASCII.
    fn push_plain(&mut self, word: &str, place: Range<usize>, gap: Gap, look: Look) {
        self.push(word, place, gap, TokenKind::of(word.len() - look.digits, look.digits, look.exes), look.hash);
    }

    /// Adds a token; its letters get their case when all words are there.
    fn push(&mut self, word: &str, raw: Range<usize>, gap: Gap, kind: TokenKind, hash: u64) {
        let norm_start = self.spaced.len() as u32;
        self.spaced.push_str(word);
        let norm = (norm_start, self.spaced.len() as u32);
        self.spaced.push(' ');
        let glue_start = self.glued.len() as u32;
        if !TRANSPARENT.iter().any(|other| word.eq_ignore_ascii_case(other)) {
            self.glued.push_str(word);
        }
        let glue = (glue_start, self.glued.len() as u32);
        self.tokens.push(Token { raw: (raw.start as u32, raw.end as u32), norm, glue, hash, kind, gap });
    }
}

/// What a look at the bytes of a word tells.
#[derive(Clone, Copy, Default)]
struct Look {
    digits: usize,
    exes: usize,
    /// The hash of the word in capitals.
    hash: u64,
}

impl Look {
    fn of(word: &[u8]) -> Self {
        let mut look = Self::default();
        for byte in word {
            // Letters beyond ASCII are folded already.
            let folded = FOLDED[usize::from(*byte)];
            look.take(if folded == 0 { *byte } else { folded });
        }
        look
    }

    #[inline]
    fn take(&mut self, folded: u8) {
        self.digits += usize::from(folded.is_ascii_digit());
        self.exes += usize::from(folded == b'X');
        self.hash = roll(self.hash, folded);
    }
}

/// Letters and digits of ASCII in capitals; 0 for all other bytes.
const FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_uppercase();
        }
        byte += 1;
    }
    table
};

/// A word that is looked up, with its hash.
#[derive(Clone, Copy, Debug)]
pub struct Key<'k> {
    pub(crate) text: &'k str,
    /// As [`rolled`] gives it.
    pub(crate) hash: u64,
}

impl<'k> From<&'k str> for Key<'k> {
    fn from(text: &'k str) -> Self {
        Self { text, hash: rolled(text.as_bytes()) }
    }
}

/// The rolling hash of a text.
#[inline]
pub(crate) fn rolled(text: &[u8]) -> u64 {
    text.iter().fold(0, |hash, byte| roll(hash, *byte))
}

/// The rolling hash of a text with one more byte.
#[inline]
pub(crate) fn roll(hash: u64, byte: u8) -> u64 {
    hash.wrapping_mul(BASE).wrapping_add(u64::from(byte))
}

/// What [`str::trim`] gives, sooner where there is nothing to trim.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// The glued form of a name: what two spellings of it have in common.
///
/// ```
/// assert_eq!(payee::text::key("Wal-Mart"), payee::text::key("WALMART"));
/// assert_eq!(payee::text::key("The Home Depot"), "HOMEDEPOT");
/// assert_eq!(payee::text::key("Marks & Spencer"), payee::text::key("MARKS AND SPENCER"));
/// ```
pub fn key(name: &str) -> String {
    with_key(name, str::to_owned)
}

thread_local! {
    /// A buffer that lives as long as the thread.
    static NAME: RefCell<Text> = RefCell::default();
}

/// Gives the [`key`] of a name to somebody who needs it for no longer.
pub(crate) fn with_key<T>(name: &str, take: impl FnOnce(&str) -> T) -> T {
    NAME.with_borrow_mut(|text| {
        text.read(name);
        if text.glued.is_empty() {
            // A name made of nothing but AND and THE keeps them.
            let words: String = (0..text.tokens.len()).map(|at| text.word(at)).collect();
            return take(&words);
        }
        take(&text.glued)
    })
}

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\'' | '’' | '‘' | '`' | '´' | 'ʼ')
}

/// Where a number is glued to a name: `WALMART|1234`, `00519|WEST`; `None` for codes such as `5ZJLE` or `B2B`.
fn split_point(word: &[u8]) -> Option<usize> {
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let masked = word.iter().rev().take_while(|byte| byte.eq_ignore_ascii_case(&b'X')).count();
    if masked >= SPLIT_MASK && masked < word.len() {
        return Some(word.len() - masked);
    }
    let all = |rest: &[u8], test: fn(&u8) -> bool| rest.iter().all(test);
    // A day of a month is split from any letters before it: POS12MAR.
    if letters == 3
        && let [first, second, month @ ..] = &word[letters..]
        && first.is_ascii_digit()
        && second.is_ascii_digit()
        && MONTHS.iter().any(|name| month.eq_ignore_ascii_case(name.as_bytes()))
    {
        return Some(letters);
    }
    if letters >= SPLIT_LETTERS && word.len() >= letters + 2 && all(&word[letters..], u8::is_ascii_digit) {
        let masked = word[..letters].iter().all(|byte| byte.eq_ignore_ascii_case(&b'X'));
        (!masked).then_some(letters)
    } else if digits >= SPLIT_DIGITS
        && word.len() >= digits + SPLIT_LETTERS
        && all(&word[digits..], u8::is_ascii_alphabetic)
    {
        let masked = word[digits..].iter().all(|byte| byte.eq_ignore_ascii_case(&b'X'));
        (!masked).then_some(digits)
    } else {
        None
    }
}

/// Appends a letter in upper case without its accents; letters of other scripts stay as they are.
fn fold_into(sign: char, out: &mut String) {
    let folded = match sign {
        'ß' | 'ẞ' => "SS",
        'Æ' | 'æ' => "AE",
        'Œ' | 'œ' => "OE",
        'Ø' | 'ø' => "O",
        'Ł' | 'ł' => "L",
        'Đ' | 'đ' | 'Ð' | 'ð' => "D",
        'Þ' | 'þ' => "TH",
        'ı' => "I",
        _ => {
            for part in std::iter::once(sign).nfkd() {
                if !unicode_normalization::char::is_combining_mark(part) {
                    out.extend(part.to_uppercase());
                }
            }
            return;
        }
    };
    out.push_str(folded);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(raw: &str) -> Vec<String> {
        let text = Text::of(raw);
        (0..text.tokens().len()).map(|at| text.word(at).to_owned()).collect()
    }

    #[test]
    fn words_are_folded_and_split() {
        assert_eq!(words("Crêpe d'Or ß-Café"), ["CREPE", "DOR", "SS", "CAFE"]);
        assert_eq!(words("WALMART1234 00519WEST 5ZJLE B2B"), ["WALMART", "1234", "00519", "WEST", "5ZJLE", "B2B"]);
        assert_eq!(words("POS12MAR ABC12DEF"), ["POS", "12MAR", "ABC12DEF"]);
        assert_eq!(words("МАГНИТ Łódź 三井"), ["МАГНИТ", "LODZ", "三井"]);
    }

    #[test]
    fn numbers_are_of_ascii_digits() {
        let kinds = |raw: &str| Text::of(raw).tokens().iter().map(|token| token.kind).collect::<Vec<_>>();
        assert_eq!(
            kinds("12 ٣٤ 0\u{1e4f0}\u{966} ½"),
            [TokenKind::Digits, TokenKind::Word, TokenKind::Mixed, TokenKind::Mixed]
        );
    }

    #[test]
    fn gaps_keep_the_signs() {
        let text = Text::of("SQ *BLUE  BOTTLE#12");
        assert!(text.gap_after(0).has(Gap::STAR));
        assert!(text.gap_after(1).has(Gap::WIDE));
        assert!(text.gap_after(2).has(Gap::HASH));
    }

    #[test]
    fn spans_lead_back_to_the_raw_text() {
        let raw = "* McDonald's F123";
        let text = Text::of(raw);
        assert_eq!(&raw[text.raw_span(0..1)], "McDonald's");
        assert_eq!(&raw[text.raw_span(0..2)], "McDonald's F123");
    }

    #[test]
    fn masks_are_no_words() {
        let kinds: Vec<_> = Text::of("XXXX XX12 XXL EXXON X").tokens().iter().map(|token| token.kind).collect();
        use TokenKind::*;
        assert_eq!(kinds, [Mask, Mask, Word, Word, Word]);
        assert_eq!(words("H&MXXXX XX/XX"), ["H", "M", "XXXX", "XX", "XX"]);
    }
}
