//! The data files: strictly readable, and every example in them true of the whole engine.

use payee::{Engine, Source, Transaction, check};

fn sources() -> Vec<Source> {
    Source::read_folder(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap()
}

#[test]
fn every_row_is_sound_and_every_example_true() {
    let findings = check::check(Engine::builtin(), &sources());
    let list: Vec<_> = findings.problems.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "\n{}\n{} problems", list.join("\n"), list.len());
    assert!(findings.examples >= 100, "only {} examples ran", findings.examples);
    assert!(findings.names >= 1_000, "only {} names ran", findings.names);
}

/// A phrase without a near miss that it must not take is not thought through.
#[test]
fn every_descriptor_shows_what_it_takes_and_what_it_does_not() {
    for source in sources().iter().filter(|source| source.name.contains("descriptors/")) {
        let table: toml::Table = source.text.parse().unwrap();
        for descriptor in table["descriptor"].as_array().unwrap() {
            for kind in ["examples", "counterexamples"] {
                let texts = descriptor.get(kind).and_then(toml::Value::as_array);
                let is_there = texts.is_some_and(|texts| !texts.is_empty());
                assert!(is_there, "{}: {} has no {kind}", source.name, descriptor["id"].as_str().unwrap_or_default());
            }
        }
    }
}

/// The engine laid out by the build and one laid out now answer alike.
#[test]
fn laid_out_ahead_or_now_is_the_same() {
    let now = Engine::builder().base(sources()).build().unwrap();
    assert_eq!(now.fingerprint(), Engine::builtin().fingerprint());
    for text in ["POS DEBIT WHOLEFDS TSQ 102", "ATM WITHDRAWAL 1234", "SQ *CORNER BAKERY SEATTLE WA", "NETFLIX.COM"] {
        let transaction = Transaction::new(text);
        assert_eq!(now.explain(&transaction).to_string(), Engine::builtin().explain(&transaction).to_string());
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let bad = Source::new(
        "mine.csv",
        "name,category,aliases,countries\nOne,food.nothing,ONE SHOP,US\nTwo,food.groceries,TWO SHOP [mcc=x],USA\n",
    );
    let Err(error) = Engine::builder().source(bad).build() else { panic!("faulty rows were taken") };
    let told: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("mine.csv:2: `food.nothing` is no category"), "{}", told[0]);
    assert!(told[1].starts_with("mine.csv:3: ") && told[2].starts_with("mine.csv:3: "), "{told:?}");
}

#[test]
fn unknown_columns_are_refused() {
    let bad = Source::new("mine.csv", "name,category,alias\nOne,food.groceries,ONE SHOP\n");
    let Err(error) = Engine::builder().source(bad).build() else { panic!("an unknown column was taken") };
    assert!(error.to_string().starts_with("mine.csv:1: unknown column `alias`: use name, category"), "{error}");
}
