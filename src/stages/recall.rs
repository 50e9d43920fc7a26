//! Readings remembered: most texts differ from an earlier one only in numbers that no rule can tell apart, as those of bookings,
//! cards and stores are. What the first three stages made of the earlier one holds for them too.
//!
//! A question holds all that these stages look at: the text as it stands, and what is told beside it. What they may see of a number is what the data say of it
//! ([`Numbers`](crate::knowledge::numbers::Numbers)), what shapes tell of its digits ([`shapes::outcomes`]), its length, whether
//! it begins with a zero, and whether it comes again; what a secret is told by is asked anew for each text. Debug builds read
//! every text anew, and compare.

use super::categorize::Proposal;
use super::clean::{self, Accepted, Mark, Reading, Role};
use super::identify::{self, Candidate};
use super::{describe, place, shapes};
use crate::knowledge::Knowledge;
use crate::model::transaction::{Country, Mcc, Transaction};
use crate::text::TokenKind;

/// How many are remembered.
const MOST: usize = 1 << 14;
/// Places of the index over them.
const SLOTS: usize = 2 * MOST;
/// Longer texts hardly come again, in bytes.
const LONGEST: usize = 255;
/// What a thread that reads no more texts than so many could remember is not worth gathering the numbers of the data.
const FIRST: usize = 32;

/// The last readings.
#[derive(Default)]
pub struct Memory {
    /// How many texts were asked for, as long as they are few.
    asked: usize,
    /// What is asked now; empty if that is not to be remembered.
    question: Vec<u8>,
    /// The tokens of it whose digits are left out, each a bit.
    free: u128,
    hash: u64,
    /// By the hash of a question: more of the hash, and the number of what is known.
    slots: Vec<(u32, u32)>,
    /// The last ones, each over the oldest.
    known: Vec<Known>,
    next: usize,
}

/// What the first three stages made of a text.
#[derive(Clone, Default)]
pub struct Known {
    question: Vec<u8>,
    roles: Vec<Role>,
    marks: Vec<Mark>,
    accepted: Vec<Accepted>,
    place: Option<place::Found>,
    url: Option<std::ops::Range<usize>>,
    /// The best of them.
    merchant: Option<Candidate>,
    judgement: Option<Proposal>,
    /// The tidied name, if it holds no number that is left out.
    name: String,
    has_name: bool,
}

impl Memory {
    /// What an engine made of the last text that it could not tell from this one, which is split into tokens.
    pub fn find(
        &mut self,
        engine: u32,
        knowledge: &Knowledge,
        transaction: &Transaction,
        home: Option<Country>,
        reading: &Reading,
    ) -> Option<&Known> {
        self.question.clear();
        if self.asked < FIRST {
            self.asked += 1;
            return None;
        }
        let raw = clean::head(&transaction.original_description);
        if raw.len() > LONGEST || clean::texts_beside(transaction).any(|text| text.is_some()) {
            return None;
        }
        self.question.extend(engine.to_le_bytes());
        self.free = ask(knowledge, transaction, raw, home, reading, &mut self.question);
        self.hash = hash(&self.question);
        let (tag, number) = *self.slots.get(self.hash as usize % SLOTS)?;
        let known = self.known.get(number as usize).filter(|_| tag == (self.hash >> 32) as u32)?;
        (known.question == self.question).then_some(known)
    }

    /// Remembers what came out for the text that was asked for last, in the place of another.
    pub fn put(
        &mut self,
        transaction: &Transaction,
        reading: &Reading,
        found: &identify::Scratch,
        judgement: &Proposal,
        name: &str,
    ) {
        if self.question.is_empty() {
            return;
        }
        if self.slots.is_empty() {
            self.slots = vec![(0, 0); SLOTS];
        }
        self.slots[self.hash as usize % SLOTS] = ((self.hash >> 32) as u32, self.next as u32);
        if self.known.len() == self.next {
            self.known.push(Known::default());
        }
        let known = &mut self.known[self.next];
        self.next = (self.next + 1) % MOST;
        known.question.clone_from(&self.question);
        known.roles.clone_from(&reading.roles);
        known.marks.clone_from(&reading.marks);
        known.accepted.clone_from(&reading.accepted);
        known.place.clone_from(&reading.place);
        known.url.clone_from(&reading.url);
        known.merchant = found.candidates.first().cloned();
        known.judgement = Some(judgement.clone());
        known.name.clear();
        known.name.push_str(name);
        let is_left_out = |mut tokens: std::ops::Range<usize>| tokens.any(|at| self.free >> at & 1 != 0);
        known.has_name = describe::shows_all(transaction, reading) && !describe::named(reading).any(is_left_out);
    }
}

