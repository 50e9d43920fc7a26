//! Which known export a file is.

use super::{DatePattern, Format, Shape, Signature};
use crate::io::read::day;
use crate::model::transaction::Currency;

/// A format that fits a row, and what the row adds.
#[derive(Clone, Debug)]
pub(crate) struct Recognised<'f> {
    pub format: &'f Format,
    /// The currency a column is named after.
    pub currency: Option<Currency>,
}

/// The form in which names of columns are compared: lower case, single blanks, no marks around it.
pub(crate) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}' || letter == '\'')
        .split_whitespace()
    {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// The formats whose header is this row.
pub(crate) fn recognise<'f>(
    formats: impl Iterator<Item = &'f Format>,
    cells: &[String],
    delimiter: u8,
) -> Vec<Recognised<'f>> {
    formats
        .filter(|format| format.delimiter.is_none_or(|own| own == delimiter))
        .filter_map(|format| match &format.signature {
            Signature::Header { normal, optional, more, .. } => {
                let currency = fits(normal, optional, *more, cells)?;
                Some(Recognised { format, currency })
            }
            Signature::Shapes(_) => None,
        })
        .collect()
}

/// Whether a header's cells, in normal form, are these names; gives the currency a name holds.
fn fits(names: &[String], optional: &[bool], more: bool, cells: &[String]) -> Option<Option<Currency>> {
    // Empty cells at the end come from delimiters at the end of lines.
    let filled = cells.len() - cells.iter().rev().take_while(|cell| cell.is_empty()).count();
    let cells = if names.last().is_some_and(String::is_empty) { cells } else { &cells[..filled] };
    let mut currency = None;
    let mut at = 0;
    for (name, optional) in names.iter().zip(optional) {
        match cells.get(at).and_then(|cell| name_fits(name, cell)) {
            Some(found) => {
                currency = currency.or(found);
                at += 1;
            }
            None if *optional => {}
            None => return None,
        }
    }
    (at == cells.len() || more).then_some(currency)
}

const PLACEHOLDER: &str = "{currency}";

fn name_fits(name: &str, cell: &str) -> Option<Option<Currency>> {
    match name.split_once(PLACEHOLDER) {
        None => (name == cell).then_some(None),
        Some((before, after)) => {
            let code = cell.strip_prefix(before)?.strip_suffix(after)?;
            (code.len() == 3).then_some(())?;
            code.parse().ok().map(Some)
        }
    }
}

/// The formats without header whose shapes all of these rows have.
pub(crate) fn by_shape<'f>(
    formats: impl Iterator<Item = &'f Format>,
    rows: &[Vec<String>],
    delimiter: u8,
) -> Vec<Recognised<'f>> {
    formats
        .filter(|format| format.delimiter.unwrap_or(b',') == delimiter)
        .filter(|format| match &format.signature {
            Signature::Shapes(shapes) => !rows.is_empty() && rows.iter().all(|cells| shapes_fit(format, shapes, cells)),
            Signature::Header { .. } => false,
        })
        .map(|format| Recognised { format, currency: None })
        .collect()
}

fn shapes_fit(format: &Format, shapes: &[Shape], cells: &[String]) -> bool {
    let extra_empty = cells.iter().skip(shapes.len()).all(|cell| cell.trim().is_empty());
    cells.len() >= shapes.len()
        && extra_empty
        && shapes.iter().zip(cells).all(|(shape, cell)| shape_fits(format, shape, cell.trim()))
}

fn shape_fits(format: &Format, shape: &Shape, cell: &str) -> bool {
    let is_amount = |cell: &str| {
        let mark = format.decimal_mark();
        cell.contains(|letter: char| letter.is_ascii_digit())
            && matches!(crate::io::read::money::amount(cell, mark), Ok(Some(_)))
    };
    match shape {
        Shape::Date => format.dates.iter().any(|pattern| match pattern {
            DatePattern::Order(order) => day::is_in_order(cell, *order),
            DatePattern::Pattern(pattern) => day::by_pattern(cell, pattern).is_some(),
            DatePattern::Detect => day::written(cell).is_some(),
        }),
        Shape::Amount => is_amount(cell),
        Shape::MaybeAmount => cell.is_empty() || is_amount(cell),
        Shape::Number => {
            cell.contains(|letter: char| letter.is_ascii_digit())
                && cell
                    .chars()
                    .all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | '*' | 'x' | 'X' | '-' | '#'))
        }
        Shape::Text => cell.contains(char::is_alphabetic) && !is_amount(cell) && day::written(cell).is_none(),
        Shape::Any => true,
        Shape::Empty => cell.is_empty(),
        Shape::Words(words) => words.iter().any(|word| word.eq_ignore_ascii_case(cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_fit_with_optional_and_currency_columns() {
        let names = ["date".to_owned(), "amount ({currency})".to_owned(), "note".to_owned()];
        let cells = |text: &str| text.split(',').map(normal).collect::<Vec<_>>();
        let optional = [false, false, true];
        let usd = fits(&names, &optional, false, &cells("Date, Amount  (USD)")).unwrap();
        assert_eq!(usd.unwrap().as_str(), "USD");
        assert!(fits(&names, &optional, false, &cells("Date,Amount (EUR),Note,,")).is_some());
        assert!(fits(&names, &optional, false, &cells("Date,Amount (EUR),Other")).is_none());
        assert!(fits(&names, &optional, true, &cells("Date,Amount (EUR),Other")).is_some());
        assert!(fits(&names, &optional, false, &cells("Date,Amount ($)")).is_none());
    }
}
