//! The pipeline: read, clean, identify, categorize, flag, describe.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::sync::{Lazy, OnceCell};
use rayon::prelude::*;

use crate::data::source::Source;
use crate::error::{Error, ErrorKind};
use crate::explain::Explanation;
use crate::knowledge::Knowledge;
use crate::learned::Model;
use crate::model::category::Category;
use crate::model::enriched::{Enriched, Evidence, RuleRef};
use crate::model::merchant::Merchant;
use crate::model::names::Method;
use crate::model::transaction::{Country, Transaction};
use crate::privacy::redact;
use crate::rules;
use crate::stages::categorize::{self, Proposal};
use crate::stages::clean::{self, Reading, Role};
use crate::stages::weigh::Weights;
use crate::stages::{describe, details, flag, identify, recall};

/// Below this probability a category is not given.
const LEAST_CONFIDENCE: f32 = 0.3;

/// Enriches transactions. Immutable, `Send + Sync`; built once and shared.
///
/// The built-in engine takes a few milliseconds to start, as its dictionary is read in place. `enrich` costs a few microseconds.
pub struct Engine {
    /// Buffers are shared by all engines of a thread; what they remember is each engine's own.
    number: u32,
    pub(crate) knowledge: Knowledge,
    least_confidence: f32,
    /// Laid-out model to take instead of the one the program carries.
    own_model: Option<Vec<u8>>,
    model: OnceCell<Option<Model>>,
    /// Weights of the evidence to take instead of those the program carries.
    own_weights: Option<Weights>,
    /// How far a merchant is to be trusted, by its category.
    trust: Vec<f32>,
    without_keywords: bool,
}

/// How many engines there were.
static ENGINES: AtomicU32 = AtomicU32::new(0);

static BUILTIN: Lazy<Engine> =
    Lazy::new(|| Engine::builder().build().expect("the built-in data are checked by every build and test"));

impl Engine {
    /// The engine with the built-in data, built on first use.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Starts an engine with sources of the user's own.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Enriches one transaction. Pure; any text gives an answer, at worst `Uncategorized` with the tidied text.
    pub fn enrich<'e>(&'e self, transaction: &'e Transaction) -> Enriched<'e> {
        SCRATCH.with_borrow_mut(|scratch| self.run(transaction, scratch))
    }

