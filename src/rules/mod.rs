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
use crate::knowledge::Knowledge;
use crate::knowledge::merchants::MerchantTable;
use crate::model::flags::Flag;

pub use apply::{Fired, Scratch, apply};

pub use fold::{fold, raw_span};
pub use pattern::find_words;
pub use suggest::nearest;

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

#[cfg(test)]
impl Rule {
    /// Whether the conditions over the raw text hold, asked without an index.
    fn takes_text(&self, raw: &str) -> bool {
        let mut folded = fold::Folded::default();
        folded.read(raw);
        let texts = &self.conditions.texts;
        texts.iter().all(|text| text.patterns.iter().any(|pattern| pattern.find(raw, &folded).is_some()))
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

    /// A rule that matched, in words: what it sets, and which of that is in the answer.
    pub fn told(&self, scratch: &Scratch, fired: &Fired, knowledge: &Knowledge) -> String {
        let rule = &self.rules[fired.rule as usize];
        let decided = [
            (rule.action.category.is_some(), scratch.category, "category"),
            (rule.action.merchant.is_some(), scratch.merchant, "merchant"),
            (rule.action.description.is_some(), scratch.description, "description"),
        ];
        let mut parts = Vec::new();
        for (sets, by, what) in decided {
            let category = rule.action.category.filter(|_| what == "category");
            let path = category.map(|category| knowledge.categories[usize::from(category)].path());
            let what = path.map_or_else(|| what.to_owned(), |path| format!("{what} {path}"));
            match (sets, by) {
                (false, _) => {}
                (true, _) if fired.impossible && path.is_some() => parts.push(format!("{what}: cannot be here")),
                (true, Some(by)) if by == fired.rule => parts.push(what),
                (true, _) => parts.push(format!("{what}: outranked")),
            }
        }
        if !rule.action.flags.is_empty() || rule.action.international.is_some() {
            parts.push("flags".into());
        }
        if !rule.action.tags.is_empty() {
            parts.push(format!("tags {}", rule.action.tags.join(", ")));
        }
        parts.join("; ")
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
