//! What holds for any text, any transaction, any rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::civil::Date;
use payee::io::{Batch, Input, OutputFormat, ReadOptions, Reader, WriteOptions};
use payee::recur::{self, Collector};
use payee::{
    AccountType, COLUMNS, ConfidenceLevel, Decimal, Direction, Engine, Enriched, Flag, Mcc, Method, Source, Status,
    Taxonomy, Transaction, redact,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;

fn package(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn cases(count: u32) -> Config {
    Config { failure_persistence: None, ..Config::with_cases(count) }
}

/// Descriptors as banks print them.
static GOLDEN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut files: Vec<_> =
        std::fs::read_dir(package("tests/golden")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    let lines: Vec<String> = texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next().map(str::to_owned))
        .collect();
    assert!(lines.len() > 100);
    lines
});

/// Pieces that stages look for, and signs that are hard on them.
const PIECES: &[&str] = &[
    "SQ *",
    "PAYPAL *",
    "CHECKCARD",
    "POS DEBIT",
    "DES:PAYROLL",
    "ID:",
    "INDN:",
    "CO ID:",
    "SEPA",
    "MANDATSREF",
    "UPI/",
    "REF",
    "ZELLE TO",
    "IBAN",
    "NETFLIX.COM",
    "WAL-MART",
    "7-ELEVEN",
    "H&M",
    "STARBUCKS",
    "LONDON GB",
    "SAN FRANCISCO CA",
    "MÜNCHEN DE",
    "03/12",
    "2025-01-31",
    "31.01.25",
    "12:30",
    "415-555-0100",
    "+44 20 7946 0000",
    "XXXX1234",
    "****1234",
    "000123",
    "#12",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "jane@example.com",
    "$12.00",
    "EUR",
    "1.234,56",
    "A1B2C3D4E5",
    "DR",
    "CR",
    "'",
    "’",
    "''''",
    "((",
    ")",
    "&",
    "*",
    "**",
    "/",
    "\\",
    "\t",
    "\u{a0}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "ſ",
    "İ",
    "ß",
    "e\u{301}",
    "ﬁ",
    "東京",
    "１２３４",
    "٠٣١٢٠٣٢٤",
    "0\u{1e4f0}\u{966}",
    "ЯНДЕКС",
    "مطعم",
    "🍕",
    "👨‍👩‍👧",
    "\0",
    "\u{1b}[31m",
    "\r\n",
    "",
];

/// Any text: anything at all, pieces of descriptors put together, and descriptors with a part taken out, doubled or replaced.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => select(PIECES).prop_map(str::to_owned), 1 => "\\PC{0,6}", 1 => "[A-Z]{1,9}"];
    let composed =
        (vec(piece, 0..12), select(&["", " ", "  ", "*", "-"][..])).prop_map(|(pieces, gap)| pieces.join(gap));
    let changed = (
        0..usize::MAX,
        0.0..1.0,
        0.0..1.0,
        prop_oneof![Just(String::new()), "\\PC{1,3}", select(PIECES).prop_map(str::to_owned)],
        any::<bool>(),
    )
        .prop_map(|(at, from, length, put, doubled)| {
            let text: Vec<char> = GOLDEN[at % GOLDEN.len()].chars().collect();
            let start = (text.len() as f64 * from) as usize;
            let end = start + ((text.len() - start) as f64 * length * 0.5) as usize;
            let taken: String = text[start..end].iter().collect();
            let middle = if doubled { format!("{taken}{put}{taken}") } else { put };
            format!("{}{middle}{}", text[..start].iter().collect::<String>(), text[end..].iter().collect::<String>())
        });
    prop_oneof![2 => ".{0,80}", 1 => "(?s:.){0,40}", 4 => composed, 4 => changed]
}

/// Numbers that stand in names, trade words and phrases.
static NAMED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = ["data/merchants", "data/keywords", "data/descriptors"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(package(folder)).unwrap())
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let mut numbers: Vec<String> = files
        .flat_map(|text| text.split(|sign: char| !sign.is_ascii_digit()).map(str::to_owned).collect::<Vec<_>>())
        .filter(|number| (3..=10).contains(&number.len()))
        .collect();
    numbers.sort();
    numbers.dedup();
    assert!(numbers.len() > 50);
    numbers
});

