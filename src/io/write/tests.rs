use super::*;
use crate::io::{Batch, Input, ReadOptions, Reader};
use crate::{Engine, Taxonomy};

const STATEMENT: &str = "id,account_id,account_type,date,amount,type,currency_code,description,status,check_number\n\
    1,0001234,CHECKING,2025-01-14,54.21,DEBIT,USD,\"WHOLEFDS TSQ 102; \"\"NYC\"\"\",POSTED,\n\
    2,0001234,CHECKING,2025-01-30,2450.00,CREDIT,USD,ACME CORP PAYROLL PPD ID: 9111111101,POSTED,\n\
    3,0001234,CHECKING,2025-01-31,120,DEBIT,USD,CHECK 1042,PENDING,1042\n\
    4,,,,,,,NO DATE AND NO AMOUNT,,\n";

fn written(form: OutputFormat, options: &WriteOptions) -> String {
    let inputs = [Input::Bytes("t".into(), STATEMENT.as_bytes().into())];
    let mut reader = Reader::open(&inputs, ReadOptions { keep_input: true, ..ReadOptions::default() }).unwrap();
    let mut batch = Batch::default();
    assert!(reader.next_batch(&mut batch).unwrap());
    let answers = Engine::builtin().enrich_batch(&batch.transactions);
    let mut out = Vec::new();
    let mut writer = form.writer(&mut out, options).unwrap();
    for ((transaction, answer), raw) in batch.transactions.iter().zip(&answers).zip(&batch.raw) {
        writer.write(&answer.record(transaction, Taxonomy::Mx), Some(raw)).unwrap();
    }
    writer.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn read_again(text: &str) -> Vec<crate::Transaction> {
    let options = ReadOptions { date_order: Some(crate::io::DateOrder::MonthFirst), ..ReadOptions::default() };
    let mut reader = Reader::open(&[Input::Bytes("again".into(), text.as_bytes().into())], options).unwrap();
    let mut batch = Batch::default();
    reader.next_batch(&mut batch).unwrap();
    assert!(batch.rejects.is_empty(), "{:?}", batch.rejects);
    batch.transactions
}

#[test]
fn every_form_has_a_name_and_writes_every_row() {
    for form in OutputFormat::ALL.iter().filter(|form| form.renderer(&WriteOptions::default()).is_ok()) {
        assert_eq!(form.as_str().parse(), Ok(*form));
        let text = written(*form, &WriteOptions::default());
        assert!(text.ends_with('\n') && text.contains("54.21"), "{form}: {text}");
    }
    assert!("pdf".parse::<OutputFormat>().unwrap_err().to_string().contains("csv, jsonl"));
}

#[test]
fn what_is_read_is_what_was_written() {
    let amounts = |transactions: &[crate::Transaction]| -> Vec<_> {
        transactions.iter().filter(|row| row.amount.is_some()).map(|row| (row.date, row.signed_amount())).collect()
    };
    let own = amounts(&read_again(STATEMENT));
    assert_eq!(own.len(), 3);
    for form in [
        OutputFormat::Csv,
        OutputFormat::JsonLines,
        OutputFormat::Mx,
        OutputFormat::Actual,
        OutputFormat::Firefly,
        OutputFormat::Ynab,
        OutputFormat::Qif,
    ] {
        let text = written(form, &WriteOptions::default());
        assert_eq!(amounts(&read_again(&text)), own, "{form}: {text}");
    }
    let again = read_again(&written(OutputFormat::Csv, &WriteOptions::default()));
    assert_eq!(again[0].original_description, "WHOLEFDS TSQ 102; \"NYC\"");
}

#[test]
fn the_inputs_own_columns_and_chosen_columns() {
    let options = WriteOptions {
        columns: vec!["id".into(), "amount".into(), "category_path".into()],
        input_columns: vec!["id".into(), "account_id".into()],
        ..WriteOptions::default()
    };
    let text = written(OutputFormat::Csv, &options);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("id,amount,category_path,input.id,input.account_id"));
    assert_eq!(lines.next(), Some("1,54.21,food.groceries,1,0001234"));
    let unknown = WriteOptions { columns: vec!["colour".into()], ..WriteOptions::default() };
    assert!(OutputFormat::Csv.renderer(&unknown).err().unwrap().contains("`colour` is no column"));
    let json = written(OutputFormat::JsonLines, &options);
    assert!(json.starts_with(r#"{"id":"1","amount":54.21,"category_path":"food.groceries","input.id":"1","#), "{json}");
}

#[test]
fn platform_documents_are_json_with_exact_amounts() {
    for form in [OutputFormat::Mx, OutputFormat::MxEnhance, OutputFormat::Plaid] {
        let text = written(form, &WriteOptions::default());
        let document: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let rows = document["transactions"].as_array().or(document["enriched_transactions"].as_array()).unwrap();
        assert_eq!(rows.len(), 4, "{form}");
        assert_eq!(rows[1]["amount"].to_string(), "2450.00", "{form}");
    }
    let list: serde_json::Value = serde_json::from_str(&written(OutputFormat::Mx, &WriteOptions::default())).unwrap();
    assert_eq!(list["pagination"]["total_entries"], 4);
    assert_eq!(list["transactions"][0]["category"], "Groceries");
}

#[test]
fn journals_balance_and_keep_numbers_of_accounts_short() {
    let text = written(OutputFormat::Ledger, &WriteOptions::default());
    let first = "\n2025-01-14 * Whole Foods Market\n  ; WHOLEFDS TSQ 102; \"NYC\"\n  ; id: 1\n  Expenses:Food:Groceries  54.21 USD\n  Assets:Checking:1234  -54.21 USD\n";
    assert!(text.contains(first), "{text}");
    assert!(text.contains("2025-01-31 ! (1042)"), "{text}");
    assert!(text.contains("; left out"), "{text}");
    let text =
        written(OutputFormat::Beancount, &WriteOptions { account: Some("Assets:Bank".into()), ..Default::default() });
    assert!(text.contains("2025-01-14 * \"Whole Foods Market\" \"WHOLEFDS TSQ 102; \\\"NYC\\\"\"\n"), "{text}");
    assert!(text.contains("  Assets:Bank  -54.21 USD\n"), "{text}");
}

#[test]
fn accounts_of_journals_have_names_that_the_programs_take() {
    let account = |form: OutputFormat, kind: Option<AccountType>, id: &str| {
        let mut row = crate::Transaction::new("NETFLIX.COM").with_signed_amount("-5".parse().unwrap());
        (row.date, row.account_type) = (Some(jiff::civil::date(2025, 1, 2)), kind);
        row.account_id = (!id.is_empty()).then(|| id.to_owned());
        let answer = Engine::builtin().enrich(&row);
        let mut out = Vec::new();
        let mut writer = form.writer(&mut out, &WriteOptions::default()).unwrap();
        writer.write(&answer.record(&row, Taxonomy::Mx), None).unwrap();
        writer.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        let posting = text.lines().rfind(|line| line.ends_with("-5 USD")).unwrap();
        posting.trim().trim_end_matches("-5 USD").trim().to_owned()
    };
    let (ledger, beancount) = (OutputFormat::Ledger, OutputFormat::Beancount);
    assert_eq!(account(ledger, None, ""), "Assets:Bank");
    assert_eq!(account(ledger, None, "DE89370400440532013000"), "Assets:Bank:3000");
    assert_eq!(account(ledger, None, "joint savings"), "Assets:Joint Savings");
    assert_eq!(account(beancount, None, "joint savings (家)"), "Assets:Joint-Savings");
    assert_eq!(account(ledger, Some(AccountType::Checking), "checking"), "Assets:Checking");
    assert_eq!(account(beancount, Some(AccountType::CreditCard), "Visa"), "Liabilities:Credit-Card:Visa");
    assert_eq!(account(beancount, Some(AccountType::CreditCard), "XXXX-1a2b"), "Liabilities:Credit-Card:1A2B");
    for (form, bad) in [(ledger, "A\nB"), (ledger, "; x"), (beancount, "Bank"), (beancount, "Assets:my bank")] {
        let options = WriteOptions { account: Some(bad.into()), ..WriteOptions::default() };
        assert!(form.renderer(&options).err().unwrap().contains("no name of an account"), "{bad}");
    }
}

#[cfg(feature = "arrow")]
#[test]
fn columnar_files_are_read_as_they_were_written() {
    for form in [OutputFormat::Parquet, OutputFormat::Arrow] {
        let inputs = [Input::Bytes("t".into(), STATEMENT.as_bytes().into())];
        let mut reader = Reader::open(&inputs, ReadOptions::default()).unwrap();
        let mut batch = Batch::default();
        reader.next_batch(&mut batch).unwrap();
        let answers = Engine::builtin().enrich_batch(&batch.transactions);
        let mut out = Vec::new();
        let mut writer = form.writer(&mut out, &WriteOptions::default()).unwrap();
        for (transaction, answer) in batch.transactions.iter().zip(&answers) {
            writer.write(&answer.record(transaction, Taxonomy::Mx), None).unwrap();
        }
        writer.finish().unwrap();
        let inputs = [Input::Bytes("again".into(), out.into())];
        let mut reader =
            Reader::open(&inputs, ReadOptions::default()).unwrap_or_else(|error| panic!("{form}: {error}"));
        let mut again = Batch::default();
        assert!(reader.next_batch(&mut again).unwrap());
        assert_eq!(reader.report().files[0].format, format!("{form}, payee"));
        assert_eq!(again.transactions.len(), batch.transactions.len());
        for (read, own) in again.transactions.iter().zip(&batch.transactions) {
            assert_eq!(
                (&read.id, read.date, read.amount, read.direction),
                (&own.id, own.date, own.amount, own.direction)
            );
            assert_eq!(read.original_description, own.original_description);
        }
    }
}
