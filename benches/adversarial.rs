//! Input made to be slow, at two sizes: four times as much must take about four times as long, whatever stands in it.
//! `cargo bench --bench adversarial` prints both times and their ratio for every case; a ratio of 16 would be quadratic.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use payee::io::{Batch, Input, ReadOptions, Reader};
use payee::recur::{self, Collector};
use payee::{Decimal, Engine, Source, Taxonomy, Transaction, redact};

/// A case: makes its input of a size, and gives back what is timed.
type Case = Box<dyn Fn(usize) -> Box<dyn FnMut()>>;

/// How many times as large the second input is.
const GROWTH: usize = 4;

fn fastest(run: &mut dyn FnMut()) -> Duration {
    let begun = Instant::now();
    let once = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    std::iter::repeat_with(once)
        .enumerate()
        .take_while(|(at, _)| *at < 3 || begun.elapsed() < Duration::from_millis(200))
        .map(|(_, time)| time)
        .min()
        .unwrap_or_default()
}

fn shown(time: Duration) -> String {
    match time.as_nanos() {
        nanos if nanos < 1_000_000 => format!("{:.1} us", nanos as f64 / 1e3),
        nanos => format!("{:.1} ms", nanos as f64 / 1e6),
    }
}

fn transaction(text: String) -> Transaction {
    Transaction::new(text).with_signed_amount(Decimal::NEGATIVE_ONE)
}

/// A description of `size` bytes, made of one piece over and over.
fn repeated(piece: &'static str) -> Case {
    Box::new(move |size| {
        let transaction = transaction(piece.repeat(size / piece.len()));
        Box::new(move || {
            let answer = Engine::builtin().enrich(&transaction);
            answer.record(&transaction, Taxonomy::Mx).each(|_, value| {
                black_box(value);
            });
        })
    })
}

fn masked(piece: &'static str) -> Case {
    Box::new(move |size| {
        let text = piece.repeat(size / piece.len());
        Box::new(move || drop(black_box(redact(&text))))
    })
}

/// Rules of the user's own, `size` of them, and a row.
fn ruled(rule: fn(usize) -> String, row: &'static str) -> Case {
    Box::new(move |size| {
        let engine = with_rules(rule, size);
        let transaction = transaction(row.repeat(2048 / row.len()));
        Box::new(move || drop(black_box(engine.enrich(&transaction))))
    })
}

fn rules_file(rule: fn(usize) -> String, count: usize) -> Source {
    let file: String =
        (0..count).map(|at| format!("[[rule]]\nwhen.text{}\nthen.category = 'food.groceries'\n", rule(at))).collect();
    Source::new("own.toml", file)
}

fn with_rules(rule: fn(usize) -> String, count: usize) -> Engine {
    Engine::builder().source(rules_file(rule, count)).build().expect("the rules are sound")
}

fn streams(name: fn(usize) -> String, date: fn(usize) -> String) -> Case {
    Box::new(move |size| {
        let rows: Vec<Transaction> = (0..size)
            .map(|at| {
                let mut transaction = transaction(name(at));
                transaction.date = date(at).parse().ok();
                transaction
            })
            .collect();
        Box::new(move || {
            let mut collector = Collector::builtin();
            let answers = Engine::builtin().enrich_batch(&rows);
            for (number, (row, answer)) in (0..).zip(rows.iter().zip(&answers)) {
                collector.push(number, row, answer);
            }
            black_box(recur::streams(collector, None).all().len());
        })
    })
}

fn read(make: fn(usize) -> String) -> Case {
    Box::new(move |size| {
        let bytes = make(size).into_bytes();
        Box::new(move || {
            let input = Input::Bytes("hard".into(), bytes.clone().into());
            let Ok(mut reader) = Reader::open(&[input], ReadOptions::default()) else { return };
            let mut batch = Batch::default();
            while reader.next_batch(&mut batch).unwrap_or(false) {}
            black_box(reader.report().rows);
        })
    })
}

fn letters(mut number: usize) -> String {
    let mut out = String::new();
    for _ in 0..6 {
        out.push(char::from(b'A' + (number % 26) as u8));
        number /= 26;
    }
    out
}