/// The same text over and over with other numbers, of which many are days, telephone numbers, cards or parts of names.
fn renumbered() -> impl Strategy<Value = Vec<String>> {
    let number = (
        select(
            &["", "", "0312", "1231", "1399", "20240312", "20241399", "4111111111111111", "1800", "415", "0000", "1"][..],
        ),
        0..usize::MAX,
        vec(0_u8..10, 24),
    );
    let base = prop_oneof![
        2 => text(),
        2 => (0..usize::MAX).prop_map(|at| GOLDEN[at % GOLDEN.len()].clone()),
        1 => (0..usize::MAX, vec(select(&["0000 ", "/00", " 000", "-000-0000", "*0000", "#00000", " 00000000 ", " 0000 0000 0000 0000", " 0000000000", " CA 00000", "00000 "][..]), 1..4))
            .prop_map(|(at, numbers)| {
                let mut text = GOLDEN[at % GOLDEN.len()].clone();
                numbers.iter().for_each(|number| text.push_str(number));
                text
            }),
    ];
    (base, vec(vec(number, 1..6), 4)).prop_map(|(base, draws)| {
        let change = |numbers: Vec<(&str, usize, Vec<u8>)>| {
            let mut numbers = numbers.iter().cycle();
            let is_digit = char::is_ascii_digit;
            let mut text = String::new();
            let mut rest = &base[..];
            while let Some(start) = rest.find(|sign: char| is_digit(&sign)) {
                let length = rest[start..].find(|sign: char| !is_digit(&sign)).unwrap_or(rest.len() - start);
                text.push_str(&rest[..start]);
                let (known, at, digits) = numbers.next().unwrap();
                let named = &NAMED[at % NAMED.len()];
                match (known.len() == length, named.len() == length) {
                    (true, _) => text.push_str(known),
                    (_, true) if at % 3 > 0 => text.push_str(named),
                    _ => text.extend(digits.iter().cycle().take(length).map(|digit| char::from(b'0' + digit))),
                }
                rest = &rest[start + length..];
            }
            text + rest
        };
        draws.into_iter().map(change).collect()
    })
}

fn amount() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        4 => (-5_000_000_i64..5_000_000).prop_map(|cents| Decimal::new(cents, 2)),
        1 => (any::<i64>(), 0_u32..18).prop_map(|(digits, places)| Decimal::new(digits, places)),
        1 => select(&[Decimal::ZERO, Decimal::MAX, Decimal::MIN, Decimal::ONE][..]),
    ]
}

fn date() -> impl Strategy<Value = Date> {
    prop_oneof![
        4 => (2015_i16..2030, 1_i8..13, 1_i8..29),
        1 => (select(&[-9999_i16, 0, 1, 9999][..]), 1_i8..13, 1_i8..29),
    ]
    .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let account = (
        option::of("[a-c]{0,2}"),
        option::of(select(AccountType::ALL)),
        option::of(select(&["US", "GB", "DE", "IN", "ZZ"][..])),
    );
    let money = (
        option::of(amount()),
        option::of(select(&[Direction::Debit, Direction::Credit][..])),
        option::of(select(&["USD", "EUR", "XXX"][..])),
    );
    let rest = (
        option::of(date()),
        option::of(1_u16..9999),
        option::of(select(&[Status::Posted, Status::Pending][..])),
        option::of(text()),
    );
    (text(), account, money, rest).prop_map(|(text, account, money, rest)| {
        let mut transaction = Transaction::new(text);
        (transaction.account_id, transaction.account_type) = (account.0, account.1);
        transaction.country = account.2.map(|code| code.parse().unwrap());
        if let Some(amount) = money.0 {
            transaction.set_signed_amount(amount);
        }
        transaction.direction = money.1.or(transaction.direction);
        transaction.currency_code = money.2.map(|code| code.parse().unwrap());
        transaction.date = rest.0;
        transaction.merchant_category_code = rest.1.and_then(Mcc::new);
        (transaction.status, transaction.memo) = (rest.2, rest.3);
        transaction
    })
}

