//! Readings and judgements remembered.
//!
//! Most texts differ from an earlier one only in numbers that no rule can tell apart, as those of bookings, cards and stores
//! are. What the first three stages made of the earlier one holds for them too. Of the others, most name what was named before, in
//! another place or other wrapping: the category was judged already.
//!
//! A question holds all that the stages look at: the text as it stands, and what is told beside it. What they may see of a
//! number is what the data say of it ([`Numbers`](crate::knowledge::numbers::Numbers)), what shapes tell of its digits
//! ([`shapes::outcomes`]), its length, whether it begins with a zero, and whether it comes again; what a secret is told by is
//! asked anew for each text. Debug builds read and judge every text anew, and compare.

use std::ops::Range;

use super::categorize::{self, Proposal};
use super::clean::{self, Accepted, Mark, Reading, Role};
use super::identify::{self, Candidate};
use super::{describe, place, shapes};
use crate::knowledge::Knowledge;
use crate::knowledge::keywords::MOST_CUT_WORDS;
use crate::learned;
use crate::model::names::Method;
use crate::model::transaction::{Country, Mcc, Transaction};
use crate::recent::{self, Recent};
use crate::text::TokenKind;

/// How many readings are remembered, and bytes of each kind of memory.
const MOST: usize = 1 << 14;
const ROOM: usize = 6 << 20;
/// How many judgements: they are smaller, come again for longer, and cost the most to make anew.
const MOST_JUDGED: usize = 1 << 16;
/// Longer texts hardly come again, in bytes; places of tokens in shorter ones fit one byte.
const LONGEST: usize = 255;
/// Texts of more tokens are not remembered.
const MOST_TOKENS: usize = u128::BITS as usize;
/// What a thread that reads no more texts than so many could remember is not worth gathering the numbers of the data.
const FIRST: usize = 32;

/// The last readings.
pub struct Memory {
    /// How many texts were asked for, as long as they are few.
    asked: usize,
    /// What is asked now; empty if that is not to be remembered.
    question: Vec<u8>,
    /// The tokens of it whose digits are left out, each a bit.
    free: u128,
    hash: u64,
    /// Where an answer is written that is to be remembered.
    answer: Vec<u8>,
    known: Recent<Known>,
}

/// What the first three stages made of a text, as far as it is no list.
struct Known {
    /// Where the parts of its bytes end: question, roles, marks, accepted phrases.
    ends: [u16; 4],
    place: Option<place::Found>,
    url: Option<Range<usize>>,
    /// The best of them.
    merchant: Option<Candidate>,
    judgement: Proposal,
    has_name: bool,
}

/// What is known of a text.
pub struct Found<'m> {
    known: &'m Known,
    roles: &'m [u8],
    marks: &'m [u8],
    accepted: &'m [u8],
    /// The tidied name, if it holds no number that is left out.
    name: &'m [u8],
}

impl Default for Memory {
    fn default() -> Self {
        let known = Recent::new(MOST, ROOM);
        Self { asked: 0, question: Vec::new(), free: 0, hash: 0, answer: Vec::new(), known }
    }
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
    ) -> Option<Found<'_>> {
        self.question.clear();
        if self.asked < FIRST {
            self.asked += 1;
            return None;
        }
        let raw = clean::head(&transaction.original_description);
        let is_long = raw.len() > LONGEST || reading.roles.len() > MOST_TOKENS;
        if is_long || clean::texts_beside(transaction).any(|text| text.is_some()) {
            return None;
        }
        self.question.extend(engine.to_le_bytes());
        self.free = ask(knowledge, transaction, raw, home, reading, &mut self.question);
        self.hash = recent::hash(0, &self.question);
        let (bytes, known) = self.known.find(self.hash)?;
        let [question, roles, marks, accepted] = known.ends.map(usize::from);
        (bytes[..question] == self.question).then(|| Found {
            known,
            roles: &bytes[question..roles],
            marks: &bytes[roles..marks],
            accepted: &bytes[marks..accepted],
            name: &bytes[accepted..],
        })
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
        let answer = &mut self.answer;
        answer.clear();
        let end = |answer: &Vec<u8>| (self.question.len() + answer.len()) as u16;
        answer.extend(reading.roles.iter().map(|role| *role as u8));
        let roles = end(answer);
        reading.marks.iter().for_each(|mark| answer.extend(packed_mark(mark)));
        let marks = end(answer);
        reading.accepted.iter().for_each(|accepted| answer.extend(packed_accepted(accepted)));
        let accepted = end(answer);
        answer.extend(name.as_bytes());
        if self.question.len() + answer.len() > usize::from(u16::MAX) {
            return;
        }
        let is_left_out = |mut tokens: Range<usize>| tokens.any(|at| self.free >> at & 1 != 0);
        let known = Known {
            ends: [self.question.len() as u16, roles, marks, accepted],
            place: reading.place.clone(),
            url: reading.url.clone(),
            merchant: found.candidates.first().cloned(),
            judgement: judgement.clone(),
            has_name: describe::shows_all(transaction, reading) && !describe::named(reading).any(is_left_out),
        };
        self.known.put(self.hash, &[&self.question, answer], known);
    }
}

