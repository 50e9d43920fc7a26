//! What the model learns from: the names the engine knows, and labelled rows.

use super::train::Example;
use crate::engine::Engine;
use crate::eval::Labelled;
use crate::model::names::Taxonomy;
use crate::model::transaction::{Direction, Transaction};
use crate::stages::clean::{self, Reading, Role};

/// A trade word counts as this many names.
const KEYWORD_WEIGHT: f32 = 2.0;
/// A name of an open source counts as this much of one written by hand: many are of markets far from most users.
const IMPORTED_WEIGHT: f32 = 0.3;
/// Letters that tell merchants apart, as names are cut.
const MERCHANT_LETTERS: usize = 12;

impl Engine {
    /// Every merchant, trade word and merchant category description as an example.
    pub fn named_examples(&self) -> Vec<Example> {
        let example = |text: &str, category: u16, weight: f32| Example {
            text: text.to_owned(),
            category,
            weight,
            merchant: u64::MAX,
        };
        let merchants = self.merchants().map(|merchant| {
            let weight = if merchant.is_imported() { IMPORTED_WEIGHT } else { 1.0 };
            example(merchant.name(), merchant.category().id().0, weight)
        });
        let keywords = self.knowledge.keywords().rows().iter();
        let keywords =
            keywords.map(|row| example(&row.phrase, row.category, KEYWORD_WEIGHT * f32::from(row.strength) / 100.0));
        let mcc = self.knowledge.mccs().iter().filter(|row| !(3000..4000).contains(&row.mcc) && row.strength >= 50);
        let mcc = mcc.map(|row| example(&row.description, row.category, f32::from(row.strength) / 100.0));
        merchants.chain(keywords).chain(mcc).collect()
    }

    /// A labelled row as an example: by its merchant category code if it has one, else by its best label. `None` for a row
    /// without a label, as its code says too little.
    pub fn labelled_example(&self, row: &Labelled, taxonomy: Taxonomy) -> Option<Example> {
        let label = row.categories.first()?;
        let by_code = row.mcc.and_then(|mcc| self.knowledge.mcc(mcc.get())).map(|found| found.category);
        let category = by_code.or_else(|| self.category_named(label, taxonomy, row.transaction.direction))?;
        let text = row.transaction.original_description.clone();
        let merchant = self.merchant_key(&row.transaction);
        Some(Example { text, category, weight: 1.0, merchant })
    }

    /// The first of our categories that a taxonomy gives this name.
    fn category_named(&self, name: &str, taxonomy: Taxonomy, direction: Option<Direction>) -> Option<u16> {
        let named = |category: &&crate::Category| {
            category.project(taxonomy, direction).category == name || category.path() == name
        };
        self.categories().iter().find(named).map(|category| category.id().0)
    }

    /// The same for two rows of one merchant, known to the dictionary or not: its first word that is neither generic nor a
    /// trade word, else all its letters.
    fn merchant_key(&self, transaction: &Transaction) -> u64 {
        let knowledge = &self.knowledge;
        let mut reading = Reading::default();
        clean::clean(knowledge, transaction, None, &mut reading);
        let (mut letters, mut telling) = (String::new(), None);
        for at in 0..reading.roles.len() {
            let word = reading.text.word(at);
            if reading.roles[at] != Role::Name || reading.text.tokens()[at].has_digit() {
                continue;
            }
            letters.push_str(word);
            let is_trade = || knowledge.keywords().find(&format!(" {word} ")).next().is_some();
            if telling.is_none() && word.len() > 2 && knowledge.words.kind(word).is_none() && !is_trade() {
                telling = Some(word);
            }
        }
        let key = telling.unwrap_or(letters.as_str());
        let head = key.char_indices().nth(MERCHANT_LETTERS).map_or(key, |(end, _)| &key[..end]);
        head.bytes()
            .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
            >> 8
    }
}