/// An answer as one text, in which nothing is left out.
fn told(answer: &Enriched<'_>, transaction: &Transaction) -> String {
    let parties: Vec<_> = answer.counterparties.iter().map(|party| format!("{}={}", party.kind, party.name)).collect();
    format!(
        "{} {parties:?} {:?}",
        serde_json::to_string(&answer.record(transaction, Taxonomy::Payee)).unwrap(),
        answer.evidence
    )
}

/// What `data/compatibility.csv` calls impossible, by direction and class of account.
static IMPOSSIBLE: LazyLock<Vec<(String, String, String)>> = LazyLock::new(|| {
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).from_path(package("data/compatibility.csv")).unwrap();
    let rows: Vec<_> =
        reader.records().map(|row| row.unwrap()).map(|row| (row[0].into(), row[1].into(), row[2].into())).collect();
    assert!(rows.len() > 5);
    rows
});

fn is_possible(answer: &Enriched<'_>, transaction: &Transaction) -> bool {
    let Some(direction) = transaction.direction else { return true };
    let class = match transaction.account_type {
        None | Some(AccountType::Any) => None,
        Some(AccountType::CreditCard) => Some("card"),
        Some(AccountType::Investment | AccountType::Insurance | AccountType::Property) => Some("investment"),
        Some(kind) if kind.is_debt() => Some("debt"),
        Some(_) => Some("deposit"),
    };
    !IMPOSSIBLE.iter().any(|(category, only, account)| {
        answer.category.is_within(category)
            && (only.is_empty() || only.eq_ignore_ascii_case(direction.as_str()))
            && (account.is_empty() || Some(account.as_str()) == class)
    })
}

fn validate(answer: &Enriched<'_>, transaction: &Transaction) -> Result<(), TestCaseError> {
    let raw = &transaction.original_description;
    prop_assert!((0.0..=1.0).contains(&answer.confidence), "confidence {}", answer.confidence);
    prop_assert_eq!(answer.confidence_level(), ConfidenceLevel::of(answer.confidence));
    prop_assert!(is_possible(answer, transaction), "{} is impossible", answer.category.path());
    let is_blank = raw.chars().all(|sign| sign.is_whitespace() || sign.is_control());
    prop_assert!(!answer.description.is_empty() || is_blank, "no description");
    prop_assert!(answer.categorized_by != Method::UserRule && answer.described_by != Method::UserRule);
    if let Some(span) = &answer.evidence.span {
        prop_assert!(raw.get(span.clone()).is_some(), "span {span:?}");
    }
    let has = |flag| answer.flags.contains(flag);
    prop_assert!(!has(Flag::OverdraftFee) || has(Flag::Fee) && !has(Flag::NsfFee));
    prop_assert!(!has(Flag::NsfFee) || has(Flag::Fee));
    prop_assert!(!(has(Flag::Income) && has(Flag::Expense)));
    prop_assert!(!((has(Flag::Transfer) || has(Flag::Refund)) && (has(Flag::Income) || has(Flag::Expense))));
    prop_assert!(answer.stream_id.is_none(), "one row alone is no stream");
    let never: &[Flag] = match transaction.direction {
        Some(Direction::Debit) => &[Flag::DirectDeposit, Flag::Income, Flag::Refund],
        Some(Direction::Credit) => {
            &[Flag::Subscription, Flag::BillPay, Flag::Expense, Flag::OverdraftFee, Flag::NsfFee, Flag::Fee]
        }
        None => &[],
    };
    prop_assert!(!never.iter().any(|flag| has(*flag)), "{:?} of {:?}", answer.flags, transaction.direction);
    prop_assert_eq!(answer.counterparties.intermediary().is_some(), answer.counterparties.iter().count() > 1);
    prop_assert!(answer.counterparties.iter().all(|party| !party.name.trim().is_empty()));
    if let Some(place) = &answer.place {
        prop_assert!(
            place.coordinates.is_none_or(|(latitude, longitude)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0)
        );
    }
    prop_assert!(answer.details.phone.as_ref().is_none_or(|phone| phone.starts_with('+')));
    for taxonomy in Taxonomy::ALL {
        let projection = answer.category.project(*taxonomy, transaction.direction);
        prop_assert!(!projection.category.is_empty() && !projection.top_level.is_empty());
        let mut columns = Vec::new();
        answer.record(transaction, *taxonomy).each(|column, _| columns.push(column));
        prop_assert_eq!(columns, COLUMNS);
    }
    Ok(())
}

