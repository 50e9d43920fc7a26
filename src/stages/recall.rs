//! Judgements remembered: the same payee stands in many texts, with other days and numbers beside it.
//!
//! A question holds all that the third stage looks at. Numbers that are no part of the name are left out of it, as no rule speaks
//! of them: a trade word that takes one in counts for nothing, and those that forbid one, or begin with one, name it.

use super::categorize::{self, Proposal};
use super::clean::{Reading, Role};
use super::identify::Candidate;
use crate::knowledge::keywords::Keywords;
use crate::model::transaction::{Mcc, Transaction};
use crate::text::TokenKind;

/// How many are remembered.
const SLOTS: usize = 1 << 12;
/// Longer questions hardly come again.
const LONGEST: usize = 192;

/// The last judgements.
#[derive(Default)]
pub struct Memory {
    /// What is asked now; empty if that is not to be remembered.
    question: Vec<u8>,
    slot: usize,
    /// The questions, each in a slot of the same size, and the answers.
    questions: Vec<u8>,
    answers: Vec<Option<(usize, Proposal)>>,
}

impl Memory {
    /// The answer that an engine gave when it was asked the same.
    pub fn find(
        &mut self,
        engine: u32,
        keywords: &Keywords,
        transaction: &Transaction,
        reading: &Reading,
        merchants: &[Candidate],
    ) -> Option<Proposal> {
        self.question.clear();
        if reading.beside().next().is_some() {
            return None;
        }
        ask(engine, keywords, transaction, reading, merchants.first(), &mut self.question);
        if self.question.len() > LONGEST {
            self.question.clear();
            return None;
        }
        self.slot = hash(&self.question) % SLOTS;
        let (length, answer) = self.answers.get(self.slot)?.as_ref()?;
        (self.questions[self.slot * LONGEST..][..*length] == *self.question).then(|| answer.clone())
    }

    /// Remembers the answer to what was asked last, in the place of another.
    pub fn put(&mut self, answer: &Proposal) {
        if self.question.is_empty() {
            return;
        }
        if self.answers.is_empty() {
            // Pages that are never written take no room.
            self.questions = vec![0; SLOTS * LONGEST];
            self.answers = vec![None; SLOTS];
        }
        self.questions[self.slot * LONGEST..][..self.question.len()].copy_from_slice(&self.question);
        self.answers[self.slot] = Some((self.question.len(), answer.clone()));
    }
}

/// Everything that decides a judgement, one behind the other.
fn ask(
    engine: u32,
    keywords: &Keywords,
    transaction: &Transaction,
    reading: &Reading,
    merchant: Option<&Candidate>,
    out: &mut Vec<u8>,
) {
    out.extend(engine.to_le_bytes());
    out.push(transaction.direction.map_or(0, |direction| direction as u8 + 1));
    out.push(transaction.account_type.map_or(0, |kind| kind as u8 + 1));
    out.extend(transaction.merchant_category_code.map_or(0, Mcc::get).to_le_bytes());
    out.push(u8::from(categorize::may_be_cut(reading)));
    if let Some(merchant) = merchant {
        let Candidate { tier, merchant, tokens, letters: _, cut, alone, confirmed, demands: _, at_start, said } =
            merchant;
        out.extend(merchant.to_le_bytes());
        out.extend([*tier as u8, u8::from(*cut), u8::from(*alone), u8::from(*confirmed), u8::from(*at_start)]);
        out.push(u8::from(*said));
        out.extend([tokens.start as u16, tokens.end as u16].iter().flat_map(|at| at.to_le_bytes()));
    }
    // No descriptor has this number.
    out.extend(u32::MAX.to_le_bytes());
    for accepted in &reading.accepted {
        out.extend(accepted.descriptor.to_le_bytes());
        out.extend([accepted.words.start as u16, accepted.words.end as u16].iter().flat_map(|at| at.to_le_bytes()));
    }
    out.extend(u32::MAX.to_le_bytes());
    for (at, role) in reading.roles.iter().enumerate() {
        let (kind, word) = (reading.text.tokens()[at].kind, reading.text.word(at));
        out.extend([*role as u8, kind as u8]);
        let says = kind != TokenKind::Digits || matches!(role, Role::Name | Role::Purpose) || keywords.names(word);
        if says {
            out.extend(word.as_bytes());
        }
        // No byte of a text.
        out.push(u8::MAX);
    }
}

/// Eight bytes at a time; that questions are the same is seen when they are compared.
fn hash(question: &[u8]) -> usize {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (eights, rest) = question.as_chunks::<8>();
    let spread = |hash: u64, part: u64| (hash.rotate_left(5) ^ part).wrapping_mul(SPREAD);
    let hash = eights.iter().fold(0, |hash, eight| spread(hash, u64::from_le_bytes(*eight)));
    (rest.iter().fold(hash, |hash, byte| spread(hash, u64::from(*byte))) >> 40) as usize
}
