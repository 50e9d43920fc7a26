//! Delimited text: CSV of every kind, a row at a time.

use std::collections::VecDeque;
use std::io::{self, Read};

use csv::ByteRecord;

use super::balance::BalanceCheck;
use super::columns::{Cells, Filled};
use super::day::{self, DateOrder, Written};
use super::limits::Allowance;
use super::plan::{Plan, plan};
use super::source::Source;
use super::text::{self, Encoding, Text};
use super::{ReadOptions, Rows, Step};
use crate::error::{Error, ErrorKind, Problem};
use crate::io::formats::{DatePattern, formats};
use crate::model::transaction::Transaction;

type Stream = Allowance<Text>;

/// The rows of one table.
pub(crate) struct Table {
    name: String,
    reader: csv::Reader<Stream>,
    plan: Plan,
    /// Lines before the first that the CSV reader saw.
    lines_before: u64,
    width: usize,
    header: ByteRecord,
    balance: Option<BalanceCheck>,
    skipped: u64,
    /// Lines that a quote left open had swallowed, each with its number.
    freed: VecDeque<(u64, ByteRecord)>,
}

/// What was found out about a table before its rows are read.
pub(crate) struct Prepared {
    pub plan: Plan,
    cr_only: bool,
    told: Option<Encoding>,
}

/// Looks at the head of a table, and at all of it where only that tells day from month.
pub(crate) fn prepare(source: &mut Source, head: &[u8], options: &ReadOptions) -> Result<Prepared, Error> {
    let told = encoding(options, &source.name)?;
    let (text, cr_only) = text::head(head, told);
    let is_whole = head.len() < super::source::HEAD;
    let fault = |(line, message)| Error::single(ErrorKind::Input, source.name.clone(), line, message);
    let mut planned = plan(&text, is_whole, options);
    if !planned.as_ref().is_ok_and(|plan| plan.is_known) && told.is_none() && std::str::from_utf8(head).is_err() {
        planned = in_other_encodings(head, is_whole, options).map_or(planned, Ok);
    }
    let mut prepared = Prepared { plan: planned.map_err(fault)?, cr_only, told };
    let plan = &mut prepared.plan;
    if told.is_none() && plan.encoding.is_none() && text::is_legacy(head) {
        plan.notes.push("the text is not UTF-8 and read as windows-1252: say `--encoding windows-1250`, for example, if letters come out wrong".into());
    }
    let needs_order = prepared.plan.rules.order.is_none()
        && prepared.plan.rules.dates.iter().all(|pattern| *pattern == DatePattern::Detect);
    if needs_order {
        let start = &text[prepared.plan.start.min(text.len())..];
        let sample = super::plan::rows(start, prepared.plan.dialect, super::plan::SAMPLE_ROWS, is_whole);
        let columns = date_columns(&prepared.plan);
        let is_clear = sample.iter().skip(usize::from(prepared.plan.has_header)).all(|row| {
            let cells = columns.iter().filter_map(|at| row.get(*at)).filter(|cell| !cell.trim().is_empty());
            cells.filter_map(|cell| day::written(cell)).all(|written| written == Written::Clear)
        });
        if !is_clear {
            source.spool()?;
            let order = survey(source, &prepared, &columns)?;
            prepared.plan.rules.order = Some(order);
            prepared.plan.notes.push(format!("dates are read as {}, by the dates of the whole file", order.as_str()));
        }
    }
    Ok(prepared)
}

/// Names of columns may be legible only in the encoding of their format.
fn in_other_encodings(head: &[u8], is_whole: bool, options: &ReadOptions) -> Option<Plan> {
    let all = options.own_formats.iter().chain(formats());
    let labels: std::collections::BTreeSet<&str> = all.filter_map(|format| format.encoding.as_deref()).collect();
    labels.into_iter().find_map(|label| {
        let (text, _) = text::head(head, Encoding::named(label));
        let plan = plan(&text, is_whole, options).ok()?;
        (plan.encoding.as_deref() == Some(label)).then_some(plan)
    })
}

