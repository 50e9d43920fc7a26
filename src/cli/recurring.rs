//! `payee recurring`: streams of payments that keep a schedule. Forty bytes a row are kept in memory.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use jiff::ToSpan as _;
use jiff::civil::Date;
use payee::recur::render;
use payee::{Enriched, Transaction};

use super::enrich::{inputs, streams};
use super::output::write_whole;
use super::reading::Reading;
use super::summary::tell_doubts;
use super::{Failure, Knowledge, day};

/// Days ahead that are shown unless told otherwise.
const AHEAD: i32 = 31;

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  payee recurring 2025-*.csv\n  payee recurring statement.csv --to csv -o streams.csv\n  payee recurring statement.csv --as-of 2025-06-30 --until 2025-12-31"
)]
pub struct Recurring {
    /// Files or folders to read; `-` is standard input
    #[arg(default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Where to write; `-` is standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Form of the output
    #[arg(long, default_value = "text")]
    to: Form,
    /// Today; the last date of the data unless given
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<Date>,
    /// Last day of the payments to come that are shown; a month ahead unless given
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<Date>,
    /// Mask ids of accounts that are numbers of accounts or cards, and names of persons
    #[arg(long)]
    redact: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    knowledge: Knowledge,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// Tables for people
    Text,
    /// One stream a row
    Csv,
    /// One stream a line
    Jsonl,
}

impl Recurring {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        let read = inputs(&self.inputs, false)?;
        // What becomes of descriptions that name a person.
        let mut names = HashMap::new();
        let see = |transaction: &Transaction, answer: &Enriched<'_>| {
            if self.redact && !answer.persons(transaction).is_empty() {
                let mut masked = answer.clone();
                masked.redact(transaction);
                names.insert(answer.description.to_string(), masked.description.into_owned());
            }
        };
        let (mut streams, report) = streams(&engine, &read, &self.reading, self.as_of, &ProgressBar::hidden(), see)?;
        tell_doubts(&report);
        if self.redact {
            streams.redact(&names);
        }
        let until = self.until.unwrap_or_else(|| streams.as_of().saturating_add(AHEAD.days()));
        let mut out = Vec::new();
        match self.to {
            Form::Text => render::text(&streams, until, &mut out)?,
            Form::Csv => render::csv(&streams, &engine, &mut out)?,
            Form::Jsonl => render::jsonl(&streams, &engine, &mut out)?,
        }
        write_whole(&self.output, &[&self.inputs, self.knowledge.files(), self.reading.files()].concat(), &out)
    }
}
