//! The numbers that the data speak of. To every rule that looks at words any other number is as good as the next.

use std::collections::BTreeSet;

use super::Knowledge;
use crate::data::phrases::{self, Phrases};
use crate::text::Key;

/// Shorter numbers stand in too many names for it to be worth telling them from others: each of them counts as spoken of.
pub const LEAST: usize = 3;

/// Numbers of [`LEAST`] digits and more that stand in a phrase, a trade word, a name, a condition or a code.
pub struct Numbers {
    said: Phrases,
    /// Numbers that something looks for inside of longer ones too.
    inside: Vec<String>,
}

impl Numbers {
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut said = BTreeSet::new();
        // Names are looked for across words, so that a number may be any part of one that stands in a name.
        let tables = [Some(&knowledge.merchants), knowledge.own_merchants.as_ref()];
        let names = tables.iter().flatten().map(|table| table.names());
        let indexes = names.chain([knowledge.gazetteer.names()]).chain(knowledge.words.names());
        for index in indexes.chain(knowledge.regions.names()) {
            (0..index.len() as u32).for_each(|phrase| add_parts(index.key(phrase), &mut said));
        }
        knowledge.descriptors.words().for_each(|word| add_parts(word.as_bytes(), &mut said));
        let mut inside = Vec::new();
        let mut look_for = |text: &str| {
            add_parts(text.as_bytes(), &mut said);
            inside.extend(open_numbers(text).map(str::to_owned));
        };
        for row in knowledge.keywords().rows() {
            let edge = |is_open| if is_open { "" } else { " " };
            look_for(&[edge(row.open_start), &row.phrase, edge(row.open_end)].concat());
            row.not.iter().for_each(|words| look_for(words));
        }
        let conditions = tables.iter().flatten().flat_map(|table| table.conditions());
        conditions.flat_map(|condition| condition.with.iter().chain(&condition.not)).for_each(|words| look_for(words));
        let phrases = knowledge.descriptors.rows().iter();
        phrases.flat_map(|row| row.with.iter().chain(&row.not)).for_each(|words| look_for(words));
        let said: Vec<String> = said.into_iter().collect();
        Self { said: Phrases::new(phrases::build(&said).into()), inside }
    }

    /// Whether any row speaks of a number, or may.
    pub fn speak_of(&self, number: Key<'_>) -> bool {
        number.text.len() < LEAST
            || self.said.find(number).is_some()
            || self.inside.iter().any(|part| number.text.contains(part.as_str()))
    }
}

/// Adds every number that the digits of a key hold.
fn add_parts(key: &[u8], numbers: &mut BTreeSet<String>) {
    for digits in key.split(|byte| !byte.is_ascii_digit()).filter(|digits| digits.len() >= LEAST) {
        let digits = std::str::from_utf8(digits).expect("digits are text");
        for start in 0..=digits.len() - LEAST {
            numbers.extend((start + LEAST..=digits.len()).map(|end| digits[start..end].to_owned()));
        }
    }
}

/// The numbers at the ends of a text that is looked for anywhere, unless blanks set them off: longer ones may hold them.
fn open_numbers(text: &str) -> impl Iterator<Item = &str> {
    let ends = [text.rsplit(' ').next(), text.split(' ').next()];
    let is_number = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    ends.into_iter().flatten().filter(is_number)
}
