use uuid::Uuid;

use super::names::{Nature, Taxonomy};
use super::transaction::Direction;

/// Index of a category in its engine's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CategoryId(pub(crate) u16);

/// One node of the category tree, with what other products call it.
#[derive(Clone, Debug)]
pub struct Category {
    pub(crate) id: CategoryId,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) nature: Nature,
    pub(crate) description: String,
    pub(crate) guid: Uuid,
    pub(crate) is_leaf: bool,
    /// Bytes of the first part of the path.
    pub(crate) top: usize,
    /// Form for money out and form for money in, for each taxonomy.
    pub(crate) projections: [[Projection; 2]; 4],
}

/// What a taxonomy calls a category, and what it calls the parent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Projection {
    /// Name or code of the category.
    pub category: String,
    /// Its stable id, `CAT-` and a UUID.
    pub category_guid: String,
    /// Name or code of the top-level category.
    pub top_level: String,
    /// Stable id of the top-level category.
    pub top_level_guid: String,
}

impl Category {
    /// Index in the engine's table.
    pub fn id(&self) -> CategoryId {
        self.id
    }

    /// Dot path: `food.restaurants.coffee`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One line on what belongs here.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Earned, spent or moved.
    pub fn nature(&self) -> Nature {
        self.nature
    }

    /// Whether it has no children.
    pub fn is_leaf(&self) -> bool {
        self.is_leaf
    }

    /// The first part of the path.
    pub fn top_level(&self) -> &str {
        &self.path[..self.top]
    }

    /// Whether this is `path` itself or stands below it.
    pub fn is_within(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Stable id: UUIDv5 of the path.
    pub fn guid(&self) -> Uuid {
        self.guid
    }

    /// Name and ids in a taxonomy. Total: every category has a name in every taxonomy. Money in and money out differ where
    /// the taxonomy has two names; an unknown direction is taken as money out.
    pub fn project(&self, taxonomy: Taxonomy, direction: Option<Direction>) -> &Projection {
        let table = match taxonomy {
            Taxonomy::Payee => 0,
            Taxonomy::Mx => 1,
            Taxonomy::PlaidV2 => 2,
            Taxonomy::PlaidV1 => 3,
        };
        &self.projections[table][usize::from(direction == Some(Direction::Credit))]
    }
}
