//! The same bytes whatever the threads, batches, order of rows and files, and whether the program is optimised.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use payee::io::{Batch, Input, OutputFormat, ReadOptions, Reader, WriteOptions};
use payee::{Engine, Taxonomy};
use support::{Chance, Folder, Ran, column};

fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Rows of all kinds as CSV without a header: the golden descriptors and the sample statement, monthly payments, rows that
/// cannot be read. Each has an id of its own.
fn rows(copies: usize) -> Vec<String> {
    let mut texts: Vec<(String, String, String)> = Vec::new();
    let mut golden: Vec<_> =
        std::fs::read_dir(package("tests/golden")).unwrap().map(|entry| entry.unwrap().path()).collect();
    golden.sort();
    for file in golden {
        for line in std::fs::read_to_string(file).unwrap().lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t').map(str::to_owned);
            if let (Some(text), Some(amount), Some(country)) = (fields.next(), fields.next(), fields.next()) {
                texts.push((text, amount, country));
            }
        }
    }
    assert!(texts.len() > 100);
    texts.extend(
        ["NETFLIX.COM", "ACME INC PAYROLL", "", "\u{fffd}\u{202e}ЯНДЕКС*ПЛЮС 東京"]
            .map(|text| (text.into(), "-1.5".into(), "US".into())),
    );
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    for copy in 0..copies {
        for (at, (text, amount, country)) in texts.iter().enumerate() {
            let id = format!("{copy}-{at}");
            // Rows of an account that are alike in day, amount and payee could change places, so no two fall on one day.
            let account = format!("account {}", at / 84 * 3 + at % 3);
            // Every text once a month: most of them make streams.
            let date = format!("20{:02}-{:02}-{:02}", 20 + copy / 12, copy % 12 + 1, at % 28 + 1);
            let date = if at % 40 == 17 { "2025-02-30" } else { &date };
            let amount = if at % 40 == 29 { "much" } else { amount };
            out.write_record([&id, &account, date, amount, text, country]).unwrap();
        }
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap().lines().map(|line| format!("{line}\n")).collect()
}

const HEAD: &str = "id,account_id,date,amount,description,country\n";

