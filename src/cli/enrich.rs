//! `payee enrich`: transactions in, the same transactions with merchant, category and flags out, in the same order.
//!
//! Rows are read in batches, enriched and rendered on all threads, and written in order. Recurring streams need all rows of an
//! account: the input is then read twice, and forty bytes a row are kept in between.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use payee::io::{
    Batch, ColumnMap, Input, OutputFormat, ReadOptions, Reader, Reject, Renderer, Report, RowSource, WriteOptions,
};
use payee::recur::{self, Collector, Streams};
use payee::{
    AccountType, Country, Currency, Decimal, Direction, Engine, Enriched, Error, ErrorKind, Method, Taxonomy,
    Transaction,
};
use rayon::prelude::*;

use super::output::Output;
use super::{Failure, Knowledge, day, taxonomy, tell};

/// Rows that one task enriches and renders.
const CHUNK: usize = 512;
/// Rejected rows that are shown.
const SHOWN_REJECTS: usize = 5;
/// Top categories that the summary names.
const SHOWN_CATEGORIES: usize = 6;

/// Arguments of the command.
#[derive(Args)]
#[command(after_help = "\
Examples:
  payee enrich statement.csv
  payee enrich 2025-*.csv -o enriched.csv --rejects rejected.csv
  cat feed.jsonl | payee enrich - --to jsonl --taxonomy plaid-v2 --no-recurring
  payee enrich export.csv --map date=Booked,amount=Value,description=Text")]
pub struct Enrich {
    /// Files or folders to read; `-` is standard input
    #[arg(default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Where to write; `-` is standard output. A file is there whole or not at all
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Form of the output (see `payee list outputs`); that of the output's name unless given
    #[arg(long, value_name = "FORM")]
    to: Option<OutputFormat>,
    /// Names of the categories: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "mx", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Only these columns, in the order of the output
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Append the input's own columns, prefixed `input.`
    #[arg(long)]
    keep_input: bool,
    /// Write rows that cannot be read to this file, with line and reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Mask numbers of accounts, cards and telephones and addresses of mail in the input's own texts and ids too, and the names of
    /// persons everywhere; rows that cannot be read are then rejected by file and line alone
    #[arg(long)]
    redact: bool,
    /// Do not look for recurring streams: rows then stream through in constant memory
    #[arg(long)]
    no_recurring: bool,
    /// Today, for recurring streams; the last date of the data unless given
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<jiff::civil::Date>,
    /// Threads; as many as cores unless given
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print no summary and no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    knowledge: Knowledge,
}

/// What the user says about the input.
#[derive(Args)]
pub struct Reading {
    /// Format of the input (see `payee list formats`); found out unless given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Which columns hold what: date=Booked,amount=Value,description=Text
    #[arg(long, value_name = "FIELD=COLUMN,...")]
    map: Option<ColumnMap>,
    /// Order of dates in numbers: day-first, month-first or year-first
    #[arg(long, value_name = "ORDER")]
    date_order: Option<payee::io::DateOrder>,
    /// Encoding of the input, such as windows-1252
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Currency of rows that tell none
    #[arg(long)]
    currency: Option<Currency>,
    /// Country of the accounts
    #[arg(long)]
    country: Option<Country>,
    /// Account of rows that name none
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
    /// Kind of account of rows that tell none: CHECKING, CREDIT_CARD, ...
    #[arg(long, value_name = "TYPE")]
    account_type: Option<AccountType>,
}

impl Reading {
    /// The options of a reader.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            format: self.format.clone(),
            map: self.map.clone(),
            date_order: self.date_order,
            encoding: self.encoding.clone(),
            currency: self.currency,
            country: self.country,
            account_id: self.account_id.clone(),
            account_type: self.account_type,
            ..ReadOptions::default()
        }
    }
}

