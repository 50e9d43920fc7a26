//! The user's own rules: conditions on a row, and what the answer shall be where they hold.
//!
//! A rule outranks everything the engine finds out by itself. Among rules the more specific wins (see [`rank`]), field by field:
//! each field is decided by the first matching rule that says anything about it; tags add up.

mod apply;
mod condition;
mod dictionary;
mod fold;
mod index;
mod lint;
mod pattern;
mod rank;
mod suggest;
mod written;

use crate::data::source::Source;
use crate::data::tables::{At, CategoryRow, MerchantRow};
use crate::error::Problem;
use crate::knowledge::merchants::MerchantTable;
use crate::model::flags::Flag;

pub use apply::{Scratch, apply};
pub use fold::fold;

use condition::Conditions;
use dictionary::{Dictionary, MerchantNumber};
use index::Index;
use rank::Specificity;
use written::{File, Names};

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub at: At,
    pub name: Option<String>,
    conditions: Conditions,
    action: Action,
    specificity: Specificity,
}

impl Rule {
    /// What it sets, in words of the rules file.
    pub fn sets(&self) -> Vec<&'static str> {
        let action = &self.action;
        [
            (action.category.is_some(), "category"),
            (action.merchant.is_some(), "merchant"),
            (action.description.is_some(), "description"),
            (!action.flags.is_empty() || action.international.is_some(), "flags"),
            (!action.tags.is_empty(), "tags"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect()
    }
}

/// What a rule says about the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Action {
    category: Option<u16>,
    merchant: Option<MerchantNumber>,
    description: Option<String>,
    flags: Vec<(Flag, bool)>,
    international: Option<bool>,
    tags: Vec<String>,
}

impl Action {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// All rules of an engine, the first in precedence first, with their index.
pub struct Rules {
    rules: Vec<Rule>,
    index: Index,
}

impl Rules {
    fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by(rank::precedence);
        Self { index: Index::new(&rules), rules }
    }

    /// Every rule, in the order of precedence.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }
}

/// Parsed rules files, before what they name is known.
pub struct Files<'s>(Vec<File<'s>>);

impl<'s> Files<'s> {
    /// Parses rules files, which stand in the engine's list of files from `first` on.
    pub fn parse(sources: &'s [Source], first: u16, problems: &mut Vec<Problem>) -> Self {
        let numbered = sources.iter().zip(first..);
        Self(numbered.filter_map(|(source, number)| File::parse(source, number, problems)).collect())
    }

    /// Adds the categories of all files behind those that are there.
    pub fn categories(&self, rows: &mut Vec<CategoryRow>, problems: &mut Vec<Problem>) {
        self.0.iter().for_each(|file| file.categories(rows, problems));
    }

    /// Links the rules of all files; merchants that only rules name are added to `own`. `None` without any rule.
    pub fn rules(
        &self,
        categories: &[CategoryRow],
        fallback: u16,
        builtin: &MerchantTable,
        own: &mut Vec<MerchantRow>,
        problems: &mut Vec<Problem>,
    ) -> Option<Rules> {
        let mut names = Names { categories, dictionary: Dictionary::new(builtin, own, fallback) };
        let rules: Vec<Rule> = self.0.iter().flat_map(|file| file.rules(&mut names, problems)).collect();
        (!rules.is_empty()).then(|| Rules::new(rules))
    }
}