impl Found<'_> {
    /// Gives what is known to a text as if it had been read.
    pub fn give(&self, reading: &mut Reading, found: &mut identify::Scratch) -> Proposal {
        reading.roles.clear();
        reading.roles.extend(self.roles());
        reading.marks.clear();
        reading.marks.extend(self.marks());
        reading.accepted.clear();
        reading.accepted.extend(self.accepted());
        reading.place.clone_from(&self.known.place);
        reading.url.clone_from(&self.known.url);
        found.candidates.clear();
        found.candidates.extend(self.known.merchant.clone());
        self.known.judgement.clone()
    }

    /// The tidied name, if it is certain that it is the same.
    pub fn name(&self, transaction: &Transaction, reading: &Reading) -> Option<&str> {
        let is_same = self.known.has_name && describe::shows_all(transaction, reading);
        is_same.then(|| std::str::from_utf8(self.name).expect("it was put as text"))
    }

    /// Whether it is what came out for another text.
    pub fn is(&self, reading: &Reading, found: &identify::Scratch, judgement: &Proposal) -> bool {
        self.roles().eq(reading.roles.iter().copied())
            && self.marks().eq(reading.marks.iter().cloned())
            && self.accepted().eq(reading.accepted.iter().cloned())
            && self.known.place == reading.place
            && self.known.url == reading.url
            && self.known.merchant.as_ref() == found.candidates.first()
            && self.known.judgement == *judgement
    }

    fn roles(&self) -> impl Iterator<Item = Role> {
        self.roles.iter().map(|role| Role::ALL[usize::from(*role)])
    }

    fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.as_chunks::<7>().0.iter().map(|[start, end, role, descriptor @ ..]| Mark {
            tokens: usize::from(*start)..usize::from(*end),
            role: Role::ALL[usize::from(*role)],
            descriptor: u32::from_le_bytes(*descriptor).checked_sub(1),
        })
    }

    fn accepted(&self) -> impl Iterator<Item = Accepted> {
        self.accepted.as_chunks::<8>().0.iter().map(|[start, end, low, high, descriptor @ ..]| Accepted {
            descriptor: u32::from_le_bytes(*descriptor),
            words: usize::from(*start)..usize::from(*end),
            letters: u32::from(u16::from_le_bytes([*low, *high])),
        })
    }
}

/// Tokens, role, and one more than the descriptor.
fn packed_mark(mark: &Mark) -> [u8; 7] {
    let [one, two, three, four] = mark.descriptor.map_or(0, |descriptor| descriptor + 1).to_le_bytes();
    [mark.tokens.start as u8, mark.tokens.end as u8, mark.role as u8, one, two, three, four]
}