    /// Enriches a transaction, and tells whether its text holds a day, which may take its year from the transaction.
    pub(crate) fn enrich_dated<'e>(&'e self, transaction: &'e Transaction) -> (Enriched<'e>, bool) {
        SCRATCH.with_borrow_mut(|scratch| {
            let answer = self.run(transaction, scratch);
            (answer, scratch.reading.roles.contains(&Role::Date))
        })
    }

    /// A merchant of this engine, borrowed from nothing but it.
    pub(crate) fn again<'e>(&'e self, merchant: Merchant<'_>) -> Merchant<'e> {
        let own = self.knowledge.own_merchants.as_ref().filter(|own| std::ptr::eq(*own, merchant.table));
        self.knowledge.merchant(own.unwrap_or(&self.knowledge.merchants), merchant.number)
    }

    /// Enriches transactions on all threads of the current rayon pool, in the order given.
    pub fn enrich_batch<'e>(&'e self, transactions: &'e [Transaction]) -> Vec<Enriched<'e>> {
        transactions.par_iter().with_min_len(64).map(|transaction| self.enrich(transaction)).collect()
    }

    /// Enriches one transaction by the same code and keeps what every stage saw.
    pub fn explain<'e>(&'e self, transaction: &'e Transaction) -> Explanation<'e> {
        let mut scratch = Scratch::default();
        let enriched = self.run(transaction, &mut scratch);
        Explanation::new(self, transaction, enriched, scratch)
    }

    /// Every category, parents before children.
    pub fn categories(&self) -> &[Category] {
        &self.knowledge.categories
    }

    /// The category of a dot path.
    pub fn category(&self, path: &str) -> Option<&Category> {
        self.knowledge.category(path)
    }

    /// Every merchant, the user's own first.
    pub fn merchants(&self) -> impl Iterator<Item = Merchant<'_>> {
        let own = self.knowledge.own_merchants.as_ref();
        own.into_iter()
            .chain([&self.knowledge.merchants])
            .flat_map(|table| (0..table.len()).map(|number| self.knowledge.merchant(table, number)))
    }

    /// Every flag's name with its written rule; `international`, which has three values, among them.
    pub fn flags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.knowledge.flags.rules()
    }

    /// Every phrase of banks, networks and processors, by id and row.
    pub fn descriptors(&self) -> impl Iterator<Item = (&str, RuleRef<'_>)> {
        self.knowledge.descriptors.rows().iter().map(|row| (row.id.as_str(), self.knowledge.rule(row.at)))
    }

    /// Every rule of the user's own, in the order of precedence, by name and place.
    pub fn own_rules(&self) -> impl Iterator<Item = (Option<&str>, RuleRef<'_>)> {
        let rules = self.knowledge.rules.as_ref().map_or(&[][..], rules::Rules::all);
        rules.iter().map(|rule| (rule.name.as_deref(), self.knowledge.rule(rule.at)))
    }

    /// Names the data the engine was built from: equal fingerprints give equal answers.
    pub fn fingerprint(&self) -> &str {
        &self.knowledge.fingerprint
    }

    /// The pipeline. Each stage sees what the ones before it found.
    fn run<'e>(&'e self, transaction: &'e Transaction, scratch: &mut Scratch) -> Enriched<'e> {
        let knowledge = &self.knowledge;
        let home = self.home(transaction);
        let best = &self.judge(transaction, home, scratch);
        let Scratch { reading, identified, ruled, name, text, .. } = scratch;
        let name = &**name;
        let category = &knowledge.categories[usize::from(best.category)];
        let merchant =
            identified.candidates.first().map(|best| knowledge.merchant(knowledge.table(best.tier), best.merchant));
        let flags = flag::flag(knowledge, transaction, home, reading, merchant, category);
        let decided = self.deciding_descriptor(best, reading);
        let (description, described_by) =
            describe::describe(knowledge, transaction, reading, merchant, category, decided, name);
        let masked = match redact(&description) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(Cow::Owned(masked)),
        };
        let description = masked.unwrap_or(description);
        let parties = details::counterparties(knowledge, reading, merchant, category, &flags, &description, name);
        let place = details::place(knowledge, transaction, reading);
        let details = details::details(knowledge, transaction, home, reading);
        let mut enriched = Enriched {
            location: None,
            merchant,
            category,
            flags,
            confidence: best.probability,
            categorized_by: best.method,
            described_by,
            evidence: Evidence {
                rule: best.rule.map(|at| knowledge.rule(at)),
                span: best.tokens.clone().map(|tokens| reading.text.raw_span(tokens)),
            },
            counterparties: parties,
            channel: details::channel(knowledge, reading),
            transfer_method: details::transfer_method(knowledge, reading),
            place,
            details,
            stream_id: None,
            tags: Vec::new(),
            persons: reading.persons().collect(),
            description,
        };
        rules::apply(knowledge, transaction, home, reading, ruled, &mut enriched);
        enriched.location =
            enriched.merchant.and_then(|merchant| details::location(merchant, &enriched.details, place, text));
        enriched
    }

    /// The first three stages, and the tidied name where it is asked for: what came out for a text that they could not tell from
    /// this one, if there was one.
    fn judge(&self, transaction: &Transaction, home: Option<Country>, scratch: &mut Scratch) -> Proposal {
        let Scratch { reading, identified, categorized, known, judgements, name, .. } = scratch;
        let knowledge = &self.knowledge;
        let push_name = |reading: &Reading, found: &identify::Scratch, known: Option<&str>, name: &mut String| {
            if found.candidates.is_empty() || reading.first(Role::Person).is_some() {
                match known {
                    Some(known) => name.push_str(known),
                    None => describe::push_name(&knowledge.words, transaction, reading, name),
                }
            }
        };
        name.clear();
        clean::split(transaction, reading);
        let found = known.find(self.number, knowledge, transaction, home, reading);
        // Debug builds judge anew, and compare.
        if let Some(found) = found.as_ref().filter(|_| !cfg!(debug_assertions)) {
            let best = found.give(reading, identified);
            push_name(reading, identified, found.name(transaction, reading), name);
            return best;
        }
        clean::mark(knowledge, transaction, home, reading);
        identify::identify(knowledge, transaction, home, reading.naming_mut(), identified);
        let merchants = &identified.candidates;
        let judged = judgements.find(self.number, knowledge, transaction, reading, merchants);
        let best = match judged {
            Some(judged) if !cfg!(debug_assertions) => judged,
            _ => {
                self.categorize(transaction, reading, merchants, categorized);
                let best = self.chosen(categorized).clone();
                debug_assert!(judged.is_none_or(|judged| judged == best), "what decides a category is missing");
                judgements.put(knowledge, reading, &best);
                best
            }
        };
        push_name(reading, identified, None, name);
        let is_same = |found: &recall::Found<'_>| {
            found.is(reading, identified, &best)
                && found.name(transaction, reading).is_none_or(|known| known == name.as_str())
        };
        debug_assert!(found.as_ref().is_none_or(is_same), "what decides a reading is missing");
        if found.is_none() {
            known.put(transaction, reading, identified, &best, name);
        }
        best
    }

    /// The third stage, with the model and the weights of this engine.
    pub(crate) fn categorize(
        &self,
        transaction: &Transaction,
        reading: &Reading,
        merchants: &[identify::Candidate],
        scratch: &mut categorize::Scratch,
    ) {
        let weights = self.own_weights.as_ref().unwrap_or_else(|| Weights::embedded());
        let means = categorize::Means {
            model: self.model(),
            keywords: !self.without_keywords,
            weights,
            trust: &self.trust,
            least: self.least_confidence,
        };
        categorize::categorize(&self.knowledge, transaction, reading, merchants, &means, scratch);
    }

    /// The model, read on first use.
    pub(crate) fn model(&self) -> Option<&Model> {
        let load = || match &self.own_model {
            None => Model::embedded(&self.knowledge),
            Some(bytes) => (!bytes.is_empty()).then(|| Model::new(bytes.clone().into(), &self.knowledge)),
        };
        self.model.get_or_init(load).as_ref()
    }

    /// The best proposal; if it is too unlikely, the category above the likeliest ones; if that is too, the fallback (always
    /// the last resort).
    fn chosen<'p>(&self, found: &'p categorize::Scratch) -> &'p Proposal {
        let is_likely = |proposal: &&Proposal| proposal.probability >= self.least_confidence;
        let likely = found.proposals.first().filter(is_likely).or(found.general.as_ref().filter(is_likely));
        likely
            .or_else(|| found.proposals.iter().find(|proposal| proposal.method == Method::Fallback))
            .expect("the fallback is always proposed")
    }

    fn deciding_descriptor(&self, best: &Proposal, reading: &Reading) -> Option<u32> {
        let rule = best.rule.filter(|_| best.method == Method::Descriptor)?;
        reading
            .accepted
            .iter()
            .map(|accepted| accepted.descriptor)
            .find(|number| self.knowledge.descriptors.row(*number).at == rule)
    }

    /// The account's country: told, or the one whose currency it is.
    fn home(&self, transaction: &Transaction) -> Option<Country> {
        let of_currency = || {
            let currency = transaction.currency_code?;
            let country = currency.as_str()[..2].parse().ok()?;
            (self.knowledge.regions.currency(country)? == currency.as_str()).then_some(country)
        };
        transaction.country.or_else(of_currency)
    }
}

