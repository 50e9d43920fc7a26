//! `payee check`: reads data files and rules strictly, and runs their examples through the whole engine.

use std::path::PathBuf;

use clap::Args;
use payee::check::{self, Findings};
use payee::{Engine, EngineBuilder, ErrorKind, Source};

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
        let (builder, sources) = if let Some(folder) = &self.data {
            let sources = Source::read_folder(folder)?;
            (Engine::builder().base(sources.clone()), sources)
        } else if self.files.is_empty() {
            (Engine::builder(), check::builtin_sources())
        } else {
            let sources = self.files.iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, _>>()?;
            (sources.iter().cloned().fold(Engine::builder(), EngineBuilder::source), sources)
        };
        // What keeps an engine from being built is found before any example can run.
        let findings = match builder.build() {
            Ok(engine) => check::check(&engine, &sources),
            Err(error) if error.kind() == ErrorKind::Data => {
                let mut findings = Findings::default();
                findings.problems = error.problems().to_vec();
                findings
            }
            Err(error) => return Err(error.into()),
        };
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
