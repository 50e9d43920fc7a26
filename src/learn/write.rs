//! Learned rules as a file a person can read and change.

use std::fmt::Write as _;

use super::Chosen;
use super::candidate::{Basis, Candidate};
use super::history::{History, Row};
use crate::engine::Engine;
use crate::model::transaction::Direction;
use crate::rules::{find_words, raw_span};
use crate::stages::clean::head;

/// The file, and the line each rule begins on.
pub fn write(engine: &Engine, history: &History<'_>, chosen: &[Chosen]) -> (String, Vec<u32>) {
    let mut out =
        String::from("# Rules learned from labelled transactions. Review them: a rule also takes rows yet to come.\n");
    let mut lines = Vec::with_capacity(chosen.len());
    for Chosen { candidate, corrects } in chosen {
        let rows: Vec<&Row<'_>> = corrects.iter().map(|row| &history.rows[*row as usize]).collect();
        let mut before: Vec<&str> = rows.iter().map(|row| path(engine, row.given)).collect();
        before.sort_unstable();
        before.dedup();
        let count = corrects.len();
        let noun = if count == 1 { "row" } else { "rows" };
        writeln!(out, "\n# corrects {count} {noun} that had {}", before.join(", ")).expect("a string takes text");
        lines.push(out.matches('\n').count() as u32 + 1);
        out.push_str("[[rule]]\n");
        let shown = rows.first().map_or_else(String::new, |row| shown(engine, candidate, row));
        conditions(candidate, &shown, &mut out);
        writeln!(out, "then.category = {}", quoted(path(engine, candidate.category))).expect("a string takes text");
    }
    (out, lines)
}

fn path(engine: &Engine, category: u16) -> &str {
    engine.categories()[usize::from(category)].path()
}

/// What a rule looks at, spelled as a row it corrects spells it.
fn shown(engine: &Engine, candidate: &Candidate, row: &Row<'_>) -> String {
    let transaction = &row.labelled.transaction;
    let raw = head(&transaction.original_description);
    let answer = || engine.enrich(transaction);
    match &candidate.basis {
        Basis::Merchant(name) => answer().merchant.map_or_else(|| name.clone(), |merchant| merchant.name().to_owned()),
        Basis::Clean(_) => answer().description.into_owned(),
        Basis::Word(_, words) => {
            let span = find_words(&row.text, words).map(|span| raw_span(raw, span));
            span.map_or_else(|| words.clone(), |span| raw[span].to_owned())
        }
        Basis::Text(_) => raw.trim().to_owned(),
    }
}

fn conditions(candidate: &Candidate, shown: &str, out: &mut String) {
    let key = match &candidate.basis {
        Basis::Merchant(_) => "merchant",
        Basis::Clean(_) => "clean.exact",
        Basis::Word(..) => "text.word",
        Basis::Text(_) => "text.exact",
    };
    let mut condition = |key: &str, value: &str| writeln!(out, "when.{key} = {value}").expect("a string takes text");
    condition(key, &quoted(shown));
    if let Some(direction) = candidate.direction {
        condition("direction", if direction == Direction::Credit { "\"credit\"" } else { "\"debit\"" });
    }
    if let Some(amount) = candidate.amount {
        condition("amount", &quoted(&amount.to_string()));
    }
    if let Some(account) = &candidate.account {
        condition("account", &quoted(account));
    }
    if let Some(date) = candidate.date {
        condition("date", &date.to_string());
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => out.extend(['\\', sign]),
            _ if sign.is_control() => {
                write!(out, "\\u{:04X}", u32::from(sign)).expect("a string takes text");
            }
            _ => out.push(sign),
        }
    }
    out.push('"');
    out
}
