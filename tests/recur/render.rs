//! Streams as text, CSV and JSON Lines.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use payee::recur::{self, Collector, Expectation, Outlook, Payee, Payment, Streams};
use payee::{Decimal, Direction, Engine};

fn streams() -> Streams {
    let mut collector = Collector::builtin();
    let mut row = 0;
    let mut pay = |name: &str, category: &str, expectation, direction, dates: &mut dyn Iterator<Item = (Date, i64)>| {
        for (date, cents) in dates {
            collector.push_payment(
                row,
                &Payment {
                    account: "checking",
                    currency: "EUR".parse().ok(),
                    country: None,
                    date,
                    amount: Decimal::new(cents, 2),
                    direction,
                    payee: Payee { merchant: None, name },
                    category: Engine::builtin().category(category).unwrap().id(),
                    outlook: Outlook { expectation, varies: false },
                    subscription: false,
                    bill: false,
                    pending: false,
                },
            );
            row += 1;
        }
    };
    let months = |first: Date, count: i32| (0..count).map(move |at| first + at.months());
    let price = |at: usize| if at < 4 { 999 } else { 1_199 };
    let music = months(date(2024, 1, 12), 6).enumerate().map(|(at, date)| (date, price(at)));
    let music: &mut dyn Iterator<Item = (Date, i64)> = &mut { music };
    pay("Tunewave", "entertainment.music", Expectation::Subscription, Direction::Debit, music);
    let rent = &mut months(date(2024, 1, 1), 6).map(|date| (date, 95_000));
    pay("Sunnyside, Apartments", "home.rent", Expectation::Bill, Direction::Debit, rent);
    let wage = &mut months(date(2024, 1, 25), 5).map(|date| (date, 310_000));
    pay("Northwind", "income.salary", Expectation::Income, Direction::Credit, wage);
    recur::streams(collector, None)
}

#[test]
fn a_person_reads_them() {
    let mut out = Vec::new();
    recur::render::text(&streams(), date(2024, 7, 14), &mut out).unwrap();
    let expected = "\
Recurring payments as of 2024-06-12

KIND          NAME                   CADENCE          STATUS           AMOUNT  LAST        NEXT        SURE
BILL          Sunnyside, Apartments  every month      MATURE          -950.00  2024-06-01  2024-07-01   99%
SUBSCRIPTION  Tunewave               every month      MATURE           -11.99  2024-06-12  2024-07-12   99%
INCOME        Northwind              every month      MATURE          3100.00  2024-05-25  2024-06-25   99%

Expected until 2024-07-14
2024-06-25  Northwind                     3100.00  between 2024-06-23 and 2024-06-27
2024-07-01  Sunnyside, Apartments         -950.00  between 2024-06-29 and 2024-07-03
2024-07-12  Tunewave                       -11.99  between 2024-07-10 and 2024-07-14
In all 3100.00 in, 961.99 out EUR

In a year
BILL               -11400.00 EUR  1 stream
SUBSCRIPTION         -143.88 EUR  1 stream
INCOME              37200.00 EUR  1 stream

Subscriptions cost in a year
Tunewave                       143.88 EUR

Prices that rose since 2023-06-13
2024-05-12  Tunewave               9.99 to 11.99 EUR
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn csv_and_json_lines_have_the_same_names() {
    let streams = streams();
    let (mut table, mut lines) = (Vec::new(), Vec::new());
    recur::render::csv(&streams, Engine::builtin(), &mut table).unwrap();
    recur::render::jsonl(&streams, Engine::builtin(), &mut lines).unwrap();
    let mut reader = csv::Reader::from_reader(table.as_slice());
    assert_eq!(reader.headers().unwrap(), recur::render::COLUMNS.to_vec());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let objects: Vec<serde_json::Map<String, serde_json::Value>> =
        String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), objects.len()), (3, 3));
    for (row, object) in rows.iter().zip(&objects) {
        assert_eq!(object.len(), recur::render::COLUMNS.len() + 1);
        for (column, cell) in recur::render::COLUMNS.iter().zip(row) {
            match &object[*column] {
                serde_json::Value::Null => assert_eq!(cell, ""),
                serde_json::Value::String(text) => assert_eq!(cell, text),
                serde_json::Value::Number(number) if *column != "confidence" => assert_eq!(cell, number.to_string()),
                _ => {}
            }
        }
    }
    let music = &objects[2];
    assert_eq!(music["name"], "Tunewave");
    assert_eq!(music["price_changes"].to_string(), r#"[{"date":"2024-05-12","from":9.99,"to":11.99}]"#);
    assert_eq!(music["rows"].to_string(), "[0,1,2,3,4,5]");
    assert_eq!(&rows[2][25], "2024-05-12 9.99 11.99");
    assert!(music["stream_id"].as_str().unwrap().starts_with("RPT-"));
}
