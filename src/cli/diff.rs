//! `payee diff`: what changes between two data folders or two files of rules, over one input. Reads the input batch by batch.

use std::path::{Path, PathBuf};

use clap::Args;
use payee::{Engine, Error, Source, Taxonomy};

use super::changes::{Form, changes};
use super::{Failure, taxonomy};

/// Stands for the data the program carries.
const BUILTIN: &str = "builtin";

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  payee diff builtin data statement.csv\n  payee diff old.rules.toml new.rules.toml 2025.csv 2026.csv"
)]
pub struct Diff {
    /// A data folder, a file of your own (.toml, .csv) on top of the built-in data, or `builtin`
    before: PathBuf,
    /// The same, to compare with
    after: PathBuf,
    /// Files of transactions; - is standard input
    #[arg(required = true)]
    input: Vec<PathBuf>,
    /// Names of the categories: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "payee", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Print one JSON object a changed row
    #[arg(long)]
    json: bool,
    /// Mask numbers of accounts, cards and telephones and addresses of mail in the texts that are shown, and names of persons
    #[arg(long)]
    redact: bool,
}

impl Diff {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let (before, after) = (engine(&self.before)?, engine(&self.after)?);
        let form = if self.json { Form::JsonLines } else { Form::Text };
        changes(&before, &after, &self.input, self.taxonomy, form, self.redact)
    }
}

fn engine(path: &Path) -> Result<Engine, Error> {
    if path.as_os_str() == BUILTIN {
        Engine::builder().build()
    } else if path.is_dir() {
        Engine::builder().data_folder(path)?.build()
    } else {
        Engine::builder().source(Source::read(path)?).build()
    }
}
