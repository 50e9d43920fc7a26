//! An index of glued phrases, laid out ahead: which phrases of the dictionary stand in a text on word boundaries?
//!
//! It answers exactly what an Aho-Corasick automaton over the same phrases answers when its overlapping matches in the glued
//! text are kept only on word boundaries; a property test holds the two together. It is a hash table because a table can
//! be stored in the program and read in place, where an automaton of this size takes hundreds of milliseconds to build.

use super::flat::{Bytes, Layout, Writer, word};
use crate::text::{BASE, Key, Text, rolled};

/// The longest phrase, in bytes; the loader refuses longer ones.
pub const LONGEST: usize = 64;

/// Filter bits for each phrase: false positives stay below one in eight.
const FILTER_BITS: usize = 8;

/// Of so many keys in order, the first has its head laid out where a search begins: keys themselves are far from each other.
const STEP: usize = 16;

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
    let filter_words = (keys.len() * FILTER_BITS / 32).next_power_of_two().max(1);
    let mut table = vec![0_u32; slots];
    let mut filter = vec![0_u32; filter_words];
    let mut offsets = vec![0_u32];
    let mut bytes = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let hash = finish(rolled(key.as_bytes()));
        let mut slot = hash as usize & (slots - 1);
        while table[slot] != 0 {
            slot = (slot + 1) & (slots - 1);
        }
        table[slot] = entry(number as u32 + 1, hash, number_bits(keys.len()));
        let bit = filter_bit(hash, filter_words);
        filter[bit / 32] |= 1 << (bit % 32);
        bytes.extend(key.bytes());
        offsets.push(bytes.len() as u32);
    }
    let mut writer = Writer::default();
    writer.words(filter);
    writer.words(table);
    writer.words(offsets);
    writer.bytes(bytes);
    let heads = keys.iter().step_by(STEP).map(|key| head(key.as_bytes()));
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
        let filter = self.part(FILTER);
        for (first, token) in slice.iter().enumerate() {
            let from = token.glue().start;
            if token.glue().is_empty() {
                continue;
            }
            let mut hash = 0;
            for (last, other) in slice.iter().enumerate().skip(first) {
                let glue = other.glue();
                if glue.end - from > LONGEST {
                    break;
                }
                if glue.is_empty() {
                    continue;
                }
                hash = joined(hash, other.hash(), glue.len());
                let finished = finish(hash);
                if may_hold(filter, finished)
                    && let Some(phrase) = self.probe(finished, &glued[from..glue.end])
                {
                    hits.push(Hit {
                        first: (tokens.start + first) as u32,
                        end: (tokens.start + last + 1) as u32,
                        phrase,
                    });
                }
            }
        }
    }

    /// The only phrase that begins with `prefix`, if there is exactly one; for names cut short at the end of a text.
    pub fn only_with_prefix(&self, prefix: &[u8]) -> Option<u32> {
        let mut found = self.with_prefix(prefix, 2);
        found.next().filter(|_| found.next().is_none())
    }

    /// The first `most` phrases that begin with `prefix`, in order; logarithmic in the number of phrases.
    pub fn with_prefix<'s>(&'s self, prefix: &'s [u8], most: u32) -> impl Iterator<Item = u32> + use<'s> {
        let (count, low) = (self.len() as u32, self.first_from(prefix));
        (low..count.min(low.saturating_add(most))).take_while(move |phrase| self.key(*phrase).starts_with(prefix))
    }

    /// All phrases that begin with `prefix`, in order, with their keys; each costs hardly anything.
    pub fn entries(&self, prefix: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
        let low = self.first_from(prefix);
        let high = first(low..self.len() as u32, |phrase| !self.key(phrase).starts_with(prefix));
        let offsets = &self.part(OFFSETS)[low as usize * 4..(high as usize + 1) * 4];
        let offset = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes) as usize;
        let keys = self.part(KEYS);
        let keys = offsets.as_chunks().0.windows(2).map(move |pair| &keys[offset(&pair[0])..offset(&pair[1])]);
        (low..high).zip(keys)
    }

    /// The first phrase that does not come before some bytes.
    fn first_from(&self, prefix: &[u8]) -> u32 {
        // Keys of a smaller head are smaller, those of a larger one larger; of the same one they may be either.
        let head = head(prefix);
        let below = self.heads_while(|other| other < head);
        let low = below.saturating_sub(1) * STEP;
        let high = (self.heads_while(|other| other <= head) * STEP).min(self.len());
        first(low as u32..high as u32, |phrase| self.key(phrase) >= prefix)
    }

    /// How many of the heads pass, which those do that come first.
    fn heads_while(&self, passes: impl Fn(u64) -> bool) -> usize {
        let heads = self.part(HEADS);
        let head =
            |at: u32| u64::from(word(heads, at as usize * 2)) << 32 | u64::from(word(heads, at as usize * 2 + 1));
        first(0..(heads.len() / 8) as u32, |at| !passes(head(at))) as usize
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

/// The first eight bytes as a number of the same order.
pub fn head(text: &[u8]) -> u64 {
    let mut head = [0; 8];
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
    let bit = filter_bit(hash, filter.len() / 4);
    filter[bit / 8] & (1 << (bit % 8)) != 0
}

#[inline]
fn filter_bit(hash: u64, words: usize) -> usize {
    (hash >> 40) as usize & (words * 32 - 1)
}
