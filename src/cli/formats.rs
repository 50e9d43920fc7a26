//! `payee formats`: exports that are not known yet.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use payee::io::{Batch, Input, ReadOptions, Reader, check, parse_formats, propose};
use payee::{Error, ErrorKind, Source};

use super::output::write_whole;
use super::reading::Reading;
use super::{Failure, print};

/// Rows of the sample that are shown as they are read.
const SHOWN: usize = 3;

/// Arguments of the command.
#[derive(Args)]
pub struct Formats {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a format for an export, from a sample of it, and show what the sample reads as
    Add(Add),
    /// Check files of formats: every problem with file, line and what would mend it
    Check {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  payee formats add export.csv --id us.my_bank -o my.formats.toml
  payee formats add export.csv --map date=Booked,amount=Value,description=Text --sign out-positive
  payee enrich export.csv --formats my.formats.toml")]
struct Add {
    /// An export of the bank or app
    sample: PathBuf,
    /// Name of the format: country or `my`, institution, product; after the file unless given
    #[arg(long)]
    id: Option<String>,
    /// The file of formats to write or to add to; `-` is standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Formats {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Add(add) => add.run(),
            Command::Check { files } => check_all(&files),
        }
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let input = Input::from(self.sample.clone());
        if matches!(input, Input::Stdin) {
            return Err(Error::single(ErrorKind::Argument, "-", 0, "a sample is read twice: name a file").into());
        }
        let id = self.id.clone().unwrap_or_else(|| id_of(&self.sample));
        let options = self.reading.options()?;
        let proposed = propose(&input, &id, &options)?;
        let own_formats = parse_formats("the new format", &proposed)?;
        let shown = read_again(input, ReadOptions { own_formats, ..options })?;

        let mut text = String::new();
        if self.output.as_os_str() != "-" && self.output.exists() {
            let old = Source::read(&self.output)?;
            if parse_formats(&old.name, &old.text)?.iter().any(|format| format.id() == id) {
                let message = format!("`{id}` is there already: choose another `--id`, or take the old one out");
                return Err(Error::single(ErrorKind::Argument, old.name, 0, message).into());
            }
            text = format!("{}\n\n", old.text.trim_end());
        }
        text.push_str(&proposed);
        write_whole(&self.output, std::slice::from_ref(&self.sample), text.as_bytes())?;
        eprint!("{shown}");
        if self.output.as_os_str() != "-" {
            let (sample, output) = (self.sample.display(), self.output.display());
            eprintln!("look it over, then: payee enrich {sample} --formats {output}");
        }
        Ok(())
    }
}

/// A name after that of the file: `my.statement_march` for `Statement March.csv`.
fn id_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let word = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let words: String = stem.chars().map(word).collect();
    // Dates and numbers of accounts do not belong into a name.
    let named = words.split('_').filter(|word| word.contains(char::is_alphabetic)).collect::<Vec<_>>().join("_");
    format!("my.{}", if named.is_empty() { "bank" } else { &named })
}

/// Reads the sample by its new format, and tells how the first rows come out.
fn read_again(input: Input, options: ReadOptions) -> Result<String, Error> {
    let mut reader = Reader::open(&[input], ReadOptions { map: None, ..options })?;
    let mut batch = Batch::default();
    let mut out = String::new();
    let mut left = SHOWN;
    while reader.next_batch(&mut batch)? {
        for transaction in batch.transactions.iter().take(left) {
            let date = transaction.date.map_or_else(|| "no date".to_owned(), |date| date.to_string());
            let amount = transaction.amount.map_or_else(|| "no amount".to_owned(), |amount| amount.to_string());
            let direction = transaction.direction.map_or("direction unknown", |direction| direction.as_str());
            let text = payee::redact(&transaction.original_description);
            writeln!(out, "  {date}  {amount:>10} {direction}  {text}").expect("a string takes text");
        }
        left = left.saturating_sub(batch.transactions.len());
        for reject in batch.rejects.iter().take(SHOWN) {
            writeln!(out, "  rejected line {}: {}", reject.line, reject.reason).expect("a string takes text");
        }
    }
    let report = reader.report();
    let file = &report.files[0];
    let read = report.rows - report.rejected;
    Ok(format!("{}: {read} rows read as `{}`, {} rejected\n{out}", file.name, file.format, report.rejected))
}

fn check_all(files: &[PathBuf]) -> Result<(), Failure> {
    let mut out = String::new();
    let mut count = 0;
    for path in files {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| Error::io(name.clone(), &error))?;
        for problem in check(&name, &text) {
            count += 1;
            writeln!(out, "{problem}").expect("a string takes text");
        }
    }
    writeln!(out, "{} files: {count} problems", files.len()).expect("a string takes text");
    print(out.as_bytes())?;
    if count == 0 { Ok(()) } else { Err(Failure::Findings) }
}