/// Merchants and rules that no text of ours meets.
static WITH_STRANGERS: LazyLock<Engine> = LazyLock::new(|| {
    let mut rules = String::new();
    for (kind, pattern) in [
        ("word", "zqxwvk 9x7q"),
        ("glob", "zqxw*vkzz?"),
        ("regex", "zqxw+vk(a|b)"),
        ("prefix", "zqxwvk"),
        ("exact", "zqxwvk"),
    ] {
        writeln!(
            rules,
            "[[rule]]\nwhen.text.{kind} = '{pattern}'\nthen.category = 'food.groceries'\nthen.tags = ['x']"
        )
        .unwrap();
    }
    Engine::builder()
        .source(Source::new("own.csv", "name,category,aliases\nZqxwvk Zzyzxq,food.groceries,ZQXWVK ZZYZXQ|QQZZQQXX\n"))
        .source(Source::new("own.toml", rules))
        .build()
        .unwrap()
});

proptest! {
    #![proptest_config(cases(160))]

    /// All stages of one run: the answer is sound, whatever came before on this thread, and its explanation tells the same.
    #[test]
    fn every_answer_is_sound_and_explained(transaction in transaction()) {
        let engine = Engine::builtin();
        let answer = engine.enrich(&transaction);
        validate(&answer, &transaction)?;
        let explanation = engine.explain(&transaction);
        prop_assert_eq!(told(&explanation.enriched, &transaction), told(&answer, &transaction));
        prop_assert!(explanation.proposals().any(|(path, _, method, _)| path == answer.category.path() && method == answer.categorized_by));
        prop_assert!(explanation.proposals().all(|(_, probability, ..)| (0.0..=1.0).contains(&probability)));
        if let Some(merchant) = answer.merchant {
            prop_assert_eq!(explanation.merchants().next().map(|(first, _)| first.guid()), Some(merchant.guid()));
        }
        prop_assert!(explanation.to_string().contains("answer"));
    }

    /// What is remembered of a text holds for another only where no number makes a difference. Debug builds compare what all
    /// stages saw too.
    #[test]
    fn other_numbers_are_read_anew(texts in renumbered(), transaction in transaction()) {
        let engine = Engine::builtin();
        for text in texts {
            let mut transaction = transaction.clone();
            (transaction.original_description, transaction.memo) = (text, None);
            let answer = engine.enrich(&transaction);
            prop_assert_eq!(told(&answer, &transaction), told(&engine.explain(&transaction).enriched, &transaction));
        }
    }

    /// Merchants and rules of the user's own that do not meet a row leave it as it was.
    #[test]
    fn strangers_change_nothing(transaction in transaction()) {
        let (answer, other) = (Engine::builtin().enrich(&transaction), WITH_STRANGERS.enrich(&transaction));
        prop_assert_eq!(told(&answer, &transaction), told(&other, &transaction));
    }

    /// Masking keeps the length, masks nothing twice, and leaves short texts alone.
    #[test]
    fn masking_is_stable(text in text()) {
        let once = redact(&text);
        prop_assert_eq!(once.len(), text.len());
        prop_assert_eq!(redact(&once), once.clone());
        let changed = once.bytes().zip(text.bytes()).filter(|(one, other)| one != other);
        prop_assert!(changed.clone().all(|(mask, byte)| mask == b'X' && !byte.is_ascii_whitespace()));
    }
}

