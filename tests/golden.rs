//! Descriptors as banks and apps of nine regions print them, with invented data, and what must come of each. A line of
//! `tests/golden/*.tsv` holds the text, the signed amount and the account's country; then description, merchant, parties,
//! place, method and, where the
//! phrase itself tells it, category. `UPDATE=1 cargo test --test golden` writes the answers anew: look at every line that changes.

use std::fmt::Write as _;
use std::path::Path;

use payee::{Engine, Method, Transaction};

/// Fewer cases than this mean that a file was lost.
const LEAST_CASES: usize = 105;

fn answer(raw: &str, amount: &str, country: &str) -> String {
    let mut transaction = Transaction::new(raw).with_signed_amount(amount.parse().expect("the amount is a number"));
    transaction.country = country.parse().ok();
    let enriched = Engine::builtin().enrich(&transaction);
    let parties: Vec<String> =
        enriched.counterparties.iter().map(|party| format!("{}={}", party.kind.as_str(), party.name)).collect();
    let place = enriched.place.map_or(String::from("-"), |place| {
        let parts = [place.city, place.region, place.postal_code];
        let country = place.country.map_or(String::new(), |country| country.to_string());
        let mut shown: Vec<&str> = parts.into_iter().flatten().collect();
        shown.push(&country);
        shown.join(", ")
    });
    let dash = |text: &str| if text.is_empty() { String::from("-") } else { text.to_owned() };
    [
        dash(&enriched.description),
        enriched.merchant.map_or(String::from("-"), |merchant| merchant.name().to_owned()),
        dash(&parties.join(" > ")),
        place,
        enriched.transfer_method.map_or("-", |method| method.as_str()).to_owned(),
        // What a name alone suggests changes with what the model has seen; only what the phrase says is held fast.
        match enriched.categorized_by {
            Method::Descriptor => enriched.category.path().to_owned(),
            _ => String::from("-"),
        },
    ]
    .join("\t")
}

#[test]
fn every_descriptor_is_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE").is_some();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut cases, mut wrong) = (0, String::new());
    for file in files {
        let mut fresh = String::new();
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            if line.starts_with('#') || fields.len() < 3 {
                writeln!(fresh, "{line}").unwrap();
                continue;
            }
            cases += 1;
            let found = answer(fields[0], fields[1], fields[2]);
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
    assert!(cases >= LEAST_CASES, "only {cases} cases ran");
    assert!(update || wrong.is_empty(), "\n{wrong}");
}
