//! Our own JSON Lines.

use std::io::Write as _;

use super::{Parts, Renderer, WriteOptions, wanted};
use crate::io::read::RawRow;
use crate::model::record::{OWN_COLUMNS, Record, Value, each_own};
use crate::model::transaction::Transaction;
use crate::recur::Stream;

/// Renders one object a line. Unknown values are `null`.
pub(crate) struct JsonLines {
    wanted: Vec<bool>,
    input_columns: Vec<String>,
}

impl JsonLines {
    pub fn new(options: &WriteOptions) -> Result<Self, String> {
        Ok(Self { wanted: wanted(options)?, input_columns: options.input_columns.clone() })
    }
}

impl Renderer for JsonLines {
    fn head(&self, _: &mut Vec<u8>) {}

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

impl Parts for JsonLines {
    fn own(&self, transaction: &Transaction, out: &mut Vec<u8>) {
        let mut wanted = self.wanted.iter();
        out.push(b'{');
        each_own(transaction, &mut |column: &'static str, value: Value<'_>| entry(wanted.next(), column, value, out));
    }

    fn answered(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let mut wanted = self.wanted[OWN_COLUMNS..].iter();
        record.each_answered(&mut |column: &'static str, value: Value<'_>| entry(wanted.next(), column, value, out));
    }

    fn end(&self, input: Option<&RawRow>, out: &mut Vec<u8>) {
        for (at, column) in self.input_columns.iter().enumerate() {
            key(&format!("input.{column}"), out);
            let cell = input.map_or(&[][..], |input| input.cell(at));
            string(&String::from_utf8_lossy(cell), out);
        }
        out.extend_from_slice(b"}\n");
    }

    fn mark(&self, row: &[u8], stream: &Stream, out: &mut Vec<u8>) {
        // A quote inside of a text has a backslash before it: these bytes stand nowhere but at their keys.
        let text = String::from_utf8_lossy(row).replacen("\"is_recurring\":false", "\"is_recurring\":true", 1);
        let text = match stream.is_subscription() {
            true => text.replacen("\"is_subscription\":false", "\"is_subscription\":true", 1),
            false => text,
        };
        let id = format!("\"stream_id\":\"RPT-{}\"", stream.id);
        out.extend_from_slice(text.replacen("\"stream_id\":null", &id, 1).as_bytes());
    }
}

/// A key and its value, if the column is wanted.
fn entry(wanted: Option<&bool>, column: &str, value: Value<'_>, out: &mut Vec<u8>) {
    if wanted.is_some_and(|wanted| *wanted) {
        key(column, out);
        self::value(value, out);
    }
}

/// A key, with the comma before it unless it is the first.
pub(crate) fn key(name: &str, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    string(name, out);
    out.push(b':');
}

/// A value of a record.
pub(crate) fn value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Text(text) | Value::Word(text) => string(text, out),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Decimal(value) => super::csv::decimal(value, out),
        Value::Integer(value) => out.write_fmt(format_args!("{value}")).expect("memory takes all bytes"),
        Value::Degrees(value) => out.write_fmt(format_args!("{value}")).expect("memory takes all bytes"),
        Value::Probability(value) => {
            let rounded = (f64::from(value) * 1000.0).round() / 1000.0;
            out.write_fmt(format_args!("{rounded}")).expect("memory takes all bytes");
        }
    }
}

/// A string of JSON.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    let is_plain = text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if is_plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("memory takes all bytes");
    }
}
