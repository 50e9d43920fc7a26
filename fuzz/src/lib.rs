//! What the targets check: reading ends, never panics, and counts every row; an answer is the same every time, keeps what
//! its documentation promises, and can be written in every form.

use std::cell::RefCell;

use payee::io::{Batch, Input, Limits, OutputFormat, ReadOptions, Reader, WriteOptions};
use payee::measure::{Partial, Until};
use payee::{AccountType, Country, Decimal, Engine, Mcc, Source, Taxonomy, Transaction};

/// Reads bytes as one file. `start` is put in front, so that the file is of the wanted kind.
pub fn read(start: &str, bytes: &[u8]) {
    let whole = [start.as_bytes(), bytes].concat();
    let whole_rows = rows(&whole, 64);
    // The size of batches must not matter.
    if let Some(whole_rows) = whole_rows {
        assert_eq!(rows(&whole, 3), Some(whole_rows));
    }
}

fn rows(bytes: &[u8], batch_rows: usize) -> Option<(u64, u64)> {
    let limits = Limits { row: 1 << 16, document: 1 << 22, ..Limits::default() };
    let options = ReadOptions { batch_rows, keep_input: true, limits, ..ReadOptions::default() };
    let mut reader = Reader::open(&[Input::Bytes("fuzz".into(), bytes.into())], options).ok()?;
    let mut batch = Batch::default();
    let mut count = 0;
    loop {
        match reader.next_batch(&mut batch) {
            Ok(true) => {
                assert_eq!(batch.transactions.len(), batch.sources.len());
                assert_eq!(batch.transactions.len(), batch.raw.len());
                assert!(batch.transactions.iter().all(|row| row.amount.is_none_or(|amount| !amount.is_sign_negative() || amount.is_zero())));
                count += batch.transactions.len() as u64;
            }
            Ok(false) => break,
            Err(_) => return None,
        }
    }
    let report = reader.report();
    assert_eq!(report.rows, count + report.rejected);
    Some((count, report.rejected))
}

/// A transaction of which the first bytes tell what surrounds the text, and the rest is the text.
fn transaction(bytes: &[u8]) -> Transaction {
    const COUNTRIES: [&str; 8] = ["US", "GB", "DE", "FR", "NL", "AU", "BR", "IN"];
    const ACCOUNTS: [AccountType; 4] =
        [AccountType::Checking, AccountType::CreditCard, AccountType::Savings, AccountType::Loan];
    let (head, text) = bytes.split_at(bytes.len().min(4));
    let mut transaction = Transaction::new(String::from_utf8_lossy(text));
    if let [country, account, amount, code] = *head {
        transaction.country = COUNTRIES.get(usize::from(country)).and_then(|code| code.parse::<Country>().ok());
        transaction.account_type = ACCOUNTS.get(usize::from(account)).copied();
        if amount != 0 {
            transaction.set_signed_amount(Decimal::new(i64::from(amount as i8) * 1379, 2));
        }
        if code > 127 {
            transaction.merchant_category_code = format!("{}", 5000 + u32::from(code) * 7).parse::<Mcc>().ok();
        }
    }
    transaction
}

/// The first stages, with buffers that were used before.
pub fn stages(bytes: &[u8], until: Until) {
    thread_local!(static USED: RefCell<Partial> = RefCell::default());
    let transaction = transaction(bytes);
    let engine = Engine::builtin();
    let found = USED.with_borrow_mut(|partial| partial.run(engine, &transaction, until));
    assert_eq!(found, Partial::default().run(engine, &transaction, until), "used buffers change the answer");
}

/// The whole pipeline and every form of output.
pub fn enrich(bytes: &[u8]) {
    let transaction = transaction(bytes);
    let engine = Engine::builtin();
    let answer = engine.enrich(&transaction);
    let explained = engine.explain(&transaction).to_string();
    assert!(!explained.is_empty());
    let record = answer.record(&transaction, Taxonomy::Mx);
    let json = serde_json::to_string(&record).expect("a record is JSON");
    let again = engine.enrich(&transaction);
    assert_eq!(json, serde_json::to_string(&again.record(&transaction, Taxonomy::Mx)).expect("a record is JSON"));
    assert!((0.0..=1.0).contains(&answer.confidence));
    assert!(!answer.description.contains(['\n', '\r', '\0']), "{:?}", answer.description);
    assert_eq!(payee::redact(&answer.description), answer.description, "a number is readable");
    if let Some(span) = &answer.evidence.span {
        assert!(transaction.original_description.get(span.clone()).is_some(), "{span:?} cuts a letter");
    }
    for form in OutputFormat::ALL {
        let Ok(mut writer) = form.writer(std::io::sink(), &WriteOptions::default()) else { continue };
        writer.write(&record, None).and_then(|()| writer.finish()).expect("a sink takes everything");
    }
}

/// A file of rules or, if it begins as a table, of merchants: refused with problems that have a line, or usable.
pub fn rules(text: &str) {
    let name = if text.starts_with("name,") { "fuzz.csv" } else { "fuzz.toml" };
    match Engine::builder().source(Source::new(name, text.to_owned())).build() {
        Ok(engine) => {
            for text in ["SQ *BLUE BOTTLE COFFEE 415-555-0100 SAN FRANCISCO CA", "AMZN Mktp US*2K4T71XY3", ""] {
                let transaction = Transaction::new(text).with_signed_amount(Decimal::new(-1999, 2));
                let _ = engine.explain(&transaction).to_string();
            }
        }
        Err(error) => assert!(!error.problems().is_empty()),
    }
}
