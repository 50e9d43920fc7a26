//! An index of glued phrases, laid out ahead: which phrases of the dictionary stand in a text on word boundaries?
//!
//! It answers exactly what an Aho-Corasick automaton over the same phrases answers when its overlapping matches in the glued
//! text are kept only on word boundaries; a property test holds the two together. It is a hash table because a table can
//! be stored in the program and read in place, where an automaton of this size takes hundreds of milliseconds to build.

use super::flat::{Bytes, Layout, Writer, word};
use crate::text::{BASE, Key, Text, rolled};

/// The longest phrase, in bytes; the loader refuses longer ones.
pub const LONGEST: usize = 64;

/// Filter bits for each phrase and each head at least: false positives stay below one in seven.
const FILTER_BITS: usize = 4;

/// Names that are asked for at once.
const TOGETHER: usize = 16;

/// Of so many keys in order, the first has its head laid out where a search begins: keys themselves are far from each other.
const STEP: u32 = 16;

/// A phrase found in a text: tokens `first..end`, and its number in the order of sorted keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub first: u32,
    pub end: u32,
    pub phrase: u32,
}

/// Lays out the index of sorted, distinct, non-empty keys.
pub fn build(keys: &[String]) -> Vec<u8> {
    debug_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "keys are sorted and distinct");
    let slots = (keys.len() * 5 / 2).next_power_of_two().max(4);
    let mut heads: Vec<u64> = keys.iter().filter_map(|key| key.as_bytes().first_chunk()).map(head_hash).collect();
    heads.dedup();
    let filter_words = ((keys.len() + heads.len()) * FILTER_BITS / 32).next_power_of_two().max(1);
    let mut table = vec![0_u32; slots];
    let mut filter = vec![0_u32; filter_words];
    let mut pass = |hash: u64| {
        let (at, bits) = filter_bits(hash, filter_words);
        filter[at] |= bits;
    };
    heads.into_iter().for_each(&mut pass);
    let mut offsets = vec![0_u32];
    let mut bytes = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let hash = finish(rolled(key.as_bytes()));
        let mut slot = hash as usize & (slots - 1);
        while table[slot] != 0 {
            slot = (slot + 1) & (slots - 1);
        }
        table[slot] = entry(number as u32 + 1, hash, number_bits(keys.len()));
        pass(hash);
        bytes.extend(key.bytes());
        offsets.push(bytes.len() as u32);
    }
    let mut writer = Writer::default();
    writer.words(filter);
    writer.words(table);
    writer.words(offsets);
    writer.bytes(bytes);
    let heads = keys.iter().step_by(STEP as usize).map(|key| head(key.as_bytes()));
    writer.words(heads.flat_map(|head| [(head >> 32) as u32, head as u32]));
    writer.finish()
}

/// The parts of an index.
const FILTER: usize = 0;
const TABLE: usize = 1;
const OFFSETS: usize = 2;
const KEYS: usize = 3;
const HEADS: usize = 4;

/// The index over bytes made by [`build`].
#[derive(Clone, Debug)]
pub struct Phrases {
    bytes: Bytes,
    /// Where the parts lie.
    bounds: [usize; 6],
}

impl Phrases {
    pub fn new(bytes: Bytes) -> Self {
        Self { bounds: Layout::of(&bytes).bounds(), bytes }
    }

    #[inline]
    fn part(&self, number: usize) -> &[u8] {
        &self.bytes[self.bounds[number]..self.bounds[number + 1]]
    }

    /// How many phrases there are.
    pub fn len(&self) -> usize {
        self.part(OFFSETS).len() / 4 - 1
    }

    /// The key of a phrase.
    pub fn key(&self, phrase: u32) -> &[u8] {
        let offset = |phrase: u32| word(self.part(OFFSETS), phrase as usize) as usize;
        &self.part(KEYS)[offset(phrase)..offset(phrase + 1)]
    }

    /// Hands over every key that holds a digit, in order.
    pub fn keys_with_digits(&self, mut take: impl FnMut(&[u8])) {
        let (keys, offsets) = (self.part(KEYS), self.part(OFFSETS));
        let mut at = 0;
        while let Some(rest) = keys.get(at..).filter(|rest| !rest.is_empty()) {
            // Most keys have none, and many bytes are looked at together.
            let chunk = &rest[..rest.len().min(32)];
            if !chunk.iter().fold(false, |any, byte| any | byte.is_ascii_digit()) {
                at += chunk.len();
                continue;
            }
            at += chunk.iter().position(u8::is_ascii_digit).unwrap_or_default();
            let phrase = first(0..self.len() as u32, |phrase| word(offsets, phrase as usize + 1) as usize > at);
            take(self.key(phrase));
            at = word(offsets, phrase as usize + 1) as usize;
        }
    }

