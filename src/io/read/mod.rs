//! Reading transactions from what people have.

mod bai2;
mod balance;
#[cfg(feature = "formats")]
mod camt;
#[cfg(feature = "arrow")]
mod columnar;
mod columns;
pub(crate) mod day;
mod infer;
mod json;
mod kind;
mod limits;
mod lines;
pub(crate) mod money;
mod mt940;
mod nacha;
mod ofx;
mod plan;
mod propose;
mod qif;
mod remittance;
mod shapes;
#[cfg(feature = "formats")]
mod sheet;
mod source;
mod table;
mod text;
#[cfg(feature = "formats")]
mod tree;
mod unpack;

use std::str::FromStr;

use csv::ByteRecord;

use super::formats::{Format, Sign};
use crate::error::{Error, ErrorKind, ParseError, Problem};
use crate::model::account::AccountType;
use crate::model::transaction::{Country, Currency, Transaction};
use crate::privacy::{redact, redact_names};

pub use day::DateOrder;
pub use limits::Limits;
pub use money::DecimalMark;
pub use propose::propose;
pub use source::Input;

use kind::{Prepared, prepare};
use plan::Field;
use source::Source;

/// What the user says about the input. Everything is optional: what is not said is found out.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Id of the format, as [`formats`](super::formats()) lists them, or `payee` for our own columns; found out unless set.
    pub format: Option<String>,
    /// Which columns hold what, for tables no format is known for.
    pub map: Option<ColumnMap>,
    /// Order of dates in numbers; found out over the whole file unless set.
    pub date_order: Option<DateOrder>,
    /// Decimal mark of amounts; that of the format, else found out.
    pub decimal_mark: Option<DecimalMark>,
    /// Which sign money out has in tables with one column of amounts; that of the format, else negative.
    pub sign: Option<Sign>,
    /// Label of the encoding, such as `windows-1252`; found out unless set.
    pub encoding: Option<String>,
    /// Delimiter of tables; found out unless set.
    pub delimiter: Option<u8>,
    /// Quote of tables; that of the format, else `"`.
    pub quote: Option<u8>,
    /// Whether tables have a header; found out unless set.
    pub header: Option<bool>,
    /// Whether [`Batch::raw`] is filled.
    pub keep_input: bool,
    /// Account of rows that name none.
    pub account_id: Option<String>,
    /// Kind of account of rows that tell none; outranks what a format says.
    pub account_type: Option<AccountType>,
    /// Currency of rows that tell none; outranks what a format says.
    pub currency: Option<Currency>,
    /// Country of accounts; outranks what a format says.
    pub country: Option<Country>,
    /// Formats of the user's own; they outrank built-in ones of the same id.
    pub own_formats: Vec<Format>,
    /// Rows of a batch; 8192 unless set. Results do not depend on it.
    pub batch_rows: usize,
    /// Bounds on memory and work.
    pub limits: Limits,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            map: None,
            date_order: None,
            decimal_mark: None,
            sign: None,
            encoding: None,
            delimiter: None,
            quote: None,
            header: None,
            keep_input: false,
            account_id: None,
            account_type: None,
            currency: None,
            country: None,
            own_formats: Vec::new(),
            batch_rows: 8192,
            limits: Limits::default(),
        }
    }
}

/// Which columns hold what: `date=Booked,amount=Value,description=Text`. A column is named as in the header or by its
/// number from 1.
#[derive(Clone, Debug)]
pub struct ColumnMap(Vec<(Field, String)>);

impl ColumnMap {
    pub(crate) fn pairs(&self) -> &[(Field, String)] {
        &self.0
    }
}

impl FromStr for ColumnMap {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut pairs = Vec::new();
        for part in text.split(',') {
            let (field, column) = part
                .split_once('=')
                .ok_or_else(|| ParseError::new(format!("`{part}` is not of the form field=column")))?;
            let field = Field::named(field.trim()).ok_or_else(|| {
                ParseError::new(format!("`{}` is no field: use one of {}", field.trim(), Field::names()))
            })?;
            pairs.push((field, column.trim().to_owned()));
        }
        if !pairs.iter().any(|(field, _)| *field == Field::Description) {
            return Err(ParseError::new("the description is missing: add description=column"));
        }
        Ok(Self(pairs))
    }
}

