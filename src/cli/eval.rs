//! `payee eval`: accuracy, calibration and flags on a labelled CSV file. Holds all rows in memory.

use std::path::{Path, PathBuf};

use clap::Args;
use payee::eval::{Labelled, evaluate};
use payee::{Error, ErrorKind, Taxonomy, Transaction, redact};

use super::{Failure, Knowledge, print, taxonomy};

/// Columns that may hold the label, the first that is there.
const LABELS: [&str; 3] = ["expected_categories", "category", "label"];

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "The label column is expected_categories, category or label; several acceptable labels are separated by |.\nA column `count` says how many rows a line stands for, `expected_flags` holds pairs such as is_fee=1.\n\nExamples:\n  payee eval labelled.csv\n  payee eval labelled.csv --taxonomy plaid-v2 --label my_category --json"
)]
pub struct Eval {
    /// The labelled file
    file: PathBuf,
    /// Name of the label column
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Taxonomy of the labels: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "mx", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Print JSON with every category and confusion
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Eval {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let rows = read(&self.file, self.label.as_deref())?;
        let report = evaluate(&self.knowledge.engine()?, self.taxonomy, &rows);
        if self.json {
            let mut json = serde_json::to_string_pretty(&report).expect("a report is plain data");
            json.push('\n');
            print(json.as_bytes())
        } else {
            print(report.to_string().as_bytes())
        }
    }
}

/// Reads a labelled file with the canonical columns.
pub fn read(path: &Path, label: Option<&str>) -> Result<Vec<Labelled>, Error> {
    let name = path.display().to_string();
    let fault =
        |line: u64, message: String| Error::single(ErrorKind::Input, name.clone(), line, redact(&message).into_owned());
    let mut reader = csv::Reader::from_path(path).map_err(|error| fault(0, error.to_string()))?;
    let headers = reader.headers().map_err(|error| fault(1, error.to_string()))?.clone();
    let column = |wanted: &str| headers.iter().position(|header| header.trim() == wanted);
    let label = match label {
        Some(label) => column(label).ok_or_else(|| fault(1, format!("there is no column `{label}`")))?,
        None => LABELS.iter().find_map(|name| column(name)).ok_or_else(|| {
            fault(
                1,
                format!("no column is named {}: name the one that holds the labels with --label", LABELS.join(", ")),
            )
        })?,
    };
    let description = column("original_description")
        .or_else(|| column("description"))
        .ok_or_else(|| fault(1, "there is no column `description`".into()))?;
    let [amount, direction, mcc, currency, country, account_type, date, account, count, flags] = [
        "amount",
        "type",
        "merchant_category_code",
        "currency_code",
        "country",
        "account_type",
        "date",
        "account_id",
        "count",
        "expected_flags",
    ]
    .map(column);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record =
            record.map_err(|error| fault(error.position().map_or(0, csv::Position::line), error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).filter(|cell| !cell.is_empty());
        macro_rules! parsed {
            ($at:expr) => {
                cell($at)
                    .map(|cell| cell.parse().map_err(|error| fault(line, format!("`{cell}`: {error}"))))
                    .transpose()?
            };
        }
        let mut transaction = Transaction::new(cell(Some(description)).unwrap_or_default());
        transaction.direction = parsed!(direction);
        if let Some(amount) = parsed!(amount) {
            match transaction.direction {
                Some(_) => transaction.amount = Some(amount),
                None => transaction.set_signed_amount(amount),
            }
        }
        transaction.merchant_category_code = parsed!(mcc);
        transaction.currency_code = parsed!(currency);
        transaction.country = parsed!(country);
        transaction.account_type = parsed!(account_type);
        transaction.date = parsed!(date);
        transaction.account_id = cell(account).map(str::to_owned);
        let split = |cell: &str| cell.split('|').map(|part| part.trim().to_owned()).collect();
        let flag = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((name.trim_start_matches("is_").to_owned(), value == "1" || value == "true"))
        };
        rows.push(Labelled {
            transaction,
            categories: cell(Some(label)).map(split).unwrap_or_default(),
            flags: cell(flags).map(|cell| cell.split_ascii_whitespace().filter_map(flag).collect()).unwrap_or_default(),
            count: parsed!(count).unwrap_or(1),
        });
    }
    Ok(rows)
}