thread_local! {
    /// Buffers that live as long as the thread, so that enriching allocates only what it gives back.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Buffers of one run; after it, everything the stages saw.
#[derive(Default)]
pub(crate) struct Scratch {
    pub reading: Reading,
    pub identified: identify::Scratch,
    pub categorized: categorize::Scratch,
    known: recall::Memory,
    judgements: recall::Judgements,
    pub ruled: rules::Scratch,
    /// The tidied name, where no merchant is known.
    name: String,
    /// Where keys are composed.
    text: String,
}

/// Collects the sources of an engine.
///
/// ```
/// use payee::{Engine, Source, Transaction};
///
/// let own = Source::new("mine.csv", "name,category,aliases\nCorner Deli,food.restaurants.fast,CRNR DELI\n");
/// let engine = Engine::builder().source(own).build()?;
/// let transaction = Transaction::new("CRNR DELI 0042");
/// assert_eq!(engine.enrich(&transaction).description, "Corner Deli");
/// # Ok::<(), payee::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct EngineBuilder {
    own: Vec<Source>,
    base: Option<Vec<Source>>,
    least_confidence: Option<f32>,
    model: Option<Vec<u8>>,
    calibration: Option<String>,
    without_keywords: bool,
}

impl EngineBuilder {
    /// Adds a source of the user's own, which outranks the built-in data: merchants (`.csv`, as in `data/merchants/`)
    /// or rules and categories (`.toml`, see `data/README.md`).
    #[must_use]
    pub fn source(mut self, source: Source) -> Self {
        self.own.push(source);
        self
    }

