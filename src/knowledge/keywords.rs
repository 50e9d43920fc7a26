//! Trade words, found by looking up each word of the spaced text, and what follows it, among them in order: at the start nothing but
//! the order is made.
//!
//! A row stands for the forms that statements give its word: the plural (`BUTCHER`, `BUTCHERS`), `AND` left out (`POOL SPA` of
//! `POOL AND SPA`), and, at the end of a name that was cut to a fixed length, its beginning (`DRY CLEANE`). A form that has a row
//! of its own is that row's.

use std::collections::HashSet;
use std::ops::Range;

use crate::data::phrases::{self, Phrases, head};
use crate::data::tables::KeywordRow;
use crate::text::Key;

/// Words shorter than this have no plural: too many are initials.
const LEAST_PLURAL: usize = 4;
/// Letters that must be left of a word that was cut.
const LEAST_CUT: usize = 4;
/// Words of a cut phrase that are looked at.
pub const MOST_CUT_WORDS: usize = 3;
/// Letters that must be left of the last word of a cut phrase.
const LEAST_CUT_WORD: usize = 3;
/// Of the phrases that a cut one may be, this share must agree on the category.
const LEAST_AGREEMENT: f32 = 0.7;

/// All rows, ready to be searched for.
pub struct Keywords {
    /// In order of their phrases.
    rows: Vec<KeywordRow>,
    /// Whether the plural of a row is a row of its own.
    has_plural: Vec<bool>,
    /// The first bytes of each phrase as a number, so that most comparisons stay near.
    heads: Vec<u64>,
    /// Where the phrases of each first two bytes begin, by [`pair`].
    starts: Vec<u32>,
    /// What phrases begin with.
    beginnings: Beginnings,
    /// For each row the last one before it whose phrase begins its own.
    shorter: Vec<Option<u32>>,
    /// Pairs of bytes that rows begin with which may stand inside a word.
    inside: Pairs,
    /// Words of what forbids a row.
    forbidding: Phrases,
}

/// Pairs of bytes, by their lower bits: a sieve.
#[derive(Default)]
struct Pairs([u32; 32]);

impl Pairs {
    fn insert(&mut self, text: &[u8]) {
        if let [one, rest @ ..] = text {
            self.0[usize::from(one & 31)] |= rest.first().map_or(u32::MAX, |other| 1 << (other & 31));
        }
    }

    fn may_hold(&self, text: &[u8]) -> bool {
        let [one, rest @ ..] = text else { return false };
        self.0[usize::from(one & 31)] & rest.first().map_or(u32::MAX, |other| 1 << (other & 31)) != 0
    }
}

/// A sieve of the first four bytes of phrases.
struct Beginnings(Vec<u64>);

impl Default for Beginnings {
    fn default() -> Self {
        Self(vec![0; 1 << 10])
    }
}

impl Beginnings {
    fn insert(&mut self, row: &KeywordRow) {
        let mut add = |four: [u8; 4]| {
            let bit = Self::bit(four);
            self.0[bit / 64] |= 1 << (bit % 64);
        };
        match *row.phrase.as_bytes() {
            [one, two, three, four, ..] => add([one, two, three, four]),
            // The end of a word; short ones have no plural.
            [one, two, three] if !row.open_end => add([one, two, three, b' ']),
            [one, two, three] => (0..=u8::MAX).for_each(|any| add([one, two, three, any])),
            [one, two] if !row.open_end => (0..=u8::MAX).for_each(|any| add([one, two, b' ', any])),
            _ => self.0.fill(u64::MAX),
        }
    }

    fn may_hold(&self, text: &[u8]) -> bool {
        let Some(four) = text.first_chunk() else { return true };
        let bit = Self::bit(*four);
        self.0[bit / 64] & 1 << (bit % 64) != 0
    }

    fn bit(four: [u8; 4]) -> usize {
        (u32::from_le_bytes(four).wrapping_mul(0x9E37_79B1) >> 16) as usize
    }
}

