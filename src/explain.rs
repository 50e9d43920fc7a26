//! Why an answer is what it is: everything the stages saw, told in words.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::data::tables::At;
use crate::engine::{Engine, Scratch};
use crate::model::enriched::Enriched;
use crate::model::names::Taxonomy;
use crate::model::transaction::Transaction;
use crate::privacy::redact;
use crate::stages::clean::{Reading, Role};

/// The trace of one run. `Display` prints it stage by stage, each step with the rule's file and line.
pub struct Explanation<'e> {
    engine: &'e Engine,
    transaction: &'e Transaction,
    /// The answer: the same as [`Engine::enrich`] gives.
    pub enriched: Enriched<'e>,
    pub(crate) scratch: Scratch,
    taxonomy: Taxonomy,
    /// What is shown of the transaction, where it is masked.
    masked: Option<Transaction>,
}

impl<'e> Explanation<'e> {
    pub(crate) fn new(
        engine: &'e Engine,
        transaction: &'e Transaction,
        enriched: Enriched<'e>,
        scratch: Scratch,
    ) -> Self {
        Self { engine, transaction, enriched, scratch, taxonomy: Taxonomy::Mx, masked: None }
    }

    /// Names the category in this taxonomy instead of MX's.
    #[must_use]
    pub fn in_taxonomy(mut self, taxonomy: Taxonomy) -> Self {
        self.taxonomy = taxonomy;
        self
    }

