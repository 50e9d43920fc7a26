//! `payee companions`: rows that belong together, as CSV. Sixty-four bytes a row are kept in memory, and where each row stands.

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;
use payee::io::RowSource;
use payee::recur::companions::Ledger;

use super::enrich::{each_answer, inputs};
use super::output::write_whole;
use super::reading::Reading;
use super::summary::tell_doubts;
use super::{Failure, Knowledge};

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "Each line names a row and the row it belongs to, by file and line. Nothing is dropped.\n\nExamples:\n  payee companions checking.csv savings.csv\n  payee companions january.csv january-to-march.csv -o pairs.csv"
)]
pub struct Companions {
    /// Files or folders to read; `-` is standard input
    #[arg(default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Where to write; `-` is standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Companions {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        let read = inputs(&self.inputs, false)?;
        let mut ledger = Ledger::new();
        let mut places: Vec<RowSource> = Vec::new();
        let report = each_answer(
            &engine,
            &read,
            &self.reading,
            &ProgressBar::hidden(),
            |number, place, transaction, answer| {
                places.push(*place);
                ledger.push(number, place.file as u32, "", transaction, answer);
            },
        )?;
        tell_doubts(&report);
        let mut table = csv::Writer::from_writer(Vec::new());
        let broken = |error: csv::Error| Failure::Output(error.into());
        table
            .write_record(["kind", "file", "line", "other_file", "other_line", "days", "confidence", "reason"])
            .map_err(broken)?;
        for companion in ledger.companions() {
            let [row, other] = [companion.row, companion.other].map(|row| places[row as usize]);
            let cells = [
                companion.kind.as_str().to_owned(),
                report.files[row.file].name.clone(),
                row.line.to_string(),
                report.files[other.file].name.clone(),
                other.line.to_string(),
                companion.days.to_string(),
                format!("{:.3}", companion.confidence),
                companion.reason.to_owned(),
            ];
            table.write_record(cells).map_err(broken)?;
        }
        let bytes = table.into_inner().map_err(|error| Failure::Output(error.into_error()))?;
        write_whole(&self.output, &[&self.inputs, self.knowledge.files(), self.reading.files()].concat(), &bytes)
    }
}