impl Keywords {
    pub fn new(rows: &[KeywordRow]) -> Self {
        let known: HashSet<&str> = rows.iter().map(|row| row.phrase.as_str()).collect();
        let without_and = rows.iter().filter_map(|row| {
            let phrase = row.phrase.replace(" AND ", " ");
            (phrase != row.phrase && !known.contains(phrase.as_str())).then(|| KeywordRow { phrase, ..row.clone() })
        });
        let mut all: Vec<KeywordRow> = rows.iter().cloned().chain(without_and).collect();
        all.sort_by(|one, other| one.phrase.cmp(&other.phrase).then(one.at.cmp(&other.at)));
        let mut plural = String::new();
        let mut is_known = |phrase: &str, ending: &str| {
            plural.clear();
            plural.extend([phrase, ending]);
            known.contains(plural.as_str())
        };
        let has_plural = all.iter().map(|row| is_known(&row.phrase, "S") || is_known(&row.phrase, "ES")).collect();
        let heads: Vec<u64> = all.iter().map(|row| head(row.phrase.as_bytes())).collect();
        let mut beginnings = Beginnings::default();
        all.iter().for_each(|row| beginnings.insert(row));
        let mut starts = vec![0; PAIRS + 1];
        heads.iter().for_each(|head| starts[pair(*head) + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut shorter: Vec<Option<u32>> = Vec::with_capacity(all.len());
        for (at, row) in all.iter().enumerate() {
            let mut before = at.checked_sub(1);
            while let Some(other) = before.filter(|other| !row.phrase.starts_with(&all[*other].phrase)) {
                before = shorter[other].map(|other| other as usize);
            }
            shorter.push(before.map(|other| other as u32));
        }
        let mut inside = Pairs::default();
        all.iter().filter(|row| row.open_start).for_each(|row| inside.insert(row.phrase.as_bytes()));
        let words = all.iter().flat_map(|row| &row.not).flat_map(|words| words.split_ascii_whitespace());
        let mut forbidding: Vec<String> = words.map(str::to_owned).collect();
        forbidding.sort_unstable();
        forbidding.dedup();
        let forbidding = Phrases::new(phrases::build(&forbidding).into());
        Self { rows: all, has_plural, heads, starts, beginnings, shorter, inside, forbidding }
    }

    /// Every keyword that stands in a spaced text, by its place among the [`rows`](Self::rows), with the bytes of its words there.
    pub fn find<'k>(&'k self, spaced: &'k str) -> impl Iterator<Item = (usize, Range<usize>)> {
        let bytes = spaced.as_bytes();
        let looked_at = (1..bytes.len()).filter_map(move |start| {
            let (is_word, rest) = (bytes[start - 1] == b' ', &bytes[start..]);
            let is_start = (is_word || self.inside.may_hold(rest)) && self.beginnings.may_hold(rest);
            is_start.then_some((start, is_word))
        });
        looked_at.flat_map(move |(start, is_word)| {
            self.begins(&bytes[start..]).filter_map(move |at| {
                let row = &self.rows[at];
                let end = start + row.phrase.len();
                let fits = is_word || row.open_start;
                let end = end + self.ending(at, &spaced[end..]).filter(|_| fits)?;
                allowed(row, spaced).then_some((at, start..end))
            })
        })
    }

    /// The first row whose phrase does not come before a text.
    fn first_from(&self, text: &[u8]) -> usize {
        let head = phrases::head(text);
        let (first, end) = (self.starts[pair(head)] as usize, self.starts[pair(head) + 1] as usize);
        let first = first + self.heads[first..end].partition_point(|other| *other < head);
        let like = self.heads[first..end].iter().take_while(|other| **other == head).count();
        first + self.rows[first..first + like].partition_point(|row| row.phrase.as_bytes() < text)
    }

    /// The rows whose phrases a text begins with.
    fn begins<'k>(&'k self, text: &'k [u8]) -> impl Iterator<Item = usize> {
        let head = head(text);
        let (first, end) = (self.starts[pair(head)] as usize, self.starts[pair(head) + 1] as usize);
        let first = first + self.heads[first..end].partition_point(|other| *other < head);
        let like = self.heads[first..end].iter().take_while(|other| **other == head).count();
        let last = first + self.rows[first..first + like].partition_point(|row| row.phrase.as_bytes() <= text);
        // Whatever begins the text begins the last phrase before it too, or is that.
        std::iter::successors(last.checked_sub(1), |at| self.shorter[*at].map(|other| other as usize)).filter(
            move |at| {
                // Of a phrase that is shorter the head ends in zeros.
                let other = self.heads[*at];
                let differs = (other ^ head) >> (other.trailing_zeros() / 8 * 8);
                differs == 0 && text.starts_with(self.rows[*at].phrase.as_bytes())
            },
        )
    }

