//! Who was paid: real shapes of statement lines, names that only look like a chain, and every name of the data in every envelope.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use payee::{Engine, Method, Source, Transaction, check};

const LOOKALIKES: &str = include_str!("merchants/lookalikes.tsv");
const DESCRIPTORS: &str = include_str!("merchants/descriptors.tsv");

const ENVELOPES: [&str; 6] = [
    "POS DEBIT {} 1234 SEATTLE WA",
    "CHECKCARD 0312 {} PORTLAND OR",
    "SQ *{}",
    "PURCHASE AUTHORIZED ON 03/12 {} CARD 1234",
    "{} #0512 DENVER CO",
    "{}",
];

/// A line of a table: text, signed amount, country of the account, then columns of its own.
struct Case {
    line: usize,
    transaction: Transaction,
    rest: Vec<&'static str>,
}

fn cases(table: &'static str) -> Vec<Case> {
    let rows = table.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rows.map(|(number, line)| {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_else(|| panic!("line {}: a column is missing", number + 1));
        let (raw, amount, country) = (next(), next(), next());
        let mut transaction = Transaction::new(raw).with_signed_amount(amount.parse().expect("a signed amount"));
        transaction.country = (!country.is_empty()).then(|| country.parse().expect("a country"));
        Case { line: number + 1, transaction, rest: cells.collect() }
    })
    .collect()
}

fn merchant_of(transaction: &Transaction) -> Option<String> {
    Engine::builtin().enrich(transaction).merchant.map(|merchant| merchant.name().to_owned())
}

fn known_merchants() -> HashSet<String> {
    Engine::builtin().merchants().map(|merchant| merchant.name().to_owned()).collect()
}

#[test]
fn a_name_that_only_looks_like_a_chain_is_not_the_chain() {
    let known = known_merchants();
    let cases = cases(LOOKALIKES);
    let mut seen = HashSet::new();
    let mut misses = Vec::new();
    for case in &cases {
        let raw = &case.transaction.original_description;
        assert!(seen.insert(raw.clone()), "lookalikes.tsv:{}: `{raw}` stands there twice", case.line);
        let [forbidden, allowed @ ..] = case.rest.as_slice() else { panic!("line {}: no chain", case.line) };
        let mut names =
            allowed.iter().flat_map(|names| names.split('|')).filter(|name| !name.is_empty()).chain([*forbidden]);
        assert!(names.all(|name| known.contains(name)), "lookalikes.tsv:{}: {:?} is no merchant", case.line, case.rest);
        let allowed: Vec<_> = allowed.iter().flat_map(|names| names.split('|')).collect();
        match merchant_of(&case.transaction) {
            Some(found) if !allowed.contains(&found.as_str()) => {
                misses.push(format!("lookalikes.tsv:{}: `{raw}` is taken for {found}", case.line));
            }
            _ => {}
        }
    }
    assert!(cases.len() >= 1_400, "only {} cases", cases.len());
    let list = misses.join("\n");
    println!("{list}");
    assert!(misses.is_empty(), "\n{list}\n{} of {} wrong", misses.len(), cases.len());
}

#[test]
fn real_lines_name_their_merchant() {
    let known = known_merchants();
    let cases = cases(DESCRIPTORS);
    let mut misses = Vec::new();
    let mut unknown = Vec::new();
    for case in &cases {
        let [expected] = case.rest.as_slice() else { panic!("descriptors.tsv:{}: four columns", case.line) };
        let names = expected.split('|').filter(|name| !known.contains(*name));
        unknown.extend(names.map(|name| format!("descriptors.tsv:{}: {name} is no merchant", case.line)));
        let enriched = Engine::builtin().enrich(&case.transaction);
        let found = enriched.merchant.map(|merchant| merchant.name()).unwrap_or_default();
        // Where a phrase of the bank names the party (`PAYPAL INST XFER`), that is who was paid.
        let right = |name: &str| name == found || enriched.counterparties.iter().any(|party| party.name == name);
        if !expected.split('|').any(right) {
            let raw = &case.transaction.original_description;
            misses.push(format!("descriptors.tsv:{}: `{raw}` is {expected}, not `{found}`", case.line));
        }
    }
    let list = misses.join("\n");
    println!("{list}");
    assert!(unknown.is_empty(), "\n{}", unknown.join("\n"));
    assert!(cases.len() >= 1_450, "only {} cases", cases.len());
    assert!(misses.is_empty(), "\n{list}\n{} of {} wrong", misses.len(), cases.len());
}

/// How a name fared in an envelope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fate {
    Found,
    /// A phrase of a bank says what the row is (`VENMO CASHOUT`, `CHILD SUPPORT`) and leaves no name: nobody was taken for another.
    Said,
    /// A place in America behind the name decides for the American merchant of the very same name: one of `NAMESAKES`.
    Namesake,
    /// A code such as `N26` or `4411` that an envelope with numbers of its own has swallowed.
    Code,
    Wrong,
}