fn shuffled(mut rows: Vec<String>) -> Vec<String> {
    let mut chance = Chance(11);
    for at in (1..rows.len()).rev() {
        rows.swap(at, chance.below(at as u64 + 1) as usize);
    }
    rows
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

impl Folder {
    /// The main output, the rejects and the streams of some files.
    fn all_outputs(&self, files: &[&str], more: &[&str]) -> [String; 3] {
        let run = |arguments: &[&[&str]]| self.run(&arguments.concat()).ok();
        run(&[&["enrich", "-q", "-o", "out.csv", "--rejects", "bad.csv"], more, files]);
        run(&[&["recurring", "--to", "csv", "-o", "streams.csv"], files]);
        ["out.csv", "bad.csv", "streams.csv"].map(|name| self.text(name))
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = Folder::new();
    folder.put("in.csv", format!("{HEAD}{}", rows(5).concat()));
    let one = folder.all_outputs(&["in.csv"], &["--threads", "1"]);
    assert!(one.iter().all(|text| text.lines().count() > 10), "each output holds something");
    for threads in ["2", "7"] {
        assert!(folder.all_outputs(&["in.csv"], &["--threads", threads]) == one, "{threads} threads");
    }
}

/// Rows keep their ids, so that the answer of each can be found again in any order.
#[test]
fn the_order_of_rows_changes_only_their_order() {
    let (straight, mixed) = (rows(4), shuffled(rows(4)));
    assert_ne!(straight, mixed);
    let folder = Folder::new();
    folder.put("straight.csv", format!("{HEAD}{}", straight.concat()));
    folder.put("mixed.csv", format!("{HEAD}{}", mixed.concat()));
    let one = folder.all_outputs(&["straight.csv"], &[]);
    let other = folder.all_outputs(&["mixed.csv"], &[]);
    assert!(column(&one[0], "stream_id").iter().filter(|id| !id.is_empty()).count() > 50);
    assert_eq!(sorted(&one[0]), sorted(&other[0]));
    assert_eq!(one[2], other[2], "streams");
    for name in ["reason", "row"] {
        let [one, other] = [&one, &other].map(|outputs| column(&outputs[1], name));
        assert_eq!(sorted(&one.join("\n")), sorted(&other.join("\n")), "rejects");
    }
}

#[test]
fn files_may_be_split_and_come_in_any_order() {
    let rows = rows(4);
    let folder = Folder::new();
    folder.put("whole.csv", format!("{HEAD}{}", rows.concat()));
    let mut files = Vec::new();
    for (at, part) in rows.chunks(rows.len() / 3 + 1).enumerate() {
        files.push(format!("part{at}.csv"));
        folder.put(&files[at], format!("{HEAD}{}", part.concat()));
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let backwards: Vec<&str> = files.iter().rev().copied().collect();
    let whole = folder.all_outputs(&["whole.csv"], &[]);
    let parts = folder.all_outputs(&files, &[]);
    assert_eq!(whole[0], parts[0]);
    assert_eq!(whole[2], parts[2]);
    assert_eq!(column(&whole[1], "row"), column(&parts[1], "row"));
    let other = folder.all_outputs(&backwards, &[]);
    assert_eq!(sorted(&whole[0]), sorted(&other[0]));
    assert_eq!(whole[2], other[2]);
}

/// Every form, rendered from batches of any size on any number of threads.
#[test]
fn batches_and_threads_change_no_form() {
    let text = format!("{HEAD}{}", rows(2).concat());
    let engine = Engine::builtin();
    let forms: Vec<OutputFormat> = OutputFormat::ALL
        .iter()
        .copied()
        .filter(|form| cfg!(feature = "arrow") || !matches!(form, OutputFormat::Parquet | OutputFormat::Arrow))
        .collect();
    let mut all = BTreeSet::new();
    for (threads, batch_rows) in [(1, 8192), (2, 1), (7, 33)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let outputs: Vec<Vec<u8>> = pool.install(|| {
            let mut outputs = vec![Vec::new(); forms.len()];
            let options = ReadOptions { batch_rows, ..ReadOptions::default() };
            let mut reader = Reader::open(&[Input::Bytes("in.csv".into(), text.as_bytes().into())], options).unwrap();
            let mut writers: Vec<_> = outputs
                .iter_mut()
                .zip(&forms)
                .map(|(out, form)| form.writer(out, &WriteOptions::default()).unwrap())
                .collect();
            let mut batch = Batch::default();
            while reader.next_batch(&mut batch).unwrap() {
                for (answer, transaction) in engine.enrich_batch(&batch.transactions).iter().zip(&batch.transactions) {
                    let record = answer.record(transaction, Taxonomy::Mx);
                    writers.iter_mut().for_each(|writer| writer.write(&record, None).unwrap());
                }
            }
            writers.into_iter().for_each(|writer| writer.finish().unwrap());
            outputs
        });
        assert!(outputs.iter().all(|output| output.len() > 1000), "every form holds something");
        all.insert(outputs);
    }
    assert_eq!(all.len(), 1, "all runs give the same bytes");
}

/// The program built with and without optimisation, on many batches and threads: `PAYEE_OTHER` names the other one.
/// ```console
/// $ cargo build && PAYEE_OTHER=target/debug/payee cargo test --release --test determinism -- --ignored
/// ```
#[test]
#[ignore = "needs a second build of the program"]
fn another_build_gives_the_same_bytes() {
    let other = std::env::var("PAYEE_OTHER").expect("PAYEE_OTHER names another build of the program");
    let other = package(&other);
    let folder = Folder::new();
    let rows = rows(90);
    assert!(rows.len() > 8192, "more than one batch");
    folder.put("in.csv", format!("{HEAD}{}", rows.concat()));
    let statement = package("examples/statement.csv");
    let statement = statement.to_str().unwrap();
    let both = |arguments: &[&str]| {
        let [one, other] = [Path::new(support::PAYEE), &other].map(|program| {
            let ran = Ran::new(folder.command(program.to_str().unwrap(), arguments).output().unwrap());
            // The last line of a summary tells the time it took.
            (ran.code, ran.out, ran.err.lines().filter(|line| !line.ends_with(" s")).collect::<Vec<_>>().join("\n"))
        });
        assert_eq!(one.0, Some(0), "{arguments:?}: {}", one.2);
        assert!(!one.1.is_empty() && one == other, "{arguments:?}");
        one.1
    };
    let outputs = ["1", "2", "7"].map(|threads| both(&["enrich", "in.csv", "--threads", threads]));
    assert!(outputs[0] == outputs[1] && outputs[1] == outputs[2]);
    for form in OutputFormat::ALL.iter().filter(|form| !matches!(form, OutputFormat::Parquet | OutputFormat::Arrow)) {
        both(&["enrich", statement, "--to", form.as_str()]);
    }
    both(&["recurring", statement]);
    both(&["recurring", "in.csv", "--to", "jsonl"]);
    both(&["companions", statement]);
    both(&["explain", "CHECKCARD 0312 SQ *BLUE BOTTLE COFFEE 415-555-0100 SAN FRANCISCO CA", "--amount", "-6.75"]);
    for what in ["categories", "merchants", "rules", "formats"] {
        both(&["list", what]);
    }
}
