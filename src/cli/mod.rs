//! Arguments, and what each command comes to. Exit codes: 0 success, 1 findings of a check, 2 error; a closed pipe is success.

mod changes;
mod check;
mod companions;
mod diff;
mod enrich;
mod eval;
mod explain;
mod formats;
mod learn;
mod list;
mod output;
mod pass;
mod reading;
mod recurring;
mod rules;
#[cfg(unix)]
mod signals;
mod spool;
mod summary;
mod train;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use payee::{Decimal, Engine, EngineBuilder, Error, ParseError, Source, Taxonomy};

const EXAMPLES: &str = "\
Examples:
  payee enrich statement.csv -o enriched.csv
  payee explain 'SQ *BLUE BOTTLE COFFEE SAN FRANCISCO CA' --amount -6.75
  payee list categories --taxonomy mx";

/// Tells who was paid, for what: merchants, categories, flags and recurring streams from raw bank and card descriptions.
#[derive(Parser)]
#[command(name = "payee", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enrich transactions: merchant, category, flags and recurring streams for every row
    Enrich(Box<enrich::Enrich>),
    /// Show bills, subscriptions, income and transfers that repeat, and what is to come
    Recurring(recurring::Recurring),
    /// Show rows that belong together: transfers, refunds, duplicates, pending and booked
    Companions(companions::Companions),
    /// Show why one description gets its answer, stage by stage
    Explain(explain::Explain),
    /// List what the engine knows
    List(list::List),
    /// Teach it the export of another bank
    Formats(formats::Formats),
    /// Check data files and rules: every problem with file, line and what would mend it
    Check(check::Check),
    /// Try rules of your own out before they are used
    Rules(rules::Rules),
    /// Write rules that make your own corrected history come true
    Learn(learn::Learn),
    /// Show what changes between two versions of data or rules
    Diff(diff::Diff),
    /// Measure accuracy and calibration on a labelled file
    Eval(eval::Eval),
    /// Fit the category model on names and labelled files, or measure it on unseen merchants
    Train(train::Train),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What the engine is built from.
#[derive(Args)]
pub struct Knowledge {
    /// Rules (.toml) or a merchant dictionary (.csv) of your own, which outrank the built-in data; may be given several times
    #[arg(long = "rules", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Take the base data from a folder laid out like data/ instead of the built-in ones
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Give no category below this probability [default: 0.3]
    #[arg(long, value_name = "PROBABILITY", value_parser = probability)]
    min_confidence: Option<f32>,
    /// A category model made by `payee train`, to use instead of the one the program carries
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Weights of the evidence made by `payee train --calibration`, to use instead of those the program carries
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Answer without a kind of evidence, to measure what it is worth: keywords or model; may be given several times
    #[arg(long, value_name = "KIND")]
    without: Vec<Evidence>,
}

/// Evidence that can be left out.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Evidence {
    Keywords,
    Model,
}

impl Knowledge {
    /// Builds the engine.
    pub fn engine(&self) -> Result<Engine, Error> {
        self.builder()?.build()
    }

    /// The files of the user's own.
    pub fn files(&self) -> &[PathBuf] {
        &self.rules
    }

    /// An engine's builder with all sources.
    pub fn builder(&self) -> Result<EngineBuilder, Error> {
        let mut builder = Engine::builder();
        if let Some(folder) = &self.data {
            builder = builder.data_folder(folder)?;
        }
        for path in &self.rules {
            builder = builder.source(Source::read(path)?);
        }
        if let Some(probability) = self.min_confidence {
            builder = builder.least_confidence(probability);
        }
        if let Some(path) = &self.model {
            let bytes = std::fs::read(path).map_err(|error| Error::io(path.display().to_string(), &error))?;
            builder = builder.model(bytes);
        }
        if let Some(path) = &self.weights {
            builder = builder.calibration(Source::read(path)?.text.into_owned());
        }
        if self.without.contains(&Evidence::Model) {
            builder = builder.model(Vec::new());
        }
        if self.without.contains(&Evidence::Keywords) {
            builder = builder.without_keywords();
        }
        Ok(builder)
    }
}

/// Reads a probability.
fn probability(text: &str) -> Result<f32, String> {
    let fault = || String::from("a probability is a number from 0 to 1");
    text.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or_else(fault)
}

/// Reads a day.
fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is no day: write year, month and day, as in 2025-06-30"))
}

/// Reads a signed amount.
fn amount(text: &str) -> Result<Decimal, String> {
    text.parse().map_err(|_| format!("`{text}` is no amount: write a number such as -6.75"))
}

/// Why a command did not succeed.
pub enum Failure {
    /// Data, input or arguments are faulty.
    Error(Error),
    /// Output could not be written.
    Output(io::Error),
    /// A check found something.
    Findings,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs the command of the process's arguments.
pub fn run() -> ExitCode {
    let command = Arguments::parse().command;
    #[cfg(unix)]
    if let Err(error) = signals::watch() {
        tell(&format!("payee: signals cannot be watched: {error}"));
        return ExitCode::from(2);
    }
    let outcome = match command {
        Command::Enrich(command) => command.run(),
        Command::Recurring(command) => command.run(),
        Command::Companions(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::List(command) => command.run(),
        Command::Formats(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Learn(command) => command.run(),
        Command::Diff(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Train(command) => command.run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "payee", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command())
                .render(&mut page)
                .map_err(Failure::from)
                .and_then(|()| print(&page))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Findings) => ExitCode::from(1),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => {
            tell(&format!("payee: output: {error}"));
            ExitCode::from(2)
        }
        Err(Failure::Error(error)) => {
            tell(&format!("payee: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Says something on standard error; nobody reading it is no error.
fn tell(message: &str) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{message}");
}

/// Writes to standard output; a closed pipe is told to the caller, never a panic.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    use io::Write as _;
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Reads a taxonomy's name.
pub fn taxonomy(name: &str) -> Result<Taxonomy, ParseError> {
    name.parse()
}
