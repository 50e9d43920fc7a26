//! Parquet and Arrow, a batch at a time.

use std::fs::File;
use std::io::BufReader;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};
use csv::ByteRecord;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::columns::{Cells, Filled};
use super::day::Orders;
use super::plan::{Plan, SAMPLE_ROWS, plan};
use super::source::Source;
use super::{ReadOptions, Rows, Step};
use crate::error::{Error, ErrorKind};
use crate::io::formats::DatePattern;
use crate::model::transaction::Transaction;

/// Rows of a batch of a Parquet file.
const BATCH: usize = 8192;

/// Whether a file is Parquet or Arrow.
pub(crate) fn label(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'P', b'A', b'R', b'1', ..] => Some("parquet"),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => Some("arrow"),
        _ => None,
    }
}

/// The batches of a file.
enum Batches {
    Parquet(ParquetRecordBatchReader),
    File(Box<FileReader<BufReader<File>>>),
    Stream(Box<StreamReader<BufReader<File>>>),
}

impl Batches {
    fn open(source: &mut Source, head: &[u8]) -> Result<(Self, SchemaRef), Error> {
        let file = source.file()?;
        let fault = |error: String| {
            let message = format!("not a Parquet or Arrow file that can be read: {error}");
            Error::single(ErrorKind::Input, source.name.clone(), 0, message)
        };
        let arrow = |error: ArrowError| fault(error.to_string());
        Ok(match label(head) {
            Some("parquet") => {
                let builder =
                    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| fault(error.to_string()))?;
                let schema = builder.schema().clone();
                let batches = builder.with_batch_size(BATCH).build().map_err(|error| fault(error.to_string()))?;
                (Self::Parquet(batches), schema)
            }
            _ if head.starts_with(b"ARROW1") => {
                let batches = FileReader::try_new(BufReader::new(file), None).map_err(arrow)?;
                let schema = batches.schema();
                (Self::File(Box::new(batches)), schema)
            }
            _ => {
                let batches = StreamReader::try_new(BufReader::new(file), None).map_err(arrow)?;
                let schema = batches.schema();
                (Self::Stream(Box::new(batches)), schema)
            }
        })
    }

    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        match self {
            Self::Parquet(batches) => batches.next(),
            Self::File(batches) => batches.next(),
            Self::Stream(batches) => batches.next(),
        }
    }
}

/// What was found out about a columnar file.
pub(crate) struct Prepared {
    pub plan: Plan,
    head: Vec<u8>,
}

/// Looks at the names of the columns and at the first rows.
pub(crate) fn prepare(source: &mut Source, head: &[u8], options: &ReadOptions) -> Result<Prepared, Error> {
    let (mut batches, schema) = Batches::open(source, head)?;
    let header: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut rows = Vec::new();
    next_rows(&mut batches, &source.name, &mut rows)?;
    rows.truncate(SAMPLE_ROWS);
    // The columns are told by the same means as those of CSV.
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let memory = |error: csv::Error| Error::single(ErrorKind::Input, source.name.clone(), 0, error.to_string());
    writer.write_record(&header).map_err(memory)?;
    for row in &rows {
        writer.write_byte_record(row).map_err(memory)?;
    }
    let text = writer.into_inner().unwrap_or_default();
    let options = ReadOptions { header: Some(true), delimiter: Some(b','), quote: Some(b'"'), ..options.clone() };
    let mut plan = plan(&String::from_utf8_lossy(&text), true, &options)
        .map_err(|(_, message)| Error::single(ErrorKind::Input, source.name.clone(), 0, message))?;
    plan.rules.plain_numbers = true;
    let detects = plan.rules.dates.iter().all(|pattern| *pattern == DatePattern::Detect);
    if plan.rules.order.is_none() && detects {
        plan.rules.order = survey(source, head, &plan)?;
    }
    Ok(Prepared { plan, head: head.to_vec() })
}

