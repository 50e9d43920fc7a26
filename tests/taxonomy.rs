//! The category tree and its names in other taxonomies.

use std::collections::{BTreeMap, BTreeSet};

use payee::{Direction, Engine, Nature, Taxonomy};

const DIRECTIONS: [Direction; 2] = [Direction::Debit, Direction::Credit];

/// Targets that no category of ours stands for, each with its reason.
const EXCEPTIONS: &[(Taxonomy, &str)] = &[];

/// Names of a taxonomy as its table lists them, each with its parent.
fn targets(file: &str) -> BTreeMap<String, String> {
    let path = format!("{}/data/taxonomies/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|record| record.unwrap()).map(|record| (record[0].to_owned(), record[1].to_owned())).collect()
}

#[test]
fn there_are_enough_leaves() {
    let leaves = Engine::builtin().categories().iter().filter(|category| category.is_leaf()).count();
    assert!(leaves >= 160, "{leaves} leaves");
}

#[test]
fn paths_names_and_ids_are_unique_and_parents_exist() {
    let engine = Engine::builtin();
    let (mut paths, mut names, mut guids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for category in engine.categories() {
        assert!(paths.insert(category.path()), "{} stands twice", category.path());
        assert!(names.insert(category.name()), "`{}` names two categories", category.name());
        assert!(guids.insert(category.guid()), "{} shares its id", category.path());
        if let Some((parent, _)) = category.path().rsplit_once('.') {
            assert!(engine.category(parent).is_some(), "{} has no parent", category.path());
        }
    }
}

#[test]
fn every_category_has_a_name_in_every_taxonomy() {
    for (taxonomy, file, count) in [
        (Taxonomy::Mx, "mx.csv", 119),
        (Taxonomy::PlaidV2, "plaid_v2.csv", 127),
        (Taxonomy::PlaidV1, "plaid_v1.csv", 104),
    ] {
        let targets = targets(file);
        assert_eq!(targets.len(), count, "{file}");
        let mut reached = BTreeSet::new();
        for category in Engine::builtin().categories() {
            for direction in DIRECTIONS {
                let projection = category.project(taxonomy, Some(direction));
                let parent = targets.get(&projection.category);
                assert_eq!(parent, Some(&projection.top_level), "{} in {taxonomy}", category.path());
                assert!(projection.category_guid.starts_with("CAT-") && projection.top_level_guid.starts_with("CAT-"));
                reached.insert(projection.category.clone());
            }
        }
        let missing: Vec<_> = targets
            .keys()
            .filter(|name| !reached.contains(*name) && !EXCEPTIONS.contains(&(taxonomy, name.as_str())))
            .collect();
        assert!(missing.is_empty(), "{taxonomy}: nothing becomes {missing:?}");
    }
}

#[test]
fn our_own_parents_agree() {
    for category in Engine::builtin().categories() {
        let projection = category.project(Taxonomy::Payee, None);
        let top = Engine::builtin().category(category.top_level()).unwrap();
        assert_eq!(projection.top_level, top.name());
        assert_eq!(projection.top_level_guid, format!("CAT-{}", top.guid()));
    }
}

/// Money in is income, a refund or a transfer; a taxonomy must not call income what we call spending, nor the reverse.
#[test]
fn natures_agree_with_plaid() {
    for category in Engine::builtin().categories() {
        let debit = category.project(Taxonomy::PlaidV2, Some(Direction::Debit));
        let credit = category.project(Taxonomy::PlaidV2, Some(Direction::Credit));
        match category.nature() {
            Nature::Income => assert_eq!(credit.top_level, "INCOME", "{}", category.path()),
            Nature::Expense => assert_ne!(debit.top_level, "INCOME", "{}", category.path()),
            Nature::Transfer | Nature::None => {
                assert_ne!(debit.top_level, "INCOME", "{}", category.path());
                assert_ne!(credit.top_level, "INCOME", "{}", category.path());
            }
        }
    }
}
