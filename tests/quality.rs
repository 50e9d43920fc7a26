//! How often names that no table of the program holds are given the category a person would: invented ones, of which the model has
//! learned none.

use payee::{Direction, Engine, Taxonomy, Transaction};

/// Of a hundred names, so many at least are given their very category, and one of its top level.
const LEAST: [usize; 2] = [70, 78];

#[test]
fn most_local_names_get_the_category_a_person_would_give() {
    let engine = Engine::builtin();
    let table = include_str!("quality/local_names.csv").lines().filter(|line| !line.starts_with('#')).skip(1);
    let (mut names, mut right, mut top) = (0, 0, 0);
    for (name, path) in table.map(|line| line.rsplit_once(',').expect("a name and its category")) {
        let transaction = Transaction::new(name.trim_matches('"')).with_signed_amount((-20).into());
        let wanted = engine.category(path).unwrap_or_else(|| panic!("{path} is no category"));
        let found = engine.enrich(&transaction).category;
        let shown =
            |category: &payee::Category| category.project(Taxonomy::Mx, Some(Direction::Debit)).category.clone();
        names += 1;
        right += usize::from(shown(found) == shown(wanted));
        top += usize::from(found.top_level() == wanted.top_level());
    }
    println!("{right} and {top} of {names}");
    assert!(names >= 500, "only {names} names");
    let [least_right, least_top] = LEAST;
    assert!(right * 100 >= names * least_right, "{right} of {names} are right");
    assert!(top * 100 >= names * least_top, "{top} of {names} are right at the top level");
}
