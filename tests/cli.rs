//! The command line, as a user meets it.

mod support;

use std::fs;
use std::process::Stdio;

use support::{Folder, column};

const STATEMENT: &str =
    "date,amount,description\n2025-01-31,-42.10,WHOLEFDS TSQ 102\n2025-02-01,2000.00,ACME INC PAYROLL\n";

#[test]
fn the_sample_statement_is_understood() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/statement.csv");
    let ran = Folder::new().run(&["enrich", sample]).ok();
    let uncategorized: Vec<_> =
        column(&ran.out, "category").into_iter().filter(|name| name == "Uncategorized").collect();
    assert!(uncategorized.is_empty(), "{} rows are uncategorized", uncategorized.len());
    assert!(column(&ran.out, "is_direct_deposit").iter().filter(|flag| *flag == "true").count() >= 6);
    assert!(column(&ran.out, "stream_id").iter().filter(|stream| !stream.is_empty()).count() >= 20);
    assert!(ran.err.contains("69 rows in = 69 out + 0 rejected"), "{}", ran.err);
}

#[test]
fn columns_are_the_reference_names() {
    let ran = Folder::new().run_with_input(&["enrich"], STATEMENT.as_bytes()).ok();
    let head = ran.out.lines().next().unwrap();
    assert!(
        head.starts_with(
            "id,account_id,date,amount,type,currency_code,status,original_description,description,merchant,merchant_guid,\
             merchant_category_code,category,category_guid,top_level_category,category_path,is_bill_pay,is_direct_deposit,\
             is_expense,is_fee,is_income,is_international,is_overdraft_fee,is_payroll_advance,is_recurring,is_subscription,\
             confidence,confidence_level,categorized_by,described_by"
        ),
        "{head}"
    );
    assert_eq!(column(&ran.out, "category"), ["Groceries", "Paycheck"]);
    assert_eq!(column(&ran.out, "amount"), ["42.10", "2000.00"]);
    assert_eq!(column(&ran.out, "type"), ["DEBIT", "CREDIT"]);
}

#[test]
fn json_lines_go_in_and_out() {
    let line =
        r#"{"id":"1","original_description":"WHOLEFDS TSQ 102","amount":42.10,"type":"DEBIT","date":"2025-01-31"}"#;
    let ran = Folder::new().run_with_input(&["enrich", "-", "--to", "jsonl", "--no-recurring"], line.as_bytes()).ok();
    let answer: serde_json::Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!(answer["category"], "Groceries");
    assert_eq!(answer["amount"].to_string(), "42.10");
    assert_eq!(answer["is_expense"], true);
    assert!(answer["is_international"].is_null());
}

#[test]
fn other_taxonomies_and_own_columns() {
    let folder = Folder::new();
    folder.put("in.csv", "date,amount,description,Note\n2025-01-31,-42.10,WHOLEFDS TSQ 102,for dinner\n");
    let ran = folder.run(&["enrich", "in.csv", "--taxonomy", "plaid-v2", "--keep-input", "--quiet"]).ok();
    assert_eq!(column(&ran.out, "category"), ["FOOD_AND_DRINK_GROCERIES"]);
    assert_eq!(column(&ran.out, "input.Note"), ["for dinner"]);
    assert!(ran.err.is_empty(), "{}", ran.err);
}

#[test]
fn bad_rows_are_kept_apart_and_good_ones_come_out() {
    let folder = Folder::new();
    folder.put("in.csv", "date,amount,description\n2025-01-31,-42.10,WHOLEFDS TSQ 102\n2025-13-45,-1,BAD DATE\n2025-02-01,1x,BAD AMOUNT\n");
    let ran = folder.run(&["enrich", "in.csv", "-o", "out.csv", "--rejects", "bad.csv"]).ok();
    assert!(ran.err.contains("3 rows in = 1 out + 2 rejected"), "{}", ran.err);
    assert_eq!(column(&folder.text("out.csv"), "description"), ["Whole Foods Market"]);
    let rejects = folder.text("bad.csv");
    assert_eq!(column(&rejects, "line"), ["3", "4"]);
    assert!(column(&rejects, "row")[0].contains("BAD DATE"), "{rejects}");
    assert!(column(&rejects, "reason")[1].contains("1x"), "{rejects}");
}

