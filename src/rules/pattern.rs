//! Patterns over a text: exact, prefix, word, glob, regex. All take time linear in the text.

use std::ops::Range;

use once_cell::sync::OnceCell;
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::fold::{Folded, fold, raw_span};
use crate::io::masked;

/// A compiled regex or glob may take this many bytes.
const REGEX_BYTES: usize = 4 << 20;
/// A shorter regex without counted repetition cannot exceed them, and is compiled when it is first needed.
const SURELY_SMALL: usize = 64;

/// How a pattern is compared. The order is that of specificity, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somewhere in the text, as a regex of the `regex` crate.
    Regex,
    /// The whole text, `*` for any signs and `?` for any one.
    Glob,
    /// Somewhere in the text, never inside a word.
    Word,
    /// The beginning of the text.
    Prefix,
    /// The whole text.
    Exact,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Exact, Self::Prefix, Self::Word, Self::Glob, Self::Regex];

    /// The name in rules files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Word => "word",
            Self::Glob => "glob",
            Self::Regex => "regex",
        }
    }
}

/// One pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub kind: Kind,
    /// Folded, but for a regex, which stays as written.
    pub text: String,
    /// A folded text without which the pattern cannot match; empty if there is none.
    pub literal: String,
    regex: OnceCell<Regex>,
}

impl Pattern {
    /// Checks a pattern as it is written.
    pub fn new(kind: Kind, written: &str) -> Result<Self, String> {
        if kind == Kind::Regex {
            return Self::regex(written);
        }
        let text = fold(written);
        if text.is_empty() {
            return Err(format!("`{}` is empty: write what the text shows", kind.as_str()));
        }
        if kind != Kind::Glob {
            return Ok(Self { kind, literal: text.clone(), text, regex: OnceCell::new() });
        }
        let literal = text.split(['*', '?']).max_by_key(|part| part.len()).unwrap_or_default().trim().to_owned();
        let pattern = Self { kind, text, literal, regex: OnceCell::new() };
        pattern.validate(written)?;
        Ok(pattern)
    }

    fn regex(written: &str) -> Result<Self, String> {
        let hir = regex_syntax::parse(written).map_err(|error| {
            let detail = error.to_string();
            let reason = detail.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("`{}` is no regex: {reason}", masked(written))
        })?;
        if hir.properties().minimum_len() == Some(0) {
            return Err(format!(
                "`{}` matches the empty text and so every row: ask for at least one sign",
                masked(written)
            ));
        }
        let pattern = Self {
            kind: Kind::Regex,
            text: written.to_owned(),
            literal: required(&hir).to_ascii_lowercase(),
            regex: OnceCell::new(),
        };
        pattern.validate(written)?;
        Ok(pattern)
    }

    /// Compiles now what might turn out too big, so that matching cannot fail.
    fn validate(&self, written: &str) -> Result<(), String> {
        if self.text.len() <= SURELY_SMALL && !self.text.contains('{') {
            return Ok(());
        }
        let regex =
            self.build().map_err(|_| format!("`{}` is too big once compiled: make it shorter", masked(written)))?;
        self.regex.get_or_init(|| regex);
        Ok(())
    }

    fn build(&self) -> Result<Regex, regex::Error> {
        let source = if self.kind == Kind::Glob { glob(&self.text) } else { self.text.clone() };
        RegexBuilder::new(&source)
            .case_insensitive(self.kind == Kind::Regex)
            .dot_matches_new_line(true)
            .size_limit(REGEX_BYTES)
            .build()
    }

    fn compiled(&self) -> &Regex {
        self.regex.get_or_init(|| self.build().expect("what could be too big was compiled when the rule was read"))
    }

    /// Letters and digits that must stand in the text.
    pub fn letters(&self) -> usize {
        let counted = if self.kind == Kind::Glob { &self.text } else { &self.literal };
        counted.chars().filter(|sign| sign.is_alphanumeric()).count()
    }

    /// Where the pattern stands in a text, in bytes of the raw text.
    pub fn find(&self, raw: &str, folded: &Folded) -> Option<Range<usize>> {
        let text = folded.as_str();
        let span = match self.kind {
            Kind::Exact => (text == self.text).then_some(0..text.len())?,
            Kind::Prefix => text.starts_with(&self.text).then_some(0..self.text.len())?,
            Kind::Word => find_words(text, &self.text)?,
            Kind::Glob => self.compiled().is_match(text).then_some(0..text.len())?,
            Kind::Regex => return self.compiled().find(raw).map(|found| found.range()),
        };
        Some(raw_span(raw, span))
    }

