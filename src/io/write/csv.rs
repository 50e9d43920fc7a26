//! Our own CSV.

use std::io::Write as _;

use super::{Parts, Renderer, WriteOptions, wanted};
use crate::io::read::RawRow;
use crate::model::record::{COLUMNS, OWN_COLUMNS, Record, Take, Value, each_own};
use crate::model::transaction::Transaction;
use crate::recur::Stream;

/// Renders CSV: unknown cells empty, yes and no as `true` and `false`, confidence with three places, lines ended by `\n`.
pub(crate) struct Csv {
    wanted: Vec<bool>,
    input_columns: Vec<String>,
}

impl Csv {
    pub fn new(options: &WriteOptions) -> Result<Self, String> {
        Ok(Self { wanted: wanted(options)?, input_columns: options.input_columns.clone() })
    }
}

impl Renderer for Csv {
    fn head(&self, out: &mut Vec<u8>) {
        for (column, wanted) in COLUMNS.iter().zip(&self.wanted) {
            if *wanted {
                cell(column.as_bytes(), out);
                out.push(b',');
            }
        }
        for column in &self.input_columns {
            cell(format!("input.{column}").as_bytes(), out);
            out.push(b',');
        }
        end(out);
    }

    fn row(&self, _: u64, record: &Record<'_>, input: Option<&RawRow>, out: &mut Vec<u8>) {
        self.own(record.transaction, out);
        self.answered(record, out);
        self.end(input, out);
    }

    fn tail(&self, _: u64, _: &mut Vec<u8>) {}

    fn parts(&self) -> Option<&dyn Parts> {
        Some(self)
    }
}

impl Parts for Csv {
    fn own(&self, transaction: &Transaction, out: &mut Vec<u8>) {
        each_own(transaction, &mut Cells { wanted: self.wanted.iter(), out });
    }

    fn answered(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        record.each_answered(&mut Cells { wanted: self.wanted[OWN_COLUMNS..].iter(), out });
    }

    fn end(&self, input: Option<&RawRow>, out: &mut Vec<u8>) {
        for column in 0..self.input_columns.len() {
            cell(input.map_or(&[], |input| input.cell(column)), out);
            out.push(b',');
        }
        end(out);
    }

    fn mark(&self, row: &[u8], stream: &Stream, out: &mut Vec<u8>) {
        let mut rest = row;
        let wanted = COLUMNS.iter().zip(&self.wanted).filter(|(_, wanted)| **wanted);
        for (column, _) in wanted {
            let length = cell_length(rest);
            let cell = &rest[..length];
            match *column {
                "is_recurring" => out.extend_from_slice(b"true"),
                "is_subscription" if stream.is_subscription() => out.extend_from_slice(b"true"),
                "stream_id" => put(out, format_args!("RPT-{}", stream.id)),
                _ => out.extend_from_slice(cell),
            }
            // The sign behind the cell.
            out.extend_from_slice(&rest[length..rest.len().min(length + 1)]);
            rest = &rest[rest.len().min(length + 1)..];
        }
        out.extend_from_slice(rest);
    }
}

/// Appends the cells of the columns that are wanted.
struct Cells<'c> {
    wanted: std::slice::Iter<'c, bool>,
    out: &'c mut Vec<u8>,
}

impl Cells<'_> {
    fn is_wanted(&mut self) -> bool {
        self.wanted.next().is_some_and(|wanted| *wanted)
    }
}

impl Take for Cells<'_> {
    #[inline(never)]
    fn take(&mut self, _: &'static str, value: Value<'_>) {
        if !self.is_wanted() {
            return;
        }
        let out = &mut *self.out;
        match value {
            Value::Null => {}
            Value::Bool(is_so) => out.extend_from_slice(if is_so { b"true" } else { b"false" }),
            Value::Text(text) => cell(text.as_bytes(), out),
            Value::Word(word) => out.extend_from_slice(word.as_bytes()),
            Value::Decimal(value) => decimal(value, out),
            Value::Integer(value) => put(out, format_args!("{value:04}")),
            Value::Degrees(value) => degrees(value, out),
            Value::Probability(value) => probability(value, out),
        }
        out.push(b',');
    }

    #[inline(never)]
    fn text(&mut self, _: &'static str, text: Option<&str>) {
        if self.is_wanted() {
            text.iter().for_each(|text| cell(text.as_bytes(), self.out));
            self.out.push(b',');
        }
    }

    #[inline(never)]
    fn word(&mut self, _: &'static str, word: Option<&str>) {
        if self.is_wanted() {
            self.out.extend_from_slice(word.unwrap_or_default().as_bytes());
            self.out.push(b',');
        }
    }

    #[inline(never)]
    fn yes(&mut self, _: &'static str, is_so: Option<bool>) {
        if self.is_wanted() {
            match is_so {
                Some(true) => self.out.extend_from_slice(b"true,"),
                Some(false) => self.out.extend_from_slice(b"false,"),
                None => self.out.push(b','),
            }
        }
    }
}

