//! The labelled rows, and which of them a rule would take.

use std::collections::HashMap;
use std::ops::Range;

use super::candidate::{Basis, Candidate};
use crate::engine::Engine;
use crate::eval::Labelled;
use crate::model::names::Taxonomy;
use crate::model::transaction::Direction;
use crate::rules::{find_words, fold};
use crate::stages::clean::head;

/// A labelled row and what the engine says of it.
pub struct Row<'r> {
    /// Number in the input.
    pub number: usize,
    pub labelled: &'r Labelled,
    /// The raw text, the cleaned description and the merchant's name, folded.
    pub text: String,
    pub clean: String,
    pub merchant: Option<String>,
    /// Bytes of the words of each name in the raw text.
    pub names: Vec<Vec<Range<usize>>>,
    /// Acceptable categories, in order.
    accepted: Vec<u16>,
    /// The category a rule shall give; none if no label can be given to the row.
    pub target: Option<u16>,
    /// The category the engine gives without a rule.
    pub given: u16,
    /// Whether that is right.
    pub right: bool,
}

impl Row<'_> {
    /// Whether this category is one of the labels.
    pub fn accepts(&self, category: u16) -> bool {
        self.accepted.contains(&category)
    }
}

/// All labelled rows with their indexes.
pub struct History<'r> {
    pub rows: Vec<Row<'r>>,
    taxonomy: Taxonomy,
    by_text: HashMap<String, Vec<u32>>,
    by_clean: HashMap<String, Vec<u32>>,
    by_merchant: HashMap<String, Vec<u32>>,
    by_word: HashMap<String, Vec<u32>>,
}

impl<'r> History<'r> {
    /// Runs every labelled row through the engine.
    pub fn new(engine: &Engine, labelled: &'r [Labelled], taxonomy: Taxonomy) -> Self {
        let mut history = Self {
            rows: Vec::new(),
            taxonomy,
            by_text: HashMap::new(),
            by_clean: HashMap::new(),
            by_merchant: HashMap::new(),
            by_word: HashMap::new(),
        };
        let mut known: HashMap<(&[String], Option<Direction>), Vec<u16>> = HashMap::new();
        for (number, labelled) in labelled.iter().enumerate().filter(|(_, row)| !row.categories.is_empty()) {
            let transaction = &labelled.transaction;
            let accepted = known
                .entry((&labelled.categories, transaction.direction))
                .or_insert_with(|| accepted(engine, taxonomy, &labelled.categories, transaction.direction))
                .clone();
            let explanation = engine.explain(transaction);
            let answer = &explanation.enriched;
            let reading = explanation.reading();
            let spans = |run: Range<usize>| run.map(|token| reading.text.tokens()[token].raw()).collect();
            let possible = |category: &&u16| {
                engine.knowledge.possible(**category, transaction.direction, transaction.account_type)
            };
            history.add(Row {
                number,
                labelled,
                text: fold(head(&transaction.original_description)),
                clean: fold(&answer.description),
                merchant: answer.merchant.map(|merchant| fold(merchant.name())),
                names: reading.name_runs().map(spans).collect(),
                target: accepted.iter().find(possible).copied(),
                given: answer.category.id().0,
                right: accepted.contains(&answer.category.id().0),
                accepted,
            });
        }
        history
    }

    fn add(&mut self, row: Row<'r>) {
        let number = self.rows.len() as u32;
        let mut words: Vec<&str> = runs(&row.text).collect();
        words.sort_unstable();
        words.dedup();
        for word in words {
            self.by_word.entry(word.to_owned()).or_default().push(number);
        }
        self.by_text.entry(row.text.clone()).or_default().push(number);
        self.by_clean.entry(row.clean.clone()).or_default().push(number);
        if let Some(merchant) = &row.merchant {
            self.by_merchant.entry(merchant.clone()).or_default().push(number);
        }
        self.rows.push(row);
    }

    /// Every row a rule would take, in order.
    pub fn taken(&self, candidate: &Candidate) -> Vec<u32> {
        let found = match &candidate.basis {
            Basis::Merchant(name) => self.by_merchant.get(name),
            Basis::Clean(text) => self.by_clean.get(text),
            Basis::Text(text) => self.by_text.get(text),
            // A row that shows the words shows each of them; the rarest leaves the fewest rows to look at.
            Basis::Word(_, words) => {
                runs(words).map(|word| self.by_word.get(word)).min_by_key(|rows| rows.map_or(0, Vec::len)).flatten()
            }
        };
        let holds = |row: &Row<'_>| match &candidate.basis {
            Basis::Word(_, words) => find_words(&row.text, words).is_some(),
            _ => true,
        };
        let rows = found.into_iter().flatten().copied();
        rows.filter(|number| {
            let row = &self.rows[*number as usize];
            candidate.fits(row) && holds(row)
        })
        .collect()
    }

    /// Why a row's label did not come true.
    pub fn reason(&self, row: &Row<'_>) -> String {
        let labels = row.labelled.categories.join("|");
        if row.accepted.is_empty() {
            return format!("`{labels}` is no category of {}: correct the label, or name its taxonomy", self.taxonomy);
        }
        if row.target.is_none() {
            return format!("`{labels}` cannot be: the direction or the account rules it out");
        }
        format!("no rule gives `{labels}` without contradicting another row or a rule there is: look at both labels")
    }
}

/// Stretches of letters and digits.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|run| !run.is_empty())
}

/// The categories some labels stand for, those of the first label first, parents before children.
fn accepted(engine: &Engine, taxonomy: Taxonomy, labels: &[String], direction: Option<Direction>) -> Vec<u16> {
    let mut out = Vec::new();
    for label in labels {
        let named = engine.categories().iter().filter(|category| {
            category.path() == label || category.project(taxonomy, direction).category.eq_ignore_ascii_case(label)
        });
        for category in named {
            let number = category.id().0;
            if !out.contains(&number) {
                out.push(number);
            }
        }
    }
    out
}
