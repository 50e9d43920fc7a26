//! `payee enrich`: transactions in, the same transactions with merchant, category and flags out, in the same order.
//!
//! Rows are read in batches, enriched and rendered on all threads, and written in order. Recurring streams need all rows of an
//! account: forty bytes a row are kept until all are read. Rows of CSV and JSON Lines are meanwhile put aside as they were rendered, and
//! the members of streams marked at the end; for other forms the input is read twice.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use payee::io::{
    Batch, Input, OutputFormat, Parts, ReadOptions, Reader, Reject, Renderer, Rendering, Report, RowSource,
    WriteOptions,
};
use payee::recur::{self, Collector, Streams};
use payee::{Engine, Enriched, Error, ErrorKind, Taxonomy, Transaction};

use super::output::Output;
use super::pass::Pass;
use super::reading::Reading;
use super::spool::Spool;
use super::summary::Summary;
use super::{Failure, Knowledge, day, taxonomy, tell};

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
    /// Account that a journal, QIF or import file is for; told by the rows unless given
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
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
) -> Result<(Streams, Report), Error> {
    let mut collector = Collector::builtin();
    let report = each_answer(engine, inputs, reading, progress, |number, _, transaction, answer| {
        collector.push(number, transaction, answer);
        see(transaction, answer);
    })?;
    progress.reset();
    Ok((recur::streams(collector, as_of), report))
}

