//! The pipeline: read, clean, identify, categorize, flag, describe.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;

use once_cell::sync::{Lazy, OnceCell};
use rayon::prelude::*;
use uuid::Uuid;

use crate::data::compile::NAMESPACE;
use crate::data::source::Source;
use crate::error::{Error, ErrorKind};
use crate::explain::Explanation;
use crate::knowledge::Knowledge;
use crate::learned::Model;
use crate::model::category::Category;
use crate::model::enriched::{Counterparties, Counterparty, Details, Enriched, Evidence, Place, RuleRef};
use crate::model::flags::Flag;
use crate::model::merchant::Merchant;
use crate::model::names::{Channel, CounterpartyKind, Method, TransferMethod};
use crate::model::transaction::{Country, Transaction};
use crate::stages::categorize::{self, Proposal};
use crate::stages::clean::{self, Reading, Role};
use crate::stages::weigh::Weights;
use crate::stages::{describe, flag, identify, shapes};

/// Below this probability a category is not given.
const LEAST_CONFIDENCE: f32 = 0.3;

/// Enriches transactions. Immutable, `Send + Sync`; built once and shared.
///
/// The built-in engine takes a few milliseconds to start, as its dictionary is read in place. `enrich` costs a few microseconds.
pub struct Engine {
    pub(crate) knowledge: Knowledge,
    least_confidence: f32,
    /// Laid-out model to take instead of the one the program carries.
    own_model: Option<Vec<u8>>,
    model: OnceCell<Option<Model>>,
    /// Weights of the evidence to take instead of those the program carries.
    own_weights: Option<Weights>,
}

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

    /// Every flag with its written rule.
    pub fn flags(&self) -> impl Iterator<Item = (Flag, &str)> {
        self.knowledge.flags.iter().map(|row| (Flag::ALL[usize::from(row.flag)], row.rule.as_str()))
    }

    /// Every phrase of banks, networks and processors, by id and row.
    pub fn descriptors(&self) -> impl Iterator<Item = (&str, RuleRef<'_>)> {
        self.knowledge.descriptors.rows().iter().map(|row| (row.id.as_str(), self.knowledge.rule(row.at)))
    }

    /// Names the data the engine was built from: equal fingerprints give equal answers.
    pub fn fingerprint(&self) -> &str {
        &self.knowledge.fingerprint
    }

    /// The pipeline. Each stage sees what the ones before it found.
    fn run<'e>(&'e self, transaction: &'e Transaction, scratch: &mut Scratch) -> Enriched<'e> {
        let knowledge = &self.knowledge;
        let home = self.home(transaction);
        let Scratch { reading, identified, categorized } = scratch;

        clean::clean(knowledge, transaction, home, reading);
        identify::identify(knowledge, transaction, home, reading, identified);
        let model = self.model();
        let weights = self.own_weights.as_ref().unwrap_or_else(|| Weights::embedded());
        categorize::categorize(knowledge, transaction, reading, &identified.candidates, model, weights, categorized);
        let proposals = &categorized.proposals;

        let best = self.chosen(proposals);
        let category = &knowledge.categories[usize::from(best.category)];
        let merchant =
            identified.candidates.first().map(|best| knowledge.merchant(knowledge.table(best.tier), best.merchant));
        let flags = flag::flag(knowledge, transaction, home, reading, merchant, category);
        let decided = self.deciding_descriptor(best, reading);
        let (description, described_by) = describe::describe(knowledge, transaction, reading, merchant, decided);
        let place = place(knowledge, transaction, reading);
        let details = details(knowledge, transaction, home, reading);
        Enriched {
            location: merchant.and_then(|merchant| location(merchant, &details, place)),
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
            counterparties: counterparties(knowledge, transaction, reading, merchant),
            channel: channel(knowledge, reading),
            transfer_method: transfer_method(knowledge, reading),
            place,
            details,
            stream_id: None,
            tags: &[],
            description,
        }
    }

    /// The model, read on first use.
    fn model(&self) -> Option<&Model> {
        let load = || match &self.own_model {
            None => Model::embedded(&self.knowledge),
            Some(bytes) => (!bytes.is_empty()).then(|| Model::new(bytes.clone().into(), &self.knowledge)),
        };
        self.model.get_or_init(load).as_ref()
    }

    /// The best proposal, or the fallback (always the last resort) if the best is too unlikely.
    fn chosen<'p>(&self, proposals: &'p [Proposal]) -> &'p Proposal {
        let likely = proposals.first().filter(|proposal| proposal.probability >= self.least_confidence);
        likely
            .or_else(|| proposals.iter().find(|proposal| proposal.method == Method::Fallback))
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

