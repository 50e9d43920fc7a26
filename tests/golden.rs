//! Descriptors as banks and apps of nine regions print them, with invented data, and what a person would say to each. A line of
//! `tests/golden/*.tsv` holds the text, the signed amount and the account's country; then description, parties, place, method
//! and, where the phrase itself tells it, category. Comments name the bank or app whose shape the lines behind them have.
//! `UPDATE=1 cargo test --test golden` writes the answers anew: look at every line that changes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use payee::{Engine, Transaction};

/// Fewer cases than this mean that a file was lost.
const LEAST_CASES: usize = 600;
/// Banks and apps whose shapes are shown.
const LEAST_BANKS: usize = 60;
/// Regions by the countries of their accounts, and how many cases each must have.
const REGIONS: [(&str, &[&str], usize); 9] = [
    ("United States", &["US"], 100),
    ("United Kingdom", &["GB"], 60),
    ("Ireland", &["IE"], 20),
    ("Canada", &["CA"], 45),
    ("Australia", &["AU"], 45),
    ("New Zealand", &["NZ"], 20),
    ("South Africa", &["ZA"], 40),
    ("India", &["IN"], 50),
    ("euro area", &["DE", "AT", "FR", "ES", "IT", "NL", "BE"], 150),
];

fn answer(raw: &str, amount: &str, country: &str, with_category: bool) -> String {
    let mut transaction = Transaction::new(raw).with_signed_amount(amount.parse().expect("the amount is a number"));
    transaction.country = country.parse().ok();
    let enriched = Engine::builtin().enrich(&transaction);
    let parties: Vec<String> =
        enriched.counterparties.iter().map(|party| format!("{}={}", party.kind.as_str(), party.name)).collect();
    let place = enriched.place.map_or(String::new(), |place| {
        let country = place.country.map_or(String::new(), |country| country.to_string());
        let parts = [place.city, place.region, place.postal_code, Some(&*country)];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    });
    let dash = |text: &str| if text.is_empty() { String::from("-") } else { text.to_owned() };
    let mut fields = vec![
        dash(&enriched.description),
        dash(&parties.join(" > ")),
        dash(&place),
        enriched.transfer_method.map_or("-", |method| method.as_str()).to_owned(),
    ];
    if with_category {
        fields.push(enriched.category.path().to_owned());
    }
    fields.join("\t")
}

#[test]
fn every_descriptor_is_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE").is_some();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut countries, mut banks, mut wrong) = (Vec::new(), BTreeSet::new(), String::new());
    for file in files {
        let mut fresh = String::new();
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            if line.starts_with("# ") || fields.len() < 3 {
                let bank = line.strip_prefix("# bank: ").or_else(|| line.strip_prefix("# app: "));
                banks.extend(bank.map(str::to_owned));
                writeln!(fresh, "{line}").unwrap();
                continue;
            }
            countries.push(fields[2].to_owned());
            let found = answer(fields[0], fields[1], fields[2], fields.len() > 7);
            let expected = fields[3..].join("\t");
            if found != expected {
                let name = file.file_name().unwrap_or_default().display();
                writeln!(wrong, "{name}:{} {}\n  expected {expected}\n  found    {found}", number + 1, fields[0])
                    .unwrap();
            }
            writeln!(fresh, "{}\t{found}", fields[..3].join("\t")).unwrap();
        }
        if update {
            std::fs::write(&file, fresh).unwrap();
        }
    }
    assert!(countries.len() >= LEAST_CASES, "only {} cases ran", countries.len());
    assert!(banks.len() >= LEAST_BANKS, "only {} banks and apps are shown", banks.len());
    for (region, of, least) in REGIONS {
        let cases = countries.iter().filter(|country| of.contains(&country.as_str())).count();
        assert!(cases >= least, "{region}: only {cases} cases ran");
    }
    assert!(update || wrong.is_empty(), "\n{wrong}");
}