proptest! {
    #![proptest_config(cases(6))]

    /// A batch on many threads gives what each row gives alone, in order.
    #[test]
    fn a_batch_is_its_rows_one_by_one(transactions in vec(transaction(), 130..200)) {
        let engine = Engine::builtin();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let batch: Vec<String> = pool.install(|| {
            let answers = engine.enrich_batch(&transactions);
            answers.iter().zip(&transactions).map(|(answer, transaction)| told(answer, transaction)).collect()
        });
        let single: Vec<String> = transactions.iter().map(|transaction| told(&engine.enrich(transaction), transaction)).collect();
        prop_assert_eq!(batch, single);
    }

    /// Streams of any rows: members are rows that were given, in at most one stream each.
    #[test]
    fn streams_are_sound(transactions in vec(transaction(), 0..60), copies in 1_usize..5) {
        let engine = Engine::builtin();
        let all: Vec<_> = transactions.iter().cycle().take(transactions.len() * copies).collect();
        let mut collector = Collector::builtin();
        for (number, transaction) in (0..).zip(&all) {
            collector.push(number, transaction, &engine.enrich(transaction));
        }
        let streams = recur::streams(collector, None);
        let mut seen = BTreeMap::new();
        for stream in streams.all() {
            prop_assert!(stream.first_date <= stream.last_date && stream.members.len() > 1);
            for row in &stream.members {
                prop_assert!((*row as usize) < all.len() && seen.insert(*row, stream.id).is_none());
                prop_assert_eq!(all[*row as usize].direction, Some(stream.direction));
            }
        }
    }

    /// Every form takes any answer, and what programs read back has all rows.
    #[test]
    fn every_form_takes_any_answer(transactions in vec(transaction(), 1..20)) {
        let engine = Engine::builtin();
        for form in OutputFormat::ALL {
            let mut out = Vec::new();
            let Ok(mut writer) = form.writer(&mut out, &WriteOptions::default()) else {
                prop_assert!(matches!(form, OutputFormat::Parquet | OutputFormat::Arrow));
                continue;
            };
            for transaction in &transactions {
                writer.write(&engine.enrich(transaction).record(transaction, Taxonomy::Mx), None).unwrap();
            }
            writer.finish().unwrap();
            match form {
                OutputFormat::Csv => {
                    let mut rows = csv::Reader::from_reader(&out[..]);
                    let texts: Vec<_> = rows.records().map(|row| row.unwrap()[7].to_owned()).collect();
                    let given: Vec<_> = transactions.iter().map(|transaction| transaction.original_description.clone()).collect();
                    prop_assert_eq!(texts, given);
                }
                OutputFormat::JsonLines => {
                    let text = String::from_utf8(out).unwrap();
                    prop_assert_eq!(text.lines().count(), transactions.len());
                    for line in text.lines() {
                        serde_json::from_str::<serde_json::Value>(line).unwrap();
                    }
                }
                OutputFormat::Mx | OutputFormat::MxEnhance | OutputFormat::Plaid => {
                    serde_json::from_slice::<serde_json::Value>(&out).unwrap();
                }
                OutputFormat::Parquet | OutputFormat::Arrow => prop_assert!(!out.is_empty()),
                _ => prop_assert!(String::from_utf8(out).is_ok(), "{}", form),
            }
        }
    }
}

