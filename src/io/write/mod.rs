//! Writing answers: our own CSV and JSON, and the forms other programs take.

mod csv;
mod json;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use super::read::RawRow;
use crate::model::record::Record;
use crate::model::transaction::Currency;

/// A form to write answers in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// CSV with the columns of [`COLUMNS`](crate::COLUMNS).
    #[default]
    Csv,
    /// One JSON object a line with the same names.
    JsonLines,
}

impl OutputFormat {
    /// Every form.
    pub const ALL: &[Self] = &[Self::Csv, Self::JsonLines];

    /// The name as options have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    /// One line on what it is.
    pub fn description(self) -> &'static str {
        match self {
            Self::Csv => "CSV with all columns",
            Self::JsonLines => "one JSON object a line, the same names",
        }
    }

    /// The form that a file name's ending tells.
    pub fn of_path(path: &std::path::Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match &*extension {
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::JsonLines,
            _ => return None,
        })
    }

    /// What turns records into bytes of this form.
    pub fn renderer(self, options: &WriteOptions) -> Result<Box<dyn Renderer>, String> {
        Ok(match self {
            Self::Csv => Box::new(csv::Csv::new(options)?),
            Self::JsonLines => Box::new(json::JsonLines::new(options)?),
        })
    }

    /// A writer of this form.
    pub fn writer<'w>(
        self,
        out: impl Write + Send + 'w,
        options: &WriteOptions,
    ) -> Result<Box<dyn Writer + 'w>, String> {
        Ok(Box::new(Rendered::new(self.renderer(options)?, out)))
    }
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|format| format.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.as_str()).collect();
            format!("`{text}` is no output format: use one of {}", names.join(", "))
        })
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What to write and how.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// The columns to write, of [`COLUMNS`](crate::COLUMNS), in that order; all if empty.
    pub columns: Vec<String>,
    /// The input's own columns to append, named `input.` and their name.
    pub input_columns: Vec<String>,
    /// The currency of rows that tell none, for forms that must name one; `USD` unless set.
    pub currency: Option<Currency>,
    /// The account of rows, for ledgers; named after the kind of account unless set.
    pub account: Option<String>,
}

/// Turns records into bytes. Rows may be rendered on several threads, as long as they are put out in order.
pub trait Renderer: Send + Sync {
    /// What stands before the first row.
    fn head(&self, out: &mut Vec<u8>);

    /// One row; `number` counts from 0 over the whole output.
    fn row(&self, number: u64, record: &Record<'_>, input: Option<&RawRow>, out: &mut Vec<u8>);

    /// What stands behind the last of `count` rows.
    fn tail(&self, count: u64, out: &mut Vec<u8>);
}

/// Writes records one after the other.
pub trait Writer {
    /// Writes a record, and the input's own cells if they were asked for.
    fn write(&mut self, record: &Record<'_>, input: Option<&RawRow>) -> io::Result<()>;

    /// Writes what must stand at the end. Without it the output is cut short.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A writer of what is rendered row by row.
struct Rendered<W> {
    renderer: Box<dyn Renderer>,
    out: W,
    buffer: Vec<u8>,
    count: u64,
}

/// Bytes gathered before they are given on.
const BUFFER: usize = 256 * 1024;

impl<W: Write> Rendered<W> {
    fn new(renderer: Box<dyn Renderer>, out: W) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER + 4096);
        renderer.head(&mut buffer);
        Self { renderer, out, buffer, count: 0 }
    }

    fn give_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write> Writer for Rendered<W> {
    fn write(&mut self, record: &Record<'_>, input: Option<&RawRow>) -> io::Result<()> {
        self.renderer.row(self.count, record, input, &mut self.buffer);
        self.count += 1;
        if self.buffer.len() >= BUFFER { self.give_on() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.renderer.tail(self.count, &mut self.buffer);
        self.give_on()?;
        self.out.flush()
    }
}

/// Which of [`COLUMNS`](crate::COLUMNS) are wanted.
fn wanted(options: &WriteOptions) -> Result<Vec<bool>, String> {
    let columns = crate::model::record::COLUMNS;
    for name in &options.columns {
        if !columns.contains(&name.as_str()) {
            return Err(format!("`{name}` is no column: use some of {}", columns.join(", ")));
        }
    }
    Ok(columns
        .iter()
        .map(|column| options.columns.is_empty() || options.columns.iter().any(|name| name == column))
        .collect())
}