    /// The phrase with exactly this key.
    #[inline]
    pub fn find<'k>(&self, key: impl Into<Key<'k>>) -> Option<u32> {
        let Key { text, hash } = key.into();
        let hash = finish(hash);
        if may_hold(self.part(FILTER), hash) { self.probe(hash, text.as_bytes()) } else { None }
    }

    /// Appends every phrase that begins and ends on a boundary of the given tokens. Time grows with the number of token
    /// pairs no further apart than the longest phrase; nothing is allocated once `hits` has grown.
    pub fn search(&self, text: &Text, tokens: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
        let slice = &text.tokens()[tokens.clone()];
        let glued = text.glued().as_bytes();
        let (filter, table) = (self.part(FILTER), self.part(TABLE));
        let slots = table.len() / 4;
        // Nothing is decided before all of them are looked up: the processor waits for many places at once.
        let mut asked = [(0, 0, 0); TOGETHER];
        let mut count = 0;
        let mut answer = |asked: &[(u64, usize, usize)]| {
            let near = asked.iter().fold(0, |near, (hash, ..)| near ^ word(table, *hash as usize & (slots - 1)));
            std::hint::black_box(near);
            for (hash, first, last) in asked {
                let bytes = slice[*first].glue().start..slice[*last].glue().end;
                if let Some(phrase) = self.probe(*hash, &glued[bytes]) {
                    let (first, end) = ((tokens.start + first) as u32, (tokens.start + last + 1) as u32);
                    hits.push(Hit { first, end, phrase });
                }
            }
        };
        for (first, token) in slice.iter().enumerate() {
            let from = token.glue().start;
            if token.glue().is_empty() {
                continue;
            }
            let longest = if self.has_head(&glued[from..]) { LONGEST } else { HEAD - 1 };
            let mut hash = 0;
            for (last, other) in slice.iter().enumerate().skip(first) {
                let glue = other.glue();
                if glue.end - from > longest {
                    break;
                }
                if glue.is_empty() {
                    continue;
                }
                hash = joined(hash, other.hash(), glue.len());
                let finished = finish(hash);
                asked[count] = (finished, first, last);
                count += usize::from(may_hold(filter, finished));
                if count == asked.len() {
                    answer(&asked);
                    count = 0;
                }
            }
        }
        answer(&asked[..count]);
    }

    /// The only phrase that begins with `prefix`, if there is exactly one; for names cut short at the end of a text.
    pub fn only_with_prefix(&self, prefix: &[u8]) -> Option<u32> {
        let mut found = self.with_prefix(prefix, 2);
        found.next().filter(|_| found.next().is_none())
    }

    /// The first `most` phrases that begin with `prefix`, in order; logarithmic in the number of phrases.
    pub fn with_prefix<'s>(&'s self, prefix: &'s [u8], most: u32) -> impl Iterator<Item = u32> + use<'s> {
        let count = self.len() as u32;
        let low = if self.has_head(prefix) { self.first_from(prefix) } else { count };
        (low..count.min(low.saturating_add(most))).take_while(move |phrase| self.key(*phrase).starts_with(prefix))
    }

    /// All phrases that begin with `prefix`, in order, with their keys; each costs hardly anything.
    pub fn entries(&self, prefix: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
        let low = self.first_from(prefix);
        let high = self.first_behind(prefix, low);
        let offsets = &self.part(OFFSETS)[low as usize * 4..(high as usize + 1) * 4];
        let offset = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes) as usize;
        let keys = self.part(KEYS);
        let keys = offsets.as_chunks().0.windows(2).map(move |pair| &keys[offset(&pair[0])..offset(&pair[1])]);
        (low..high).zip(keys)
    }

    /// Whether there may be a phrase that begins as long bytes do; of short ones nothing is known.
    #[inline]
    fn has_head(&self, bytes: &[u8]) -> bool {
        bytes.first_chunk().is_none_or(|head| may_hold(self.part(FILTER), head_hash(head)))
    }

    /// The first phrase that does not come before some bytes.
    fn first_from(&self, prefix: &[u8]) -> u32 {
        // Keys of a smaller head are smaller, those of a larger one larger; of the same one they may be either.
        let head = head(prefix);
        let count = (self.part(HEADS).len() / 8) as u32;
        let below = first(0..count, |at| self.head(at) >= head);
        let above = self.heads_while(below, |other| other <= head);
        self.first_between(below.saturating_sub(1) * STEP, above, |key| key >= prefix)
    }

    /// The first phrase that comes after all that begin with some bytes, of which `low` is the first.
    fn first_behind(&self, prefix: &[u8], low: u32) -> u32 {
        // Of what a head says only the bytes that the prefix has count.
        let last = head(prefix) | u64::MAX.checked_shr(8 * prefix.len() as u32).unwrap_or(0);
        let above = self.heads_while(low / STEP, |other| other <= last);
        // The head that stands last among them tells where they end, unless they are told apart by what it leaves out.
        let low = if prefix.len() <= HEAD { low.max(above.saturating_sub(1) * STEP) } else { low };
        self.first_between(low, above, |key| !key.starts_with(prefix))
    }

    /// The first phrase from `low` on and before a head that a condition holds for, if it holds for all behind it.
    fn first_between(&self, low: u32, above: u32, holds: impl Fn(&[u8]) -> bool) -> u32 {
        first(low..(above * STEP).min(self.len() as u32), |phrase| holds(self.key(phrase)))
    }

    /// Where the heads from one on pass no more; what is near is found soonest.
    fn heads_while(&self, start: u32, passes: impl Fn(u64) -> bool) -> u32 {
        let count = (self.part(HEADS).len() / 8) as u32;
        let (mut low, mut step) = (start, 1);
        while low + step <= count && passes(self.head(low + step - 1)) {
            low += step;
            step *= 2;
        }
        first(low..count.min(low + step - 1), |at| !passes(self.head(at)))
    }

    fn head(&self, at: u32) -> u64 {
        let (heads, at) = (self.part(HEADS), at as usize * 2);
        u64::from(word(heads, at)) << 32 | u64::from(word(heads, at + 1))
    }

    fn probe(&self, hash: u64, key: &[u8]) -> Option<u32> {
        let table = self.part(TABLE);
        let (slots, bits) = (table.len() / 4, number_bits(self.len()));
        let mut slot = hash as usize & (slots - 1);
        loop {
            let found = word(table, slot);
            if found == 0 {
                return None;
            }
            let number = found & ((1 << bits) - 1);
            // The key is far away: it is looked at only if what stands of its hash agrees.
            if found == entry(number, hash, bits) && self.key(number - 1) == key {
                return Some(number - 1);
            }
            slot = (slot + 1) & (slots - 1);
        }
    }
}