fn encoding(options: &ReadOptions, name: &str) -> Result<Option<Encoding>, Error> {
    let Some(label) = &options.encoding else { return Ok(None) };
    Encoding::named(label).map(Some).ok_or_else(|| {
        Error::single(
            ErrorKind::Argument,
            name,
            0,
            format!("`{label}` is no encoding this build knows: use a label such as utf-8, windows-1252 or utf-16le"),
        )
    })
}

/// Columns that hold dates.
pub(crate) fn date_columns(plan: &Plan) -> Vec<usize> {
    let columns = &plan.columns;
    columns.date.iter().chain(&columns.transacted_at).chain(&columns.posted_at).copied().collect()
}

fn reader(source: &mut Source, prepared: &Prepared) -> Result<csv::Reader<Stream>, Error> {
    let fallback = prepared.plan.encoding.as_deref().and_then(Encoding::named);
    let mut text = Text::new(source.open()?, prepared.told, fallback, prepared.cr_only);
    let skipped = io::copy(&mut text.by_ref().take(prepared.plan.start as u64), &mut io::sink());
    skipped.map_err(|error| source.error(&error))?;
    let dialect = prepared.plan.dialect;
    Ok(csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(dialect.delimiter)
        .quote(dialect.quote)
        .buffer_capacity(256 * 1024)
        .from_reader(Allowance::new(text, source.limits().row.max(1024))))
}

/// Goes over all dates of a file and tells the order of day and month.
fn survey(source: &mut Source, prepared: &Prepared, columns: &[usize]) -> Result<DateOrder, Error> {
    let mut reader = reader(source, prepared)?;
    let mut record = ByteRecord::new();
    let mut orders = day::Orders::default();
    loop {
        reader.get_mut().renew();
        if orders.is_contradicted()
            || !reader.read_byte_record(&mut record).map_err(|error| csv_error(source, error))?
        {
            break;
        }
        let line = prepared.plan.line - 1 + record.position().map_or(0, csv::Position::line);
        for column in columns {
            if let Some(cell) = record.get(*column).and_then(|cell| std::str::from_utf8(cell).ok()) {
                orders.see(cell, line);
            }
        }
    }
    orders.decide().map_err(|(line, message)| Error::single(ErrorKind::Input, source.name.clone(), line, message))
}

fn csv_error(source: &Source, error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => source.error(&error),
        other => Error::single(ErrorKind::Input, source.name.clone(), line, format!("{other:?}")),
    }
}

impl Table {
    /// Opens a table for reading.
    pub fn open(source: &mut Source, prepared: Prepared) -> Result<Self, Error> {
        let mut reader = reader(source, &prepared)?;
        let mut header = ByteRecord::new();
        let plan = prepared.plan;
        if plan.has_header {
            reader.read_byte_record(&mut header).map_err(|error| csv_error(source, error))?;
        }
        let balance = plan.columns.balance.map(|_| BalanceCheck::default());
        Ok(Self {
            name: source.name.clone(),
            reader,
            lines_before: plan.line - 1,
            width: plan.header.len(),
            plan,
            header,
            balance,
            skipped: 0,
            freed: VecDeque::new(),
        })
    }

    fn is_header_again(&self, record: &ByteRecord) -> bool {
        let same = |(one, other): (&[u8], &[u8])| one.trim_ascii().eq_ignore_ascii_case(other.trim_ascii());
        self.plan.has_header && record.len() == self.header.len() && record.iter().zip(&self.header).all(same)
    }

    fn line(&self, record: &ByteRecord) -> u64 {
        self.lines_before + record.position().map_or(0, csv::Position::line)
    }

    /// Whether a quote left open has swallowed rows: a cell goes on over lines that are rows by themselves. Then `record` is
    /// its first line alone, and the others wait to be read.
    fn free_swallowed(&mut self, record: &mut ByteRecord, line: u64) -> bool {
        let delimiter = self.plan.dialect.delimiter;
        let text = record.iter().collect::<Vec<_>>().join(&delimiter);
        let mut lines = text.split(|byte| *byte == b'\n').zip(line..);
        let Some((first, _)) = lines.next() else { return false };
        let parse = |line: &[u8]| {
            let mut parsed = ByteRecord::new();
            let mut reader = csv::ReaderBuilder::new();
            let reader = reader.has_headers(false).flexible(true).delimiter(delimiter).quote(self.plan.dialect.quote);
            // Reading from memory cannot fail.
            let _ = reader.from_reader(line).read_byte_record(&mut parsed);
            parsed
        };
        let behind: Vec<_> = lines.map(|(text, line)| (line, parse(text))).collect();
        let mut sink = Transaction::default();
        let mut is_row = |record: &ByteRecord| {
            let filled =
                Cells::new(record).and_then(|cells| self.plan.columns.fill(&self.plan.rules, &cells, &mut sink));
            record.len() == self.width && matches!(filled, Ok(Filled::Row { .. }))
        };
        if !behind.iter().any(|(_, record)| is_row(record)) {
            return false;
        }
        *record = parse(first);
        self.freed.extend(behind);
        true
    }

