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
        for found in automaton.find_overlapping_iter(text) {
            out.extend(&self.rules[found.pattern().as_usize()]);
        }
    }
}
