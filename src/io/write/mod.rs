//! Writing answers: our own CSV and JSON, and the forms other programs take.

#[cfg(feature = "arrow")]
mod columnar;
mod csv;
mod import;
mod journal;
mod json;
mod platform;
mod rendering;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use super::read::RawRow;
use crate::error::ParseError;
use crate::model::account::AccountType;
use crate::model::record::Record;
use crate::model::transaction::{Currency, Transaction};
use crate::recur::Stream;

pub use rendering::{Gist, Rendering};

use import::{Import, Program, Qif};
use journal::{Dialect, Journal};

/// Declares the forms with their names and what they are.
macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident = $name:literal, $description:literal;)+) => {
        /// A form to write answers in.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum OutputFormat {
            $($(#[$doc])* $form),+
        }

        impl OutputFormat {
            /// Every form.
            pub const ALL: &[Self] = &[$(Self::$form),+];

            /// The name as options have it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$form => $name),+
                }
            }

            /// One line on what it is.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$form => $description),+
                }
            }
        }
    };
}

forms! {
    /// CSV with the columns of [`COLUMNS`](crate::COLUMNS).
    #[default]
    Csv = "csv", "CSV with all columns";
    /// One JSON object a line with the same names.
    JsonLines = "jsonl", "one JSON object a line, the same names";
    /// The transaction list of MX with its pagination; `category` has the names of MX whatever the taxonomy.
    Mx = "mx", "transaction list of MX, with pagination";
    /// The response of MX to an enhance request; methods are numbered by their place in [`Method::ALL`](crate::Method::ALL).
    MxEnhance = "mx-enhance", "enhance response of MX";
    /// The response of Plaid to an enrich request; categories are those of version 2 whatever the taxonomy.
    Plaid = "plaid", "enrich response of Plaid";
    /// The journal of Ledger and hledger.
    Ledger = "ledger", "journal of Ledger and hledger";
    /// Beancount.
    Beancount = "beancount", "Beancount";
    /// CSV as Actual Budget exports and imports it.
    Actual = "actual", "CSV of Actual Budget";
    /// CSV for the importer of Firefly III.
    Firefly = "firefly", "CSV for the importer of Firefly III";
    /// CSV for the import of YNAB.
    Ynab = "ynab", "CSV for the import of YNAB";
    /// QIF with categories.
    Qif = "qif", "QIF, with categories";
    /// Parquet with the columns of [`COLUMNS`](crate::COLUMNS), typed; needs the feature `arrow`.
    Parquet = "parquet", "Parquet with all columns";
    /// An Arrow file (Feather) with the same columns; needs the feature `arrow`.
    Arrow = "arrow", "Arrow file with all columns";
}

