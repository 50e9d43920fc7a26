//! What is wrong with rules that are each sound: two that contradict each other, and ones that can never decide anything.

use super::{Action, Rule, Rules};
use crate::error::Problem;
use crate::knowledge::Knowledge;
use crate::model::account::AccountType;

impl Rules {
    /// Conflicts, shadowed rules and impossible answers, in order of file and line.
    pub fn findings(&self, knowledge: &Knowledge) -> Vec<Problem> {
        let mut problems = Vec::new();
        let place = |rule: &Rule| knowledge.rule(rule.at).to_string();
        for (number, rule) in self.rules.iter().enumerate() {
            let mut tell = |message: String| {
                let at = knowledge.rule(rule.at);
                problems.push(Problem::new(at.file, u64::from(at.line), message));
            };
            if let Some(category) = rule.action.category.filter(|category| !rule.can_be(*category, knowledge)) {
                let path = knowledge.categories[usize::from(category)].path();
                tell(format!(
                    "no row this rule takes can be `{path}`: choose a category for its direction and account type"
                ));
            }
            let earlier = &self.rules[..number];
            let shadow = earlier
                .iter()
                .find(|other| other.conditions.cover(&rule.conditions) && other.action.says_all_of(&rule.action));
            if let Some(other) = shadow {
                tell(format!(
                    "this rule never decides anything: {} takes every row it takes and goes before it; remove one, or ask for more",
                    place(other)
                ));
                continue;
            }
            // Rules are in order of specificity: equals stand together.
            let mut equals = earlier.iter().rev().take_while(|other| other.specificity == rule.specificity);
            let rival =
                equals.find(|other| other.action.contradicts(&rule.action) && other.conditions.meet(&rule.conditions));
            if let Some(other) = rival {
                tell(format!(
                    "this rule and {} are equally specific, take the same rows and disagree; the other wins only as it stands \
                     first: add a condition to the one that shall win",
                    place(other)
                ));
            }
        }
        problems.sort();
        problems
    }
}

impl Rule {
    /// Whether any row it takes can be of this category, as far as its own conditions tell.
    fn can_be(&self, category: u16, knowledge: &Knowledge) -> bool {
        let kinds: &[AccountType] = match self.conditions.account_types.as_slice() {
            [] => &[AccountType::Any],
            kinds => kinds,
        };
        kinds.iter().any(|kind| knowledge.possible(category, self.conditions.direction, Some(*kind)))
    }
}

impl Action {
    /// Whether every field the other decides is decided here already.
    fn says_all_of(&self, other: &Self) -> bool {
        let (category, merchant) = (self.category.is_some(), self.merchant.is_some());
        let flags = other.flags.iter().all(|(flag, _)| self.flags.iter().any(|(own, _)| own == flag));
        (category || other.category.is_none())
            && (merchant || other.merchant.is_none())
            && (self.description.is_some() || other.description.is_none())
            && (self.international.is_some() || other.international.is_none())
            && flags
            && other.tags.iter().all(|tag| self.tags.contains(tag))
    }

    fn contradicts(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
            matches!((one, other), (Some(one), Some(other)) if one != other)
        }
        differ(&self.category, &other.category)
            || differ(&self.merchant, &other.merchant)
            || differ(&self.description, &other.description)
            || differ(&self.international, &other.international)
            || self.flags.iter().any(|(flag, on)| other.flags.contains(&(*flag, !on)))
    }
}