/// Goes over all dates of a file that are texts and tells the order of day and month, if any needs it.
fn survey(source: &mut Source, head: &[u8], plan: &Plan) -> Result<Option<super::DateOrder>, Error> {
    let columns: Vec<usize> = super::table::date_columns(plan);
    let (mut batches, schema) = Batches::open(source, head)?;
    let is_text = |column: &usize| schema.fields().get(*column).is_some_and(|field| !field.data_type().is_temporal());
    if !columns.iter().any(is_text) {
        return Ok(None);
    }
    let mut orders = Orders::default();
    let mut rows = Vec::new();
    let mut line = 0;
    while next_rows(&mut batches, &source.name, &mut rows)? {
        for row in &rows {
            line += 1;
            for cell in columns.iter().filter_map(|column| row.get(*column)) {
                orders.see(std::str::from_utf8(cell).unwrap_or_default(), line);
            }
        }
    }
    if orders.all_clear() {
        return Ok(None);
    }
    let order = orders.decide();
    order.map(Some).map_err(|(line, message)| Error::single(ErrorKind::Input, source.name.clone(), line, message))
}

/// The cells of the next batch as texts; `false` at the end.
fn next_rows(batches: &mut Batches, name: &str, rows: &mut Vec<ByteRecord>) -> Result<bool, Error> {
    let fault = |error: ArrowError| Error::single(ErrorKind::Input, name, 0, format!("this file is damaged: {error}"));
    rows.clear();
    let Some(batch) = batches.next() else { return Ok(false) };
    let batch = batch.map_err(fault)?;
    let options = FormatOptions::new().with_display_error(true);
    let formatters = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
    let formatters = formatters.collect::<Result<Vec<_>, _>>().map_err(fault)?;
    let is_decimal: Vec<bool> = batch.columns().iter().map(|column| column.data_type().is_decimal()).collect();
    let mut text = String::new();
    for number in 0..batch.num_rows() {
        let mut row = ByteRecord::with_capacity(128, formatters.len());
        for (formatter, is_decimal) in formatters.iter().zip(&is_decimal) {
            text.clear();
            formatter.value(number).write(&mut text).map_err(fault)?;
            if *is_decimal {
                trim_zeros(&mut text);
            }
            row.push_field(text.as_bytes());
        }
        rows.push(row);
    }
    Ok(true)
}

/// Takes off the zeros that a column's number of places puts behind an amount; two places stay.
fn trim_zeros(text: &mut String) {
    if let Some(point) = text.find('.') {
        let end = text.trim_end_matches('0').len().max(point + 3).min(text.len());
        text.truncate(end);
    }
}

/// The rows of a columnar file.
pub(crate) struct Columnar {
    name: String,
    plan: Plan,
    batches: Batches,
    /// Rows of the batch at hand, last first.
    rows: Vec<ByteRecord>,
    line: u64,
    skipped: u64,
}

impl Columnar {
    pub fn open(source: &mut Source, prepared: Prepared) -> Result<Self, Error> {
        let (batches, _) = Batches::open(source, &prepared.head)?;
        let name = source.name.clone();
        Ok(Self { name, plan: prepared.plan, batches, rows: Vec::new(), line: 0, skipped: 0 })
    }
}

impl Rows for Columnar {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        loop {
            while self.rows.is_empty() {
                if !next_rows(&mut self.batches, &self.name, &mut self.rows)? {
                    return Ok(Step::End);
                }
                self.rows.reverse();
            }
            let Some(row) = self.rows.pop() else { continue };
            self.line += 1;
            let line = self.line;
            match Cells::new(&row).and_then(|cells| self.plan.columns.fill(&self.plan.rules, &cells, out)) {
                Ok(Filled::Row { .. }) => {
                    *raw = row;
                    return Ok(Step::Row { line });
                }
                Ok(Filled::Skip) => self.skipped += 1,
                Err(reason) => {
                    let raw = row.iter().collect::<Vec<_>>().join(&b',');
                    return Ok(Step::Reject { line, raw, reason });
                }
            }
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_places_they_need() {
        for (written, trimmed) in [
            ("1.5000000000", "1.50"),
            ("-0.1234500000", "-0.12345"),
            ("1204.0000", "1204.00"),
            ("7.5", "7.5"),
            ("100", "100"),
        ] {
            let mut text = written.to_owned();
            trim_zeros(&mut text);
            assert_eq!(text, trimmed);
        }
    }
}
