//! Linking of the category tree with the names other products have for it.

use std::collections::HashMap;

use uuid::Uuid;

use crate::data::compile::NAMESPACE;
use crate::data::tables::{CategoryRow, Tables, TaxonomyRow};
use crate::error::Problem;
use crate::model::category::{Category, CategoryId, Projection};

/// Separates the name for money out from the name for money in.
const EITHER: &str = " / ";

/// Links every category with every taxonomy; what cannot be linked becomes a problem.
pub fn link(tables: &Tables, problems: &mut Vec<Problem>) -> Vec<Category> {
    let names: HashMap<&str, &CategoryRow> = tables.categories.iter().map(|row| (row.path.as_str(), row)).collect();
    let mut linker = Linker {
        taxonomies: [0, 1, 2].map(|number| index(&tables.taxonomies[number])),
        renamed: tables.renamed.iter().map(|(v2, v1)| (v2.as_str(), v1.as_str())).collect(),
        files: &tables.files,
        problems,
    };
    let mut categories = Vec::with_capacity(tables.categories.len());
    for (number, row) in tables.categories.iter().enumerate() {
        let top = row.path.split('.').next().unwrap_or_default();
        let below = format!("{}.", row.path);
        categories.push(Category {
            id: CategoryId(number as u16),
            top: top.len(),
            path: row.path.clone(),
            name: row.name.clone(),
            nature: row.nature.parse().expect("the loader has checked it"),
            description: row.description.clone(),
            guid: guid("category", &row.path),
            is_leaf: !tables.categories.iter().any(|other| other.path.starts_with(&below)),
            projections: linker.projections(row, names.get(top).map_or("", |row| row.name.as_str())),
        });
    }
    categories
}

type Names<'t> = HashMap<&'t str, &'t TaxonomyRow>;

fn index(rows: &[TaxonomyRow]) -> Names<'_> {
    rows.iter().map(|row| (row.category.as_str(), row)).collect()
}

struct Linker<'t, 'p> {
    taxonomies: [Names<'t>; 3],
    renamed: HashMap<&'t str, &'t str>,
    files: &'t [String],
    problems: &'p mut Vec<Problem>,
}

impl Linker<'_, '_> {
    fn projections(&mut self, row: &CategoryRow, top_level: &str) -> [[Projection; 2]; 4] {
        let top = row.path.split('.').next().unwrap_or_default();
        let ours = Projection {
            category: row.name.clone(),
            category_guid: format!("CAT-{}", guid("category", &row.path)),
            top_level: top_level.to_owned(),
            top_level_guid: format!("CAT-{}", guid("category", top)),
        };
        let mx = both(&row.mx);
        let v2 = both(&row.plaid);
        let v1 = [0, 1].map(|direction| {
            let code = v2[direction];
            both(self.renamed.get(code).copied().unwrap_or(code))[direction]
        });
        let [mx, v2, v1] = [(0, "mx", mx), (1, "plaid-v2", v2), (2, "plaid-v1", v1)]
            .map(|(number, taxonomy, names)| names.map(|name| self.projection(row, number, taxonomy, name)));
        [[ours.clone(), ours], mx, v2, v1]
    }

    fn projection(&mut self, row: &CategoryRow, number: usize, taxonomy: &str, name: &str) -> Projection {
        let names = &self.taxonomies[number];
        let Some(found) = names.get(name) else {
            let file = self.files.get(usize::from(row.at.file)).cloned().unwrap_or_default();
            let message = format!("`{name}` is no category of {taxonomy}: use a name of data/taxonomies");
            self.problems.push(Problem::new(file, u64::from(row.at.line), message));
            return Projection {
                category: String::new(),
                category_guid: String::new(),
                top_level: String::new(),
                top_level_guid: String::new(),
            };
        };
        let id = |row: Option<&&TaxonomyRow>, name: &str| match row {
            Some(row) if !row.guid.is_empty() => row.guid.clone(),
            _ => format!("CAT-{}", guid(taxonomy, name)),
        };
        Projection {
            category: found.category.clone(),
            category_guid: id(Some(found), name),
            top_level: found.top_level.clone(),
            top_level_guid: id(names.get(found.top_level.as_str()), &found.top_level),
        }
    }
}

fn both(names: &str) -> [&str; 2] {
    match names.split_once(EITHER) {
        Some((debit, credit)) => [debit, credit],
        None => [names, names],
    }
}

fn guid(kind: &str, key: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{key}").as_bytes())
}