/// Names that merchants of two countries bear, in the order of the alphabet.
const NAMESAKES: [&str; 36] = [
    "A&W",
    "AGNÈS B.",
    "ALLPOINT",
    "BABIES R US",
    "BANCO POPULAR",
    "BLUESTAR BUS",
    "BURGERIM",
    "BrightHouse",
    "CHURCH'S CHICKEN",
    "CTC",
    "FASTRAK",
    "FIRST NATIONAL BANK",
    "FOODLAND SUPERMARKET",
    "GLORIA JEANS",
    "GOMART",
    "HIPPO",
    "MEGABÚS",
    "MERLE NORMAN COSMETICS",
    "METROBÚS",
    "METROEXPRESS",
    "METROLINK",
    "MTA NEW YORK CITY TRANSIT",
    "Metropolitan Life",
    "PAT",
    "PPL",
    "SHOPRITE",
    "TECO",
    "THE HAPIK GROUP",
    "THE UNITED BANK",
    "THESCORE BET",
    "TOPS",
    "TOYS R US",
    "TRANSURBAN",
    "USAVE",
    "WHICH WICH?",
    "ZEGO",
];

/// Lines that nobody could read as the merchant, and why.
const UNDECIDABLE: [(&str, &str); 13] = [
    ("CHECKCARD 0312 GIROPAY PORTLAND OR", "banks print it as a way to pay"),
    ("CHECKCARD 0312 PAGOPA PORTLAND OR", "banks print it as a way to pay"),
    ("OSKO #0512 DENVER CO", "banks print it before the payee"),
    ("OSKO PAYMENT #0512 DENVER CO", "banks print it before the payee"),
    ("PAYID #0512 DENVER CO", "banks print it before the payee"),
    ("PAYID PAYMENT #0512 DENVER CO", "banks print it before the payee"),
    ("PAYID TRANSFER #0512 DENVER CO", "banks print it before the payee"),
    ("TRACE #0512 DENVER CO", "banks print it before the number of a booking"),
    ("PURCHASE AUTHORIZED ON 03/12 THE0123 CARD 1234", "letters and digits like a bank's reference"),
    ("POS DEBIT 5.10.15 1234 SEATTLE WA", "a date"),
    ("CHECKCARD 0312 5.10.15 PORTLAND OR", "a date"),
    ("SQ *5.10.15", "a date"),
    ("PURCHASE AUTHORIZED ON 03/12 5.10.15 CARD 1234", "a date"),
];

#[test]
fn every_name_is_found_in_every_envelope() {
    let engine = Engine::builtin();
    let sources = Source::read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let names = check::shown_names(&sources, engine);
    let mut bearers: HashMap<String, HashSet<&str>> = HashMap::new();
    for name in &names {
        bearers.entry(payee::text::key(&name.text)).or_default().insert(&name.merchant);
    }
    let american: HashSet<&str> = engine
        .merchants()
        .filter(|merchant| merchant.countries().next().is_none() || merchant.countries().any(|country| country == "US"))
        .map(|merchant| merchant.name())
        .collect();
    let mut fates: HashMap<Fate, usize> = HashMap::new();
    let (mut namesakes, mut undecided) = (BTreeSet::new(), BTreeSet::new());
    let mut list = Vec::new();
    for envelope in ENVELOPES {
        let wrapped = names.iter().map(|name| {
            let mut transaction = name.transaction.clone();
            transaction.original_description = envelope.replace("{}", &name.text.to_uppercase());
            transaction.with_signed_amount((-10).into())
        });
        let transactions: Vec<Transaction> = wrapped.collect();
        for ((name, transaction), enriched) in names.iter().zip(&transactions).zip(engine.enrich_batch(&transactions)) {
            let found = enriched.merchant.map(|merchant| merchant.name()).unwrap_or_default();
            let party = enriched.counterparties.iter().any(|party| party.name == name.merchant);
            let code = name.text.len() <= 5
                && (name.text.len() <= 3 || name.text.contains(|sign: char| sign.is_ascii_digit()));
            let abroad = enriched
                .place
                .as_ref()
                .is_some_and(|place| place.country.is_some_and(|country| country.as_str() == "US"));
            let fate = match found {
                _ if found == name.merchant || party => Fate::Found,
                "" if enriched.categorized_by == Method::Descriptor => Fate::Said,
                "" if code => Fate::Code,
                _ if abroad && american.contains(found) && bearers[&payee::text::key(&name.text)].contains(found) => {
                    Fate::Namesake
                }
                _ => Fate::Wrong,
            };
            *fates.entry(fate).or_default() += 1;
            let raw = transaction.original_description.as_str();
            match fate {
                Fate::Namesake => {
                    namesakes.insert(name.text.as_str());
                }
                Fate::Wrong if UNDECIDABLE.iter().any(|(line, _)| *line == raw) => {
                    undecided.insert(raw.to_owned());
                }
                Fate::Wrong => list.push(format!("`{raw}` is {}, not `{found}`", name.merchant)),
                _ => {}
            }
        }
    }
    println!("{fates:?}\n{namesakes:?}");
    assert!(list.is_empty(), "\n{}", list.join("\n"));
    assert_eq!(undecided.len(), UNDECIDABLE.len(), "{undecided:?}");
    let more: Vec<_> = namesakes.iter().filter(|name| !NAMESAKES.contains(name)).collect();
    assert!(more.is_empty(), "{more:?} are names of an American merchant too");
    let curated = names.iter().filter(|name| !name.imported).count();
    assert!(curated >= 45_000 && names.len() >= 65_000, "{curated} names by hand of {}", names.len());
    // Of every ten thousand lines.
    let runs: usize = fates.values().sum();
    let most = |fate: Fate, share: usize| {
        let count = fates.get(&fate).copied().unwrap_or(0);
        assert!(count * 10_000 <= runs * share, "{fate:?}: {count} of {runs}");
    };
    most(Fate::Said, 6);
    most(Fate::Code, 2);
}
