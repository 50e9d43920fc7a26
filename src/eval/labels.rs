//! What labels mean: names of a taxonomy, or paths of ours, in any case.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::Labelled;
use crate::engine::Engine;
use crate::io::masked;
use crate::model::names::Taxonomy;
use crate::model::transaction::Direction;
use crate::rules::nearest;

/// A label that is no category.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UnknownLabel {
    /// Rows that carry it, each weighing its count.
    pub rows: u64,
    /// The name or path that may be meant.
    pub nearest: Option<String>,
}

/// Every name of one taxonomy.
pub(crate) struct Labels<'e> {
    engine: &'e Engine,
    taxonomy: Taxonomy,
    tops: HashMap<&'e str, &'e str>,
    lower: HashMap<String, &'e str>,
}

impl<'e> Labels<'e> {
    pub(crate) fn new(engine: &'e Engine, taxonomy: Taxonomy) -> Self {
        let mut tops = HashMap::new();
        for category in engine.categories() {
            for direction in [Direction::Debit, Direction::Credit] {
                let projection = category.project(taxonomy, Some(direction));
                tops.insert(projection.category.as_str(), projection.top_level.as_str());
                tops.insert(projection.top_level.as_str(), projection.top_level.as_str());
            }
        }
        let lower = tops.keys().map(|name| (name.to_lowercase(), *name)).collect();
        Self { engine, taxonomy, tops, lower }
    }

    /// The top level of a name.
    pub(crate) fn top(&self, name: &str) -> Option<&'e str> {
        self.tops.get(name).copied()
    }

    /// The taxonomy's names for a row's labels, without those that are no category.
    pub(crate) fn names(&self, row: &Labelled) -> Vec<String> {
        let direction = row.transaction.direction;
        row.categories.iter().filter_map(|label| self.name(label, direction)).map(str::to_owned).collect()
    }

    fn name(&self, label: &str, direction: Option<Direction>) -> Option<&'e str> {
        let of_path = || Some(self.engine.category(label)?.project(self.taxonomy, direction).category.as_str());
        let exact = self.tops.get_key_value(label).map(|(name, _)| *name);
        exact.or_else(of_path).or_else(|| self.lower.get(&label.to_lowercase()).copied())
    }

    /// Counts the labels of a row that are no category, without what they may hold of accounts.
    pub(crate) fn count_unknown(&self, row: &Labelled, into: &mut BTreeMap<String, UnknownLabel>) {
        for label in row.categories.iter().filter(|label| self.name(label, row.transaction.direction).is_none()) {
            let unknown = into.entry(masked(label)).or_insert_with(|| {
                let paths = self.engine.categories().iter().map(crate::Category::path);
                let nearest = nearest(label, self.tops.keys().copied().chain(paths));
                UnknownLabel { rows: 0, nearest: nearest.map(str::to_owned) }
            });
            unknown.rows += row.count;
        }
    }
}