/// The first number of a range that a condition holds for, if it holds for all behind it; else the end.
fn first(range: std::ops::Range<u32>, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// Bytes of a head.
const HEAD: usize = size_of::<u64>();

/// What the filter knows a head by.
#[inline]
fn head_hash(head: &[u8; HEAD]) -> u64 {
    finish(u64::from_le_bytes(*head))
}

/// The first eight bytes as a number of the same order.
pub fn head(text: &[u8]) -> u64 {
    let mut head = [0; HEAD];
    let length = text.len().min(head.len());
    head[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(head)
}

/// The powers of the base, as far as phrases reach.
const POWERS: [u64; LONGEST + 1] = {
    let mut powers = [1_u64; LONGEST + 1];
    let mut at = 1;
    while at <= LONGEST {
        powers[at] = powers[at - 1].wrapping_mul(BASE);
        at += 1;
    }
    powers
};

/// The rolling hash of a text with another one of `length` bytes glued behind it.
#[inline]
fn joined(hash: u64, behind: u64, length: usize) -> u64 {
    hash.wrapping_mul(POWERS[length]).wrapping_add(behind)
}

/// Spreads the low entropy of the rolling hash over all bits.
#[inline]
fn finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^ (hash >> 29)
}

/// Bits for the number of a phrase, from 1, in an entry of the table.
#[inline]
fn number_bits(keys: usize) -> u32 {
    (usize::BITS - keys.leading_zeros()).min(u32::BITS - 1)
}

/// An entry of the table: the number of a phrase, from 1, and as much of its hash as there is room for.
#[inline]
fn entry(number: u32, hash: u64, bits: u32) -> u32 {
    number | ((hash >> 32) as u32) << bits
}

#[inline]
fn may_hold(filter: &[u8], hash: u64) -> bool {
    let (at, bits) = filter_bits(hash, filter.len() / 4);
    word(filter, at) & bits == bits
}

/// The word of the filter that tells of a hash, and the two bits of it.
#[inline]
fn filter_bits(hash: u64, words: usize) -> (usize, u32) {
    ((hash >> 20) as usize & (words - 1), 1 << (hash >> 59) | 1 << (hash >> 54 & 31))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What begins with some bytes is found however long these are, and however many heads there are.
        #[test]
        fn beginnings_are_found(
            keys in prop::collection::btree_set("[AB]{1,5}|A{5,9}[AB]{0,6}", 1..80),
            prefix in "[ABC]{1,4}|A{5,9}[AB]{0,4}",
        ) {
            let keys: Vec<String> = keys.into_iter().collect();
            let index = Phrases::new(build(&keys).into());
            let begin = |key: &&String| key.starts_with(&prefix);
            let expected: Vec<&[u8]> = keys.iter().filter(begin).map(|key| key.as_bytes()).collect();
            let entries: Vec<(u32, &[u8])> = index.entries(prefix.as_bytes()).collect();
            prop_assert!(entries.iter().all(|(phrase, key)| index.key(*phrase) == *key));
            prop_assert_eq!(entries.into_iter().map(|(_, key)| key).collect::<Vec<_>>(), expected.clone());
            let found: Vec<&[u8]> = index.with_prefix(prefix.as_bytes(), 80).map(|phrase| index.key(phrase)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
