//! Who was paid: real shapes of statement lines, names that only look like a chain, and every name of the data in every envelope.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use payee::{Country, Engine, Method, Source, Transaction, check};

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
    assert!(cases.len() >= 800, "only {} cases", cases.len());
    let list = misses.join("\n");
    println!("{list}");
    // Where it stands; the aim is 0.
    assert!(misses.len() <= 16, "\n{list}\n{} of {} wrong", misses.len(), cases.len());
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
    assert!(cases.len() >= 1_000, "only {} cases", cases.len());
    // Where it stands: 96.0 %; the aim is 98 %.
    assert!(misses.len() <= 49, "\n{list}\n{} of {} wrong", misses.len(), cases.len());
}

#[test]
fn every_plain_name_is_found_in_every_envelope() {
    let sources = Source::read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let names = check::plain_names(&sources, Engine::builtin());
    // A chain is met by accounts of its own countries.
    let homes: HashMap<&str, Country> = Engine::builtin()
        .merchants()
        .filter(|merchant| !merchant.is_imported())
        .filter_map(|merchant| Some((merchant.name(), merchant.countries().next()?.parse().ok()?)))
        .collect();
    let mut misses = Vec::new();
    let mut said_by_phrase = 0;
    for (name, merchant) in &names {
        for envelope in ENVELOPES {
            let raw = envelope.replace("{}", &name.to_uppercase());
            let mut transaction = Transaction::new(raw.as_str());
            transaction.country = homes.get(merchant.as_str()).copied();
            let enriched = Engine::builtin().enrich(&transaction);
            let found = enriched.merchant.map(|merchant| merchant.name()).unwrap_or_default();
            let party = enriched.counterparties.iter().any(|party| party.name == *merchant);
            // Phrases that say what a row is (`CHILD SUPPORT`, `TREAS 310`) leave no name: nobody was taken for another.
            let said = found.is_empty() && enriched.categorized_by == Method::Descriptor;
            said_by_phrase += usize::from(said);
            if found != merchant.as_str() && !party && !said {
                misses.push(format!("`{raw}` is {merchant}, not `{found}`"));
            }
        }
    }
    let runs = names.len() * ENVELOPES.len();
    let list = misses.join("\n");
    println!("{list}");
    assert!(said_by_phrase * 50 <= runs, "{said_by_phrase} of {runs} names are eaten by phrases");
    assert!(names.len() >= 10_000, "only {} names", names.len());
    // Where it stands: 98.5 %; the aim is 99.5 % (misses <= runs / 200).
    assert!(misses.len() * 1_000 <= runs * 15, "\n{list}\n{} of {runs} wrong", misses.len());
}
