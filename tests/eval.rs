//! Evaluation and training: figures add up, and the same examples give the same model.

use payee::eval::{Labelled, evaluate};
use payee::learned::train::{Example, Settings, train};
use payee::{Direction, Engine, Taxonomy, Transaction};

fn labelled(text: &str, labels: &[&str]) -> Labelled {
    let mut transaction = Transaction::new(text);
    transaction.direction = Some(Direction::Debit);
    Labelled {
        transaction,
        categories: labels.iter().map(|label| (*label).to_owned()).collect(),
        count: 1,
        ..Labelled::default()
    }
}

#[test]
fn right_wrong_and_unlabelled_rows_are_told_apart() {
    let rows = [
        labelled("NETFLIX.COM", &["Movies & DVDs", "Television"]),
        labelled("WHOLEFDS TSQ 102", &["Shopping"]),
        labelled("WHOLEFDS TSQ 102", &[]),
    ];
    let report = evaluate(Engine::builtin(), Taxonomy::Mx, &rows);
    assert_eq!(report.rows, 3);
    assert_eq!((report.by_row.judged, report.by_row.covered, report.by_row.leaf), (2.0, 2.0, 1.0));
    assert_eq!(report.confusions, [("Shopping".to_owned(), "Groceries".to_owned(), 1)]);
}

#[test]
fn parts_add_up_to_the_whole() {
    let rows = [
        labelled("NETFLIX.COM", &["Movies & DVDs"]),
        labelled("JOES PIZZA", &["Restaurants", "Fast Food"]),
        labelled("ATM WITHDRAWAL 0012", &["ATM"]),
    ];
    let whole = evaluate(Engine::builtin(), Taxonomy::Mx, &rows);
    let mut parts = payee::eval::Report::default();
    rows.iter().for_each(|row| parts.absorb(evaluate(Engine::builtin(), Taxonomy::Mx, std::slice::from_ref(row))));
    assert_eq!(whole.by_row.leaf, parts.by_row.leaf);
    assert!((whole.calibration_error - parts.calibration_error).abs() < 1e-9);
}

fn examples(engine: &Engine) -> Vec<Example> {
    let of = |path: &str| engine.categories().iter().position(|category| category.path() == path).unwrap() as u16;
    let rows = [("PIZZA", of("food.restaurants")), ("DENTAL", of("health.dentist"))];
    let places = ["NORTH", "SOUTH", "EAST", "WEST", "HILL", "LAKE", "OAK", "ELM", "BAY", "RIVER", "PARK", "MAIN"];
    rows.into_iter()
        .flat_map(|(trade, category)| {
            places.iter().enumerate().map(move |(at, place)| Example {
                text: format!("{place} {trade}"),
                categories: vec![category],
                weight: 1.0,
                merchant: at as u64,
            })
        })
        .collect()
}

#[test]
fn training_is_deterministic_and_learns() {
    let engine = Engine::builtin();
    let examples = examples(engine);
    let settings = Settings { epochs: 4, ..Settings::default() };
    let model = train(engine, &examples, settings);
    assert_eq!(model, train(engine, &examples, settings));
    let model = payee::learned::Model::of(engine, model);
    let best = payee::learned::train::predict(engine, &model, "QVXZ DENTAL");
    assert_eq!(engine.categories()[usize::from(best[0].0)].path(), "health.dentist");
}

#[test]
fn a_coarse_label_makes_every_category_it_names_right() {
    let engine = Engine::builtin();
    let row = labelled("QZVX", &["Restaurants", "Fast Food"]);
    let example = engine.labelled_example(&row, Taxonomy::Mx).unwrap();
    let paths: Vec<&str> =
        example.categories.iter().map(|number| engine.categories()[usize::from(*number)].path()).collect();
    assert!(paths.contains(&"food.restaurants") && paths.contains(&"food.restaurants.fast"), "{paths:?}");
}

#[test]
fn listed_names_are_read_and_faults_are_told_with_their_line() {
    let engine = Engine::builtin();
    let good = engine.listed_examples("n.csv", "# made up\nname,category\nHILL PIZZA,food.restaurants\n").unwrap();
    assert_eq!((good.len(), good[0].text.as_str()), (1, "HILL PIZZA"));
    let error = engine.listed_examples("n.csv", "name,category\nHILL PIZZA,food.pizza\nONE\n").unwrap_err();
    let lines: Vec<u64> = error.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 3], "{error}");
}

#[test]
fn labels_are_names_or_paths_and_unknown_ones_are_told() {
    let rows = [
        labelled("WHOLEFDS TSQ 102", &["food.groceries"]),
        labelled("WHOLEFDS TSQ 103", &["groceries"]),
        labelled("WHOLEFDS TSQ 104", &["Grocerys"]),
    ];
    for taxonomy in [Taxonomy::Mx, Taxonomy::Payee] {
        let report = evaluate(Engine::builtin(), taxonomy, &rows);
        assert_eq!((report.by_row.judged, report.by_row.leaf), (2.0, 2.0), "{taxonomy:?}");
        let unknown = &report.unknown_labels["Grocerys"];
        assert_eq!((unknown.rows, unknown.nearest.as_deref()), (1, Some("Groceries")));
        assert!(report.to_string().contains("did you mean `Groceries`?"));
    }
}
