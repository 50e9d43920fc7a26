//! What changes between two engines over the same rows: two versions of the data, or with and without some rules.

use rayon::prelude::*;
use serde::Serialize;

use crate::engine::Engine;
use crate::model::names::Taxonomy;
use crate::model::record::Value;
use crate::model::transaction::Transaction;

/// Columns that say how an answer was found, or follow from another column: they change without a change of the answer.
const LEFT_OUT: &[&str] = &[
    "merchant_guid",
    "category_guid",
    "top_level_category",
    "top_level_category_guid",
    "merchant_location_guid",
    "confidence",
    "confidence_level",
    "categorized_by",
    "described_by",
    "rule",
    "matched_text",
];

/// One field of one row that differs. Absent values are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Name of the output column.
    pub field: &'static str,
    /// What the first engine says.
    pub before: String,
    /// What the second engine says.
    pub after: String,
}

/// A row whose answer differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangedRow {
    /// Number of the row among those that were compared, from 0.
    pub row: usize,
    /// Every field that differs, in the order of the output columns; never empty.
    pub changes: Vec<Change>,
    /// The row of data or rules that decides the second engine's category.
    pub rule: Option<String>,
}

/// The rows whose answers differ, in order, on all threads of the current rayon pool. Compared are all output columns but those
/// that only say how an answer was found; `category` is named in `taxonomy`. Recurring streams are not looked at.
pub fn compare(before: &Engine, after: &Engine, transactions: &[Transaction], taxonomy: Taxonomy) -> Vec<ChangedRow> {
    let changed = transactions.par_iter().enumerate().map(|(row, transaction)| {
        let (one, other) = (before.enrich(transaction), after.enrich(transaction));
        let mut old = Vec::new();
        one.record(transaction, taxonomy).each(|field, value| old.push((field, shown(&value))));
        let mut old = old.into_iter();
        let mut changes = Vec::new();
        other.record(transaction, taxonomy).each(|field, value| {
            let Some((_, before)) = old.next() else { return };
            let after = shown(&value);
            if before != after && !LEFT_OUT.contains(&field) {
                changes.push(Change { field, before, after });
            }
        });
        let rule = other.evidence.rule.map(|rule| rule.to_string());
        (!changes.is_empty()).then_some(ChangedRow { row, changes, rule })
    });
    changed.flatten_iter().collect()
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) | Value::Word(text) => (*text).to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Degrees(value) => value.to_string(),
        Value::Probability(value) => format!("{value:.3}"),
    }
}