/// A row that could not be read, as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reject {
    /// Number of the file, as in [`Report::files`].
    pub file: usize,
    /// Line of the file, from 1.
    pub line: u64,
    /// The row as it was, decoded to UTF-8 where its encoding allows; quotes may be set anew.
    pub raw: Vec<u8>,
    /// What is wrong with which cell, and what to do. Numbers of accounts and cards are masked.
    pub reason: String,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowSource {
    /// Number of the file, as in [`Report::files`].
    pub file: usize,
    /// Line of the file, from 1.
    pub line: u64,
}

/// The input's own cells of a row, in the order of [`Reader::input_columns`]; cells behind the last are empty.
#[derive(Clone, Debug, Default)]
pub struct RawRow(ByteRecord);

impl RawRow {
    /// A cell; empty where the row has none.
    pub fn cell(&self, column: usize) -> &[u8] {
        self.0.get(column).unwrap_or_default()
    }

    /// A copy whose cells are masked with [`redact_names`](crate::redact_names).
    #[must_use]
    pub fn redacted(&self, names: &[&str]) -> Self {
        let masked = |cell: &[u8]| redact_names(&String::from_utf8_lossy(cell), names).into_owned().into_bytes();
        Self(self.0.iter().map(masked).collect())
    }

    /// The cells that are there.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.iter()
    }
}

/// Rows that were read together. Buffers are used again by the next [`Reader::next_batch`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The rows.
    pub transactions: Vec<Transaction>,
    /// Where each of them stands.
    pub sources: Vec<RowSource>,
    /// The input's own cells of each, if [`ReadOptions::keep_input`] is set; else empty.
    pub raw: Vec<RawRow>,
    /// Rows that could not be read, in order.
    pub rejects: Vec<Reject>,
}

/// What was read of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileReport {
    /// The file as it was named.
    pub name: String,
    /// What it was taken for: id of a format, or name of a file type.
    pub format: String,
    /// Rows read, rejected ones included.
    pub rows: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Rows that are no transactions: repeated headers, opening balances, blank rows.
    pub skipped: u64,
    /// What was concluded rather than known, for the user to check.
    pub notes: Vec<String>,
}

/// What was read so far. `rows` is always the rows handed out plus the rejected ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Rows read, rejected ones included.
    pub rows: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Balances and control totals that do not add up.
    pub warnings: Vec<Problem>,
    /// Each file.
    pub files: Vec<FileReport>,
}

/// What a reader of one file found next.
pub(crate) enum Step {
    /// The transaction was filled.
    Row { line: u64 },
    /// A row that cannot be read.
    Reject { line: u64, raw: Vec<u8>, reason: String },
    /// No more rows.
    End,
}

/// The rows of one file.
pub(crate) trait Rows: Send {
    /// Fills the next transaction, overwriting every field, and the input's own cells.
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error>;

    /// Rows that are no transactions.
    fn skipped(&self) -> u64 {
        0
    }

    /// Checks totals after the last row.
    fn finish(&mut self) -> Vec<Problem> {
        Vec::new()
    }
}

/// Reads transactions from one or more inputs, a batch at a time and in order.
///
/// [`open`](Self::open) looks at the head of every file, so that what is not understood is told before anything is written.
/// Tables and JSON Lines are then read in bounded memory, whatever their size.
///
/// ```
/// use payee::io::{Batch, Input, ReadOptions, Reader};
///
/// let bytes = b"date,amount,description\n2025-01-31,-42.10,WHOLEFDS TSQ 102\n".to_vec();
/// let mut reader = Reader::open(&[Input::Bytes("mine.csv".into(), bytes.into())], ReadOptions::default())?;
/// let mut batch = Batch::default();
/// while reader.next_batch(&mut batch)? {
///     assert_eq!(batch.transactions[0].original_description, "WHOLEFDS TSQ 102");
/// }
/// assert_eq!(reader.report().rows, 1);
/// # Ok::<(), payee::Error>(())
/// ```
pub struct Reader {
    options: ReadOptions,
    /// Files not yet begun, last first.
    waiting: Vec<(usize, Source, Prepared)>,
    current: Option<(usize, Box<dyn Rows>)>,
    columns: Vec<String>,
    /// For each file, where its columns stand among all; `None` where they are the first ones.
    places: Vec<Option<Vec<usize>>>,
    report: Report,
    scratch: ByteRecord,
}

