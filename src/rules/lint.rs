//! What is wrong with rules that are each sound: two that contradict each other, and ones that can never decide anything.

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Action, Rule, Rules};
use crate::error::Problem;
use crate::knowledge::Knowledge;
use crate::model::account::AccountType;

impl Rules {
    /// Conflicts, shadowed rules and impossible answers, in order of file and line.
    pub fn findings(&self, knowledge: &Knowledge) -> Vec<Problem> {
        let mut problems = Vec::new();
        let neighbours = Neighbours::of(&self.rules);
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
            if let Some(other) = neighbours.shadows[number] {
                tell(format!(
                    "this rule never decides anything: {} takes every row it takes and goes before it; remove one, or ask for more",
                    place(&self.rules[other])
                ));
                continue;
            }
            if let Some(other) = neighbours.rivals[number] {
                tell(format!(
                    "this rule and {} are equally specific, take the same rows and disagree; the other wins only as it stands \
                     first: add a condition to the one that shall win",
                    place(&self.rules[other])
                ));
            }
        }
        problems.sort();
        problems
    }
}

/// For each rule the first that takes every row of it and goes before it, and the last of its equals that disagrees.
struct Neighbours {
    shadows: Vec<Option<usize>>,
    rivals: Vec<Option<usize>>,
}

impl Neighbours {
    /// A pattern covers another only if its literal stands in the other's text: not every rule need be held against every other.
    fn of(rules: &[Rule]) -> Self {
        let mut literals: Vec<(&str, usize)> = Vec::new();
        // Rules that no literal announces may have to do with any.
        let mut open = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            let patterns = || rule.conditions.texts.iter().flat_map(|text| &text.patterns);
            if patterns().next().is_none() || patterns().any(|pattern| pattern.literal.is_empty()) {
                open.push(number);
            } else {
                literals.extend(patterns().map(|pattern| (pattern.literal.as_str(), number)));
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(literals.iter().map(|(literal, _)| literal))
            .expect("rules are far below the automaton's limit of two billion states");
        let mut found = Self { shadows: vec![None; rules.len()], rivals: vec![None; rules.len()] };
        let mut near = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            near.clear();
            if open.binary_search(&number).is_ok() {
                near.extend(0..rules.len());
            } else {
                let patterns = rule.conditions.texts.iter().flat_map(|text| &text.patterns);
                let texts = patterns.flat_map(|pattern| [&pattern.text, &pattern.literal]);
                let hits = texts.flat_map(|text| automaton.find_overlapping_iter(text));
                near.extend(hits.map(|hit| literals[hit.pattern().as_usize()].1).chain(open.iter().copied()));
                near.sort_unstable();
                near.dedup();
            }
            near.iter().filter(|other| **other != number).for_each(|other| found.compare(rules, number, *other));
        }
        found
    }

    fn compare(&mut self, rules: &[Rule], number: usize, other: usize) {
        let (first, second) = (number.min(other), number.max(other));
        let (above, below) = (&rules[first], &rules[second]);
        if other == first
            && self.shadows[second].is_none_or(|shadow| first < shadow)
            && above.conditions.cover(&below.conditions)
            && above.action.says_all_of(&below.action)
        {
            self.shadows[second] = Some(first);
        }
        if self.rivals[second].is_none_or(|rival| first > rival)
            && above.specificity == below.specificity
            && above.action.contradicts(&below.action)
            && above.conditions.meet(&below.conditions)
        {
            self.rivals[second] = Some(first);
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Neighbours;
    use crate::rules::pattern::{Kind, Pattern};
    use crate::{Engine, Source};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Rules that the literals keep apart have nothing to do with each other.
        #[test]
        fn no_neighbour_is_missed(
            rules in prop::collection::vec((prop::sample::select(&Kind::ALL[..]), "[AB]{1,3}( [ab*?]{1,3})?", 0..3), 1..40)
        ) {
            let mut file = String::new();
            for (kind, written, action) in &rules {
                let written = if *kind == Kind::Regex { written.replace(['*', '?'], "+") } else { written.clone() };
                let category = ["food", "food.groceries", "travel"][*action as usize];
                if Pattern::new(*kind, &written).is_ok() {
                    let kind = kind.as_str();
                    file += &format!("[[rule]]\nwhen.text.{kind} = '{written}'\nthen.category = '{category}'\n");
                } else {
                    file += &format!("[[rule]]\nwhen.amount = 1\nthen.category = '{category}'\n");
                }
            }
            let engine = Engine::builder().source(Source::new("all.toml", file)).build().unwrap();
            let rules = engine.knowledge.rules.as_ref().map_or(&[][..], |rules| rules.all());
            let mut all = Neighbours { shadows: vec![None; rules.len()], rivals: vec![None; rules.len()] };
            for number in 0..rules.len() {
                (0..rules.len()).filter(|other| *other != number).for_each(|other| all.compare(rules, number, other));
            }
            let found = Neighbours::of(rules);
            prop_assert_eq!((found.shadows, found.rivals), (all.shadows, all.rivals));
        }
    }
}
