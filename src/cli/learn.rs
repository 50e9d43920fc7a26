//! `payee learn`: rules from a corrected history, for review. Holds all rows in memory.

use std::path::{Path, PathBuf};

use clap::Args;
use payee::Taxonomy;
use payee::learn::learn;

use super::eval::read;
use super::output::write_whole;
use super::{Failure, Knowledge, taxonomy, tell};

/// Rows without a rule that are shown.
const SHOWN: usize = 10;

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "The label column is expected_categories, category or label; it holds paths such as food.groceries.\n\nExamples:\n  payee learn corrected.csv -o my.rules.toml\n  payee enrich statement.csv --rules my.rules.toml"
)]
pub struct Learn {
    /// Labelled files, as for `payee eval`
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where to write the rules; standard output unless given
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Name of the label column
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Taxonomy of the labels: payee, mx, plaid-v2 or plaid-v1; paths are always understood
    #[arg(long, default_value = "payee", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Learn {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let mut rows = Vec::new();
        for file in &self.files {
            rows.extend(read(file, self.label.as_deref())?);
        }
        let lesson = learn(&self.knowledge.builder()?, &rows, self.taxonomy)?;
        let output = self.output.as_deref().unwrap_or(Path::new("-"));
        write_whole(output, &[&self.files, self.knowledge.files()].concat(), lesson.text.as_bytes())?;
        tell(&format!(
            "{} rules from {} labelled rows: {} were right, {} are right with the rules",
            lesson.rules, lesson.rows, lesson.right_before, lesson.right_after
        ));
        for unmet in lesson.unmet.iter().take(SHOWN) {
            tell(&format!("row {}: {}", unmet.row + 1, unmet.reason));
        }
        if lesson.unmet.len() > SHOWN {
            tell(&format!("and {} more rows like these", lesson.unmet.len() - SHOWN));
        }
        Ok(())
    }
}
