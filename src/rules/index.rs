//! Which rules can match a row at all: by a literal that must stand in its text, or by its merchant.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use uuid::Uuid;

use super::Rule;
use super::condition::{Facts, Field, MerchantName, TextCondition};
use super::fold::fold;

/// For each text the automaton of the literals, and the rules that wait for them.
pub struct Index {
    raw: Literals,
    clean: Literals,
    by_name: HashMap<String, Vec<u32>>,
    by_guid: HashMap<Uuid, Vec<u32>>,
    /// Rules that no literal and no merchant announces.
    others: Vec<u32>,
}

#[derive(Default)]
struct Literals {
    automaton: Option<AhoCorasick>,
    /// Rules of each literal.
    rules: Vec<Vec<u32>>,
}

impl Index {
    /// Indexes rules by their place in the list.
    pub fn new(rules: &[Rule]) -> Self {
        let mut literals: [HashMap<&str, Vec<u32>>; 2] = Default::default();
        let mut index = Self {
            raw: Literals::default(),
            clean: Literals::default(),
            by_name: HashMap::new(),
            by_guid: HashMap::new(),
            others: Vec::new(),
        };
        for (rule, number) in rules.iter().zip(0_u32..) {
            let conditions = &rule.conditions;
            // The text condition whose shortest literal is the longest announces the fewest rows in vain.
            let best = conditions.texts.iter().max_by_key(|text| announced(text)).filter(|text| announced(text) > 0);
            if let Some(text) = best {
                for pattern in &text.patterns {
                    literals[text.field as usize].entry(&pattern.literal).or_default().push(number);
                }
            } else if conditions.merchants.is_empty() {
                index.others.push(number);
            }
            for name in conditions.merchants.iter().filter(|_| best.is_none()) {
                match name {
                    MerchantName::Guid(guid, _) => index.by_guid.entry(*guid).or_default().push(number),
                    MerchantName::Name(name) => index.by_name.entry(name.clone()).or_default().push(number),
                }
            }
        }
        let [raw, clean] = literals.map(Literals::new);
        Self { raw, clean, ..index }
    }

    /// Fills `out` with every rule that may match, in order.
    pub fn candidates(&self, facts: &Facts<'_>, out: &mut Vec<u32>) {
        out.clear();
        self.raw.search(facts.folded[Field::Raw as usize].as_str(), out);
        self.clean.search(facts.folded[Field::Clean as usize].as_str(), out);
        if let Some(merchant) = facts.merchant.filter(|_| !self.by_name.is_empty() || !self.by_guid.is_empty()) {
            out.extend(self.by_guid.get(&merchant.guid()).into_iter().flatten());
            out.extend(self.by_name.get(&fold(merchant.name())).into_iter().flatten());
        }
        out.extend(&self.others);
        out.sort_unstable();
        out.dedup();
    }
}

/// Length of the shortest literal; zero if a pattern has none.
fn announced(text: &TextCondition) -> usize {
    text.patterns.iter().map(|pattern| pattern.literal.len()).min().unwrap_or(0)
}

impl Literals {
    fn new(literals: HashMap<&str, Vec<u32>>) -> Self {
        let mut sorted: Vec<_> = literals.into_iter().collect();
        sorted.sort();
        if sorted.is_empty() {
            return Self::default();
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(sorted.iter().map(|(literal, _)| literal))
            .expect("rules are far below the automaton's limit of two billion states");
        Self { automaton: Some(automaton), rules: sorted.into_iter().map(|(_, rules)| rules).collect() }
    }

    fn search(&self, text: &str, out: &mut Vec<u32>) {
        let Some(automaton) = &self.automaton else { return };
        // A literal counts once, however often it stands in the text.
        let mut found: Vec<usize> = automaton.find_overlapping_iter(text).map(|hit| hit.pattern().as_usize()).collect();
        found.sort_unstable();
        found.dedup();
        found.iter().for_each(|literal| out.extend(&self.rules[*literal]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::rules::pattern::{Kind, Pattern};
    use crate::{Engine, Source, Transaction};

    /// Rules of every kind over a small alphabet, so that they meet.
    fn rules() -> impl Strategy<Value = Vec<(Kind, String)>> {
        prop::collection::vec((prop::sample::select(&Kind::ALL[..]), "[ABſK]{1,3}( [ab*?]{1,3})?"), 1..24)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// The index leaves out no rule that would match.
        #[test]
        fn the_index_misses_nothing(rules in rules(), texts in prop::collection::vec("[abKkſs .*]{0,10}", 1..40)) {
            let mut file = String::new();
            for (number, (kind, written)) in rules.iter().enumerate() {
                let written = if *kind == Kind::Regex { written.replace(['*', '?'], "+") } else { written.clone() };
                if Pattern::new(*kind, &written).is_ok() {
                    let kind = kind.as_str();
                    file += &format!("[[rule]]\nwhen.text.{kind} = '{written}'\nthen.tags = ['{number}']\n");
                }
            }
            let engine = Engine::builder().source(Source::new("all.toml", file)).build().unwrap();
            let rules = engine.knowledge.rules.as_ref().map_or(&[][..], |rules| rules.all());
            for text in &texts {
                let transaction = Transaction::new(text.as_str());
                let expected = rules.iter().filter(|rule| rule.takes_text(text)).flat_map(|rule| &rule.action.tags);
                let expected: Vec<&str> = expected.map(String::as_str).collect();
                prop_assert_eq!(engine.enrich(&transaction).tags, expected, "{}", text);
            }
        }

        /// Whatever a file holds, it is read or refused.
        #[test]
        fn no_file_panics(text in r#"(\[\[(rule|category)\]\]\n((when|then|path|name)(\.(text|clean|amount|date|flags|tags|mcc)(\.(regex|glob|min|from))?)? = ("[a-z(*+\\d{}9]{0,8}"|\[[0-9",]{0,4}\]|-?[0-9.]{1,5}|true|\{\})\n){0,4}){0,3}"#) {
            if let Err(error) = Engine::builder().source(Source::new("mine.toml", text)).build() {
                prop_assert!(error.problems().iter().all(|problem| problem.line > 0), "{error}");
            }
        }
    }
}
