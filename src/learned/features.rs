//! What the model sees of a name.

use crate::data::tables::{DescriptorKind, DescriptorRow, WordKind};
use crate::knowledge::Knowledge;
use crate::stages::clean::{Reading, Role};
use crate::text::TokenKind;

/// Features are hashed into this many buckets.
pub const BUCKETS: usize = 1 << 20;
/// Only this much of a name is looked at.
const MOST_BYTES: usize = 96;
/// Lengths of the letter runs.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;

/// Strengths of trade words are told apart in steps of so many hundredths.
const STRENGTH_STEP: u8 = 20;

/// The buckets of one name. Reused from name to name.
#[derive(Clone, Debug, Default)]
pub struct Features {
    name: String,
    buckets: Vec<u32>,
}

impl Features {
    /// Reads the name that is left of a text, and of what stands beside it.
    pub fn read(&mut self, knowledge: &Knowledge, reading: &Reading) {
        self.name.clear();
        self.buckets.clear();
        self.name.push(' ');
        self.append(knowledge, reading);
        reading.beside().for_each(|other| self.append(knowledge, other));
        self.add_words();
        self.add_runs();
        self.add_trades(knowledge);
        // What stands around a name tells nothing where there is none.
        if !self.buckets.is_empty() {
            self.add_channel(knowledge, reading);
        }
        self.buckets.sort_unstable();
        self.buckets.dedup();
    }

    fn append(&mut self, knowledge: &Knowledge, reading: &Reading) {
        for (at, role) in reading.roles.iter().enumerate() {
            if self.name.len() > MOST_BYTES {
                return;
            }
            let kind = reading.text.tokens()[at].kind;
            if *role != Role::Name || matches!(kind, TokenKind::Digits | TokenKind::Mask) {
                continue;
            }
            let word = reading.text.word(at);
            if knowledge.words.kind(word) == Some(WordKind::Legal) {
                self.buckets.push(bucket(Kind::LegalForm, word.as_bytes(), &[]));
                continue;
            }
            self.name.push_str(word);
            self.name.push(' ');
        }
    }

    /// Distinct buckets in ascending order.
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    fn add_words(&mut self) {
        let mut before: Option<&str> = None;
        for word in self.name.split_ascii_whitespace() {
            self.buckets.push(bucket(Kind::Word, word.as_bytes(), &[]));
            if let Some(before) = before {
                self.buckets.push(bucket(Kind::Pair, before.as_bytes(), word.as_bytes()));
            }
            before = Some(word);
        }
        // What a name ends with says what it is: a `GARDEN CAFE` is no `CAFE GARDEN`.
        if let Some(last) = before {
            self.buckets.push(bucket(Kind::Last, last.as_bytes(), &[]));
        }
    }

    /// Runs of letters within a word and the blanks around it.
    fn add_runs(&mut self) {
        let bytes = self.name.as_bytes();
        for start in 0..bytes.len() {
            // A longer run goes on where the shorter one ended.
            let mut hash = seed(Kind::Run);
            for (length, byte) in (1..=*RUNS.end()).zip(&bytes[start..]) {
                hash = step(hash, *byte);
                if length >= *RUNS.start() {
                    self.buckets.push(place(hash));
                }
                if length > 1 && *byte == b' ' {
                    break;
                }
            }
        }
    }

    /// Through whom and where: a shop's own till, a market stall's card reader, a web shop or an invoice sell different things.
    fn add_channel(&mut self, knowledge: &Knowledge, reading: &Reading) {
        let rows = reading.accepted.iter().map(|accepted| knowledge.descriptors.row(accepted.descriptor));
        let between = rows.filter(|row| is_between(row)).map(|row| bucket(Kind::Between, row.id.as_bytes(), &[]));
        self.buckets.extend(between);
        if reading.roles.contains(&Role::Store) {
            self.buckets.push(bucket(Kind::Store, &[], &[]));
        }
        if reading.url.is_some() {
            self.buckets.push(bucket(Kind::Site, &[], &[]));
        }
    }

    /// The categories of the trade words, so that the model learns how far each is to be trusted, and beside what.
    fn add_trades(&mut self, knowledge: &Knowledge) {
        for (at, _) in knowledge.keywords().find(&self.name) {
            let row = &knowledge.keywords().rows()[at];
            let path = knowledge.categories[usize::from(row.category)].path().as_bytes();
            self.buckets.push(bucket(Kind::Trade, path, &[]));
            self.buckets.push(bucket(Kind::FirmTrade, path, &[row.strength / STRENGTH_STEP]));
        }
    }
}

/// Whether a phrase tells the model through whom somebody was paid.
pub(crate) fn is_between(row: &DescriptorRow) -> bool {
    row.kind == DescriptorKind::Intermediary
}

/// What a feature is; no two kinds share their hashes.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Word = 1,
    Pair,
    Run,
    Trade,
    FirmTrade,
    Last,
    LegalForm,
    /// A processor, marketplace or app in between.
    Between,
    /// That the text shows the number of a store, or an address on the web.
    Store,
    Site,
}

/// FNV-1a over a kind and two parts, spread over the buckets.
fn bucket(kind: Kind, first: &[u8], second: &[u8]) -> u32 {
    let bytes = first.iter().chain(second.first().map(|_| &b' ')).chain(second);
    place(bytes.fold(seed(kind), |hash, byte| step(hash, *byte)))
}

fn seed(kind: Kind) -> u64 {
    0xCBF2_9CE4_8422_2325 ^ kind as u64
}

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
}

fn place(hash: u64) -> u32 {
    ((hash ^ (hash >> 29)) % BUCKETS as u64) as u32
}