impl Known {
    /// Gives what is known to a text as if it had been read.
    pub fn give(&self, reading: &mut Reading, found: &mut identify::Scratch) -> Proposal {
        reading.roles.clone_from(&self.roles);
        reading.marks.clone_from(&self.marks);
        reading.accepted.clone_from(&self.accepted);
        reading.place.clone_from(&self.place);
        reading.url.clone_from(&self.url);
        found.candidates.clear();
        found.candidates.extend(self.merchant.clone());
        self.judgement.clone().expect("it was put with all the rest")
    }

    /// The tidied name, if it is certain that it is the same.
    pub fn name(&self, transaction: &Transaction, reading: &Reading) -> Option<&str> {
        (self.has_name && describe::shows_all(transaction, reading)).then_some(&*self.name)
    }

    /// Whether it is what came out for another text.
    pub fn is(&self, reading: &Reading, found: &identify::Scratch, judgement: &Proposal) -> bool {
        self.roles == reading.roles
            && self.marks == reading.marks
            && self.accepted == reading.accepted
            && self.place == reading.place
            && self.url == reading.url
            && self.merchant.as_ref() == found.candidates.first()
            && self.judgement.as_ref() == Some(judgement)
    }
}

/// Everything that the first three stages look at, one behind the other; gives the tokens whose digits are left out, each a bit.
fn ask(
    knowledge: &Knowledge,
    transaction: &Transaction,
    raw: &str,
    home: Option<Country>,
    reading: &Reading,
    out: &mut Vec<u8>,
) -> u128 {
    out.extend([
        transaction.direction.map_or(0, |direction| direction as u8 + 1),
        transaction.account_type.map_or(0, |kind| kind as u8 + 1),
    ]);
    out.extend(transaction.merchant_category_code.map_or(0, Mcc::get).to_le_bytes());
    out.extend(home.as_ref().map_or("  ", Country::as_str).as_bytes());
    let start = out.len();
    out.extend(raw.as_bytes());
    // No byte of a text.
    out.push(u8::MAX);
    let (text, numbers) = (&reading.text, knowledge.numbers());
    let mut free = 0_u128;
    for (at, token) in text.tokens().iter().enumerate() {
        let word = text.word(at);
        // Where words end, no text of digits alone depends on which they are.
        if token.kind == TokenKind::Digits && raw[token.raw()] == *word && !numbers.speak_of(text.key(at)) {
            out[start..][token.raw()].fill(b'0');
            let first = (0..at).find(|other| text.word(*other) == word).unwrap_or(at);
            out.extend([u8::from(word.starts_with('0')), first as u8]);
            free |= 1 << at;
        }
    }
    out.extend(free.to_le_bytes());
    if free != 0 {
        shapes::outcomes(text, free, |lengths| out.extend(lengths));
    }
    for (role, bytes) in reading.secrets() {
        out.extend([role as u16, bytes.start as u16, bytes.end as u16].iter().flat_map(|part| part.to_le_bytes()));
    }
    free
}

/// Eight bytes at a time; that questions are the same is seen when they are compared.
fn hash(question: &[u8]) -> u64 {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (eights, rest) = question.as_chunks::<8>();
    let spread = |hash: u64, part: u64| (hash.rotate_left(5) ^ part).wrapping_mul(SPREAD);
    let hash = eights.iter().fold(0, |hash, eight| spread(hash, u64::from_le_bytes(*eight)));
    let hash = rest.iter().fold(hash, |hash, byte| spread(hash, u64::from(*byte)));
    hash ^ (hash >> 29)
}
