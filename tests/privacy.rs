//! Numbers of cards and accounts and addresses stand in no output but in the bank's own untouched text, telephone numbers of
//! businesses in their own column; with `--redact` all of that stands nowhere, and neither do the names of persons. All of them
//! are invented.

mod support;

use std::collections::BTreeSet;

use payee::io::OutputFormat;
use payee::{Engine, Taxonomy, Transaction};
use support::{Chance, Folder};

/// What must not be told, and how it is written.
struct Secret {
    written: String,
    /// Its digits but for the last four, or its letters: what tells it.
    telling: String,
    /// Whether it may be told as the telephone number of a business.
    is_phone: bool,
}

impl Secret {
    fn number(written: String) -> Self {
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let telling = digits[..digits.len() - 4].to_owned();
        Self { written, telling, is_phone: false }
    }

    fn words(written: &str) -> Self {
        Self { written: written.to_owned(), telling: letters(written), is_phone: false }
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// An output, ready to be searched for many secrets.
struct Output(Vec<char>);

impl Output {
    fn new(text: &str) -> Self {
        Self(text.to_uppercase().chars().collect())
    }

    /// Whether it tells the secret: its signs in a row, whatever few signs stand between.
    fn tells(&self, secret: &Secret) -> bool {
        const MOST_BETWEEN: usize = 3;
        let wanted: Vec<char> = secret.telling.chars().collect();
        let follows = |start: usize| {
            let (mut found, mut between) = (0, 0);
            for sign in &self.0[start..] {
                if *sign == wanted[found] {
                    (found, between) = (found + 1, 0);
                    if found == wanted.len() {
                        return true;
                    }
                } else if sign.is_alphanumeric() || between == MOST_BETWEEN {
                    return false;
                } else {
                    between += 1;
                }
            }
            false
        };
        self.0.iter().enumerate().any(|(start, sign)| *sign == wanted[0] && follows(start))
    }
}

fn tells(output: &str, secret: &Secret) -> bool {
    Output::new(output).tells(secret)
}

fn digits(chance: &mut Chance, count: usize) -> String {
    // No zero: a number of eight digits could be taken for a date.
    (0..count).map(|_| char::from(b'1' + chance.below(9) as u8)).collect()
}

/// A number of a length that passes the check of card numbers.
fn card(chance: &mut Chance, start: &str, length: usize) -> String {
    let body = format!("{start}{}", digits(chance, length - 1 - start.len()));
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| match (at % 2, u32::from(byte - b'0')) {
            (0, digit) => digit * 2 / 10 + digit * 2 % 10,
            (_, digit) => digit,
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn grouped(text: &str, size: usize, gap: &str) -> String {
    text.as_bytes().chunks(size).map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>().join(gap)
}

/// Secrets of all kinds in all the ways banks write them.
fn secrets() -> Vec<Secret> {
    let chance = &mut Chance(5);
    let mut all = Vec::new();
    for (start, length) in [("4", 16), ("51", 16), ("6011", 16), ("4", 13), ("6304", 19)] {
        let number = card(chance, start, length);
        all.extend(
            [number.clone(), grouped(&number, 4, " "), grouped(&number, 4, "-"), grouped(&number, 4, ".")]
                .map(Secret::number),
        );
    }
    let amex = card(chance, "37", 15);
    all.push(Secret::number(format!("{} {} {}", &amex[..4], &amex[4..10], &amex[10..])));
    for (country, length) in [("DE", 20), ("AT", 18), ("CH", 19), ("ES", 22), ("BE", 14), ("NO", 13), ("PT", 23)] {
        let iban = format!("{country}{}", digits(chance, length));
        all.extend([iban.clone(), grouped(&iban, 4, " "), iban.to_lowercase()].map(Secret::number));
    }
    for (country, bank, length) in [("GB", "NWBK", 14), ("NL", "INGB", 10), ("IE", "AIBK", 14)] {
        let iban = format!("{country}{}{bank}{}", digits(chance, 2), digits(chance, length));
        let telling = iban[8..iban.len() - 4].to_owned();
        all.extend([iban.clone(), grouped(&iban, 4, " ")].map(|written| Secret {
            written,
            telling: telling.clone(),
            is_phone: false,
        }));
    }
    for length in [8, 9, 10, 12, 17] {
        all.push(Secret::number(digits(chance, length)));
    }
    // A sort code and an account; a branch and an account.
    let (sort, account) = (digits(chance, 6), digits(chance, 8));
    all.push(Secret {
        written: format!("{} {account}", grouped(&sort, 2, "-")),
        telling: account[..4].to_owned(),
        is_phone: false,
    });
    all.push(Secret::number(format!("{}-{}", digits(chance, 3), digits(chance, 9))));
    for phone in ["+44 7700 900", "(415) 555-2", "+1 212-555-3", "+49 151 2345", "07700 900"] {
        let phone = Secret::number(format!("{phone}{}", digits(chance, 3)));
        all.push(Secret { is_phone: true, ..phone });
    }
    all.push(Secret::words("wilhelmina.quackenbush+bank@example.com"));
    all.push(Secret::words("quackenbush@okbank"));
    all
}

/// What stands around a number in a bank's text.
const AROUND: &[&str] = &[
    "TRANSFER TO {}",
    "CARD {} CORNER BAKERY AUSTIN TX",
    "PAYMENT FROM A/C {} REF 12",
    "POS{}SHOP",
    "{}",
    "SEPA LASTSCHRIFT CORNER GYM IBAN {} MANDAT AB12",
    "PAYPAL *{}",
    "CORNER BAKERY {} DES:PAYMENT ID:{} INDN:J D CO ID:9XX",
];

/// Descriptions, each with the secret it holds.
fn texts() -> Vec<(String, Secret)> {
    let hold = |(at, secret): (usize, Secret)| {
        let glued = secret.written.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut around = AROUND[at % AROUND.len()];
        if around == "POS{}SHOP" && !(glued && secret.written.starts_with(|sign: char| sign.is_ascii_digit())) {
            around = AROUND[0];
        }
        (around.replace("{}", &secret.written), secret)
    };
    // Twice, so that most secrets stand in two surroundings.
    let twice =
        secrets().into_iter().enumerate().chain(secrets().into_iter().enumerate().map(|(at, secret)| (at + 3, secret)));
    twice.map(hold).collect()
}

const NAME: [&str; 2] = ["Wilhelmina", "Quackenbush"];

/// Texts whose phrases say that a person is named: the other side, or the holder of the account.
const PERSONS: &[(&str, &str)] = &[
    ("ZELLE PAYMENT TO WILHELMINA QUACKENBUSH", "US"),
    ("ZELLE FROM WILHELMINA QUACKENBUSH ON 03/12 REF # PP0ABC", "US"),
    ("CORNER GYM DES:CLUB FEES ID:XXXHLA INDN:QUACKENBUSH,WILHELMINA CO ID:XXXXX12345 PPD", "US"),
    ("INTERAC E-TRANSFER TO WILHELMINA QUACKENBUSH", "CA"),
    ("UPI/P2A/401234567890/WILHELMINA QUACKENBUSH/HDFC", "IN"),
    ("BIZUM ENVIADO WILHELMINA QUACKENBUSH", "ES"),
    ("VIREMENT RECU DE MME WILHELMINA QUACKENBUSH", "FR"),
    ("OSKO PAYMENT TO Wilhelmina Quackenbush", "AU"),
];

fn csv(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["account_id", "date", "amount", "country", "description"]).unwrap();
    rows.into_iter().for_each(|row| out.write_record(row).unwrap());
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// A statement of all secrets: each in some months, and once in a row that cannot be read.
fn statement(months: i32) -> String {
    let account = "household".to_owned();
    let mut rows = Vec::new();
    for (text, _) in texts() {
        rows.push(vec![account.clone(), "2025-02-30".into(), "-9.99".into(), "US".into(), text.clone()]);
        rows.extend((1..=months).map(|month| {
            vec![account.clone(), format!("2025-{month:02}-05"), "-9.99".into(), "US".into(), text.clone()]
        }));
    }
    csv(rows)
}

fn forms() -> impl Iterator<Item = &'static str> {
    OutputFormat::ALL
        .iter()
        .filter(|form| !matches!(form, OutputFormat::Parquet | OutputFormat::Arrow))
        .map(|form| form.as_str())
}

/// Takes the bank's own texts out of an output.
fn without_originals(mut output: String) -> String {
    let mut originals: Vec<String> = texts().into_iter().map(|(text, _)| text).collect();
    // The longest first, as one may stand in another.
    originals.sort_by_key(|text| std::cmp::Reverse(text.len()));
    for text in originals {
        output = output.replace(&text, "");
    }
    output
}

/// What an output that is not redacted must not tell.
fn kept(secret: &Secret) -> bool {
    !secret.is_phone
}

#[track_caller]
fn silent(what: &str, output: &str) {
    silent_but(what, output, |_| true);
}

#[track_caller]
fn silent_but(what: &str, output: &str, counts: impl Fn(&Secret) -> bool) {
    let output = Output::new(output);
    for (text, secret) in texts().iter().filter(|(_, secret)| counts(secret)) {
        assert!(!output.tells(secret), "{what} tells {} of `{text}`", secret.written);
    }
}

#[test]
fn every_secret_is_in_the_statement() {
    let statement = Output::new(&statement(1));
    assert!(texts().iter().all(|(_, secret)| statement.tells(secret)), "the test could not fail");
    assert!(texts().len() > 80);
}

#[test]
fn only_the_original_description_tells_secrets() {
    let folder = Folder::new();
    folder.put("in.csv", statement(1));
    for form in forms() {
        let ran = folder.run(&["enrich", "in.csv", "--to", form, "--rejects", "bad.csv", "--no-recurring"]).ok();
        silent_but(form, &without_originals(ran.out), kept);
        silent("the summary", &ran.err);
        silent("rejects", &without_originals(folder.text("bad.csv")));
        let ran = folder
            .run(&["enrich", "in.csv", "--to", form, "--rejects", "bad.csv", "--redact", "-q", "--no-recurring"])
            .ok();
        silent(&format!("{form} with --redact"), &ran.out);
        silent("rejects with --redact", &folder.text("bad.csv"));
    }
    let ran = folder.run(&["enrich", "in.csv", "--keep-input", "--redact", "-q"]).ok();
    silent("the input's own columns with --redact", &ran.out);
}

/// Not even the columns of one row together tell a secret that none of them tells alone.
#[test]
fn columns_do_not_tell_secrets_together() {
    let engine = Engine::builtin();
    for (text, secret) in texts().into_iter().filter(|(_, secret)| kept(secret)) {
        let transaction = Transaction::new(text.as_str());
        let answer = engine.enrich(&transaction);
        let mut together = String::new();
        answer.record(&transaction, Taxonomy::Mx).each(|column, value| {
            if column != "original_description" && !column.ends_with("guid") {
                together.push_str(&format!("{value:?}"));
            }
        });
        let digits: String = together.chars().filter(char::is_ascii_digit).collect();
        let is_number = secret.telling.bytes().all(|byte| byte.is_ascii_digit()) && secret.telling.len() > 6;
        assert!(!is_number || !digits.contains(&secret.telling), "`{text}`: {together}");
    }
}

#[test]
fn the_other_commands_tell_no_secrets_either() {
    let folder = Folder::new();
    folder.put("in.csv", statement(3)).put("few.csv", statement(1));
    for form in ["text", "csv", "jsonl"] {
        silent("recurring", &folder.run(&["recurring", "in.csv", "--to", form]).ok().out);
    }
    silent("companions", &folder.run(&["companions", "in.csv"]).ok().out);
    folder.put(
        "own.rules.toml",
        "[[rule]]\nwhen.amount = { min = 1 }\nthen.category = 'food.groceries'\nwhen.direction = 'debit'\n",
    );
    for redact in [&[][..], &["--redact"][..]] {
        for json in [&[][..], &["--json"][..]] {
            let test = [&["rules", "test", "own.rules.toml", "few.csv"], redact, json].concat();
            let diff = [&["diff", "builtin", "own.rules.toml", "few.csv"], redact, json].concat();
            for arguments in [test, diff] {
                let ran = folder.run(&arguments).ok();
                assert!(ran.out.lines().count() > 100, "{arguments:?} shows every row");
                match redact.is_empty() {
                    true => silent_but(arguments[0], &without_originals(ran.out), kept),
                    false => silent(arguments[0], &ran.out),
                }
                silent(arguments[0], &ran.err);
            }
        }
    }
    // Labelled rows: what is right, what is mistaken, and the rules that are learned from it.
    let mut labelled = csv::Writer::from_writer(Vec::new());
    labelled.write_record(["description", "amount", "label"]).unwrap();
    texts().iter().for_each(|(text, _)| labelled.write_record([text, "-9.99", "food.groceries"]).unwrap());
    folder.put("labelled.csv", labelled.into_inner().unwrap());
    for json in [&[][..], &["--json"][..]] {
        let ran = folder.run(&[&["eval", "labelled.csv", "--taxonomy", "payee"], json].concat()).ok();
        silent("eval", &format!("{}{}", ran.out, ran.err));
    }
}

#[test]
fn errors_tell_no_secrets() {
    let folder = Folder::new();
    for (at, (_, secret)) in texts().iter().enumerate().step_by(7) {
        let written = secret.written.as_str();
        folder
            .put("own.rules.toml", format!("[[rule]]\nwhen.text.regex = '({written}'\nthen.category = '{written}'\n"));
        folder.put("own.csv", format!("name,category\nX,{written}\n"));
        folder.put("in.csv", format!("date,amount,description\n{written},{written},X\n"));
        folder.put("label.csv", format!("description,amount,label\nX,{written},food\n"));
        let arguments: &[&[&str]] = match at % 2 {
            0 => &[&["check", "own.rules.toml"], &["enrich", "in.csv", "--rules", "own.csv"]],
            _ => &[&["enrich", "in.csv"], &["eval", "label.csv"]],
        };
        for arguments in arguments {
            let ran = folder.run(arguments);
            silent(&format!("{arguments:?}"), &format!("{}{}", ran.out.replace(written, ""), ran.err));
        }
    }
}

/// An explanation shows the text as the bank wrote it, and masks it with `--redact`.
#[test]
fn explanations_tell_no_secrets() {
    let engine = Engine::builtin();
    for (text, secret) in texts() {
        let transaction = Transaction::new(text.as_str());
        let told = engine.explain(&transaction).to_string();
        assert!(secret.is_phone || !tells(&told.replace(&text, ""), &secret), "{told}");
        let told = engine.explain(&transaction).redacted().to_string();
        assert!(!tells(&told, &secret), "{told}");
    }
}

/// Who was paid is what an answer is for, so persons are named in it; with `--redact` they are left with their initials.
#[test]
fn persons_are_named_unless_redacted() {
    let folder = Folder::new();
    let names = NAME.map(Secret::words);
    let engine = Engine::builtin();
    let mut named = BTreeSet::new();
    let mut rows = Vec::new();
    for (text, country) in PERSONS {
        let mut transaction = Transaction::new(*text).with_signed_amount("-9.99".parse().unwrap());
        transaction.country = country.parse().ok();
        let answer = engine.enrich(&transaction);
        if answer.counterparties.last().is_some_and(|party| party.name.contains(NAME[1])) {
            named.insert(*text);
        }
        let told = engine.explain(&transaction).redacted().to_string();
        assert!(!names.iter().any(|name| tells(&told, name)), "{told}");
        rows.extend((1..4).map(|month| {
            vec!["household".into(), format!("2025-{month:02}-05"), "-9.99".into(), (*country).into(), (*text).into()]
        }));
    }
    assert!(named.len() >= PERSONS.len() - 1, "only these are named: {named:?}");
    folder.put("in.csv", csv(rows));
    let run = |arguments: &[&str]| folder.run(arguments).ok().out;
    for form in forms() {
        let out = run(&["enrich", "in.csv", "--to", form, "--redact", "-q"]);
        assert!(!names.iter().any(|name| tells(&out, name)), "{form}: {out}");
        assert!(out.contains("W. Q."), "{form}: {out}");
    }
    for form in ["text", "csv", "jsonl"] {
        let plain = run(&["recurring", "in.csv", "--to", form]);
        assert!(names.iter().all(|name| tells(&plain, name)), "{plain}");
        let out = run(&["recurring", "in.csv", "--to", form, "--redact"]);
        assert!(!names.iter().any(|name| tells(&out, name)), "{form}: {out}");
    }
    folder.put("own.rules.toml", "[[rule]]\nwhen.direction = 'debit'\nthen.tags = ['x']\n");
    let out = run(&["rules", "test", "own.rules.toml", "in.csv", "--redact"]);
    assert!(!names.iter().any(|name| tells(&out, name)), "{out}");
}