    /// How much longer than the row's phrase the word in the text is; `None` if it is another word.
    fn ending(&self, at: usize, rest: &str) -> Option<usize> {
        let row = &self.rows[at];
        if row.open_end || rest.is_empty() || rest.starts_with(' ') {
            return Some(0);
        }
        let sibilant = ["S", "X", "Z", "CH", "SH"].iter().any(|sound| row.phrase.ends_with(sound));
        let plural = if sibilant { "ES" } else { "S" };
        let after = rest.strip_prefix(plural)?;
        let ends = after.is_empty() || after.starts_with(' ');
        (ends && row.phrase.len() >= LEAST_PLURAL && !self.has_plural[at]).then_some(plural.len())
    }

    /// The keyword that the end of a cut text begins, with its share of what else it may be, and the bytes of its words. `end` is
    /// where the last word of the name ends.
    pub fn cut<'k>(&'k self, spaced: &str, end: usize) -> Option<(&'k KeywordRow, f32, Range<usize>)> {
        let name = &spaced[..end];
        if name.rfind(' ').is_none_or(|at| end - at - 1 < LEAST_CUT_WORD) {
            return None;
        }
        let start = |words: usize| name.rmatch_indices(' ').nth(words - 1).map(|(at, _)| at + 1);
        // The most words first: what stands before the cut word tells which it is.
        let starts = (1..=MOST_CUT_WORDS).rev().filter_map(start);
        starts.filter(|start| end - start >= LEAST_CUT).find_map(|start| {
            let (row, share) = self.begun(&name[start..], spaced)?;
            Some((row, share, start..end))
        })
    }

    /// The strongest row whose phrase goes on after `head`, if most that do agree with it.
    fn begun(&self, head: &str, spaced: &str) -> Option<(&KeywordRow, f32)> {
        let first = self.first_from(head.as_bytes());
        let begun = || {
            let rows = self.rows[first..].iter().take_while(|row| row.phrase.starts_with(head));
            rows.filter(|row| !row.open_start && goes_on(&row.phrase[head.len()..]) && allowed(row, spaced))
        };
        let best = begun().max_by_key(|row| row.strength)?;
        let share = begun().filter(|row| row.category == best.category).count() as f32 / begun().count() as f32;
        (share >= LEAST_AGREEMENT).then_some((best, share))
    }

    /// Whether a word is part of what forbids a row; any other makes no difference to what is allowed.
    pub fn may_forbid(&self, word: Key<'_>) -> bool {
        self.forbidding.find(word).is_some()
    }

    /// Every row, in order of the words.
    pub fn rows(&self) -> &[KeywordRow] {
        &self.rows
    }
}

/// How many pairs of bytes are told apart.
const PAIRS: usize = RANKS * RANKS;
const RANKS: usize = 64;

/// A number for the first two bytes of a head, in their order.
fn pair(head: u64) -> usize {
    let rank = |byte: u64| (byte & 0xFF).saturating_sub(0x20).min(RANKS as u64 - 1) as usize;
    match rank(head >> 56) {
        // Beyond ASCII one byte tells little, and bytes of one rank are in no order of what stands behind them.
        first if first == RANKS - 1 => first * RANKS,
        first => first * RANKS + rank(head >> 48),
    }
}

/// Whether what is left of a phrase belongs to the word before it.
fn goes_on(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with(' ')
}