impl OutputFormat {
    /// The form that a file name's ending tells.
    pub fn of_path(path: &std::path::Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match &*extension {
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::JsonLines,
            "journal" | "ledger" | "hledger" => Self::Ledger,
            "beancount" | "bean" => Self::Beancount,
            "qif" => Self::Qif,
            "parquet" => Self::Parquet,
            "arrow" | "feather" => Self::Arrow,
            _ => return None,
        })
    }

    /// Whether rows are gathered in columns, and the form is written by a [`writer`](Self::writer) alone.
    pub fn is_columnar(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// What turns records into bytes of this form. Parquet and Arrow are written by a [`writer`](Self::writer) alone.
    ///
    /// # Errors
    ///
    /// The form is written by a writer alone, or the options ask for what it does not have.
    pub fn renderer(self, options: &WriteOptions) -> Result<Box<dyn Renderer>, String> {
        Ok(match self {
            Self::Csv => Box::new(csv::Csv::new(options)?),
            Self::JsonLines => Box::new(json::JsonLines::new(options)?),
            Self::Mx => Box::new(platform::Mx { is_enhance: false }),
            Self::MxEnhance => Box::new(platform::Mx { is_enhance: true }),
            Self::Plaid => Box::new(platform::Plaid),
            Self::Ledger => Box::new(Journal::new(Dialect::Ledger, options)?),
            Self::Beancount => Box::new(Journal::new(Dialect::Beancount, options)?),
            Self::Actual => Box::new(Import::new(Program::Actual, options)),
            Self::Firefly => Box::new(Import::new(Program::Firefly, options)),
            Self::Ynab => Box::new(Import::new(Program::Ynab, options)),
            Self::Qif => Box::new(Qif::new(options)),
            Self::Parquet | Self::Arrow => return Err(format!("{self} is written by a writer, not row by row")),
        })
    }

    /// A writer of this form.
    ///
    /// # Errors
    ///
    /// The form needs a feature that was not built, or the options ask for what it does not have.
    pub fn writer<'w>(
        self,
        out: impl Write + Send + 'w,
        options: &WriteOptions,
    ) -> Result<Box<dyn Writer + 'w>, String> {
        match self {
            #[cfg(feature = "arrow")]
            Self::Parquet => Ok(Box::new(columnar::Columnar::new(columnar::Form::Parquet, out, options)?)),
            #[cfg(feature = "arrow")]
            Self::Arrow => Ok(Box::new(columnar::Columnar::new(columnar::Form::Arrow, out, options)?)),
            #[cfg(not(feature = "arrow"))]
            Self::Parquet | Self::Arrow => Err(format!("{self} needs the feature `arrow`: build with it")),
            _ => Ok(Box::new(Rendered::new(self.renderer(options)?, out))),
        }
    }
}

impl FromStr for OutputFormat {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = if text == "hledger" { "ledger" } else { text };
        Self::ALL.iter().copied().find(|format| format.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.as_str()).collect();
            ParseError::new(format!("`{text}` is no output format: use one of {}", names.join(", ")))
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
    /// The kind of account, for QIF; a bank account unless set.
    pub account_type: Option<AccountType>,
}

/// Turns records into bytes. Rows may be rendered on several threads, as long as they are put out in order.
pub trait Renderer: Send + Sync {
    /// What stands before the first row.
    fn head(&self, out: &mut Vec<u8>);

    /// One row; `number` counts from 0 over the whole output.
    fn row(&self, number: u64, record: &Record<'_>, input: Option<&RawRow>, out: &mut Vec<u8>);

    /// What stands behind the last of `count` rows.
    fn tail(&self, count: u64, out: &mut Vec<u8>);

    /// The parts that rows are composed of, for forms where the answer's part tells nothing of the row but its text.
    fn parts(&self) -> Option<&dyn Parts> {
        None
    }

    /// Whether a row has no place in this form: ledgers and QIF need a date, an amount and a direction.
    fn leaves_out(&self, _transaction: &Transaction) -> bool {
        false
    }
}

/// A row in its parts: [`own`](Self::own), [`answered`](Self::answered) and [`end`](Self::end) one after the other are
/// what [`Renderer::row`] gives.
pub trait Parts: Sync {
    /// What the row brings: id, account, date, amount, direction, currency and status.
    fn own(&self, transaction: &Transaction, out: &mut Vec<u8>);

    /// What the answer says, and the text it was found in. Equal answers to equal texts give equal bytes.
    fn answered(&self, record: &Record<'_>, out: &mut Vec<u8>);

    /// What stands behind.
    fn end(&self, input: Option<&RawRow>, out: &mut Vec<u8>);

    /// Appends a rendered row of no stream as it is rendered for a member of one.
    fn mark(&self, row: &[u8], stream: &Stream, out: &mut Vec<u8>);
}

/// Writes records one after the other.
pub trait Writer {
    /// Writes a record, and the input's own cells if they were asked for.
    ///
    /// # Errors
    ///
    /// What it writes to refuses the bytes.
    fn write(&mut self, record: &Record<'_>, input: Option<&RawRow>) -> io::Result<()>;

    /// Writes what must stand at the end. Without it the output is cut short.
    ///
    /// # Errors
    ///
    /// What it writes to refuses the bytes.
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

#[cfg(test)]
mod tests;