/// Inputs as the reader takes them. What will be read twice must not be a stream.
pub fn inputs(paths: &[PathBuf], twice: bool) -> Result<Vec<Input>, Error> {
    if paths.iter().any(|path| path.as_os_str() == "-") && io::stdin().is_terminal() {
        tell("reading from the terminal: type or paste rows, and end them with Ctrl-D");
    }
    let input = |path: &PathBuf| match Input::from(path.clone()) {
        Input::Stdin if twice => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Error::io("<stdin>", &error))?;
            Ok(Input::Bytes("<stdin>".into(), bytes.into()))
        }
        input => Ok(input),
    };
    paths.iter().map(input).collect()
}

/// Reads everything once, enriches it, shows it to `see`, and finds the streams; forty bytes a row are kept meanwhile.
pub fn streams(
    engine: &Engine,
    inputs: &[Input],
    reading: &Reading,
    as_of: Option<jiff::civil::Date>,
    progress: &ProgressBar,
    mut see: impl FnMut(&Transaction, &Enriched<'_>),
) -> Result<Streams, Error> {
    let mut collector = Collector::builtin();
    each_answer(engine, inputs, reading, progress, |number, _, transaction, answer| {
        collector.push(number, transaction, answer);
        see(transaction, answer);
    })?;
    progress.reset();
    Ok(recur::streams(collector, as_of))
}

/// Enriches every row on all threads and hands them over in order: number, file, transaction, answer.
pub fn each_answer(
    engine: &Engine,
    inputs: &[Input],
    reading: &Reading,
    progress: &ProgressBar,
    mut take: impl FnMut(u32, &RowSource, &Transaction, &Enriched<'_>),
) -> Result<Report, Error> {
    let mut reader = Reader::open(inputs, reading.options())?;
    let mut batch = Batch::default();
    let mut number = 0;
    while reader.next_batch(&mut batch)? {
        let answers = engine.enrich_batch(&batch.transactions);
        for ((source, transaction), answer) in batch.sources.iter().zip(&batch.transactions).zip(&answers) {
            take(number, source, transaction, answer);
            number += 1;
        }
        progress.inc(batch.transactions.len() as u64);
    }
    Ok(reader.report().clone())
}

impl Enrich {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let started = Instant::now();
        let mut pool = rayon::ThreadPoolBuilder::new();
        if let Some(threads) = self.threads {
            pool = pool.num_threads(usize::from(threads));
        }
        let pool =
            pool.build().map_err(|error| Error::single(ErrorKind::Argument, "--threads", 0, error.to_string()))?;
        let engine = self.knowledge.engine()?;
        let inputs = inputs(&self.inputs, !self.no_recurring)?;
        let mut reader = Reader::open(&inputs, ReadOptions { keep_input: self.keep_input, ..self.reading.options() })?;
        let outputs = self.outputs()?;
        let progress = self.progress();
        let streams = match self.no_recurring {
            true => None,
            false => Some(pool.install(|| streams(&engine, &inputs, &self.reading, self.as_of, &progress, |_, _| {}))?),
        };
        let renderer = self.renderer(&reader)?;
        let write = || self.write(&engine, &mut reader, &*renderer, outputs, streams.as_ref(), &progress);
        let summary = pool.install(write)?;
        progress.finish_and_clear();
        if !self.quiet {
            summary.print(&reader, streams.as_ref(), started);
        }
        Ok(())
    }

    /// A bar on standard error, where a person watches it.
    fn progress(&self) -> ProgressBar {
        let watched = !self.quiet && io::stderr().is_terminal();
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style =
            ProgressStyle::with_template("{spinner} {human_pos} rows  {per_sec}").expect("the template is sound");
        ProgressBar::with_draw_target(None, target).with_style(style)
    }

    fn renderer(&self, reader: &Reader) -> Result<Box<dyn Renderer>, Error> {
        let form = self.to.or_else(|| OutputFormat::of_path(&self.output)).unwrap_or(OutputFormat::Csv);
        let input_columns = if self.keep_input { reader.input_columns().to_vec() } else { Vec::new() };
        let options = WriteOptions {
            columns: self.columns.clone(),
            input_columns,
            currency: self.reading.currency,
            account: None,
            account_type: self.reading.account_type,
        };
        form.renderer(&options).map_err(|message| Error::single(ErrorKind::Argument, "--columns", 0, message))
    }

    /// The output and the rejected rows, before any work is done, as either may be refused.
    fn outputs(&self) -> Result<(Output, Option<Rejects>), Failure> {
        if self.rejects.as_ref() == Some(&self.output) {
            let message = "two outputs have this name: give each a file of its own";
            return Err(Error::single(ErrorKind::Argument, self.output.display().to_string(), 0, message).into());
        }
        let read: Vec<PathBuf> = self.inputs.iter().chain(self.knowledge.files()).cloned().collect();
        let output = Output::create(&self.output, &read)?;
        let rejects = self.rejects.as_ref().map(|path| Rejects::create(path, &read)).transpose()?;
        Ok((output, rejects))
    }

    /// The reading that writes.
    fn write(
        &self,
        engine: &Engine,
        reader: &mut Reader,
        renderer: &dyn Renderer,
        (mut output, mut rejects): (Output, Option<Rejects>),
        streams: Option<&Streams>,
        progress: &ProgressBar,
    ) -> Result<Summary, Failure> {
        let members = streams.map(Streams::by_row).unwrap_or_default();
        let mut summary = Summary::default();
        let mut batch = Batch::default();
        let mut head = Vec::new();
        renderer.head(&mut head);
        output.write(&head)?;
        let mut first = 0_u64;
        while reader.next_batch(&mut batch)? {
            let parts: Vec<(Vec<u8>, Summary)> = batch
                .transactions
                .par_chunks(CHUNK)
                .enumerate()
                .map(|(chunk, transactions)| {
                    let mut bytes = Vec::with_capacity(transactions.len() * 512);
                    let mut summary = Summary::default();
                    for (at, transaction) in transactions.iter().enumerate() {
                        let place = chunk * CHUNK + at;
                        let number = first + place as u64;
                        let mut answer = engine.enrich(transaction);
                        if let Some(streams) = streams {
                            let from = members.partition_point(|(row, _)| u64::from(*row) < number);
                            if let Some((_, stream)) = members.get(from).filter(|(row, _)| u64::from(*row) == number) {
                                recur::mark(&mut answer, &streams.all()[*stream as usize]);
                            }
                        }
                        summary.add(transaction, &answer);
                        let masked = self.redact.then(|| {
                            let names = answer.persons(transaction);
                            (answer.redact(transaction), batch.raw.get(place).map(|raw| raw.redacted(&names)))
                        });
                        let (given, raw) = match &masked {
                            Some((transaction, raw)) => (transaction, raw.as_ref()),
                            None => (transaction, batch.raw.get(place)),
                        };
                        renderer.row(number, &answer.record(given, self.taxonomy), raw, &mut bytes);
                    }
                    (bytes, summary)
                })
                .collect();
            for (bytes, part) in parts {
                output.write(&bytes)?;
                summary.absorb(part);
            }
            for reject in &batch.rejects {
                summary.reject(reader, reject);
                if let Some(rejects) = &mut rejects {
                    rejects.write(reader, reject, self.redact)?;
                }
            }
            first += batch.transactions.len() as u64;
            progress.inc(batch.transactions.len() as u64);
        }
        let mut tail = Vec::new();
        renderer.tail(first, &mut tail);
        output.write(&tail)?;
        let rejects = rejects.map(|Rejects(output)| output);
        Output::finish_all(rejects.into_iter().chain([output]))?;
        Ok(summary)
    }
}

/// A CSV file of rejected rows: file, line, reason, and the row as it was.
struct Rejects(Output);

impl Rejects {
    fn create(path: &Path, inputs: &[PathBuf]) -> Result<Self, Failure> {
        let mut output = Output::create(path, inputs)?;
        output.write(b"file,line,reason,row\n")?;
        Ok(Self(output))
    }

    fn write(&mut self, reader: &Reader, reject: &Reject, redacted: bool) -> Result<(), Failure> {
        let mut row = csv::Writer::from_writer(Vec::new());
        let file = reader.report().files[reject.file].name.as_bytes();
        // Whom a row names that cannot be read is not known: file and line lead to it.
        let raw = if redacted { &[][..] } else { &reject.raw };
        let written = row.write_record([file, reject.line.to_string().as_bytes(), reject.reason.as_bytes(), raw]);
        written.map_err(|error| Failure::Output(error.into()))?;
        let bytes = row.into_inner().map_err(|error| Failure::Output(error.into_error()))?;
        self.0.write(&bytes)
    }
}

/// What is told at the end.
#[derive(Default)]
struct Summary {
    rows: u64,
    categorized: u64,
    merchants: u64,
    /// Money in and out, by currency and top-level category.
    money: BTreeMap<(String, String), [Decimal; 2]>,
    rejects: Vec<String>,
}

impl Summary {
    fn add(&mut self, transaction: &Transaction, answer: &Enriched<'_>) {
        self.rows += 1;
        self.categorized += u64::from(answer.categorized_by != Method::Fallback);
        self.merchants += u64::from(answer.merchant.is_some());
        if let (Some(amount), Some(direction)) = (transaction.amount, transaction.direction) {
            let currency = transaction.currency_code.map_or_else(String::new, |code| code.to_string());
            let top = answer.category.project(Taxonomy::Mx, Some(direction)).top_level.clone();
            let sums = self.money.entry((currency, top)).or_default();
            let side = &mut sums[usize::from(direction == Direction::Debit)];
            *side = side.checked_add(amount).unwrap_or(*side);
        }
    }

    fn absorb(&mut self, other: Self) {
        self.rows += other.rows;
        self.categorized += other.categorized;
        self.merchants += other.merchants;
        for (key, sums) in other.money {
            let own = self.money.entry(key).or_default();
            for (own, sum) in own.iter_mut().zip(sums) {
                *own = own.checked_add(sum).unwrap_or(*own);
            }
        }
    }

    fn reject(&mut self, reader: &Reader, reject: &Reject) {
        if self.rejects.len() < SHOWN_REJECTS {
            let file = &reader.report().files[reject.file].name;
            self.rejects.push(format!("{file}:{}: {}", reject.line, reject.reason));
        }
    }

    /// Prints to standard error; nobody reading it is no error.
    fn print(&self, reader: &Reader, streams: Option<&Streams>, started: Instant) {
        let report = reader.report();
        let mut out = String::new();
        for file in &report.files {
            out.push_str(&format!("{}: read as {}\n", file.name, file.format));
            file.notes.iter().for_each(|note| out.push_str(&format!("  {note}\n")));
        }
        report.warnings.iter().for_each(|warning| out.push_str(&format!("warning: {warning}\n")));
        self.rejects.iter().for_each(|reject| out.push_str(&format!("rejected {reject}\n")));
        let hidden = report.rejected.saturating_sub(self.rejects.len() as u64);
        if hidden > 0 {
            out.push_str(&format!("rejected {hidden} more (--rejects FILE keeps them all)\n"));
        }
        out.push_str(&format!("{} rows in = {} out + {} rejected\n", report.rows, self.rows, report.rejected));
        let share = |part: u64| 100.0 * part as f64 / self.rows.max(1) as f64;
        out.push_str(&format!(
            "{:.1} % categorized, {:.1} % with a merchant",
            share(self.categorized),
            share(self.merchants)
        ));
        if let Some(streams) = streams {
            out.push_str(&format!(", {} recurring streams", streams.all().len()));
        }
        out.push('\n');
        for (side, name) in [(0, "money in"), (1, "money out")] {
            let mut sums: Vec<_> = self.money.iter().filter(|(_, sums)| !sums[side].is_zero()).collect();
            sums.sort_by(|one, other| other.1[side].cmp(&one.1[side]));
            for (at, ((currency, top), sums)) in sums.iter().take(SHOWN_CATEGORIES).enumerate() {
                let label = if at == 0 { name } else { "" };
                out.push_str(&format!("{label:<10} {:>14} {currency:<3} {top}\n", sums[side].to_string()));
            }
        }
        out.push_str(&format!("{:.2} s\n", started.elapsed().as_secs_f64()));
        let _ = io::stderr().write_all(out.as_bytes());
    }
}