#[test]
fn what_cannot_be_read_is_told_with_file_and_remedy() {
    let folder = Folder::new();
    folder.put("empty.csv", "").put("no-text.csv", "date,amount\n2025-01-31,1.00\n");
    folder.run(&["enrich", "empty.csv"]).refused(&["empty.csv", "empty"]);
    folder.run(&["enrich", "no-text.csv"]).refused(&["no-text.csv", "description"]);
    folder.run(&["enrich", "absent.csv"]).refused(&["absent.csv"]);
    fs::create_dir(folder.path().join("folder")).unwrap();
    folder.run(&["enrich", "folder"]).refused(&["folder"]);
    folder.put("in.csv", STATEMENT);
    folder.run(&["enrich", "in.csv", "--taxonomy", "mixed"]).refused(&["mixed", "plaid-v2"]);
    folder.run(&["enrich", "in.csv", "--colour"]).refused(&["--colour"]);
    folder.run(&["enrich", "in.csv", "--columns", "colour"]).refused(&["colour", "original_description"]);
    folder.run(&["enrich", "in.csv", "-o", "in.csv"]).refused(&["in.csv", "another file"]);
    assert_eq!(folder.text("in.csv"), STATEMENT);
}

#[test]
fn other_encodings_are_read() {
    let folder = Folder::new();
    folder.put("latin.csv", b"date,amount,description\n2025-01-31,-4.10,B\xC4CKEREI M\xDCLLER\n");
    let ran = folder.run(&["enrich", "latin.csv", "-q"]).ok();
    assert_eq!(column(&ran.out, "description"), ["Bäckerei Müller"]);
}

