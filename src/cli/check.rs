//! `payee check`: reads data files and rules strictly, and runs their examples through the whole engine.

use std::path::PathBuf;

use clap::Args;
use payee::{Engine, Source, check};

use super::{Failure, print};

/// Arguments of the command.
#[derive(Args)]
#[command(after_help = "Examples:\n  payee check my-merchants.csv my-rules.toml\n  payee check --data data")]
pub struct Check {
    /// Files of your own; without any, the built-in data are checked
    files: Vec<PathBuf>,
    /// Check a whole data folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "files")]
    data: Option<PathBuf>,
}

impl Check {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let (engine, sources) = if let Some(folder) = &self.data {
            let sources = Source::read_folder(folder)?;
            (Engine::builder().base(sources.clone()).build()?, sources)
        } else if self.files.is_empty() {
            (Engine::builder().build()?, check::builtin_sources())
        } else {
            let sources = self.files.iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, _>>()?;
            let builder = sources.iter().cloned().fold(Engine::builder(), |builder, source| builder.source(source));
            (builder.build()?, sources)
        };
        let findings = check::check(&engine, &sources);
        let mut out = String::new();
        for problem in &findings.problems {
            out.push_str(&format!("{problem}\n"));
        }
        let count = findings.problems.len();
        out.push_str(&format!(
            "{} files, {} examples, {} names, {} rules of your own: {count} problems\n",
            sources.len(),
            findings.examples,
            findings.names,
            findings.rules
        ));
        print(out.as_bytes())?;
        if count == 0 { Ok(()) } else { Err(Failure::Findings) }
    }
}