    /// Takes the base data from these sources instead of the built-in ones.
    #[must_use]
    pub fn base(mut self, sources: Vec<Source>) -> Self {
        self.base = Some(sources);
        self
    }

    /// Takes the base data from a folder laid out as `data/`.
    ///
    /// # Errors
    ///
    /// As [`Source::read_folder`].
    pub fn data_folder(self, folder: &Path) -> Result<Self, Error> {
        Ok(self.base(Source::read_folder(folder)?))
    }

    /// Gives no category below this probability; 0.3 unless set.
    #[must_use]
    pub fn least_confidence(mut self, probability: f32) -> Self {
        self.least_confidence = Some(probability);
        self
    }

    /// Takes a model made by [`crate::learned::train::train`] instead of the one the program carries; an empty one means none.
    #[must_use]
    pub fn model(mut self, bytes: Vec<u8>) -> Self {
        self.model = Some(bytes);
        self
    }

    /// Lets trade words propose nothing, to measure what they are worth.
    #[must_use]
    pub fn without_keywords(mut self) -> Self {
        self.without_keywords = true;
        self
    }

    /// Takes weights of the evidence made by [`crate::learned::calibrate::calibrate`] instead of those the program carries.
    #[must_use]
    pub fn calibration(mut self, table: String) -> Self {
        self.calibration = Some(table);
        self
    }

    /// Builds the engine.
    ///
    /// # Errors
    ///
    /// Every problem of every source, each with its line and what would mend it.
    pub fn build(self) -> Result<Engine, Error> {
        let knowledge = match &self.base {
            None => Knowledge::builtin(&self.own),
            Some(base) => Knowledge::from_sources(base, &self.own),
        }
        .map_err(|mut problems| {
            // A cell that stands in the wrong column may hold anything.
            problems.iter_mut().for_each(|problem| problem.message = redact(&problem.message).into_owned());
            Error::new(ErrorKind::Data, problems)
        })?;
        let own_weights = self
            .calibration
            .map(|table| Weights::read("calibration", &table))
            .transpose()
            .map_err(|problems| Error::new(ErrorKind::Data, problems))?;
        let weights = own_weights.as_ref().unwrap_or_else(|| Weights::embedded());
        let trust = knowledge.categories.iter().map(|category| weights.trust(category.path())).collect();
        Ok(Engine {
            number: ENGINES.fetch_add(1, Ordering::Relaxed),
            knowledge,
            least_confidence: self.least_confidence.unwrap_or(LEAST_CONFIDENCE),
            own_model: self.model,
            model: OnceCell::new(),
            own_weights,
            trust,
            without_keywords: self.without_keywords,
        })
    }
}