/// Words, letters, descriptor.
fn packed_accepted(accepted: &Accepted) -> [u8; 8] {
    let [low, high] = (accepted.letters as u16).to_le_bytes();
    let [one, two, three, four] = accepted.descriptor.to_le_bytes();
    [accepted.words.start as u8, accepted.words.end as u8, low, high, one, two, three, four]
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
    circumstances(transaction, out);
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
            let is_same = |other: &usize| text.key(*other).hash == text.key(at).hash && text.word(*other) == word;
            let first = (0..at).find(is_same).unwrap_or(at);
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

/// What every judgement may look at beside the text.
fn circumstances(transaction: &Transaction, out: &mut Vec<u8>) {
    out.extend([
        transaction.direction.map_or(0, |direction| direction as u8 + 1),
        transaction.account_type.map_or(0, |kind| kind as u8 + 1),
    ]);
    out.extend(transaction.merchant_category_code.map_or(0, Mcc::get).to_le_bytes());
}

/// The last judgements.
pub struct Judgements {
    /// What is asked now; empty if that is not to be remembered.
    question: Vec<u8>,
    /// The tokens that are part of it.
    tokens: Vec<usize>,
    hash: u64,
    /// Tokens in them are told by the phrase, the merchant, or the token of the question that they begin with.
    known: Recent<Proposal>,
}

impl Default for Judgements {
    fn default() -> Self {
        Self { question: Vec::new(), tokens: Vec::new(), hash: 0, known: Recent::new(MOST_JUDGED, ROOM) }
    }
}

impl Judgements {
    /// The category that an engine chose for the last text that names the same, where nothing stands beside the description.
    pub fn find(
        &mut self,
        engine: u32,
        knowledge: &Knowledge,
        transaction: &Transaction,
        reading: &Reading,
        merchants: &[Candidate],
    ) -> Option<Proposal> {
        self.question.clear();
        if reading.text.tokens().len() > MOST_TOKENS || reading.beside().next().is_some() {
            return None;
        }
        self.question.extend(engine.to_le_bytes());
        self.ask(knowledge, transaction, reading, merchants.first());
        self.hash = recent::hash(0, &self.question);
        let (question, known) = self.known.find(self.hash)?;
        if question != self.question {
            return None;
        }
        let tokens = known.tokens.clone().and_then(|told| match known.method {
            Method::Descriptor => speaking(knowledge, reading).nth(told.start).map(|accepted| accepted.words.clone()),
            Method::Merchant => merchants.first().map(|merchant| merchant.tokens.clone()),
            _ => self.tokens.get(told.start).map(|start| *start..start + told.len()),
        });
        Some(Proposal { tokens, ..known.clone() })
    }

    /// Remembers what was chosen for the text that was asked for last.
    pub fn put(&mut self, knowledge: &Knowledge, reading: &Reading, chosen: &Proposal) {
        if self.question.is_empty() {
            return;
        }
        let told = chosen.tokens.clone().and_then(|tokens| {
            let start = match chosen.method {
                Method::Descriptor => {
                    let row = |accepted: &Accepted| knowledge.descriptors.row(accepted.descriptor).at;
                    let is_it = |accepted: &Accepted| accepted.words == tokens && Some(row(accepted)) == chosen.rule;
                    speaking(knowledge, reading).position(is_it)
                }
                Method::Merchant => Some(0),
                _ => self.tokens.iter().position(|at| *at == tokens.start),
            };
            start.map(|start| start..start + tokens.len())
        });
        if told.is_some() == chosen.tokens.is_some() {
            self.known.put(self.hash, &[&self.question], Proposal { tokens: told, ..chosen.clone() });
        }
    }

    /// Everything that the third stage looks at: phrases that tell a category, the merchant, and of the text that is what names
    /// somebody or tells a purpose, and what may forbid a trade word. What lies between is told apart from nothing.
    fn ask(
        &mut self,
        knowledge: &Knowledge,
        transaction: &Transaction,
        reading: &Reading,
        merchant: Option<&Candidate>,
    ) {
        let (out, text) = (&mut self.question, &reading.text);
        circumstances(transaction, out);
        speaking(knowledge, reading).for_each(|accepted| out.extend(accepted.descriptor.to_le_bytes()));
        // No number of a descriptor.
        out.extend([u8::MAX; 4]);
        if let Some(best) = merchant {
            out.push(best.tier as u8);
            out.extend(best.merchant.to_le_bytes());
            out.extend([best.cut, best.alone, best.confirmed, best.at_start, best.said].map(u8::from));
        }
        out.push(u8::MAX);
        out.extend([reading.roles.contains(&Role::Store), reading.url.is_some()].map(u8::from));
        // What a cut word may be the words before it tell, whatever they are.
        let last = reading.roles.iter().rposition(|role| *role == Role::Name);
        let end = last.filter(|_| categorize::may_be_cut(reading)).map_or(0, |last| last + 1);
        let cut = end.saturating_sub(MOST_CUT_WORDS)..end;
        out.push(u8::from(!cut.is_empty()));
        self.tokens.clear();
        for (at, role) in reading.roles.iter().enumerate() {
            let is_told = matches!(role, Role::Name | Role::Purpose);
            if !is_told && !cut.contains(&at) && !knowledge.keywords().may_forbid(text.key(at)) {
                continue;
            }
            if self.tokens.last().is_some_and(|before| before + 1 < at) {
                out.push(u8::MAX);
            }
            out.extend([*role as u8, text.tokens()[at].kind as u8]);
            out.extend(text.word(at).as_bytes());
            out.push(b' ');
            self.tokens.push(at);
        }
    }
}

/// The accepted phrases that tell a category, or something to the model.
fn speaking<'r>(knowledge: &'r Knowledge, reading: &'r Reading) -> impl Iterator<Item = &'r Accepted> {
    reading.accepted.iter().filter(|accepted| {
        let row = knowledge.descriptors.row(accepted.descriptor);
        row.category.or(row.credit).is_some() || learned::is_between(row)
    })
}