/// Bytes of the first cell of a rendered row.
fn cell_length(row: &[u8]) -> usize {
    let mut is_quoted = false;
    let end = row.iter().position(|byte| {
        is_quoted ^= *byte == b'"';
        !is_quoted && matches!(byte, b',' | b'\n')
    });
    end.unwrap_or(row.len())
}

/// Turns the comma behind the last cell into the end of the line.
fn end(out: &mut Vec<u8>) {
    match out.last_mut() {
        Some(last) if *last == b',' => *last = b'\n',
        _ => out.push(b'\n'),
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes all bytes");
}

/// A cell, quoted where it must be.
pub(crate) fn cell(bytes: &[u8], out: &mut Vec<u8>) {
    if !needs_quotes(bytes) {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    for byte in bytes {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Whether a comma, a quote or a line's end stands among the bytes; many of them are looked at together, some of them twice.
fn needs_quotes(bytes: &[u8]) -> bool {
    fn special<const N: usize>(bytes: &[u8; N]) -> bool {
        let is_special = |byte: &u8| (*byte == b',') | (*byte == b'"') | (*byte == b'\n') | (*byte == b'\r');
        bytes.iter().fold(false, |any, byte| any | is_special(byte))
    }
    if let Some(last) = bytes.last_chunk::<16>() {
        special(last) || bytes.as_chunks::<16>().0.iter().any(special)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        special(first) || special(last)
    } else {
        bytes.iter().any(|byte| special(&[*byte]))
    }
}

/// An exact number without a detour over text for all amounts of usual size.
pub(crate) fn decimal(value: rust_decimal::Decimal, out: &mut Vec<u8>) {
    let scale = value.scale() as usize;
    let Ok(mut rest) = u64::try_from(value.mantissa().unsigned_abs()) else {
        return put(out, format_args!("{value}"));
    };
    let mut digits = [b'0'; 32];
    let mut at = digits.len();
    let mut count = 0;
    loop {
        if scale > 0 && count == scale {
            at -= 1;
            digits[at] = b'.';
        }
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
        if rest == 0 && count > scale {
            break;
        }
        if at < 3 {
            return put(out, format_args!("{value}"));
        }
    }
    if value.is_sign_negative() && !value.is_zero() {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Degrees as `{}` writes them, without a detour for those of no more places than the gazetteer's.
fn degrees(value: f64, out: &mut Vec<u8>) {
    let parts = (value * 10_000.0).round();
    if parts / 10_000.0 != value || !(1.0..1e9).contains(&parts.abs()) {
        return put(out, format_args!("{value}"));
    }
    let (mut mantissa, mut scale) = (parts as i64, 4);
    while mantissa % 10 == 0 && scale > 0 {
        mantissa /= 10;
        scale -= 1;
    }
    decimal(rust_decimal::Decimal::new(mantissa, scale), out);
}

/// A probability with three places.
fn probability(value: f32, out: &mut Vec<u8>) {
    let thousandths = (value.clamp(0.0, 1.0) * 1000.0).round() as u16;
    let digit = |unit: u16| b'0' + (thousandths / unit % 10) as u8;
    out.extend_from_slice(&[digit(1000), b'.', digit(100), digit(10), digit(1)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for text in [
            "0",
            "0.00",
            "12.30",
            "0.05",
            "-3.10",
            "123456789012345.67",
            "79228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            let mut out = Vec::new();
            decimal(text.parse().unwrap(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
        for value in [0.0, -0.0, 1.0, -90.0, 12.5, 0.0001, -0.3, 179.9999, 47.608_01, 1e-9, 1e300, 100.0, f64::NAN] {
            let mut out = Vec::new();
            degrees(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
        for (value, expected) in [(0.0, "0.000"), (1.0, "1.000"), (0.9876, "0.988"), (0.05, "0.050")] {
            let mut out = Vec::new();
            probability(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must() {
        let quoted = |text: &str| {
            let mut out = Vec::new();
            cell(text.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(quoted("a b"), "a b");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("a\"b\n"), "\"a\"\"b\n\"");
        for at in 0..20 {
            for (sign, quotes) in
                [(',', true), ('"', true), ('\n', true), ('\r', true), ('-', false), ('\u{ac}', false)]
            {
                let mut text = "-+!#\u{22c}.\x0b\t-+!#.-+!#.-+!#.-+".chars().take(at).collect::<String>();
                text.push(sign);
                assert_eq!(quoted(&text).starts_with('"'), quotes, "{text:?}");
            }
        }
    }
}