    /// Masks the text itself too, and whatever else [`Enriched::redact`] masks.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.masked = Some(self.enriched.redact(self.transaction));
        self
    }

    /// Categories that were considered, the best first, each with its probability, method, and rule; last the one above the
    /// likeliest, where none is likely enough by itself.
    pub fn proposals(&self) -> impl Iterator<Item = (&'e str, f32, crate::Method, Option<crate::RuleRef<'e>>)> {
        let knowledge = &self.engine.knowledge;
        let found = &self.scratch.categorized;
        found.proposals.iter().chain(&found.general).map(|proposal| {
            let path = knowledge.categories[usize::from(proposal.category)].path();
            (path, proposal.probability, proposal.method, proposal.rule.map(|at| knowledge.rule(at)))
        })
    }

    /// Ids of the descriptors that were found in the text.
    pub fn descriptors(&self) -> impl Iterator<Item = &'e str> {
        let descriptors = &self.engine.knowledge.descriptors;
        self.scratch.reading.accepted.iter().map(|accepted| descriptors.row(accepted.descriptor).id.as_str())
    }

    /// Merchants that were considered, the best first, each with the words that named it.
    pub fn merchants(&self) -> impl Iterator<Item = (crate::Merchant<'e>, &'e str)> {
        let knowledge = &self.engine.knowledge;
        let (raw, naming) = self.scratch.reading.named(self.transaction);
        self.scratch.identified.candidates.iter().map(move |candidate| {
            let merchant = knowledge.merchant(knowledge.table(candidate.tier), candidate.merchant);
            (merchant, naming.raw(raw, candidate.tokens.clone()))
        })
    }

    /// The user's own rules that matched, the first in precedence first, each with its name.
    pub fn rules(&self) -> impl Iterator<Item = (Option<&'e str>, crate::RuleRef<'e>)> {
        let knowledge = &self.engine.knowledge;
        let rules = knowledge.rules.as_ref().map_or(&[][..], |rules| rules.all());
        self.scratch.ruled.fired.iter().map(move |fired| {
            let rule = &rules[fired.rule as usize];
            (rule.name.as_deref(), knowledge.rule(rule.at))
        })
    }

    /// What the first stage found.
    pub(crate) fn reading(&self) -> &Reading {
        &self.scratch.reading
    }

    fn stage(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        writeln!(f, "\n{name}")
    }

    /// What each stretch of a text is, and by which rule.
    fn marks<'t>(
        &self,
        f: &mut fmt::Formatter<'_>,
        reading: &Reading,
        shown: &dyn Fn(Range<usize>) -> Cow<'t, str>,
    ) -> fmt::Result {
        for mark in &reading.marks {
            let by = match mark.descriptor {
                Some(number) => {
                    let row = self.engine.knowledge.descriptors.row(number);
                    format!("{}  {}", row.id, self.rule(row.at))
                }
                None => String::from("by its shape"),
            };
            writeln!(f, "  {:<12} {:<28} {by}", role_name(mark.role), shown(mark.tokens.clone()))?;
        }
        for run in reading.name_runs() {
            writeln!(f, "  {:<12} {}", "name", shown(run))?;
        }
        Ok(())
    }

    fn rule(&self, at: At) -> impl fmt::Display {
        self.engine.knowledge.rule(at)
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = &self.transaction.original_description;
        let reading = &self.scratch.reading;
        let knowledge = &self.engine.knowledge;
        let given = self.masked.as_ref().unwrap_or(self.transaction);
        // Masking keeps every place.
        let shown = |tokens| match &self.masked {
            Some(masked) => Cow::Borrowed(reading.raw(&masked.original_description, tokens)),
            None => reading.shown(raw, tokens),
        };
        writeln!(f, "text         {}", given.original_description)?;

        Self::stage(f, "clean")?;
        self.marks(f, reading, &shown)?;
        let kind = |of: &'_ Transaction| of.extended_transaction_type.clone();
        let beside = [
            ("memo", self.transaction.memo.clone(), given.memo.clone()),
            ("booking", kind(self.transaction), kind(given)),
        ];
        for ((what, raw, given), reading) in beside.into_iter().zip(&reading.beside) {
            let (Some(raw), Some(given)) = (raw, given) else { continue };
            if !reading.roles.is_empty() {
                Self::stage(f, what)?;
                let masked = self.masked.is_some();
                self.marks(f, reading, &|tokens| match masked {
                    true => Cow::Borrowed(reading.raw(&given, tokens)),
                    false => reading.shown(&raw, tokens),
                })?;
            }
        }

        Self::stage(f, "identify")?;
        let mut none = true;
        for ((merchant, words), candidate) in self.merchants().zip(&self.scratch.identified.candidates) {
            let words = if self.masked.is_some() { redact(words) } else { Cow::Borrowed(words) };
            none = false;
            let how = match (candidate.cut, candidate.alone, candidate.at_start) {
                (true, ..) => "cut short",
                (_, true, _) => "stands alone",
                (_, _, true) => "at the start",
                _ => "inside the text",
            };
            writeln!(f, "  {:<28} {:<24} {how:<16} {}", merchant.name(), format!("`{words}`"), merchant.rule())?;
        }
        if none {
            writeln!(f, "  no merchant of the dictionary")?;
        }

        Self::stage(f, "categorize")?;
        for (path, probability, method, rule) in self.proposals() {
            let rule = rule.map_or_else(String::new, |rule| rule.to_string());
            writeln!(f, "  {path:<32} {probability:.3}  {:<12} {rule}", method.as_str())?;
        }

        if let Some(rules) = &knowledge.rules {
            Self::stage(f, "your rules")?;
            let ruled = &self.scratch.ruled;
            for fired in &ruled.fired {
                let rule = &rules.all()[fired.rule as usize];
                let name = rule.name.as_deref().unwrap_or("rule");
                let told = rules.told(ruled, fired, knowledge);
                writeln!(f, "  {name:<28} {told:<40} {}", self.rule(rule.at))?;
            }
            if ruled.fired.is_empty() {
                writeln!(f, "  none matches")?;
            }
        }

        Self::stage(f, "answer")?;
        self.enriched.record(given, self.taxonomy).write_known(f)
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Name => "name",
        Role::Envelope => "wrapping",
        Role::Intermediary => "intermediary",
        Role::Person => "person",
        Role::Holder => "holder",
        Role::Purpose => "purpose",
        Role::Address => "address",
        Role::Url => "web address",
        Role::Noise => "dropped",
        Role::Date => "date",
        Role::Time => "time",
        Role::Card => "card",
        Role::Account => "account",
        Role::Reference => "reference",
        Role::Mandate => "mandate",
        Role::Check => "check",
        Role::Store => "store",
        Role::Amount => "amount",
        Role::Currency => "currency",
        Role::Phone => "phone",
        Role::City => "city",
        Role::Region => "region",
        Role::PostalCode => "postal code",
        Role::Country => "country",
    }
}
