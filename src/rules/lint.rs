//! What is wrong with rules that are each sound: two that contradict each other, and ones that can never decide anything.

use super::condition::Conditions;
use super::{Action, Rule, Rules};
use crate::error::Problem;
use crate::knowledge::Knowledge;
use crate::model::account::AccountType;

impl Rules {
    /// Conflicts, shadowed rules and impossible answers, in order of file and line.
    pub fn findings(&self, knowledge: &Knowledge) -> Vec<Problem> {
        let mut problems = Vec::new();
        let sieves: Vec<Sieve> = self.rules.iter().map(|rule| Sieve::of(&rule.conditions)).collect();
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
            let sieve = &sieves[number];
            let shadow = earlier.iter().zip(&sieves).find(|(other, above)| {
                above.may_cover(sieve)
                    && other.conditions.cover(&rule.conditions)
                    && other.action.says_all_of(&rule.action)
            });
            if let Some((other, _)) = shadow {
                tell(format!(
                    "this rule never decides anything: {} takes every row it takes and goes before it; remove one, or ask for more",
                    place(other)
                ));
                continue;
            }
            // Rules are in order of specificity: equals stand together.
            let mut equals =
                earlier.iter().zip(&sieves).rev().take_while(|(other, _)| other.specificity == rule.specificity);
            let rival = equals.find(|(other, equal)| {
                equal.may_meet(sieve)
                    && other.action.contradicts(&rule.action)
                    && other.conditions.meet(&rule.conditions)
            });
            if let Some((other, _)) = rival {
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

/// What the texts of a rule are made of, as marks of pairs of signs: most rules have nothing to do with each other, and that shall
/// be seen at a glance. One pattern covers another only if its literal stands in the other's text.
struct Sieve {
    /// Marks that the texts of a rule it covers have.
    needs: u128,
    /// Marks that every literal has.
    common: u128,
    /// Marks of all patterns together.
    holds: u128,
}

impl Sieve {
    fn of(conditions: &Conditions) -> Self {
        let mut sieve = Self { needs: 0, common: u128::MAX, holds: 0 };
        for condition in &conditions.texts {
            let mut each = u128::MAX;
            for pattern in &condition.patterns {
                each &= marks(&pattern.literal);
                sieve.holds |= marks(&pattern.literal) | marks(&pattern.text);
            }
            sieve.needs |= each;
            sieve.common &= each;
        }
        if conditions.texts.is_empty() {
            sieve.common = 0;
        }
        sieve
    }

    fn may_cover(&self, other: &Self) -> bool {
        self.needs & !other.holds == 0
    }

    fn may_meet(&self, other: &Self) -> bool {
        self.common & !other.holds == 0 || other.common & !self.holds == 0
    }
}

/// A mark for each pair of signs in a text.
fn marks(text: &str) -> u128 {
    let pairs = text.as_bytes().windows(2);
    pairs.fold(0, |marks, pair| marks | 1 << ((usize::from(pair[0]) * 31 + usize::from(pair[1])) % 128))
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
