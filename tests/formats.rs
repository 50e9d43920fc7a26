//! Every format of `data/formats/` reads its sample, as itself and as nothing else; so do the other file types.

#![cfg(feature = "formats")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use payee::Transaction;
use payee::io::{Batch, Input, ReadOptions, Reader, formats};

const COLUMNS: &[&str] = &[
    "id",
    "account_id",
    "date",
    "transacted_at",
    "posted_at",
    "amount",
    "type",
    "description",
    "memo",
    "currency_code",
    "account_type",
    "country",
    "status",
    "check_number",
    "merchant_category_code",
    "extended_transaction_type",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)
}

/// A file as what it was taken for, its transactions as canonical CSV, and what did not fit.
fn read(path: &Path) -> Result<(String, String, Vec<String>), String> {
    let mut reader =
        Reader::open(&[Input::Path(path.into())], ReadOptions::default()).map_err(|error| error.to_string())?;
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS).unwrap();
    let mut faults = Vec::new();
    let mut batch = Batch::default();
    while reader.next_batch(&mut batch).map_err(|error| error.to_string())? {
        for transaction in &batch.transactions {
            out.write_record(cells(transaction)).unwrap();
        }
        faults.extend(batch.rejects.iter().map(|reject| format!("{}: {}", reject.line, reject.reason)));
    }
    let report = reader.report();
    faults.extend(report.warnings.iter().map(ToString::to_string));
    let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
    Ok((report.files[0].format.clone(), text, faults))
}

fn cells(transaction: &Transaction) -> [String; 16] {
    fn text(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    [
        text(transaction.id.as_ref()),
        text(transaction.account_id.as_ref()),
        text(transaction.date),
        text(transaction.transacted_at),
        text(transaction.posted_at),
        text(transaction.amount),
        text(transaction.direction.map(|direction| direction.as_str())),
        transaction.original_description.clone(),
        text(transaction.memo.as_ref()),
        text(transaction.currency_code),
        text(transaction.account_type),
        text(transaction.country),
        text(transaction.status.map(|status| status.as_str())),
        text(transaction.check_number_string.as_ref()),
        text(transaction.merchant_category_code),
        text(transaction.extended_transaction_type.as_ref()),
    ]
}

/// Reads every sample of a folder and compares it with what is expected; returns how many there were.
fn compare(samples: &str, expectations: &str, format_of: impl Fn(&str) -> Option<String>) -> usize {
    let mut problems = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder(samples)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        count += 1;
        let (format, text, faults) = match read(&path) {
            Ok(read) => read,
            Err(error) => {
                problems.push(format!("{name}: {error}"));
                continue;
            }
        };
        if format_of(name).is_some_and(|expected| expected != format) {
            problems.push(format!("{name}: taken for {format}"));
        }
        problems.extend(faults.iter().map(|fault| format!("{name}: {fault}")));
        let stem = name.strip_suffix(".csv").unwrap_or(name);
        let expected = folder(expectations).join(format!("{stem}.csv"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, text).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        for (line, (expected, read)) in expected.lines().zip(text.lines()).enumerate() {
            if expected != read {
                problems.push(format!("{name} row {line}\n  expected {expected}\n  read     {read}"));
            }
        }
        if expected.lines().count() != text.lines().count() {
            problems.push(format!("{name}: {} lines, expected {}", text.lines().count(), expected.lines().count()));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
    count
}

#[test]
fn every_bank_export_is_read_as_expected() {
    let count = compare("samples", "expected", |name| name.strip_suffix(".csv").map(str::to_owned));
    assert!(count >= 230, "only {count} samples were read");
}

#[test]
fn other_file_types_are_read_as_expected() {
    let count = compare("other", "other_expected", |_| None);
    assert!(count >= 17, "only {count} samples were read");
}

#[test]
fn every_format_has_its_sample() {
    let ids: BTreeSet<_> = formats().iter().map(|format| format.id().to_owned()).collect();
    let samples: BTreeSet<_> = fs::read_dir(folder("samples"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".csv").map(str::to_owned))
        .collect();
    assert_eq!(ids.difference(&samples).collect::<Vec<_>>(), Vec::<&String>::new(), "formats without a sample");
    assert_eq!(samples.difference(&ids).collect::<Vec<_>>(), Vec::<&String>::new(), "samples without a format");
}
