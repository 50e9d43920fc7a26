//! Threads, batches, remembered answers and marking after rendering: the bytes are those of the plain way.

use std::process::Command;

use payee::io::{Batch, Input, OutputFormat, ReadOptions, Reader, Rendering, WriteOptions};
use payee::recur::{self, Collector};
use payee::{Engine, Taxonomy};

#[path = "../examples/generate/statement.rs"]
#[allow(dead_code)]
mod statement;

use statement::Statement;

const ROWS: u64 = 1500;

fn generated(distinct: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    statement::write(&Statement::of(ROWS, distinct), &mut bytes).unwrap();
    bytes
}

/// Row by row, every answer found anew, streams marked before anything is rendered.
fn plainly(bytes: &[u8], form: OutputFormat, with_streams: bool) -> Vec<u8> {
    let engine = Engine::builtin();
    let mut reader = Reader::open(&[Input::Bytes("in.csv".into(), bytes.into())], ReadOptions::default()).unwrap();
    let (mut batch, mut transactions) = (Batch::default(), Vec::new());
    while reader.next_batch(&mut batch).unwrap() {
        transactions.append(&mut batch.transactions);
    }
    let mut answers: Vec<_> = transactions.iter().map(|transaction| engine.enrich(transaction)).collect();
    if with_streams {
        let mut collector = Collector::builtin();
        for (number, (transaction, answer)) in transactions.iter().zip(&answers).enumerate() {
            collector.push(number as u32, transaction, answer);
        }
        recur::annotate(&mut answers, &recur::streams(collector, None));
        assert!(answers.iter().filter(|answer| answer.stream_id.is_some()).count() * 10 > answers.len());
    }
    let mut out = Vec::new();
    let mut writer = form.writer(&mut out, &WriteOptions::default()).unwrap();
    for (transaction, answer) in transactions.iter().zip(&answers) {
        writer.write(&answer.record(transaction, Taxonomy::Mx), None).unwrap();
    }
    writer.finish().unwrap();
    out
}

#[test]
fn whatever_the_threads_the_bytes_are_those_of_the_plain_way() {
    let folder = tempfile::tempdir().unwrap();
    for distinct in [false, true] {
        let bytes = generated(distinct);
        let input = folder.path().join("in.csv");
        std::fs::write(&input, &bytes).unwrap();
        for (form, with_streams) in
            [(OutputFormat::Csv, true), (OutputFormat::JsonLines, true), (OutputFormat::Csv, false)]
        {
            let expected = plainly(&bytes, form, with_streams);
            for threads in ["1", "2", "7"] {
                let mut command = Command::new(env!("CARGO_BIN_EXE_payee"));
                command.arg("enrich").arg(&input).args(["--quiet", "--threads", threads, "--to", form.as_str()]);
                if !with_streams {
                    command.arg("--no-recurring");
                }
                let output = command.output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                assert!(output.stdout == expected, "{form} with {threads} threads, distinct: {distinct}");
            }
        }
    }
}

#[test]
fn remembered_answers_are_the_ones_found_anew() {
    // Whatever the answer hangs on differs in one of two rows with the same text.
    let text = "description,amount,country,currency_code,account_type,merchant_category_code,date,check_number,latitude\n\
                CHECKCARD 0229 CORNER SHOP LONDON,-1,GB,GBP,CHECKING,,2024-03-01,,\n\
                CHECKCARD 0229 CORNER SHOP LONDON,-1,GB,GBP,CHECKING,,2025-03-01,,\n\
                CHECKCARD 0229 CORNER SHOP LONDON,1,GB,GBP,CHECKING,,2025-03-01,,\n\
                CHECKCARD 0229 CORNER SHOP LONDON,-1,US,USD,CHECKING,,2025-03-01,,\n\
                CHECKCARD 0229 CORNER SHOP LONDON,-1,,USD,CREDIT_CARD,5812,2025-03-01,,\n\
                CHECKCARD 0229 CORNER SHOP LONDON,-1,,USD,CREDIT_CARD,5411,2025-03-01,17,\n\
                CHECKCARD 0229 CORNER SHOP LONDON,-1,,USD,CREDIT_CARD,5411,2025-03-01,,1.5\n";
    let engine = Engine::builtin();
    let mut reader =
        Reader::open(&[Input::Bytes("in.csv".into(), text.as_bytes().into())], ReadOptions::default()).unwrap();
    let mut batch = Batch::default();
    assert!(reader.next_batch(&mut batch).unwrap());
    for form in [OutputFormat::Csv, OutputFormat::JsonLines, OutputFormat::Ledger] {
        let renderer = form.renderer(&WriteOptions::default()).unwrap();
        let mut rendering = Rendering::new(engine, &*renderer, Taxonomy::Mx);
        // From the third time on an answer may be remembered.
        for (number, transaction) in (0..4).flat_map(|_| batch.transactions.iter().flat_map(|one| [one; 3])).enumerate()
        {
            let (mut remembered, mut anew) = (Vec::new(), Vec::new());
            let gist = rendering.row(number as u64, transaction, None, &mut remembered);
            let answer = engine.enrich(transaction);
            assert_eq!(gist.description, answer.description);
            assert_eq!(gist.category.path(), answer.category.path());
            assert_eq!((gist.merchant, gist.flags), (answer.merchant, answer.flags));
            renderer.row(number as u64, &answer.record(transaction, Taxonomy::Mx), None, &mut anew);
            assert_eq!(String::from_utf8_lossy(&remembered), String::from_utf8_lossy(&anew));
        }
    }
}
