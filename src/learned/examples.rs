//! What the model learns from: the names the engine knows, and labelled rows.

use super::train::Example;
use crate::engine::Engine;
use crate::eval::Labelled;
use crate::model::names::Taxonomy;
use crate::model::transaction::{Direction, Transaction};
use crate::stages::clean::{self, Reading, Role};

/// A trade word counts as this many names.
const KEYWORD_WEIGHT: f32 = 2.0;
/// Letters that tell merchants apart: names are cut, and many end in the shop's place.
const MERCHANT_LETTERS: usize = 8;

impl Engine {
    /// Every merchant, trade word and merchant category description as an example.
    pub fn named_examples(&self) -> Vec<Example> {
        let example = |text: &str, category: u16, weight: f32| Example {
            text: text.to_owned(),
            category,
            weight,
            merchant: u64::MAX,
        };
        let merchants = self.merchants().map(|merchant| example(merchant.name(), merchant.category().id().0, 1.0));
        let keywords = self.knowledge.keywords().rows().iter();
        let keywords =
            keywords.map(|row| example(&row.phrase, row.category, KEYWORD_WEIGHT * f32::from(row.strength) / 100.0));
        let mcc = self.knowledge.mccs().iter().filter(|row| !(3000..4000).contains(&row.mcc) && row.strength >= 50);
        let mcc = mcc.map(|row| example(&row.description, row.category, f32::from(row.strength) / 100.0));
        merchants.chain(keywords).chain(mcc).collect()
    }

    /// A labelled row as an example: by its merchant category code if it has one, else by its best label. `None` where
    /// neither tells a category.
    pub fn labelled_example(&self, row: &Labelled, taxonomy: Taxonomy) -> Option<Example> {
        let by_code = row
            .mcc
            .and_then(|mcc| self.knowledge.mcc(mcc.get()))
            .map(|found| (found.category, f32::from(found.strength) / 100.0));
        let (category, weight) = by_code.or_else(|| {
            Some((self.category_named(row.categories.first()?, taxonomy, row.transaction.direction)?, 1.0))
        })?;
        let text = row.transaction.original_description.clone();
        let merchant = self.merchant_key(&row.transaction);
        Some(Example { text, category, weight, merchant })
    }

    /// The first of our categories that a taxonomy gives this name.
    fn category_named(&self, name: &str, taxonomy: Taxonomy, direction: Option<Direction>) -> Option<u16> {
        let named = |category: &&crate::Category| {
            category.project(taxonomy, direction).category == name || category.path() == name
        };
        self.categories().iter().find(named).map(|category| category.id().0)
    }

    /// The same for two rows of one merchant, known to the dictionary or not.
    fn merchant_key(&self, transaction: &Transaction) -> u64 {
        let mut reading = Reading::default();
        clean::clean(&self.knowledge, transaction, None, &mut reading);
        let mut letters = String::new();
        for at in 0..reading.roles.len() {
            if reading.roles[at] == Role::Name && !reading.text.tokens()[at].has_digit() {
                letters.push_str(reading.text.word(at));
            }
        }
        let head = letters.char_indices().nth(MERCHANT_LETTERS).map_or(letters.as_str(), |(end, _)| &letters[..end]);
        head.bytes()
            .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
            >> 8
    }
}
