//! Phrases of banks and networks: each is found by its rarest word, then what stands around that is checked.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::data::phrases::{self, Phrases};
use crate::data::tables::{DescriptorRow, Element, Slot};
use crate::stages::shapes;
use crate::text::{Gap, Text, rolled};

/// All descriptors, ready to be searched for.
pub struct Descriptors {
    rows: Vec<DescriptorRow>,
    sequences: Vec<Sequence>,
    /// The rarest words, and for each the sequences that hold it.
    anchors: Phrases,
    by_anchor: Vec<Vec<Anchored>>,
}

/// A sequence that holds a rarest word.
struct Anchored {
    sequence: u32,
    /// Marks of all its words: a text without one of them need not be looked at any closer.
    needs: u128,
    /// Hashes of the words right before and behind the rarest, where words must stand there.
    beside: [Option<u64>; 2],
}

impl Anchored {
    fn new(sequence: u32, elements: &[Element], key: usize) -> Self {
        let hash = |at: Option<usize>| Some(rolled(word(elements.get(at?)?)?.as_bytes()));
        let needs = elements.iter().filter_map(word).fold(0, |marks, word| marks | mark_of(rolled(word.as_bytes())));
        Self { sequence, needs, beside: [hash(key.checked_sub(1)), hash(Some(key + 1))] }
    }

    /// Whether the sequence may stand in a text with these marks, its rarest word at a token.
    fn may_stand(&self, text: &Text, at: usize, marks: u128) -> bool {
        let fits = |wanted: Option<u64>, at: Option<usize>| {
            wanted.is_none_or(|hash| at.and_then(|at| text.tokens().get(at)).is_some_and(|token| token.hash() == hash))
        };
        let [before, behind] = self.beside;
        self.needs & !marks == 0 && fits(behind, Some(at + 1)) && fits(before, at.checked_sub(1))
    }
}

/// One plain form of a phrase.
struct Sequence {
    descriptor: u32,
    elements: Vec<Element>,
    /// The element whose word is looked for.
    key: usize,
    /// Letters of all words: how specific the form is.
    letters: u32,
}

/// An open slot inside a phrase takes at most so many words, and its first word stands at most so many before the key: no bank
/// prints more, and a text made of nothing but beginnings of phrases costs no more for it.
const MOST_OPEN: usize = 24;

/// Spreads hashes over the bits that stand for words.
const SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;

/// What a slot took.
pub type Capture = (Slot, Range<usize>);

/// Phrases found in a text, and what their slots took. Reused from text to text.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    pub list: Vec<Match>,
    captures: Vec<Capture>,
}

impl Matches {
    /// Forgets everything but the room it takes.
    pub fn clear(&mut self) {
        self.list.clear();
        self.captures.clear();
    }

    /// What the slots of a phrase took.
    pub fn captures(&self, found: &Match) -> &[Capture] {
        &self.captures[found.captures.clone()]
    }

    /// Whether a token is one of the phrase's own words rather than something a slot took.
    fn is_fixed(&self, found: &Match, token: usize) -> bool {
        found.tokens.contains(&token) && !self.captures(found).iter().any(|(_, taken)| taken.contains(&token))
    }

    /// Whether two phrases claim a word both.
    pub fn collide(&self, one: &Match, other: &Match) -> bool {
        let (start, end) = (one.tokens.start.max(other.tokens.start), one.tokens.end.min(other.tokens.end));
        (start..end).any(|token| self.is_fixed(one, token) && self.is_fixed(other, token))
    }
}

/// A phrase found in a text.
#[derive(Clone, Debug)]
pub struct Match {
    pub descriptor: u32,
    /// All tokens it covers, slots included.
    pub tokens: Range<usize>,
    /// Tokens of its first run of fixed words.
    pub words: Range<usize>,
    pub letters: u32,
    /// How much it tells of what stands around its words; numbers and open ends tell nothing.
    explained: usize,
    /// Place of its captures among those of all.
    captures: Range<usize>,
}

