//! `payee rules`: tries rules out before they are used. Reads the input batch by batch.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use payee::{Source, Taxonomy};

use super::changes::{Form, changes};
use super::{Failure, Knowledge, taxonomy};

/// Arguments of the command.
#[derive(Args)]
pub struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what some rules would change, row by row; nothing is written
    Test(Test),
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  payee rules test my.rules.toml statement.csv\n  payee rules test new.toml statement.csv --rules my.rules.toml"
)]
struct Test {
    /// The rules (.toml) or merchants (.csv) to try
    file: PathBuf,
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
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Rules {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let Command::Test(test) = self.command;
        let before = test.knowledge.engine()?;
        let after = test.knowledge.builder()?.source(Source::read(&test.file)?).build()?;
        let form = if test.json { Form::JsonLines } else { Form::Text };
        changes(&before, &after, &test.input, test.taxonomy, form, test.redact)
    }
}