fn main() {
    let day = |at: usize| format!("{}-{:02}-{:02}", 2000 + at / 336, at / 28 % 12 + 1, at % 28 + 1);
    let cases: Vec<(&str, usize, Case)> = vec![
        // Up to where a description is looked at no further.
        ("near misses of phrases, `TO `", 500, repeated("TO ")),
        ("near misses of phrases, `ID:`", 500, repeated("ID:")),
        ("near misses of phrases, `TRTP/NAME/`", 500, repeated("TRTP/NAME/")),
        ("near misses of phrases, `SVWZ+EREF+`", 500, repeated("SVWZ+EREF+")),
        ("near misses of phrases, `PAYMENT FROM `", 500, repeated("PAYMENT FROM ")),
        ("near misses of phrases, `ZELLE PAYMENT `", 500, repeated("ZELLE PAYMENT ")),
        ("near misses of names, `BLUE BOTTLE `", 500, repeated("BLUE BOTTLE ")),
        ("near misses of names, `SAN `", 500, repeated("SAN ")),
        ("single letters", 500, repeated("A ")),
        ("one long word", 500, repeated("A")),
        ("numbers", 500, repeated("12 ")),
        ("stars", 500, repeated("* ")),
        ("apostrophes", 500, repeated("O'")),
        // Far beyond.
        ("letters, megabytes", 2_500_000, repeated("A ")),
        ("signs, megabytes", 2_500_000, repeated("( ")),
        ("blanks, megabytes", 2_500_000, repeated(" ")),
        ("digits, megabytes", 2_500_000, repeated("9")),
        ("masking of one number", 2_500_000, masked("9")),
        ("masking of card numbers", 2_500_000, masked("4111 1111 1111 1111 ")),
        ("masking of groups", 2_500_000, masked("12 ")),
        ("masking of addresses", 2_500_000, masked("a@b.")),
        ("masking of IBANs", 2_500_000, masked("DE89 3704 0044 0532 0130 00 ")),
        ("masking of telephones", 2_500_000, masked("(415) 555-0100 ")),
        ("masking of ones", 2_500_000, masked("0-0.0 ")),
        // Rules of the user's own.
        ("rules with one literal", 2_500, ruled(|at| format!(" = 'a'\nwhen.amount = {{ min = {} }}", at + 5), "a ")),
        ("rules with nested literals", 500, ruled(|at| format!(".regex = '{}'", "a".repeat(at % 500 + 1)), "aa")),
        ("globs of stars", 500, ruled(|at| format!(".glob = '*a*a*a*a*a*{}*'", letters(at)), "a ")),
        ("regexes that almost match", 500, ruled(|at| format!(".regex = '(a+ )+(a+ )+{}?b$'", letters(at)), "a ")),
        (
            "reading rules",
            2_500,
            Box::new(|size| {
                let source = rules_file(|at| format!(" = '{}'", letters(at)), size);
                Box::new(move || {
                    black_box(Engine::builder().source(source.clone()).build().is_ok());
                })
            }),
        ),
        (
            "checking rules",
            2_500,
            Box::new(|size| {
                let source = rules_file(|at| format!(" = '{}'", letters(at)), size);
                let engine = Engine::builder().source(source.clone()).build().expect("the rules are sound");
                Box::new(move || drop(black_box(payee::check::check(&engine, std::slice::from_ref(&source)))))
            }),
        ),
        (
            "reading merchants",
            10_000,
            Box::new(|size| {
                let mut file = String::from("name,category\n");
                (0..size).for_each(|at| {
                    writeln!(file, "{} {},food.groceries", letters(at), letters(at)).expect("a string takes text")
                });
                let source = Source::new("own.csv", file);
                Box::new(move || {
                    black_box(Engine::builder().source(source.clone()).build().is_ok());
                })
            }),
        ),
        // Streams.
        ("one payee, one day", 10_000, streams(|_| "CORNER GYM".into(), |_| "2025-01-31".into())),
        ("one payee, every day", 2_500, streams(|_| "CORNER GYM".into(), day)),
        ("payees that are almost alike", 5_000, streams(|at| format!("CORNERGYM {}", letters(at)), day)),
        // Files.
        (
            "a quote left open",
            100_000,
            read(|size| format!("date,amount,description\n{}", "2025-01-31,-1.00,\"X\n".repeat(size / 20))),
        ),
        ("one row of many cells", 250_000, read(|size| format!("date,amount,description\n{}\n", ",".repeat(size)))),
        ("brackets without end", 250_000, read(|size| "[".repeat(size))),
        (
            "dates that fit no order",
            250_000,
            read(|size| format!("date,amount,description\n{}", "13/13/2025,-1.00,X\n".repeat(size / 20))),
        ),
    ];
    println!("{:<44} {:>9} {:>12} {:>12} {:>7}", "", "size", "time", "4 x size", "ratio");
    for (name, size, case) in cases {
        let (one, four) = (fastest(&mut *case(size)), fastest(&mut *case(GROWTH * size)));
        let ratio = four.as_secs_f64() / one.as_secs_f64().max(1e-9);
        println!("{name:<44} {size:>9} {:>12} {:>12} {ratio:>7.1}", shown(one), shown(four));
    }
}