impl Descriptors {
    pub fn new(mut rows: Vec<DescriptorRow>) -> Self {
        let forms: Vec<(u32, Vec<Vec<Element>>)> =
            rows.iter_mut().zip(0..).map(|(row, number)| (number, std::mem::take(&mut row.sequences))).collect();
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for word in forms.iter().flat_map(|(_, forms)| forms.iter().flatten()).filter_map(word) {
            *counts.entry(word).or_default() += 1;
        }
        let keys: Vec<usize> =
            forms.iter().flat_map(|(_, forms)| forms).map(|elements| rarest(elements, &counts)).collect();
        let mut by_anchor: BTreeMap<String, Vec<Anchored>> = BTreeMap::new();
        let mut sequences = Vec::with_capacity(keys.len());
        let all = forms.into_iter().flat_map(|(number, forms)| forms.into_iter().map(move |form| (number, form)));
        for ((descriptor, elements), key) in all.zip(keys) {
            let Some(anchor) = elements.get(key).and_then(word) else { continue };
            let anchored = Anchored::new(sequences.len() as u32, &elements, key);
            match by_anchor.get_mut(anchor) {
                Some(others) => others.push(anchored),
                None => drop(by_anchor.insert(anchor.to_owned(), vec![anchored])),
            }
            let letters = elements.iter().filter_map(word).map(|word| word.len() as u32).sum();
            sequences.push(Sequence { descriptor, elements, key, letters });
        }
        let (anchors, by_anchor): (Vec<String>, Vec<Vec<Anchored>>) = by_anchor.into_iter().unzip();
        Self { rows, sequences, anchors: Phrases::new(phrases::build(&anchors).into()), by_anchor }
    }

    /// A descriptor by its number.
    pub fn row(&self, number: u32) -> &DescriptorRow {
        &self.rows[number as usize]
    }

    /// Every descriptor, in order of the files.
    pub fn rows(&self) -> &[DescriptorRow] {
        &self.rows
    }

    /// Every word of every phrase.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.sequences.iter().flat_map(|sequence| &sequence.elements).filter_map(word)
    }

    /// Whether a phrase is meant for every country.
    fn is_general(&self, found: &Match) -> bool {
        self.row(found.descriptor).countries.is_empty()
    }

    /// Appends every phrase that stands in the text, in order of its first fixed word, longer ones first,
    /// then those that explain more. Of two equal
    /// ones that of a certain country goes first; where the account's country is not known (`local` is false), the general
    /// one. Conditions of the descriptor beside its words are not looked at.
    pub fn find(&self, text: &Text, local: bool, found: &mut Matches) {
        let marks = text.tokens().iter().fold(0, |marks, token| marks | mark_of(token.hash()));
        for first in 0..text.tokens().len() {
            let Some(anchor) = self.anchors.find(text.key(first)) else { continue };
            let anchored = self.by_anchor[anchor as usize].iter();
            for anchored in anchored.filter(|anchored| anchored.may_stand(text, first, marks)) {
                let mark = found.captures.len();
                match self.sequences[anchored.sequence as usize].confirm(text, first, found) {
                    Some(matched) => found.list.push(matched),
                    None => found.captures.truncate(mark),
                }
            }
        }
        // Equal ones stay in the order in which they were found, which is that of their captures.
        found.list.sort_unstable_by(|one, other| {
            one.words
                .start
                .cmp(&other.words.start)
                .then_with(|| if local { Ordering::Equal } else { self.is_general(other).cmp(&self.is_general(one)) })
                .then(other.letters.cmp(&one.letters))
                .then(other.explained.cmp(&one.explained))
                .then(self.is_general(one).cmp(&self.is_general(other)))
                .then(one.descriptor.cmp(&other.descriptor))
                .then((one.captures.start, one.captures.end).cmp(&(other.captures.start, other.captures.end)))
        });
    }
}

impl Sequence {
    /// Whether the elements around the key agree, the key beginning at token `first`.
    fn confirm(&self, text: &Text, first: usize, found: &mut Matches) -> Option<Match> {
        let captures = &mut found.captures;
        let mark = captures.len();
        let (before, rest) = self.elements.split_at(self.key);
        let end = advance(rest, text, first, captures)?;
        let behind = captures.len();
        // Fixed words take a token each; with slots among them, the phrase may begin anywhere before.
        let starts = match before.iter().all(|element| matches!(element, Element::Word(..))) {
            true => first.checked_sub(before.len())?..first + 1,
            false => first.saturating_sub(MOST_OPEN)..first + 1,
        };
        let start = starts.into_iter().find(|start| {
            captures.truncate(behind);
            reach(before, text, *start, first, captures)
        })?;
        let tells = |slot: Slot| {
            matches!(slot, Slot::Name | Slot::Person | Slot::Date | Slot::Time | Slot::Amount | Slot::Currency)
        };
        let mut matched = Match {
            explained: captures[mark..].iter().filter(|(slot, _)| tells(*slot)).count(),
            descriptor: self.descriptor,
            tokens: start..end,
            words: start..end,
            letters: self.letters,
            captures: mark..captures.len(),
        };
        let head = (start..end).find(|token| found.is_fixed(&matched, *token)).unwrap_or(start);
        let tail = (head..end).find(|token| !found.is_fixed(&matched, *token)).unwrap_or(end);
        matched.words = head..tail;
        Some(matched)
    }
}