fn counterparties<'e>(
    knowledge: &'e Knowledge,
    transaction: &'e Transaction,
    reading: &Reading,
    merchant: Option<Merchant<'e>>,
) -> Counterparties<'e> {
    let mut parties = Counterparties::default();
    for accepted in &reading.accepted {
        if let Some((kind, name)) = &knowledge.descriptors.row(accepted.descriptor).party {
            parties.push(Counterparty { kind: CounterpartyKind::ALL[usize::from(*kind)], name: Cow::Borrowed(name) });
        }
    }
    if reading.first(Role::Person).is_some() {
        let mut name = String::new();
        describe::push_name(&transaction.original_description, reading, &mut name);
        parties.push(Counterparty { kind: CounterpartyKind::Person, name: Cow::Owned(name) });
    } else if let Some(merchant) = merchant {
        if !parties.iter().any(|party| party.name == merchant.name()) {
            parties.push(Counterparty { kind: merchant.kind(), name: Cow::Borrowed(merchant.name()) });
        }
    }
    parties
}

fn channel(knowledge: &Knowledge, reading: &Reading) -> Option<Channel> {
    reading
        .accepted
        .iter()
        .find_map(|accepted| knowledge.descriptors.row(accepted.descriptor).channel)
        .map(|channel| Channel::ALL[usize::from(channel)])
}

fn transfer_method(knowledge: &Knowledge, reading: &Reading) -> Option<TransferMethod> {
    reading
        .accepted
        .iter()
        .find_map(|accepted| knowledge.descriptors.row(accepted.descriptor).method)
        .map(|method| TransferMethod::ALL[usize::from(method)])
}

fn place<'e>(knowledge: &'e Knowledge, transaction: &'e Transaction, reading: &Reading) -> Option<Place<'e>> {
    let found = reading.place.as_ref()?;
    let raw = transaction.original_description.as_str();
    let city = found.city.map(|number| knowledge.gazetteer.city(number));
    Some(Place {
        city: city.map(|city| city.name),
        region: city
            .map(|city| city.region)
            .filter(|region| !region.is_empty())
            .or_else(|| found.region.map(|at| reading.raw(raw, at..at + 1))),
        postal_code: found.postal_code.clone().map(|tokens| reading.raw(raw, tokens)),
        country: found.country,
        coordinates: city.map(|city| (city.latitude, city.longitude)),
    })
}

fn details<'e>(
    knowledge: &Knowledge,
    transaction: &'e Transaction,
    home: Option<Country>,
    reading: &Reading,
) -> Details<'e> {
    let raw = transaction.original_description.as_str();
    let of = |role: Role| reading.first(role).map(|tokens| reading.raw(raw, tokens));
    let day_first = home.is_some_and(|home| home.as_str() != "US" && knowledge.regions.currency(home).is_some());
    Details {
        store_number: of(Role::Store),
        check_number: transaction.check_number_string.as_deref().or_else(|| of(Role::Check)),
        phone: None,
        url: None,
        date: reading
            .first(Role::Date)
            .and_then(|tokens| shapes::date_of(&reading.text, tokens, day_first, transaction.date)),
        foreign_currency: of(Role::Currency).and_then(|code| code.parse().ok()),
        foreign_amount: None,
        card_digits: of(Role::Card),
        reference: of(Role::Reference),
        mandate: of(Role::Mandate),
    }
}

/// The id of a merchant's store: of its number, and of its city where that is all there is.
fn location(merchant: Merchant<'_>, details: &Details<'_>, place: Option<Place<'_>>) -> Option<Uuid> {
    let city = place.and_then(|place| Some((place.city?, place.region.unwrap_or_default())));
    let key = match (details.store_number, city) {
        (Some(store), _) => format!("location:{}:#{}", merchant.guid(), store.trim_start_matches('0')),
        (None, Some((city, region))) => format!("location:{}:{city}:{region}", merchant.guid()),
        (None, None) => return None,
    };
    Some(Uuid::new_v5(&NAMESPACE, key.as_bytes()))
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
#[derive(Default)]
pub struct EngineBuilder {
    own: Vec<Source>,
    base: Option<Vec<Source>>,
    least_confidence: Option<f32>,
    model: Option<Vec<u8>>,
    calibration: Option<String>,
}

impl EngineBuilder {
    /// Adds a source of the user's own, which outranks the built-in data: merchants (`.csv`, as in `data/merchants/`).
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

    /// Takes weights of the evidence made by [`crate::learned::calibrate::calibrate`] instead of those the program carries.
    #[must_use]
    pub fn calibration(mut self, table: String) -> Self {
        self.calibration = Some(table);
        self
    }

    /// Builds the engine, or tells every problem of every source.
    pub fn build(self) -> Result<Engine, Error> {
        let knowledge = match &self.base {
            None => Knowledge::builtin(&self.own),
            Some(base) => Knowledge::from_sources(base, &self.own),
        }
        .map_err(|problems| Error::new(ErrorKind::Data, problems))?;
        let own_weights = self
            .calibration
            .map(|table| Weights::read("calibration", &table))
            .transpose()
            .map_err(|problems| Error::new(ErrorKind::Data, problems))?;
        Ok(Engine {
            knowledge,
            least_confidence: self.least_confidence.unwrap_or(LEAST_CONFIDENCE),
            own_model: self.model,
            model: OnceCell::new(),
            own_weights,
        })
    }
}