#[test]
fn a_failed_run_leaves_the_old_file_and_nothing_else() {
    let folder = Folder::new();
    folder.put("out.csv", "old").put("good.csv", STATEMENT).put("bad.csv", "");
    folder.run(&["enrich", "good.csv", "bad.csv", "-o", "out.csv"]).refused(&["bad.csv"]);
    assert_eq!(folder.text("out.csv"), "old");
    assert_eq!(folder.files(), ["bad.csv", "good.csv", "out.csv"]);
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = Folder::new();
    let rows: String = (0..20_000).map(|row| format!("2025-01-31,-1.00,SHOP NUMBER {row}\n")).collect();
    folder.put("in.csv", format!("date,amount,description\n{rows}"));
    let mut child = folder
        .payee(&["enrich", "in.csv", "--no-recurring"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn explain_shows_each_stage_and_the_rule() {
    let text = "CHECKCARD 0312 SQ *BLUE BOTTLE COFFEE 415-555-0100 SAN FRANCISCO CA";
    let ran = Folder::new().run(&["explain", text, "--amount", "-6.75"]).ok();
    for part in [
        "clean",
        "identify",
        "categorize",
        "answer",
        "data/merchants/",
        "BLUE BOTTLE COFFEE",
        "Coffee Shops",
        "confidence",
    ] {
        assert!(ran.out.contains(part), "`{part}` is not in:\n{}", ran.out);
    }
}

/// Numbers of cards and accounts, addresses and telephone numbers are only in what the bank wrote; with `--redact` nowhere.
#[test]
fn secrets_stay_where_they_were() {
    let secrets = ["4111111111111111", "DE89370400440532013000", "jane.doe@example.com", "4155550100", "55779911"];
    let table = format!(
        "account_id,date,amount,description\n{0},2025-01-31,-1.00,TRANSFER TO JANE DOE {0} {1}\n{1},2025-02-28,-1.00,PAYPAL \
         *{2} {3}\n{1},2025-03-31,-1.00,JOHN SMITH 20-00-00 {4}\n{0},never,-1.00,CARD {0}\n",
        secrets[0], secrets[1], secrets[2], secrets[3], secrets[4],
    );
    let folder = Folder::new();
    folder.put("in.csv", table);
    let columns =
        "description,counterparty,intermediary,reference,mandate,card_digits,store_number,website,phone,matched_text";
    let holds = |text: &str| secrets.iter().any(|secret| text.contains(secret));
    let plain = folder.run(&["enrich", "in.csv", "--columns", columns]).ok();
    assert!(!holds(&plain.out) && !holds(&plain.err), "{}{}", plain.out, plain.err);
    let whole = folder.run(&["enrich", "in.csv"]).ok();
    assert!(secrets.iter().all(|secret| whole.out.contains(secret)));
    for form in ["csv", "jsonl", "mx", "plaid", "ledger", "beancount", "firefly", "qif"] {
        let extra: &[&str] = if matches!(form, "csv" | "jsonl") { &["--keep-input"] } else { &[] };
        let base = ["enrich", "in.csv", "--redact", "--to", form, "--rejects", "bad.csv"];
        let ran = folder.run(&[&base, extra].concat()).ok();
        assert!(!holds(&ran.out) && !holds(&ran.err) && !holds(&folder.text("bad.csv")), "{form}: {}", ran.out);
    }
    for secret in secrets {
        let text = format!("TRANSFER TO JANE DOE {secret}");
        let masked = folder.run(&["explain", &text, "--redact"]).ok().out;
        assert!(masked.contains("TRANSFER") && !holds(&masked), "{masked}");
    }
}

#[test]
fn lists_are_complete() {
    let folder = Folder::new();
    let mx = folder.run(&["list", "categories", "--taxonomy", "mx"]).ok().out;
    assert_eq!(mx.lines().count(), 119);
    let ours = folder.run(&["list", "categories"]).ok().out;
    assert!(ours.lines().count() > 250);
    for what in ["flags", "rules", "formats", "taxonomies"] {
        assert!(folder.run(&["list", what]).ok().out.lines().count() >= 4, "{what}");
    }
    let found = folder.run(&["list", "merchants", "--search", "whole foods"]).ok().out;
    assert!(found.contains("food.groceries"), "{found}");
}

#[test]
fn own_merchants_are_checked_and_outrank_ours() {
    let folder = Folder::new();
    folder.put("mine.csv", "name,category,aliases\nOur Canteen,food.restaurants.catering,WHOLEFDS TSQ\n");
    folder.put("bad.csv", "name,category\nOur Canteen,food.nothing\n").put("in.csv", STATEMENT);
    let ran = folder.run(&["enrich", "in.csv", "--rules", "mine.csv"]).ok();
    assert_eq!(column(&ran.out, "merchant")[0], "Our Canteen");
    assert!(column(&ran.out, "rule")[0].ends_with("mine.csv:2"));
    folder.run(&["check", "mine.csv"]).ok();
    let checked = folder.run(&["check", "bad.csv"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.out.contains("bad.csv:2") && checked.out.contains("food.nothing"), "{}", checked.out);
    folder.run(&["enrich", "in.csv", "--rules", "bad.csv"]).refused(&["bad.csv:2"]);
}

#[test]
fn completions_and_manual_are_printed() {
    let folder = Folder::new();
    assert!(folder.run(&["completions", "bash"]).ok().out.contains("enrich"));
    assert!(folder.run(&["man"]).ok().out.contains(".TH payee"));
}

/// An export that no format is known for: cards tell what was paid as positive amounts.
const UNKNOWN: &str = "Booked,What,How much\n\
    03.04.2025,WHOLEFDS TSQ 102,\"1.054,21\"\n\
    05.04.2025,NETFLIX.COM,\"15,49\"\n\
    25.04.2025,PAYMENT THANK YOU,\"-500,00\"\n";

#[test]
fn an_unknown_export_is_taught_from_a_sample() {
    let folder = Folder::new();
    folder.put("export 2025-04.csv", UNKNOWN).put("next.csv", UNKNOWN.replace("1.054", "1.055"));
    let told = folder.run(&["enrich", "next.csv", "--quiet", "-o", "x.csv"]).ok();
    assert!(told.err.is_empty());
    let inferred = folder.run(&["enrich", "next.csv", "-o", "x.csv"]).ok();
    assert!(inferred.err.contains("date=Booked") && inferred.err.contains("--sign out-positive"), "{}", inferred.err);

    let add = ["formats", "add", "export 2025-04.csv", "--sign", "out-positive", "-o", "my.formats.toml"];
    let added = folder.run(&add).ok();
    assert!(added.err.contains("3 rows read as `my.export`, 0 rejected"), "{}", added.err);
    assert!(added.err.contains("2025-04-03     1054.21 DEBIT  WHOLEFDS TSQ 102"), "{}", added.err);
    folder.run(&add).refused(&["`my.export` is there already", "--id"]);
    folder.run(&["formats", "check", "my.formats.toml"]).ok();

    let read = folder.run(&["enrich", "next.csv", "--formats", "my.formats.toml"]).ok();
    assert!(read.err.contains("next.csv: read as my.export"), "{}", read.err);
    assert_eq!(column(&read.out, "amount"), ["1055.21", "15.49", "500.00"]);
    assert_eq!(column(&read.out, "type"), ["DEBIT", "DEBIT", "CREDIT"]);

    // A second format goes behind the first.
    let second = ["formats", "add", "next.csv", "--id", "de.other", "-o", "my.formats.toml"];
    folder.run(&second).ok();
    assert_eq!(folder.text("my.formats.toml").matches("[[format]]").count(), 2);
    folder.put("broken.toml", "[[format]]\nid = \"x\"\n");
    let found = folder.run(&["formats", "check", "broken.toml"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.out.contains("broken.toml:1"), "{}", found.out);
    folder.put(
        "chase.csv",
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\nDEBIT,01/02/2025,X,-1,A,1,,\n",
    );
    folder.run(&["formats", "add", "chase.csv"]).refused(&["read already, as `us.chase.checking`"]);
}

#[test]
fn what_is_said_about_a_table_outranks_what_is_concluded() {
    let folder = Folder::new();
    folder.put("a.txt", "03/04/2025~WHOLEFDS TSQ 102~1.234\n05/06/2025~NETFLIX.COM~-15.490\n");
    let base = ["enrich", "a.txt", "--delimiter", "~", "--header", "false", "--sign", "out-positive"];
    let with = |more: &[&str]| folder.run(&[&base[..], more].concat());
    with(&[]).refused(&["--date-order dmy"]);
    let read = with(&["--date-order", "dmy", "--decimal-mark", "comma"]).ok();
    assert_eq!(column(&read.out, "date"), ["2025-04-03", "2025-06-05"]);
    assert_eq!(column(&read.out, "amount"), ["1234", "15490"]);
    assert_eq!(column(&read.out, "type"), ["DEBIT", "CREDIT"]);
}

#[test]
fn rows_that_have_no_place_in_a_form_are_counted() {
    let folder = Folder::new();
    folder.put(
        "in.csv",
        "date,amount,description\n2025-01-02,-5.00,NETFLIX.COM\n,-6.00,NO DATE\n2025-01-03,,NO AMOUNT\n",
    );
    for form in ["ledger", "beancount", "actual", "firefly", "ynab", "qif"] {
        let told = folder.run(&["enrich", "in.csv", "--to", form]).ok();
        let expected = "3 rows in = 1 out + 0 rejected + 2 left out for want of a date";
        assert!(told.err.contains(expected), "{form}: {}", told.err);
        assert!(told.out.contains("5.00") && !told.out.contains("6.00"), "{form}: {}", told.out);
    }
}

/// Every wrong argument is told with what was written and what may be written instead.
#[test]
fn wrong_arguments_are_told_with_what_would_be_right() {
    let folder = Folder::new();
    folder.put("in.csv", STATEMENT);
    for (option, value, right) in [
        ("--as-of", "yesterday", "2025-06-30"),
        ("--date-order", "reversed", "day-first"),
        ("--threads", "0", "1..=1024"),
        ("--currency", "EURO", "three letters"),
        ("--country", "GERMANY", "two letters"),
        ("--account-type", "POCKET", "CHECKING"),
        ("--to", "docx", "jsonl"),
        ("--map", "when=Booked,description=Text", "use one of id"),
        ("--map", "date=Booked", "description=column"),
        ("--min-confidence", "2", "from 0 to 1"),
        ("--format", "my.bank", "payee list formats"),
        ("--encoding", "klingon", "windows-1252"),
        ("--data", "nowhere", "categories.csv"),
        ("--rules", "nowhere.toml", "no such file"),
    ] {
        let shown = value.split(',').next().unwrap();
        folder.run(&["enrich", "in.csv", option, value]).refused(&[right, shown.split('=').next().unwrap()]);
    }
    folder.run(&["explain", "X", "--amount", "much"]).refused(&["`much` is no amount", "-6.75"]);
    folder.run(&["recurring", "in.csv", "--until", "soon"]).refused(&["`soon` is no day"]);
    folder.run(&["eval", "in.csv"]).refused(&["in.csv:1", "--label"]);
    folder.run(&["diff", "builtin", "nowhere", "in.csv"]).refused(&["nowhere", "no such file"]);
}

#[test]
fn files_of_other_kinds_are_told_apart() {
    let folder = Folder::new();
    folder.put("program.csv", [0x7f, b'E', b'L', b'F', 0, 1, 2, 0, 0, 0xff]).put("other.csv", "a,b\n1,2\n");
    folder.put("long.csv", format!("date,amount,description\n2025-01-31,-1.00,\"{}\n", "A".repeat(17 << 20)));
    folder.run(&["enrich", "program.csv"]).refused(&["program.csv", "payee list formats"]);
    folder.run(&["enrich", "other.csv"]).refused(&["other.csv:1", "seen: a, b", "--map"]);
    folder.run(&["enrich", "long.csv"]).refused(&["long.csv:2", "a quote may be left open"]);
    // All files that cannot be read are told at once.
    folder.run(&["enrich", "program.csv", "other.csv"]).refused(&["program.csv", "other.csv"]);
}

/// A rules file with several faults is told in one go, with each line.
#[test]
fn every_fault_of_a_rules_file_is_told() {
    let folder = Folder::new();
    folder.put("in.csv", STATEMENT).put(
        "my.toml",
        "[[rule]]\nwhen.text = \"\"\nthen.category = \"food.groceries\"\n\n[[rule]]\nwhen.text.regex = \"(\"\nthen.category = \
         \"food.groceries\"\n\n[[rule]]\nwhen.text = \"X\"\nthen.category = \"food.nothing\"\n\n[[rule]]\nwhen.colour = \
         \"red\"\nthen.category = \"food.groceries\"\n",
    );
    let parts = ["my.toml:2", "my.toml:6", "unclosed group", "my.toml:11", "food.nothing", "my.toml:14", "colour"];
    folder.run(&["enrich", "in.csv", "--rules", "my.toml"]).refused(&parts);
    let checked = folder.run(&["check", "my.toml"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(
        parts.iter().all(|part| checked.out.contains(part)) && checked.out.contains("4 problems"),
        "{}",
        checked.out
    );
    folder.run(&["check", "absent.toml"]).refused(&["absent.toml", "no such file"]);
}