/// A rules file: anything, or nearly one.
fn rules_file() -> impl Strategy<Value = String> {
    let key = select(
        &[
            "when.text",
            "when.text.regex",
            "when.text.glob",
            "when.amount",
            "when.mcc",
            "then.category",
            "then.flags",
            "then.tags",
            "name",
            "x",
        ][..],
    );
    let value = prop_oneof![
        "\\PC{0,12}".prop_map(|text| format!("{text:?}")),
        select(
            &["'food.groceries'", "'a*'", "'(a+)+$'", "['fee']", "12", "'> 5'", "true", "{ min = 1 }", "[", "''"][..]
        )
        .prop_map(str::to_owned),
    ];
    let line = (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"));
    prop_oneof![
        1 => "\\PC{0,60}",
        3 => vec((select(&["[[rule]]\n", "[[category]]\n", "", "[rule]\n"][..]), vec(line, 0..4)), 0..4)
            .prop_map(|tables| tables.into_iter().map(|(head, lines)| format!("{head}{}", lines.concat())).collect()),
    ]
}

proptest! {
    #![proptest_config(cases(48))]

    /// Any rules file either makes an engine whose answers are sound, or is refused with a place and a reason.
    #[test]
    fn rules_are_taken_or_refused(file in rules_file(), dictionary in any::<bool>(), transaction in transaction()) {
        let (name, file) = if dictionary { ("own.csv", format!("name,category,aliases\n{file}")) } else { ("own.toml", file) };
        match Engine::builder().source(Source::new(name, file)).build() {
            Ok(engine) => {
                let answer = engine.enrich(&transaction);
                prop_assert!((0.0..=1.0).contains(&answer.confidence) && is_possible(&answer, &transaction));
            }
            Err(error) => {
                prop_assert!(!error.problems().is_empty());
                for problem in error.problems() {
                    prop_assert!(problem.file == name && !problem.message.is_empty(), "{}", problem);
                }
            }
        }
    }

    /// Any bytes are read to their end or refused; every row is handed out or rejected, and batches do not matter.
    #[test]
    fn reading_loses_no_row(
        rows in vec(prop_oneof![3 => "2025-0[1-9]-[0-3][0-9],-?[0-9]{1,4}\\.[0-9]{2},[A-Z ,\"]{0,20}", 1 => "\\PC{0,30}"], 0..40),
        head in select(&["date,amount,description", "Date;Amount;Description", "", "{\"description\":\"x\"}", "!Type:Bank"][..]),
        ending in select(&["\n", "\r\n", "\r"][..]),
    ) {
        let bytes = format!("{head}{ending}{}", rows.iter().map(|row| format!("{row}{ending}")).collect::<String>()).into_bytes();
        let read = |batch_rows: usize| {
            let options = ReadOptions { batch_rows, ..ReadOptions::default() };
            let mut reader = Reader::open(&[Input::Bytes("any".into(), bytes.clone().into())], options).ok()?;
            let (mut batch, mut all) = (Batch::default(), Vec::new());
            while reader.next_batch(&mut batch).ok()? {
                all.extend(batch.transactions.iter().map(|transaction| format!("{transaction:?}")));
            }
            let report = reader.report();
            Some((report.rows == all.len() as u64 + report.rejected).then_some((all, report.rejected)))
        };
        let whole = read(8192);
        prop_assert!(whole.as_ref().is_none_or(Option::is_some), "a row is neither handed out nor rejected");
        prop_assert_eq!(read(3), whole);
    }
}

/// Ten megabytes in one description, in shapes that are hard on matchers: each is answered like its beginning. That the time
/// is linear is what `benches/adversarial.rs` shows.
#[test]
fn huge_descriptions_are_answered() {
    let engine = Engine::builtin();
    let size = if cfg!(debug_assertions) { 128 << 10 } else { 10 << 20 };
    for piece in [
        "A",
        "A ",
        "# ",
        "(",
        "( ) ",
        "'",
        "O'",
        "@",
        "a@b.",
        "9",
        "9 ",
        "4111 1111 1111 1111 ",
        "X",
        "SQ *",
        "É",
        "e\u{301}",
        "\u{202e}",
        "東",
        "DES:",
        ".",
        " ",
    ] {
        let transaction = Transaction::new(piece.repeat(size / piece.len())).with_signed_amount(Decimal::NEGATIVE_ONE);
        let answer = engine.enrich(&transaction);
        validate(&answer, &transaction).unwrap_or_else(|error| panic!("`{piece}`: {error}"));
        assert!(answer.description.len() <= 8192, "`{piece}` is described at length: {}", answer.description.len());
        redact(&transaction.original_description);
    }
}