    /// Whether this pattern surely matches every text that the other one matches.
    pub fn covers(&self, other: &Self) -> bool {
        if self.kind == other.kind && self.text == other.text {
            return true;
        }
        if other.kind == Kind::Regex || !other.text.contains(&self.literal) {
            return false;
        }
        match (self.kind, other.kind) {
            (_, Kind::Exact) => {
                let mut folded = Folded::default();
                folded.read(&other.text);
                self.find(&other.text, &folded).is_some()
            }
            (Kind::Prefix, Kind::Prefix) => other.text.starts_with(&self.text),
            (Kind::Word, Kind::Word) => find_words(&other.text, &self.text).is_some(),
            _ => false,
        }
    }
}

/// The first place where some words stand in a text on word boundaries. Places may overlap: `a a` in `xa a a`.
pub fn find_words(text: &str, words: &str) -> Option<Range<usize>> {
    let inner = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
    let (first, last) = (words.chars().next()?, words.chars().next_back());
    let mut from = 0;
    while let Some(at) = text[from..].find(words) {
        let span = from + at..from + at + words.len();
        let before = text[..span.start].chars().next_back();
        let after = text[span.end..].chars().next();
        if !(inner(Some(first)) && inner(before) || inner(last) && inner(after)) {
            return Some(span);
        }
        from = span.start + first.len_utf8();
    }
    None
}

/// A glob as a regex over folded text; stars that stand together are one.
fn glob(text: &str) -> String {
    let mut out = String::from("^");
    let mut starred = false;
    for sign in text.chars() {
        match sign {
            '*' if starred => {}
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            _ => out.push_str(&regex::escape(sign.encode_utf8(&mut [0; 4]))),
        }
        starred = sign == '*';
    }
    out.push('$');
    out
}

/// The longest run of ASCII letters, digits and signs that every match of a regex must hold. Blanks end a run, as folding
/// changes them; other letters do, as they have more than two cases.
fn required(hir: &Hir) -> String {
    match hir.kind() {
        HirKind::Literal(literal) => literal
            .0
            .split(|byte| !byte.is_ascii_graphic())
            .max_by_key(|run| run.len())
            .map(|run| String::from_utf8_lossy(run).into_owned())
            .unwrap_or_default(),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().map(required).max_by_key(String::len).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, pattern: &str, raw: &str) -> Option<String> {
        let mut folded = Folded::default();
        folded.read(raw);
        Pattern::new(kind, pattern).unwrap().find(raw, &folded).map(|span| raw[span].to_owned())
    }

    #[test]
    fn every_kind_finds_what_it_says() {
        let raw = "POS  Debit UBER *TRIP 12";
        assert_eq!(found(Kind::Word, "uber *trip", raw).unwrap(), "UBER *TRIP");
        assert_eq!(found(Kind::Word, "ube", raw), None);
        assert_eq!(found(Kind::Word, "a a", "xa a a").unwrap(), "a a");
        assert_eq!(found(Kind::Prefix, "POS DEBIT", raw).unwrap(), "POS  Debit");
        assert_eq!(found(Kind::Exact, "pos debit uber *trip 12", raw).unwrap(), raw);
        assert_eq!(found(Kind::Glob, "*uber?*trip*", raw).unwrap(), raw);
        assert_eq!(found(Kind::Glob, "uber*", raw), None);
        assert_eq!(found(Kind::Regex, r"trip\s+\d+", raw).unwrap(), "TRIP 12");
    }

    #[test]
    fn bad_regexes_are_refused() {
        for bad in ["(", "a*", r"\w{1000}{1000}", r"(?:\w{500}){500}x"] {
            assert!(Pattern::new(Kind::Regex, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn literals_are_required_ones() {
        let literal = |regex: &str| Pattern::new(Kind::Regex, regex).unwrap().literal;
        assert_eq!(literal(r"^AMZN\s+MKTPLACE (US|UK)"), "mktplace");
        assert_eq!(literal("A|B"), "");
        assert_eq!(literal("(foo)+x?"), "foo");
    }

    #[test]
    fn stars_stay_linear() {
        let raw = "A ".repeat(1 << 20);
        assert!(found(Kind::Glob, &"*a".repeat(20), &raw).is_some());
        assert_eq!(found(Kind::Glob, "*a*a*a*b", &raw), None);
    }
}