/// Whether no word that forbids a keyword stands in the text.
fn allowed(row: &KeywordRow, spaced: &str) -> bool {
    !row.not.iter().any(|words| spaced.contains(words.as_str()))
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    use super::*;
    use crate::data::tables::At;

    proptest! {
        /// What is looked up in order is what an automaton over the same phrases finds.
        #[test]
        fn order_and_automaton_agree(
            written in prop::collection::vec(("[ABS]{1,5}( [AB]{1,9})?", any::<bool>(), any::<bool>()), 1..30),
            words in prop::collection::vec("[ABS]{1,12}", 0..6),
        ) {
            let row = |(line, (phrase, open_start, open_end)): (usize, &(String, bool, bool))| KeywordRow {
                at: At { file: 0, line: line as u32 },
                phrase: phrase.clone(),
                open_start: *open_start,
                open_end: *open_end,
                category: 1,
                strength: 90,
                not: Vec::new(),
            };
            let keywords = Keywords::new(&written.iter().enumerate().map(row).collect::<Vec<_>>());
            let patterns = keywords.rows().iter().map(|row| match row.open_start {
                true => row.phrase.clone(),
                false => format!(" {}", row.phrase),
            });
            let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).unwrap();
            let spaced = format!(" {} ", words.join(" "));
            let mut expected: Vec<(usize, usize)> = automaton
                .find_overlapping_iter(&spaced)
                .filter_map(|found| {
                    let at = found.pattern().as_usize();
                    let ending = keywords.ending(at, &spaced[found.end()..])?;
                    Some((at, found.end() + ending))
                })
                .collect();
            let mut found: Vec<(usize, usize)> = keywords.find(&spaced).map(|(at, bytes)| (at, bytes.end)).collect();
            expected.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }

    fn keywords(written: &[(&str, u16)]) -> Keywords {
        let row = |(line, (phrase, category)): (usize, &(&str, u16))| KeywordRow {
            at: At { file: 0, line: line as u32 },
            phrase: (*phrase).to_owned(),
            open_start: false,
            open_end: false,
            category: *category,
            strength: 90,
            not: Vec::new(),
        };
        Keywords::new(&written.iter().enumerate().map(row).collect::<Vec<_>>())
    }

    fn found(keywords: &Keywords, spaced: &str) -> Vec<(u16, String)> {
        keywords.find(spaced).map(|(at, bytes)| (keywords.rows()[at].category, spaced[bytes].to_owned())).collect()
    }

    #[test]
    fn a_row_stands_for_its_plural_unless_that_has_a_row() {
        let keywords = keywords(&[("BUTCHER", 1), ("CHURCH", 2), ("GLASS", 3), ("GLASSES", 4), ("VET", 5)]);
        assert_eq!(found(&keywords, " THE BUTCHERS "), [(1, "BUTCHERS".into())]);
        assert_eq!(found(&keywords, " TWO CHURCHES "), [(2, "CHURCHES".into())]);
        assert_eq!(found(&keywords, " GLASSES "), [(4, "GLASSES".into())]);
        assert_eq!(found(&keywords, " VETS BUTCHERSON "), [], "no initials, nothing inside a word");
    }

    #[test]
    fn and_may_be_missing() {
        let keywords = keywords(&[("POOL AND SPA", 1)]);
        assert_eq!(found(&keywords, " POOL SPA "), [(1, "POOL SPA".into())]);
        assert_eq!(found(&keywords, " POOL AND SPA "), [(1, "POOL AND SPA".into())]);
    }

    #[test]
    fn a_cut_word_is_told_by_what_it_may_be() {
        let keywords = keywords(&[("DRY CLEANERS", 1), ("CLEANING", 2), ("CARPENTRY", 3), ("CARPET", 4)]);
        let cut = |spaced: &str| keywords.cut(spaced, spaced.len()).map(|(row, _, bytes)| (row.category, bytes));
        assert_eq!(cut(" NORTH LANE DRY CLEA"), Some((1, 12..20)));
        assert_eq!(cut(" SPOTLESS CLEA"), Some((2, 10..14)));
        assert_eq!(cut(" MASTER CARPE"), None, "a carpenter or a carpet shop");
        assert_eq!(cut(" MASTER CAR"), None, "too little is left");
        assert_eq!(cut(" LANE DRY CL"), None, "too little is left of the last word");
    }
}