/// Enriches every row on all threads and hands them over in order: number, file, transaction, answer.
pub fn each_answer(
    engine: &Engine,
    inputs: &[Input],
    reading: &Reading,
    progress: &ProgressBar,
    mut take: impl FnMut(u32, &RowSource, &Transaction, &Enriched<'_>),
) -> Result<Report, Error> {
    let mut reader = Reader::open(inputs, reading.options()?)?;
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
        // Forms whose rows can be marked afterwards need one reading only.
        let form = self.form();
        let rendered_once = form.renderer(&WriteOptions::default()).is_ok_and(|renderer| renderer.parts().is_some());
        let inputs = inputs(&self.inputs, !self.no_recurring && !rendered_once)?;
        let mut reader = Reader::open(&inputs, ReadOptions { keep_input: self.keep_input, ..self.reading.options()? })?;
        let options = self.write_options(&reader);
        // An output that cannot be made is told before the work.
        form.writer(io::sink(), &options).map_err(|message| self.no_output(message))?;
        let outputs = self.outputs()?;
        let progress = self.progress();
        let streams = match self.no_recurring || rendered_once {
            true => None,
            false => {
                Some(pool.install(|| streams(&engine, &inputs, &self.reading, self.as_of, &progress, |_, _| {}))?.0)
            }
        };
        let (summary, found) = pool.install(|| {
            if form.is_columnar() {
                return Ok((
                    self.write_columns(&engine, &mut reader, &options, outputs, streams.as_ref(), &progress)?,
                    None,
                ));
            }
            let renderer = form.renderer(&options).map_err(|message| self.no_output(message))?;
            match renderer.parts().filter(|_| !self.no_recurring) {
                Some(parts) => {
                    let (summary, streams) =
                        self.write_marked(&engine, &mut reader, &*renderer, parts, outputs, &progress)?;
                    Ok::<_, Failure>((summary, Some(streams)))
                }
                None => Ok((self.write(&engine, &mut reader, &*renderer, outputs, streams.as_ref(), &progress)?, None)),
            }
        })?;
        progress.finish_and_clear();
        if !self.quiet {
            summary.print(&engine, &reader, found.or(streams).as_ref(), started);
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

    fn form(&self) -> OutputFormat {
        self.to.or_else(|| OutputFormat::of_path(&self.output)).unwrap_or(OutputFormat::Csv)
    }

    fn write_options(&self, reader: &Reader) -> WriteOptions {
        WriteOptions {
            columns: self.columns.clone(),
            input_columns: if self.keep_input { reader.input_columns().to_vec() } else { Vec::new() },
            currency: self.reading.currency(),
            account: self.account.clone(),
            account_type: self.reading.account_type(),
        }
    }

    fn no_output(&self, message: String) -> Error {
        Error::single(ErrorKind::Argument, "--to", 0, message)
    }

    /// The output and the rejected rows, before any work is done, as either may be refused.
    fn outputs(&self) -> Result<(Output, Option<Rejects>), Failure> {
        if self.rejects.as_ref() == Some(&self.output) {
            let message = "two outputs have this name: give each a file of its own";
            return Err(Error::single(ErrorKind::Argument, self.output.display().to_string(), 0, message).into());
        }
        let read: Vec<PathBuf> =
            self.inputs.iter().chain(self.knowledge.files()).chain(self.reading.files()).cloned().collect();
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
        let mut summary = Summary::default();
        output.write(&head(renderer))?;
        let pass = Pass::new(self.renderings(engine, renderer), streams, false);
        let rows = pass.run(reader, |reader, batch, chunks| {
            for chunk in chunks {
                output.write(&chunk.bytes)?;
                summary.absorb(chunk.summary);
            }
            self.note_rejects(reader, batch, &mut summary, rejects.as_mut())?;
            progress.inc(batch.transactions.len() as u64);
            Ok(())
        })?;
        finish(output, rejects, renderer, rows)?;
        Ok(summary)
    }

    /// Reads once: rows are rendered and put aside, streams found, and the members of streams marked in what was rendered.
    fn write_marked(
        &self,
        engine: &Engine,
        reader: &mut Reader,
        renderer: &dyn Renderer,
        parts: &dyn Parts,
        (mut output, mut rejects): (Output, Option<Rejects>),
        progress: &ProgressBar,
    ) -> Result<(Summary, Streams), Failure> {
        let mut summary = Summary::default();
        let mut spool = Spool::beside(&self.output);
        let mut collector = Collector::builtin();
        let mut number = 0;
        let pass = Pass::new(self.renderings(engine, renderer), None, true);
        let rows = pass.run(reader, |reader, batch, chunks| {
            let mut transactions = batch.transactions.iter();
            for chunk in chunks {
                for (gist, transaction) in chunk.gists().zip(&mut transactions) {
                    collector.push_gist(number, transaction, &gist);
                    number += 1;
                }
                spool.put(&chunk)?;
                summary.absorb(chunk.summary);
            }
            self.note_rejects(reader, batch, &mut summary, rejects.as_mut())?;
            progress.inc(batch.transactions.len() as u64);
            Ok(())
        })?;
        drop(pass);
        let streams = recur::streams(collector, self.as_of);
        output.write(&head(renderer))?;
        spool.write(parts, &streams, &mut output)?;
        finish(output, rejects, renderer, rows)?;
        Ok((summary, streams))
    }

    /// The reading that writes columns: rows are enriched on all threads, and gathered one after the other.
    fn write_columns(
        &self,
        engine: &Engine,
        reader: &mut Reader,
        options: &WriteOptions,
        (mut output, mut rejects): (Output, Option<Rejects>),
        streams: Option<&Streams>,
        progress: &ProgressBar,
    ) -> Result<Summary, Failure> {
        let mut writer = self.form().writer(output.bytes(), options).map_err(|message| self.no_output(message))?;
        let mut members = streams.map(Streams::by_row).unwrap_or_default().into_iter().peekable();
        let mut summary = Summary::default();
        let mut batch = Batch::default();
        let mut number = 0;
        while reader.next_batch(&mut batch)? {
            let answers = engine.enrich_batch(&batch.transactions);
            for (at, (transaction, mut answer)) in batch.transactions.iter().zip(answers).enumerate() {
                if let (Some(streams), Some((_, stream))) =
                    (streams, members.next_if(|(row, _)| u64::from(*row) == number))
                {
                    recur::mark(&mut answer, &streams.all()[stream as usize]);
                }
                number += 1;
                summary.add(transaction, &answer.gist());
                let raw = batch.raw.get(at);
                if self.redact {
                    let names = answer.persons(transaction);
                    let (given, raw) = (answer.redact(transaction), raw.map(|raw| raw.redacted(&names)));
                    writer.write(&answer.record(&given, self.taxonomy), raw.as_ref())?;
                } else {
                    writer.write(&answer.record(transaction, self.taxonomy), raw)?;
                }
            }
            self.note_rejects(reader, &batch, &mut summary, rejects.as_mut())?;
            progress.inc(batch.transactions.len() as u64);
        }
        writer.finish()?;
        let rejects = rejects.map(|Rejects(output)| output);
        Output::finish_all(rejects.into_iter().chain([output]))?;
        Ok(summary)
    }

    fn note_rejects(
        &self,
        reader: &Reader,
        batch: &Batch,
        summary: &mut Summary,
        mut rejects: Option<&mut Rejects>,
    ) -> Result<(), Failure> {
        for reject in &batch.rejects {
            summary.reject(reader, reject);
            if let Some(rejects) = &mut rejects {
                rejects.write(reader, reject, self.redact)?;
            }
        }
        Ok(())
    }

    /// One rendering for each thread.
    fn renderings<'e>(&self, engine: &'e Engine, renderer: &'e dyn Renderer) -> Vec<Rendering<'e>> {
        let one = || Rendering::new(engine, renderer, self.taxonomy).redacting(self.redact);
        std::iter::repeat_with(one).take(rayon::current_num_threads()).collect()
    }
}

fn head(renderer: &dyn Renderer) -> Vec<u8> {
    let mut head = Vec::new();
    renderer.head(&mut head);
    head
}

/// Writes what stands behind the last row, and puts everything in its place.
fn finish(mut output: Output, rejects: Option<Rejects>, renderer: &dyn Renderer, rows: u64) -> Result<(), Failure> {
    let mut tail = Vec::new();
    renderer.tail(rows, &mut tail);
    output.write(&tail)?;
    let rejects = rejects.map(|Rejects(output)| output);
    Output::finish_all(rejects.into_iter().chain([output]))
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
