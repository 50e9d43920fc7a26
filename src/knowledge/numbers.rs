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
    /// Numbers that something looks for at the beginning, at the end, or anywhere inside of a longer one.
    begins: Vec<String>,
    ends: Vec<String>,
    inside: Vec<String>,
    /// The first two digits of those that begin with what is looked for.
    heads: u128,
}

impl Numbers {
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut said = BTreeSet::new();
        // Names are looked for across words, so that a number may be any part of one that stands in a name.
        let tables = [Some(&knowledge.merchants), knowledge.own_merchants.as_ref()];
        let names = tables.iter().flatten().map(|table| table.names());
        let indexes = names.chain([knowledge.gazetteer.names()]).chain(knowledge.words.names());
        for index in indexes.chain(knowledge.regions.names()) {
            index.keys_with_digits(|key| add_parts(key, &mut said));
        }
        knowledge.descriptors.words().for_each(|word| add_parts(word.as_bytes(), &mut said));
        let [mut begins, mut ends, mut inside] = [const { Vec::new() }; 3];
        let mut look_for = |text: &str, [open_start, open_end]: [bool; 2]| {
            add_parts(text.as_bytes(), &mut said);
            let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
            let (first, last) = (text.split(' ').next(), text.rsplit(' ').next());
            let (first, last) = (first.filter(|word| is_number(word)), last.filter(|word| is_number(word)));
            match (first.filter(|_| open_start), last.filter(|_| open_end)) {
                // The text is nothing but a number.
                (Some(first), Some(_)) if first.len() == text.len() => inside.push(first.to_owned()),
                (first, last) => {
                    ends.extend(first.map(str::to_owned));
                    begins.extend(last.map(str::to_owned));
                }
            }
        };
        for row in knowledge.keywords().rows() {
            look_for(&row.phrase, [row.open_start, row.open_end]);
            row.not.iter().for_each(|words| look_for(words, [true; 2]));
        }
        // Blanks set off what they stand around.
        let conditions = tables.iter().flatten().flat_map(|table| table.conditions());
        let phrases = knowledge.descriptors.rows().iter();
        let words = conditions.flat_map(|condition| condition.with.iter().chain(&condition.not));
        let words = words.chain(phrases.flat_map(|row| row.with.iter().chain(&row.not)));
        words.for_each(|words| look_for(words, [true; 2]));
        let heads = (0..100_u32).filter(|head| {
            let head = format!("{head:02}");
            begins.iter().any(|number: &String| number.starts_with(&head) || head.starts_with(number.as_str()))
        });
        let heads = heads.fold(0, |heads, head| heads | 1 << head);
        let said: Vec<String> = said.into_iter().collect();
        Self { said: Phrases::new(phrases::build(&said).into()), begins, ends, inside, heads }
    }

    /// Whether any row speaks of a number, or may. It is of digits alone.
    pub fn speak_of(&self, number: Key<'_>) -> bool {
        let [first, second, _, ..] = *number.text.as_bytes() else { return true };
        let head = u32::from(first.wrapping_sub(b'0')) * 10 + u32::from(second.wrapping_sub(b'0'));
        self.said.find(number).is_some()
            || self.heads >> (head % 128) & 1 != 0 && self.begins.iter().any(|part| number.text.starts_with(&**part))
            || self.ends.iter().any(|part| number.text.ends_with(&**part))
            || self.inside.iter().any(|part| number.text.contains(&**part))
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