/// Matches elements from a token on; gives the token behind the last.
fn advance(elements: &[Element], text: &Text, at: usize, captures: &mut Vec<Capture>) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else { return Some(at) };
    let count = text.tokens().len();
    match element {
        Element::Word(word, signs) => {
            let signs = Gap::of_bits(*signs);
            let fits =
                at < count && text.word(at) == word && (signs == Gap::default() || text.gap_after(at).has_all(signs));
            if fits { advance(rest, text, at + 1, captures) } else { None }
        }
        Element::Signs(signs) => {
            if behind(text, at, *signs) {
                advance(rest, text, at, captures)
            } else {
                None
            }
        }
        Element::Slot(slot) | Element::Maybe(slot) => {
            let optional = matches!(element, Element::Maybe(_));
            lengths(*slot, optional, text, at, count, rest.is_empty()).find_map(|length| {
                taking(*slot, at..at + length, captures, |captures| advance(rest, text, at + length, captures))
            })
        }
    }
}

/// Whether elements fill the tokens from `at` to `end` exactly.
fn reach(elements: &[Element], text: &Text, at: usize, end: usize, captures: &mut Vec<Capture>) -> bool {
    let Some((element, rest)) = elements.split_first() else { return at == end };
    if at > end {
        return false;
    }
    match element {
        Element::Word(word, signs) => {
            let signs = Gap::of_bits(*signs);
            at < end
                && text.word(at) == word
                && (signs == Gap::default() || text.gap_after(at).has_all(signs))
                && reach(rest, text, at + 1, end, captures)
        }
        Element::Signs(signs) => behind(text, at, *signs) && reach(rest, text, at, end, captures),
        Element::Slot(slot) | Element::Maybe(slot) => {
            let optional = matches!(element, Element::Maybe(_));
            lengths(*slot, optional, text, at, end, rest.is_empty()).any(|length| {
                let taken = at..at + length;
                taking(*slot, taken, captures, |captures| reach(rest, text, at + length, end, captures).then_some(()))
                    .is_some()
            })
        }
    }
}

/// Whether the signs stand between the token before `at` and the one at it.
fn behind(text: &Text, at: usize, signs: u16) -> bool {
    at.checked_sub(1).is_some_and(|before| text.gap_after(before).has_all(Gap::of_bits(signs)))
}

/// How many tokens a slot may take from `at` on, the likeliest first: its shape before nothing, an open one as few as the
/// rest allows, or all to the end if it is the last.
fn lengths(
    slot: Slot,
    optional: bool,
    text: &Text,
    at: usize,
    end: usize,
    last: bool,
) -> impl Iterator<Item = usize> + use<> {
    let left = end.saturating_sub(at);
    let (shape, open) = if slot.is_open() {
        let least = usize::from(!optional && matches!(slot, Slot::Name | Slot::Person | Slot::Payee));
        (None, if last { left.max(least)..left + 1 } else { least..left.min(MOST_OPEN) + 1 })
    } else {
        // Nothing at all is one more way for a slot that may be missing.
        (shapes::slot_length(slot, text, at), 0..usize::from(optional))
    };
    shape.into_iter().chain(open)
}

/// Notes what a slot takes, and forgets it again if the rest does not fit.
fn taking<T>(
    slot: Slot,
    tokens: Range<usize>,
    captures: &mut Vec<Capture>,
    rest: impl FnOnce(&mut Vec<Capture>) -> Option<T>,
) -> Option<T> {
    let mark = captures.len();
    if !tokens.is_empty() {
        captures.push((slot, tokens));
    }
    let found = rest(captures);
    if found.is_none() {
        captures.truncate(mark);
    }
    found
}

fn word(element: &Element) -> Option<&str> {
    match element {
        Element::Word(word, _) => Some(word),
        Element::Slot(_) | Element::Maybe(_) | Element::Signs(_) => None,
    }
}

/// One bit of many that stands for a word, by its hash, and for some others.
fn mark_of(hash: u64) -> u128 {
    1 << (hash.wrapping_mul(SPREAD) >> 57)
}

/// The word that stands in the fewest forms, the longest of equals.
fn rarest(elements: &[Element], counts: &HashMap<&str, u32>) -> usize {
    let words = elements.iter().enumerate().filter_map(|(at, element)| Some((at, word(element)?)));
    words.min_by_key(|(_, word)| (counts.get(word).copied().unwrap_or(0), Reverse(word.len()))).map_or(0, |(at, _)| at)
}

/// The token that begins at a byte of the spaced text.
pub fn token_at(text: &Text, byte: usize) -> usize {
    text.tokens().partition_point(|token| token.norm().start < byte)
}
