//! Runs the examples of the data through a whole engine, so that a new row cannot quietly shadow an old one.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::data::load;
use crate::data::source::{Source, SourceKind};
use crate::data::tables::{ExampleRow, FlagExampleRow};
use crate::engine::Engine;
use crate::error::Problem;
use crate::model::flags::Flag;
use crate::model::transaction::{Direction, Transaction};

mod merchants;

pub use merchants::{ShownName, shown_names};

/// What a check found, and how much it looked at.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Findings {
    /// Everything that is wrong, in order of file and line.
    pub problems: Vec<Problem>,
    /// Examples and counterexamples of descriptors and flags that ran.
    pub examples: usize,
    /// Examples and counterexamples of each flag, by its name.
    pub flags: BTreeMap<String, [usize; 2]>,
    /// Names of merchants that ran.
    pub names: usize,
    /// The user's own rules that were compared with each other.
    pub rules: usize,
}

/// The hand-written data files as they stood when the program was built.
pub fn builtin_sources() -> Vec<Source> {
    crate::knowledge::builtin_sources()
}

/// Checks sources against an engine that was built with them: every example of a descriptor or flag keeps its promise, no
/// merchant stands twice, no two merchants claim one name under the same conditions, every name written by hand finds its own
/// merchant and says enough to name one, and no two rules of the user's own contradict or shadow each other.
pub fn check(engine: &Engine, sources: &[Source]) -> Findings {
    let mut findings = Findings::default();
    let own_categories = sources.iter().any(|source| source.kind() == SourceKind::Categories);
    let base: Vec<String> = match own_categories {
        true => Vec::new(),
        false => engine.categories().iter().map(|category| category.path().to_owned()).collect(),
    };
    let rows = match load::load(sources, &base) {
        Ok(rows) => rows,
        Err(problems) => {
            findings.problems = problems;
            return findings;
        }
    };
    let file = |number: u16| rows.tables.files[usize::from(number)].clone();
    for example in &rows.examples {
        findings.examples += 1;
        if let Some(message) = broken(engine, example) {
            findings.problems.push(Problem::new(file(example.at.file), u64::from(example.at.line), message));
        }
    }
    for example in &rows.flag_examples {
        findings.examples += 1;
        let name = &rows.tables.flags[usize::from(example.row)].name;
        findings.flags.entry(name.clone()).or_default()[usize::from(!example.positive)] += 1;
        if let Some(message) = broken_flag(engine, name, example) {
            findings.problems.push(Problem::new(file(example.at.file), u64::from(example.at.line), message));
        }
    }
    merchants::check(engine, &rows, &mut findings);
    if let Some(rules) = &engine.knowledge.rules {
        findings.rules = rules.all().len();
        findings.problems.extend(rules.findings(&engine.knowledge));
    }
    findings.problems.sort();
    findings
}

fn broken(engine: &Engine, example: &ExampleRow) -> Option<String> {
    let mut transaction = Transaction::new(example.text.as_str());
    transaction.direction = example.credit.map(|credit| if credit { Direction::Credit } else { Direction::Debit });
    transaction.country = example.country.as_ref().and_then(|country| country.parse().ok());
    let explanation = engine.explain(&transaction);
    let found: Vec<&str> = explanation.descriptors().collect();
    let fires = found.contains(&example.id.as_str());
    match (fires, example.positive) {
        (false, true) => Some(format!("`{}` is an example of {}, but finds {:?}", example.text, example.id, found)),
        (true, false) => Some(format!("`{}` is a counterexample of {}, but is found by it", example.text, example.id)),
        _ => None,
    }
}

fn broken_flag(engine: &Engine, name: &str, example: &FlagExampleRow) -> Option<String> {
    let Ok(amount) = example.amount.parse::<Decimal>() else {
        return Some(format!("`{}` is no amount: write a signed number before the text", example.amount));
    };
    let mut transaction = Transaction::new(example.text.as_str()).with_signed_amount(amount);
    match example.country.as_ref().map(|country| country.parse()).transpose() {
        Ok(country) => transaction.country = country,
        Err(error) => return Some(error.into()),
    }
    match example.account_type.as_ref().map(|account| account.parse()).transpose() {
        Ok(account) => transaction.account_type = account,
        Err(error) => return Some(error.into()),
    }
    let answer = engine.enrich(&transaction);
    let set = match name.parse::<Flag>() {
        Ok(flag) => answer.flags.contains(flag),
        Err(_) => answer.flags.international == Some(true),
    };
    let verb = if example.positive { "must set" } else { "must not set" };
    let why = answer.category.path();
    (set != example.positive)
        .then(|| format!("`{} {}` {verb} {name}, but its category is {why}", example.amount, example.text))
}
