//! A new format, written down from a sample.

use super::columns::{Columns, Money};
use super::day::{self, Written};
use super::kind::{Prepared, prepare};
use super::money::{self, DecimalMark};
use super::plan::{Plan, SAMPLE_ROWS, rows};
use super::source::Source;
use super::{Input, ReadOptions, text};
use crate::error::{Error, ErrorKind};
use crate::io::formats::{DatePattern, Sign};

/// Writes a format for a table that no known format fits, as TOML for a file of formats.
///
/// `id` names it, as in `us.my_bank`. What was concluded is to be looked over: the institution's name, the signs, the columns.
///
/// # Errors
///
/// The sample is of a known format, or no table.
pub fn propose(sample: &Input, id: &str, options: &ReadOptions) -> Result<String, Error> {
    let mut sources = Source::expand(std::slice::from_ref(sample), &options.limits)?;
    let Some(source) = sources.first_mut() else {
        return Err(Error::single(ErrorKind::Argument, "", 0, "there is no sample to read"));
    };
    let name = source.name.clone();
    let fault = |message: String| Error::single(ErrorKind::Argument, name.clone(), 0, message);
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if !id.split('.').all(is_name) {
        return Err(fault(format!("`{id}` is no id: use lower-case words with dots between, such as us.my_bank")));
    }
    let plan = match prepare(source, options)? {
        Prepared::Table(table) if !table.plan.is_known => table.plan,
        other => return Err(fault(format!("this file is read already, as `{}`", other.label()))),
    };
    let head = source.head()?;
    let (head, _) = text::head(&head, None);
    let mut sample = rows(head.get(plan.start..).unwrap_or_default(), plan.dialect, SAMPLE_ROWS, true);
    if plan.has_header && !sample.is_empty() {
        sample.remove(0);
    }
    Ok(written(&plan, &sample, id, options))
}

fn written(plan: &Plan, sample: &[Vec<String>], id: &str, options: &ReadOptions) -> String {
    let mut out = format!("[[format]]\nid = {}\ninstitution = {}\n", quoted(id), quoted(id));
    let mut line = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
    let country = id.split('.').next().filter(|word| word.len() == 2).map(str::to_ascii_uppercase);
    if let Some(country) = options.country.map(|code| code.as_str().to_owned()).or(country) {
        line("country", quoted(&country));
    }
    if let Some(kind) = options.account_type {
        line("account_type", quoted(kind.as_str()));
    }
    if let Some(currency) = options.currency {
        line("currency", quoted(currency.as_str()));
    }
    if plan.has_header {
        line("header", list(plan.header.iter().map(|name| quoted(name.trim()))));
    } else {
        let shapes = (0..plan.header.len()).map(|column| quoted(shape(plan, sample, column)));
        line("headerless", list(shapes));
    }
    if plan.dialect.delimiter != b',' {
        line("delimiter", quoted(&char::from(plan.dialect.delimiter).to_string()));
    }
    if plan.rules.mark == DecimalMark::Comma {
        line("decimal", quoted(","));
    }
    let dates = plan.rules.dates.iter().find_map(|pattern| match pattern {
        DatePattern::Pattern(pattern) => Some(pattern.clone()),
        DatePattern::Order(order) => Some(order.as_str().to_owned()),
        DatePattern::Detect => None,
    });
    let dates = dates.or_else(|| plan.rules.order.map(|order| order.as_str().to_owned()));
    line("dates", quoted(dates.as_deref().unwrap_or(clear_order(plan, sample))));
    match &plan.columns.money {
        Money::Signed(_, Sign::OutPositive) => line("sign", quoted("out_positive")),
        Money::Signed(..) | Money::Unsigned(_) => line("sign", quoted("out_negative")),
        _ => {}
    }
    line("columns", format!("{{ {} }}", columns(plan).join(", ")));
    if let Money::Flagged { out: words_out, into, .. } = &plan.columns.money {
        let words = |words: &[String]| list(words.iter().map(|word| quoted(word)));
        line("flag", format!("{{ out = {}, in = {} }}", words(words_out), words(into)));
    }
    out
}

/// The order of dates that tell their order themselves.
fn clear_order(plan: &Plan, sample: &[Vec<String>]) -> &'static str {
    let cells = plan.columns.date.iter().flat_map(|at| sample.iter().filter_map(|row| row.get(*at)));
    let mut cells = cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let year_first = |cell: &str| cell.bytes().take(4).filter(u8::is_ascii_digit).count() == 4;
    match cells.next() {
        Some(cell) if day::written(cell) == Some(Written::Clear) && !year_first(cell) => "dmy",
        _ => "ymd",
    }
}

fn columns(plan: &Plan) -> Vec<String> {
    let columns: &Columns = &plan.columns;
    let name = |at: usize| match plan.has_header {
        true => quoted(plan.header[at].trim()),
        false => (at + 1).to_string(),
    };
    let mut out = Vec::new();
    let mut add = |key: &str, at: Option<usize>| out.extend(at.map(|at| format!("{key} = {}", name(at))));
    add("id", columns.id);
    add("account_id", columns.account_id);
    add("date", columns.date.first().copied());
    add("posted_at", columns.posted_at);
    add("description", columns.description.first().and_then(|list| list.first().copied()));
    add("memo", columns.memo.first().and_then(|list| list.first().copied()));
    match &columns.money {
        Money::Signed(amounts, _) => add("amount", amounts.first().copied()),
        Money::Unsigned(amount) => add("amount", Some(*amount)),
        Money::Split { debit, credit } => {
            add("debit", *debit);
            add("credit", *credit);
        }
        Money::Flagged { amount, flag, .. } | Money::Typed { amount, direction: flag } => {
            add("amount", Some(*amount));
            add("flag", Some(*flag));
        }
        Money::None | Money::Direction(_) => {}
    }
    add("balance", columns.balance);
    add("currency", columns.currency);
    add("check_number", columns.check_number);
    add("merchant_category_code", columns.mcc);
    out
}

/// What the cells of a column without a name look like.
fn shape(plan: &Plan, sample: &[Vec<String>], column: usize) -> &'static str {
    let cells = sample.iter().map(|row| row.get(column).map_or("", |cell| cell.trim()));
    let is_amount = |cell: &str| matches!(money::amount(cell, plan.rules.mark), Ok(Some(_)));
    let all = |test: &dyn Fn(&str) -> bool| cells.clone().all(test);
    match () {
        () if all(&|cell| day::written(cell).is_some()) => "date",
        () if all(&is_amount) => "amount",
        () if all(&|cell| cell.is_empty() || is_amount(cell)) && cells.clone().any(|cell| !cell.is_empty()) => {
            "amount?"
        }
        () if all(&|cell| cell.contains(char::is_alphabetic) && !is_amount(cell) && day::written(cell).is_none()) => {
            "text"
        }
        () => "any",
    }
}

/// A string of TOML; those of JSON are among them.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.replace('\u{7f}', " ")).to_string()
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}