impl Reader {
    /// Looks at every input.
    ///
    /// # Errors
    ///
    /// Every input that cannot be read or is not understood.
    pub fn open(inputs: &[Input], options: ReadOptions) -> Result<Self, Error> {
        let sources = Source::expand(inputs, &options.limits)?;
        let mut waiting = Vec::with_capacity(sources.len());
        let mut problems = Vec::new();
        let mut kind = ErrorKind::Input;
        let mut report = Report::default();
        for (number, mut source) in sources.into_iter().enumerate() {
            report.files.push(FileReport { name: source.name.clone(), ..FileReport::default() });
            match prepare(&mut source, &options) {
                Ok(prepared) => {
                    report.files[number].format = prepared.label();
                    report.files[number].notes = prepared.notes();
                    waiting.push((number, source, prepared));
                }
                Err(error) => {
                    kind = error.kind();
                    problems.extend_from_slice(error.problems());
                }
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(kind, problems));
        }
        let (columns, places) = together(waiting.iter().map(|(_, _, prepared)| prepared.columns()));
        waiting.reverse();
        Ok(Self { options, waiting, current: None, columns, places, report, scratch: ByteRecord::new() })
    }

    /// Names of the input's own columns: those of all files, in the order they turn up.
    pub fn input_columns(&self) -> &[String] {
        &self.columns
    }

    /// What was read so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Reads the next rows; `false` when there are none left, and `batch` is then empty.
    ///
    /// # Errors
    ///
    /// A file cannot be read on. Rows that are bad in themselves are among the rejects.
    pub fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, Error> {
        let most = self.options.batch_rows.max(1);
        let mut count = 0;
        batch.rejects.clear();
        batch.sources.clear();
        while count < most && batch.rejects.len() < most {
            let Some((file, rows)) = &mut self.current else {
                let Some((file, mut source, prepared)) = self.waiting.pop() else { break };
                self.current = Some((file, prepared.open(&mut source, &self.options)?));
                continue;
            };
            if batch.transactions.len() == count {
                batch.transactions.push(Transaction::default());
            }
            let raw = match self.options.keep_input {
                false => &mut self.scratch,
                true => {
                    if batch.raw.len() == count {
                        batch.raw.push(RawRow::default());
                    }
                    &mut batch.raw[count].0
                }
            };
            let step = rows.next(&mut batch.transactions[count], raw)?;
            let report = &mut self.report.files[*file];
            match step {
                Step::Row { line } => {
                    if let (true, Some(places)) = (self.options.keep_input, &self.places[*file]) {
                        *raw = rearranged(raw, places, self.columns.len());
                    }
                    batch.sources.push(RowSource { file: *file, line });
                    count += 1;
                    report.rows += 1;
                }
                Step::Reject { line, raw, reason } => {
                    batch.rejects.push(Reject { file: *file, line, raw, reason });
                    report.rows += 1;
                    report.rejected += 1;
                    self.report.rejected += 1;
                    self.report.rows += 1;
                }
                Step::End => {
                    report.skipped = rows.skipped();
                    self.report.warnings.extend(rows.finish());
                    self.current = None;
                }
            }
        }
        self.report.rows += count as u64;
        batch.transactions.truncate(count);
        batch.raw.truncate(count);
        Ok(count > 0 || !batch.rejects.is_empty())
    }
}

/// The columns of all files, and where those of each stand among them.
fn together(files: impl Iterator<Item = Vec<String>>) -> (Vec<String>, Vec<Option<Vec<usize>>>) {
    let mut all: Vec<String> = Vec::new();
    let mut places = Vec::new();
    for own in files {
        let mut at = Vec::with_capacity(own.len());
        for name in &own {
            // A name that a file has twice stands for two columns.
            let taken = |place: &usize| at.contains(place);
            let found = (0..all.len()).find(|place| all[*place] == *name && !taken(place));
            at.push(found.unwrap_or_else(|| {
                all.push(name.clone());
                all.len() - 1
            }));
        }
        let is_first = at.iter().enumerate().all(|(own, place)| own == *place);
        places.push((!is_first).then_some(at));
    }
    (all, places)
}

fn rearranged(record: &ByteRecord, places: &[usize], width: usize) -> ByteRecord {
    let mut cells: Vec<&[u8]> = vec![&[]; width];
    for (cell, place) in record.iter().zip(places) {
        cells[*place] = cell;
    }
    ByteRecord::from(cells)
}

/// Makes a transaction blank, so that it can be filled anew.
pub(crate) fn clear(transaction: &mut Transaction) {
    *transaction = Transaction::default();
}

/// A cell as messages may quote it: cut short, without signs of control, and masked.
pub(crate) fn masked(text: &str) -> String {
    const MOST: usize = 60;
    // A number that the cut splits is masked by what stands behind the cut too.
    let head: String = text.chars().take(4 * MOST).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let masked = redact(&head);
    let mut out: String = masked.chars().take(MOST).collect();
    if masked.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
