//! Printing of what changes between two engines over some input, batch by batch.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use payee::compare::{ChangedRow, compare};
use payee::io::{Batch, Input, ReadOptions, Reader};
use payee::{Engine, Error, Taxonomy, Transaction, redact_names};
use serde_json::json;

use super::{Failure, print, tell};

/// Opens files for reading; `-` is standard input.
pub fn open(files: &[PathBuf]) -> Result<Reader, Error> {
    let input = |path: &PathBuf| match path.as_os_str() == "-" {
        true => Input::Stdin,
        false => Input::Path(path.clone()),
    };
    Reader::open(&files.iter().map(input).collect::<Vec<_>>(), ReadOptions::default())
}

/// How changes are printed.
#[derive(Clone, Copy)]
pub enum Form {
    /// For people.
    Text,
    /// One JSON object a changed row.
    JsonLines,
}

/// Prints every row whose answer differs, and how many there are.
pub fn changes(
    before: &Engine,
    after: &Engine,
    files: &[PathBuf],
    taxonomy: Taxonomy,
    form: Form,
    redacted: bool,
) -> Result<(), Failure> {
    let mut reader = open(files)?;
    let mut batch = Batch::default();
    let (mut rows, mut changed) = (0_usize, 0_usize);
    let mut fields: BTreeMap<&str, usize> = BTreeMap::new();
    while reader.next_batch(&mut batch)? {
        let mut out = String::new();
        for mut row in compare(before, after, &batch.transactions, taxonomy) {
            changed += 1;
            row.changes.iter().for_each(|change| *fields.entry(change.field).or_default() += 1);
            let source = batch.sources[row.row];
            let file = reader.report().files.get(source.file).map_or("", |file| file.name.as_str());
            let place = format!("{file}:{}", source.line);
            let transaction = &batch.transactions[row.row];
            let masked = redacted.then(|| after.enrich(transaction).redact(transaction));
            if redacted {
                let names = after.enrich(transaction).persons(transaction);
                row.changes.iter_mut().for_each(|change| {
                    for text in [&mut change.before, &mut change.after] {
                        *text = redact_names(text, &names).into_owned();
                    }
                });
            }
            let transaction = masked.as_ref().unwrap_or(transaction);
            match form {
                Form::Text => write_text(&mut out, &place, transaction, &row),
                Form::JsonLines => {
                    let line = json!({
                        "place": place, "id": transaction.id, "original_description": transaction.original_description,
                        "changes": row.changes, "rule": row.rule,
                    });
                    writeln!(out, "{line}").expect("a string takes text");
                }
            }
        }
        rows += batch.transactions.len();
        print(out.as_bytes())?;
    }
    let rejected = reader.report().rejected;
    let counts: Vec<String> = fields.iter().map(|(field, count)| format!("{field} {count}")).collect();
    let mut summary = format!("{changed} of {rows} rows change");
    if !counts.is_empty() {
        write!(summary, ": {}", counts.join(", ")).expect("a string takes text");
    }
    if rejected > 0 {
        write!(summary, "; {rejected} more rows could not be read").expect("a string takes text");
    }
    match form {
        Form::Text => print(format!("{summary}\n").as_bytes())?,
        Form::JsonLines => tell(&summary),
    }
    Ok(())
}

fn write_text(out: &mut String, place: &str, transaction: &Transaction, row: &ChangedRow) {
    let amount = transaction.signed_amount().map_or_else(String::new, |amount| format!("  {amount}"));
    writeln!(out, "{place}  {}{amount}", transaction.original_description).expect("a string takes text");
    for change in &row.changes {
        let or_none = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
        let by = row.rule.as_ref().filter(|_| change.field == "category_path").map(|rule| format!("  by {rule}"));
        let (before, after) = (or_none(&change.before), or_none(&change.after));
        writeln!(out, "    {:<20} {before} -> {after}{}", change.field, by.unwrap_or_default())
            .expect("a string takes text");
    }
}
