//! Who was paid: real shapes of statement lines, names that only look like a chain, and every name of the data in every envelope.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use payee::{Engine, Source, Transaction, check};

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

#[test]
fn conditions_of_a_name_are_kept() {
    let own = "name,category,aliases\nHolmbury,home.improvement,^HOLMBURY [not=*]\n\
               Quexby Lines,travel.flights,\"^QUEXBY [with=AIR,LIN*,006]\"\n\
               Brindwell House Regina,food.restaurants,\n";
    let engine = Engine::builder().source(Source::new("mine.csv", own)).build().unwrap();
    let merchant = |text: &str| {
        let transaction = Transaction::new(text);
        engine.enrich(&transaction).merchant.map(|merchant| merchant.name().to_owned())
    };
    for (text, name) in [
        ("HOLMBURY OAK ROAD 12", Some("Holmbury")),
        ("HOLMBURY TANDOORI", None),
        ("QUEXBY AIR 12", Some("Quexby Lines")),
        ("QUEXBY LINIEN", Some("Quexby Lines")),
        ("QUEXBY 0061234567890", Some("Quexby Lines")),
        ("QUEXBY AIRGUNS", None),
        // A name that goes on with a city alone is not what is left of one that was cut.
        ("BRINDWELL HOUSE REGI", Some("Brindwell House Regina")),
        ("BRINDWELL HOUSE", None),
    ] {
        assert_eq!(merchant(text).as_deref(), name, "{text}");
    }
}

/// The places that the envelopes show.
const PLACES: [&str; 3] = ["SEATTLE WA", "PORTLAND OR", "DENVER CO"];

/// The biggest city of each country, as a statement shows it.
fn biggest_cities() -> HashMap<&'static str, String> {
    const CITIES: &str = include_str!("../data/places/world.csv");
    let mut biggest: HashMap<&str, (u64, &str)> = HashMap::new();
    for line in CITIES.lines().skip(1).filter(|line| !line.contains('"')) {
        let [name, _, country, _, _, people] = line.split(',').collect::<Vec<&str>>()[..] else {
            panic!("`{line}` has other columns")
        };
        let people = people.parse().unwrap_or(0);
        let known = biggest.entry(country).or_insert((0, name));
        if people > known.0 {
            *known = (people, name);
        }
    }
    biggest.into_iter().map(|(country, (_, name))| (country, format!("{} {country}", name.to_uppercase()))).collect()
}

#[test]
fn every_name_is_found_in_every_envelope() {
    let engine = Engine::builtin();
    let sources = Source::read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let names = check::shown_names(&sources, engine);
    let cities = biggest_cities();
    // In Seattle a name that an American merchant bears too is that merchant's, wherever the account is: its namesake abroad
    // is shown in a city of its own country, or in none where the gazetteer has none. All other names are shown in America.
    let at_home = |merchant: &payee::Merchant<'_>| {
        merchant.countries().next().is_none() || merchant.countries().any(|country| country == "US")
    };
    let american: HashSet<&str> = engine.merchants().filter(at_home).map(|merchant| merchant.name()).collect();
    let mut american_names: HashMap<String, HashSet<&str>> = HashMap::new();
    for name in names.iter().filter(|name| american.contains(name.merchant.as_str())) {
        american_names.entry(payee::text::key(&name.text)).or_default().insert(&name.merchant);
    }
    let abroad = |name: &check::ShownName| {
        let country = name.transaction.country.filter(|country| country.as_str() != "US")?;
        let bearers = american_names.get(&payee::text::key(&name.text))?;
        let shared = bearers.iter().any(|bearer| *bearer != name.merchant);
        shared.then(|| cities.get(country.as_str()).map_or("", String::as_str))
    };
    let (mut merchants, mut parties, mut moved) = (0, 0, 0);
    let mut misses = Vec::new();
    for envelope in ENVELOPES {
        let wrapped = names.iter().map(|name| {
            let mut transaction = name.transaction.clone();
            let envelope = match (abroad(name), PLACES.iter().find(|place| envelope.contains(*place))) {
                (Some(city), Some(place)) => {
                    moved += 1;
                    envelope.replace(place, city).trim_end().to_owned()
                }
                _ => envelope.to_owned(),
            };
            transaction.original_description = envelope.replace("{}", &name.text.to_uppercase());
            transaction.with_signed_amount((-10).into())
        });
        let transactions: Vec<Transaction> = wrapped.collect();
        for ((name, transaction), enriched) in names.iter().zip(&transactions).zip(engine.enrich_batch(&transactions)) {
            let found = enriched.merchant.map(|merchant| merchant.name()).unwrap_or_default();
            if found == name.merchant {
                merchants += 1;
            } else if enriched.counterparties.iter().any(|party| party.name == name.merchant) {
                // A phrase of a bank names who stands behind the payment: Zelle, Interac.
                parties += 1;
            } else {
                let raw = transaction.original_description.as_str();
                misses.push(format!("`{raw}` is {}, not `{found}`", name.merchant));
            }
        }
    }
    assert!(misses.is_empty(), "\n{}\n{} wrong", misses.join("\n"), misses.len());
    let curated = names.iter().filter(|name| !name.imported).count();
    println!("{} names, {curated} by hand: {merchants} lines name the merchant, {parties} a party", names.len());
    println!("{moved} lines show a city of the merchant's own country");
    assert!(curated >= 80_000 && names.len() >= 122_000, "{curated} names by hand of {}", names.len());
    assert_eq!(merchants + parties, ENVELOPES.len() * names.len());
    // These are few: of a thousand lines less than two.
    let pairs = merchants + parties;
    assert!(parties * 500 <= pairs && moved * 500 <= pairs, "{parties} parties, {moved} moved");
}
