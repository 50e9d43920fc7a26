//! What the model learns from: the names the engine knows, and labelled rows.

use super::train::Example;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Problem};
use crate::eval::Labelled;
use crate::model::names::Taxonomy;
use crate::model::transaction::Transaction;
use crate::stages::clean::{self, Reading, Role};

/// A trade word counts as this many names.
const KEYWORD_WEIGHT: f32 = 2.0;
/// A merchant's name counts as this much of a name: it is found by itself, and many tell nothing of their trade.
const MERCHANT_WEIGHT: f32 = 0.2;
/// The same for one of an open source: many are of markets far from most users.
const IMPORTED_WEIGHT: f32 = 0.1;
/// A labelled row counts as this many names: it is what statements really show.
const LABELLED_WEIGHT: f32 = 3.0;
/// The same for a name made up for the purpose.
const LISTED_WEIGHT: f32 = 0.5;
/// Letters that tell merchants apart, as names are cut.
const MERCHANT_LETTERS: usize = 12;

impl Engine {
    /// Every merchant, trade word and merchant category description as an example.
    pub fn named_examples(&self) -> Vec<Example> {
        let example = |text: &str, category: u16, weight: f32| Example {
            text: text.to_owned(),
            categories: vec![category],
            weight,
            merchant: u64::MAX,
        };
        let merchants = self.merchants().map(|merchant| {
            let weight = if merchant.is_imported() { IMPORTED_WEIGHT } else { MERCHANT_WEIGHT };
            example(merchant.name(), merchant.category().id().0, weight)
        });
        let keywords = self.knowledge.keywords().rows().iter();
        let keywords =
            keywords.map(|row| example(&row.phrase, row.category, KEYWORD_WEIGHT * f32::from(row.strength) / 100.0));
        let mcc = self.knowledge.mccs().iter().filter(|row| !(3000..4000).contains(&row.mcc) && row.strength >= 50);
        let mcc = mcc.map(|row| example(&row.description, row.category, f32::from(row.strength) / 100.0));
        merchants.chain(keywords).chain(mcc).collect()
    }

    /// Names with their categories, of a table `name,category` of paths; lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// Every faulty line.
    pub fn listed_examples(&self, name: &str, text: &str) -> Result<Vec<Example>, Error> {
        let mut examples = Vec::new();
        let mut problems = Vec::new();
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        if reader.headers().is_ok_and(|headers| headers != ["name", "category"].as_slice()) {
            problems.push(Problem::new(name, 1, "the header is not `name,category`"));
        }
        for record in reader.records() {
            let fault = |line: u64, message: String| Problem::new(name, line, message);
            match record {
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    problems.push(fault(line, format!("{error}: write name,category")));
                }
                Ok(record) => match self.category(&record[1]) {
                    Some(category) => examples.push(Example {
                        text: record[0].to_owned(),
                        categories: vec![category.id().0],
                        weight: LISTED_WEIGHT,
                        merchant: u64::MAX,
                    }),
                    None => {
                        let line = record.position().map_or(0, csv::Position::line);
                        problems.push(fault(
                            line,
                            format!("`{}` is no category: use a path of categories.csv", &record[1]),
                        ));
                    }
                },
            }
        }
        if problems.is_empty() { Ok(examples) } else { Err(Error::new(ErrorKind::Data, problems)) }
    }

    /// A labelled row as an example that accepts every category its labels name. `None` for a row without a label.
    pub fn labelled_example(&self, row: &Labelled, taxonomy: Taxonomy) -> Option<Example> {
        let direction = row.transaction.direction;
        let mut categories = Vec::new();
        for label in &row.categories {
            let found = self.categories().iter().filter(|category| {
                category.project(taxonomy, direction).category == *label || category.path() == label
            });
            categories.extend(found.map(|category| category.id().0));
        }
        if categories.is_empty() {
            return None;
        }
        let text = row.transaction.original_description.clone();
        let merchant = self.merchant_key(&row.transaction);
        Some(Example { text, categories, weight: LABELLED_WEIGHT, merchant })
    }

    /// The same for two rows of one merchant, known to the dictionary or not: its first word that is neither generic nor a
    /// trade word, else all its letters.
    pub fn merchant_key(&self, transaction: &Transaction) -> u64 {
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
