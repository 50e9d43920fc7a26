//! What the columns of an unknown table hold, by their names and by what stands in them.

use std::collections::HashMap;

use once_cell::sync::Lazy;
use rust_decimal::Decimal;

use super::ReadOptions;
use super::columns::Money;
use super::day::{self, DateOrder, Written};
use super::money::{self, DecimalMark};
use super::plan::{Field, Plan, compiled, own_columns, told_sign};
use crate::io::formats::{DatePattern, Format, Sign, normal};

/// The rows of the table of names: what they are for, and the names.
fn table() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let text = include_str!("../../../data/formats/columns.csv");
    text.lines().filter_map(|line| line.split_once(',')).map(|(field, names)| (field, names.split('|').collect()))
}

/// Names of columns in the order of preference, for each field.
static NAMES: Lazy<Vec<(Field, Vec<&'static str>)>> =
    Lazy::new(|| table().filter_map(|(field, names)| Some((Field::named(field)?, names))).collect());

/// Words for money out and for money in.
static WORDS: Lazy<(Vec<&'static str>, Vec<&'static str>)> = Lazy::new(|| {
    let of = |wanted: &str| table().find(|(field, _)| *field == wanted).map(|(_, words)| words).unwrap_or_default();
    (of("words_out"), of("words_in"))
});

/// Whether a row looks like a header: no cell is an amount or a date, and some are words.
pub(crate) fn is_header(row: &[String]) -> bool {
    let cells = || row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    cells().next().is_some()
        && cells().all(|cell| {
            day::written(cell).is_none()
                && money::amount(cell, DecimalMark::Dot).is_err()
                && money::amount(cell, DecimalMark::Comma).is_err()
        })
}

/// The cells of a column that are not empty.
fn cells(sample: &[Vec<String>], column: usize) -> impl Iterator<Item = &str> {
    sample.iter().filter_map(move |row| row.get(column)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}

/// Whether nearly all of the filled cells pass.
fn mostly(sample: &[Vec<String>], column: usize, test: impl Fn(&str) -> bool) -> bool {
    let (mut passed, mut all) = (0_usize, 0_usize);
    for cell in cells(sample, column) {
        all += 1;
        passed += usize::from(test(cell));
    }
    // In a short table one line of totals or remarks is more than a tenth.
    passed * 10 >= all * 9 && all > 0 || passed * 2 > all && all - passed <= 1
}

fn is_money(cell: &str) -> bool {
    let reads = |mark| matches!(money::amount(cell, mark), Ok(Some(_)));
    // Long runs of digits are numbers of things.
    let is_number = cell.len() > 9 && cell.bytes().all(|byte| byte.is_ascii_digit());
    !is_number && (reads(DecimalMark::Dot) || reads(DecimalMark::Comma))
}

/// Fills a plan by the names of its columns and, where these say nothing, by what the columns hold.
pub(crate) fn infer(plan: &mut Plan, sample: &[Vec<String>], options: &ReadOptions) -> Result<(), String> {
    let width = plan.header.len();
    let mut fields: HashMap<Field, usize> = HashMap::new();
    let mut is_taken = vec![false; width];
    if plan.has_header {
        let header: Vec<_> = plan.header.iter().map(|cell| normal(cell)).collect();
        for (field, names) in NAMES.iter() {
            let holds = |at: usize| match field {
                Field::Date => sample.is_empty() || mostly(sample, at, |cell| day::written(cell).is_some()),
                Field::Amount => sample.is_empty() || mostly(sample, at, is_money),
                Field::Debit | Field::Credit => cells(sample, at).all(is_money),
                Field::Type => mostly(sample, at, |cell| direction_word(cell).is_some()),
                Field::Currency => mostly(sample, at, |cell| cell.len() == 3),
                Field::Mcc => mostly(sample, at, |cell| cell.len() <= 4),
                _ => true,
            };
            let found = names
                .iter()
                .find_map(|name| (0..width).find(|at| !is_taken[*at] && header[*at] == *name && holds(*at)));
            if let Some(at) = found {
                fields.insert(*field, at);
                is_taken[at] = true;
            }
        }
    }
    if let std::collections::hash_map::Entry::Vacant(e) = fields.entry(Field::Date) {
        let date = (0..width).find(|at| !is_taken[*at] && mostly(sample, *at, |cell| day::written(cell).is_some()));
        if let Some(at) = date {
            e.insert(at);
            is_taken[at] = true;
        }
    }
    let has_sides = fields.contains_key(&Field::Debit) || fields.contains_key(&Field::Credit);
    if has_sides && fields.contains_key(&Field::Amount) {
        fields.remove(&Field::Debit);
        fields.remove(&Field::Credit);
    }
    if !has_sides && !fields.contains_key(&Field::Amount) {
        // Of numbers, the one with fractions or signs is money.
        let is_amount = |at: &usize| {
            !is_taken[*at]
                && mostly(sample, *at, is_money)
                && cells(sample, *at).any(|cell| cell.contains(['.', ',', '-', '$', '€', '£', '(']))
        };
        if let Some(at) = (0..width).find(is_amount) {
            fields.insert(Field::Amount, at);
            is_taken[at] = true;
        }
    }
    if let std::collections::hash_map::Entry::Vacant(e) = fields.entry(Field::Description) {
        // The column with the longest texts with letters.
        let length = |at: usize| cells(sample, at).map(str::len).sum::<usize>();
        let is_text = |at: &usize| !is_taken[*at] && mostly(sample, *at, |cell| cell.contains(char::is_alphabetic));
        let longest = (0..width).filter(is_text).max_by_key(|at| (length(*at), usize::MAX - *at));
        if let Some(at) = longest {
            e.insert(at);
        }
    }
    if !fields.contains_key(&Field::Description) {
        let seen: Vec<_> = plan.header.iter().take(20).map(|name| super::masked(name)).collect();
        return Err(format!(
            "no column holds a description; seen: {}. Name it, as in `--map description=...`, or a format with `--format`",
            seen.join(", ")
        ));
    }
    plan.columns = own_columns(&fields);
    plan.label = "columns by content".into();
    plan.rules.dates = vec![DatePattern::Detect];
    if let (Money::Typed { amount, direction }, true) = (&plan.columns.money, plan.has_header) {
        plan.columns.money = flagged(*amount, *direction, sample);
    }
    let name = |field: &Field| fields.get(field).map(|at| plan.header[*at].trim().to_owned());
    let listed = [
        ("date", Field::Date),
        ("description", Field::Description),
        ("amount", Field::Amount),
        ("debit", Field::Debit),
        ("credit", Field::Credit),
        ("type", Field::Type),
        ("currency_code", Field::Currency),
        ("balance", Field::Balance),
    ];
    let map: Vec<_> =
        listed.iter().filter_map(|(label, field)| name(field).map(|name| format!("{label}={name}"))).collect();
    let known = match &plan.unproven[..] {
        [] => "no known format".to_owned(),
        ids => format!(
            "the header is that of {}, but dates and signs do not show it (`--format` says it is)",
            ids.join(" and ")
        ),
    };
    plan.notes.push(format!("{known}; columns taken by name and content: {}", map.join(",")));
    finish(plan, sample, options.decimal_mark.is_some());
    told_sign(&mut plan.columns, options);
    if let (Money::Signed(columns, _), None) = (&plan.columns.money, options.sign) {
        let at = columns[0];
        let is_negative =
            |cell: &&str| matches!(money::amount(cell, plan.rules.mark), Ok(Some(amount)) if amount.is_sign_negative());
        let has_sign = |cell: &str| cell.contains(['+', '-', '−', '(']) || cell.to_ascii_uppercase().ends_with("CR");
        let all = cells(sample, at).count();
        let negative = cells(sample, at).filter(is_negative).count();
        if negative == 0 && !cells(sample, at).any(has_sign) && all > 1 {
            plan.notes.push("no amount is negative, so money in and money out are not told apart: say `--sign out-positive` if all went out or `--sign out-negative` if all came in, name a column with `--map type=...`, or the format with `--format`".into());
            plan.columns.money = Money::Unsigned(at);
        } else if negative > 0 && negative * 2 < all {
            plan.notes.push("most amounts are positive, which is read as money in: say `--sign out-positive` if positive means paid, as with many cards".into());
        }
    }
    Ok(())
}

/// Whether a word means money out, or money in, whatever the bank.
fn direction_word(cell: &str) -> Option<bool> {
    let cell = cell.to_lowercase();
    let is_one = |words: &[&str]| words.contains(&cell.as_str());
    let (out, into) = &*WORDS;
    if is_one(out) { Some(true) } else { is_one(into).then_some(false) }
}

/// An amount with a column of words for its direction; signed if the words are not of that kind.
fn flagged(amount: usize, flag: usize, sample: &[Vec<String>]) -> Money {
    let (mut out, mut into) = (Vec::new(), Vec::new());
    for cell in cells(sample, flag) {
        let words = match direction_word(cell) {
            Some(true) => &mut out,
            Some(false) => &mut into,
            None => return Money::Signed(vec![amount], Sign::OutNegative),
        };
        if !words.iter().any(|word: &String| word.eq_ignore_ascii_case(cell)) {
            words.push(cell.to_owned());
        }
    }
    Money::Flagged { amount, flag, out, into }
}

/// Concludes the decimal mark from the amounts of a sample.
pub(crate) fn finish(plan: &mut Plan, sample: &[Vec<String>], is_told: bool) {
    if is_told || plan.rules.mark == DecimalMark::Comma {
        return;
    }
    let columns = amount_columns(&plan.columns.money);
    let reads = |mark| {
        let all = columns.iter().flat_map(|at| cells(sample, *at));
        all.fold((0_usize, 0_usize), |(good, bad), cell| match money::amount(cell, mark) {
            Ok(_) => (good + 1, bad),
            Err(_) => (good, bad + 1),
        })
    };
    let (dot, comma) = (reads(DecimalMark::Dot), reads(DecimalMark::Comma));
    if dot.1 > 0 && comma.1 < dot.1 && comma.0 > dot.0 {
        plan.rules.mark = DecimalMark::Comma;
        plan.notes.push("amounts are read with a decimal comma".into());
    }
}

/// Columns of a table that hold amounts.
pub(crate) fn amount_columns(money: &Money) -> Vec<usize> {
    match money {
        Money::None | Money::Direction(_) => Vec::new(),
        Money::Signed(columns, _) => columns.clone(),
        Money::Unsigned(amount) | Money::Flagged { amount, .. } | Money::Typed { amount, .. } => vec![*amount],
        Money::Split { debit, credit } => debit.iter().chain(credit).copied().collect(),
    }
}

/// Whether the dates of a sample are those of a format.
pub(crate) fn dates_fit(format: &Format, header: &[String], sample: &[Vec<String>]) -> bool {
    let names: Vec<_> = header.iter().map(|cell| normal(cell)).collect();
    let columns = compiled(format, &names);
    let Some(date) = columns.date.first() else { return true };
    let mut all = cells(sample, *date);
    all.all(|cell| {
        format.pending_dates.iter().any(|word| word.eq_ignore_ascii_case(cell))
            || format.dates.iter().any(|pattern| match pattern {
                DatePattern::Order(order) => day::is_in_order(cell, *order),
                DatePattern::Pattern(pattern) => day::by_pattern(cell, pattern).is_some(),
                DatePattern::Detect => day::written(cell).is_some(),
            })
    })
}

/// Whether the dates and signs of a sample can be those of a format, and some date shows its order of day and month.
pub(crate) fn proves(format: &Format, header: &[String], sample: &[Vec<String>]) -> bool {
    let names: Vec<_> = header.iter().map(|cell| normal(cell)).collect();
    let dates = compiled(format, &names).date;
    let shows = |cell: &str| {
        format.dates.iter().any(|pattern| match (pattern, day::written(cell)) {
            (DatePattern::Order(DateOrder::DayFirst), Some(found)) => found == Written::DayFirst,
            (DatePattern::Order(DateOrder::MonthFirst), Some(found)) => found == Written::MonthFirst,
            (DatePattern::Order(DateOrder::YearFirst) | DatePattern::Pattern(_), Some(found)) => {
                found == Written::Clear
            }
            _ => false,
        })
    };
    dates_fit(format, header, sample)
        && signs_fit(format, header, sample)
        && dates.first().is_some_and(|date| cells(sample, *date).any(shows))
}

/// Whether the signs of a sample are likely those of a format: most rows of an account are money out.
pub(crate) fn signs_fit(format: &Format, header: &[String], sample: &[Vec<String>]) -> bool {
    let names: Vec<_> = header.iter().map(|cell| normal(cell)).collect();
    let Money::Signed(columns, sign) = compiled(format, &names).money else { return true };
    let amounts =
        cells(sample, columns[0]).filter_map(|cell| money::amount(cell, format.decimal_mark()).ok().flatten());
    let (mut negative, mut positive) = (0_usize, 0_usize);
    for amount in amounts.filter(|amount: &Decimal| !amount.is_zero()) {
        match amount.is_sign_negative() {
            true => negative += 1,
            false => positive += 1,
        }
    }
    match sign {
        Sign::OutNegative => negative > positive,
        Sign::OutPositive => positive > negative,
    }
}