    /// The row as text of a table, as it was but for the quotes.
    fn reject(&self, record: &ByteRecord, line: u64, reason: String) -> Step {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.plan.dialect.delimiter)
            .quote(self.plan.dialect.quote)
            .flexible(true)
            .from_writer(Vec::new());
        // Writing to memory cannot fail.
        let _ = writer.write_byte_record(record);
        let mut raw = writer.into_inner().unwrap_or_default();
        while raw.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            raw.pop();
        }
        Step::Reject { line, raw, reason }
    }

    /// A reason why the number of cells is wrong.
    fn ragged(&self, record: &ByteRecord) -> Option<String> {
        let cells = record.len();
        let is_longer = cells > self.width && record.iter().skip(self.width).any(|cell| !cell.trim_ascii().is_empty());
        if cells >= self.width && !is_longer {
            return None;
        }
        let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let hint = match (cells > self.width, breaks) {
            (true, _) => "quote a cell that holds the delimiter",
            (false, 0) => "cells are missing",
            (false, _) => "a quote may be left open",
        };
        Some(format!("{cells} cells where the table has {}: {hint}", self.width))
    }
}

impl Rows for Table {
    fn next(&mut self, out: &mut Transaction, record: &mut ByteRecord) -> Result<Step, Error> {
        loop {
            let freed = self.freed.pop_front();
            self.reader.get_mut().renew();
            let read = match &freed {
                Some(_) => Ok(true),
                None => self.reader.read_byte_record(record),
            };
            match read {
                Ok(true) => {}
                Ok(false) => return Ok(Step::End),
                Err(error) => {
                    let kind = error.into_kind();
                    let (kind, message) = match kind {
                        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                            (ErrorKind::Input, error.to_string())
                        }
                        csv::ErrorKind::Io(error) => (ErrorKind::Io, error.to_string()),
                        other => (ErrorKind::Input, format!("{other:?}")),
                    };
                    let line = self.lines_before + self.reader.position().line();
                    return Err(Error::single(kind, self.name.clone(), line, message));
                }
            }
            let line = match freed {
                Some((line, freed)) => {
                    *record = freed;
                    line
                }
                None => self.line(record),
            };
            let behind = self.lines_before + self.reader.position().line();
            if self.freed.is_empty()
                && behind > line + 1
                && record.as_slice().contains(&b'\n')
                && self.free_swallowed(record, line)
            {
                let reason = "a quote is left open here: close it, or leave it out".to_owned();
                return Ok(self.reject(record, line, reason));
            }
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) || self.is_header_again(record) {
                self.skipped += 1;
                continue;
            }
            if record.len() != self.width
                && let Some(reason) = self.ragged(record)
            {
                if self.plan.short_rows_skip && record.len() < self.width {
                    self.skipped += 1;
                    continue;
                }
                return Ok(self.reject(record, line, reason));
            }
            let filled = Cells::new(record).and_then(|cells| self.plan.columns.fill(&self.plan.rules, &cells, out));
            match filled {
                Ok(Filled::Row { balance }) => {
                    if let Some(check) = &mut self.balance {
                        check.row(line, out, balance);
                    }
                    return Ok(Step::Row { line });
                }
                Ok(Filled::Skip) => self.skipped += 1,
                Err(reason) => return Ok(self.reject(record, line, reason)),
            }
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn finish(&mut self) -> Vec<Problem> {
        let check = self.balance.take();
        check.and_then(|check| check.finish(&self.name)).into_iter().collect()
    }
}
