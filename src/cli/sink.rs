//! From batches of rows to the bytes of an output.

use std::borrow::Cow;
use std::io::{self, Write};

use payee::io::{Batch, OutputFormat, RawRow, Renderer, WriteOptions, Writer};
use payee::recur::{self, Streams};
use payee::{Engine, Enriched, Taxonomy, Transaction};
use rayon::prelude::*;

use super::Failure;
use super::enrich::Summary;
use super::output::Output;

/// Rows that one task enriches and renders.
const CHUNK: usize = 512;

/// What the engine says about each row, with the stream it belongs to.
pub struct Answers<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The streams of all rows, if they were looked for.
    pub streams: Option<&'a Streams>,
    /// Rows of streams and their streams, by row.
    pub members: Vec<(u32, u32)>,
    /// Whether what was read is masked before it is given out.
    pub redact: bool,
}

impl Answers<'_> {
    /// The answer to the row of this number.
    pub fn of<'e>(&'e self, number: u64, transaction: &'e Transaction) -> Enriched<'e> {
        let mut answer = self.engine.enrich(transaction);
        if let Some(streams) = self.streams {
            let from = self.members.partition_point(|(row, _)| u64::from(*row) < number);
            if let Some((_, stream)) = self.members.get(from).filter(|(row, _)| u64::from(*row) == number) {
                recur::mark(&mut answer, &streams.all()[*stream as usize]);
            }
        }
        answer
    }

    /// A row as it is to be given out; masked, if that is wanted, when everything is found out.
    fn given<'r>(&self, transaction: &'r Transaction, raw: Option<&'r RawRow>, answer: &mut Enriched<'_>) -> Given<'r> {
        if !self.redact {
            return (Cow::Borrowed(transaction), raw.map(Cow::Borrowed));
        }
        let names = answer.persons(transaction);
        (Cow::Owned(answer.redact(transaction)), raw.map(|raw| Cow::Owned(raw.redacted(&names))))
    }
}

/// What was read of a row.
type Given<'r> = (Cow<'r, Transaction>, Option<Cow<'r, RawRow>>);

/// How rows reach the output: rendered on all threads and put out in order, or gathered in columns.
pub enum Sink<'o> {
    /// Rendered.
    Rows(Box<dyn Renderer>, Bytes<'o>),
    /// In columns.
    Columns(Box<dyn Writer + 'o>),
}

impl<'o> Sink<'o> {
    /// A sink of this form; a message if it cannot be written.
    pub fn new(form: OutputFormat, options: &WriteOptions, output: &'o mut Output) -> Result<Self, String> {
        Ok(match form.is_columnar() {
            true => Self::Columns(form.writer(Bytes(output), options)?),
            false => Self::Rows(form.renderer(options)?, Bytes(output)),
        })
    }

    /// Writes what stands before the first row.
    pub fn begin(&mut self) -> Result<(), Failure> {
        match self {
            Self::Rows(renderer, output) => {
                let mut head = Vec::new();
                renderer.head(&mut head);
                output.0.write(&head)
            }
            Self::Columns(_) => Ok(()),
        }
    }

    /// Enriches and writes a batch whose first row has the number `first`.
    pub fn write(
        &mut self,
        batch: &Batch,
        first: u64,
        taxonomy: Taxonomy,
        answers: &Answers<'_>,
        summary: &mut Summary,
    ) -> Result<(), Failure> {
        match self {
            Self::Rows(renderer, output) => {
                let renderer = &**renderer;
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
                            let mut answer = answers.of(number, transaction);
                            summary.add(transaction, &answer);
                            let (given, raw) = answers.given(transaction, batch.raw.get(place), &mut answer);
                            let record = answer.record(&given, taxonomy);
                            summary.left_out += u64::from(renderer.leaves_out(&record));
                            renderer.row(number, &record, raw.as_deref(), &mut bytes);
                        }
                        (bytes, summary)
                    })
                    .collect();
                for (bytes, part) in parts {
                    output.0.write(&bytes)?;
                    summary.absorb(part);
                }
            }
            Self::Columns(writer) => {
                let numbered = batch.transactions.par_iter().enumerate();
                let all: Vec<_> =
                    numbered.map(|(at, transaction)| answers.of(first + at as u64, transaction)).collect();
                for (at, (transaction, mut answer)) in batch.transactions.iter().zip(all).enumerate() {
                    summary.add(transaction, &answer);
                    let (given, raw) = answers.given(transaction, batch.raw.get(at), &mut answer);
                    writer.write(&answer.record(&given, taxonomy), raw.as_deref())?;
                }
            }
        }
        Ok(())
    }

    /// Writes what stands behind the last of `count` rows.
    pub fn end(self, count: u64) -> Result<(), Failure> {
        match self {
            Self::Rows(renderer, output) => {
                let mut tail = Vec::new();
                renderer.tail(count, &mut tail);
                output.0.write(&tail)
            }
            Self::Columns(writer) => Ok(writer.finish()?),
        }
    }
}

/// An output as writers take it.
pub struct Bytes<'o>(&'o mut Output);

impl Write for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(Failure::Output(error)) => Err(error),
            Err(Failure::Error(error)) => Err(io::Error::other(error)),
            Err(Failure::Findings) => Err(io::Error::other("findings")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
