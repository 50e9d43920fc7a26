//! Answers rendered, and remembered for texts that come again: most people shop where they shopped before.

use jiff::civil::Date;

use super::{Parts, Renderer};
use crate::engine::Engine;
use crate::io::read::RawRow;
use crate::model::account::AccountType;
use crate::model::category::Category;
use crate::model::enriched::Enriched;
use crate::model::flags::Flags;
use crate::model::merchant::Merchant;
use crate::model::names::{Method, Taxonomy};
use crate::model::transaction::{Country, Currency, Direction, Mcc, Transaction};
use crate::recent::{self, Recent};
use crate::recur::{self, Stream};

/// Bytes of rendered answers that are remembered, less than a processor's cache of the third level.
const ROOM: usize = 12 << 20;
/// How many answers those are at most.
const MOST: usize = 1 << 14;
/// Texts longer than this are not remembered; they hardly come again.
const LONGEST: usize = 256;

/// What streams and summaries need of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Gist<'e, 'd> {
    /// The description a person would write.
    pub description: &'d str,
    /// The merchant.
    pub merchant: Option<Merchant<'e>>,
    /// The category.
    pub category: &'e Category,
    /// The flags.
    pub flags: Flags,
    /// How the category was found.
    pub categorized_by: Method,
}

impl<'e> Enriched<'e> {
    /// What streams and summaries need of it.
    pub fn gist(&self) -> Gist<'e, '_> {
        Gist {
            description: &self.description,
            merchant: self.merchant,
            category: self.category,
            flags: self.flags,
            categorized_by: self.categorized_by,
        }
    }
}

/// Enriches and renders rows, one thread's worth. What was rendered is remembered and given again for the same text if
/// everything else that decides the answer is the same; the bytes are those of enriching it anew.
///
/// Memory is bounded, whatever is rendered.
pub struct Rendering<'e> {
    engine: &'e Engine,
    renderer: &'e dyn Renderer,
    parts: Option<&'e dyn Parts>,
    taxonomy: Taxonomy,
    redacts: bool,
    /// Text, description and rendered answer of the last rows.
    memory: Recent<Remembered<'e>>,
    description: String,
}

/// What decides an answer beside the text. A given place or check number is written into the answer: such rows are not remembered.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Beside {
    direction: Option<Direction>,
    mcc: Option<Mcc>,
    currency: Option<Currency>,
    country: Option<Country>,
    account_type: Option<AccountType>,
}

/// What is known of an answer beside its bytes.
struct Remembered<'e> {
    /// Where the text and the description end.
    ends: [usize; 2],
    /// The second line of text and the institution's word for the kind of booking.
    other_texts: [Option<String>; 2],
    beside: Beside,
    /// The day it holds for, where the text has a day without a year.
    day: Option<Option<Date>>,
    merchant: Option<Merchant<'e>>,
    category: &'e Category,
    flags: Flags,
    categorized_by: Method,
}

impl Remembered<'_> {
    /// Whether it is the answer to a text under the same circumstances.
    fn fits(&self, bytes: &[u8], transaction: &Transaction, beside: &Beside) -> bool {
        bytes[..self.ends[0]] == *transaction.original_description.as_bytes()
            && self.beside == *beside
            && self.other_texts.each_ref().map(Option::as_deref) == other_texts(transaction)
            && self.day.is_none_or(|day| day == transaction.date)
    }
}

impl<'e> Rendering<'e> {
    /// Renders answers of an engine in one form and the names of one taxonomy.
    pub fn new(engine: &'e Engine, renderer: &'e dyn Renderer, taxonomy: Taxonomy) -> Self {
        // A user's own rules may look at anything.
        let parts = renderer.parts().filter(|_| engine.own_rules().next().is_none());
        let memory = Recent::new(MOST, ROOM);
        Self { engine, renderer, parts, taxonomy, redacts: false, memory, description: String::new() }
    }

    /// Masks what the row itself brings too, with [`redact`](crate::redact).
    #[must_use]
    pub fn redacting(mut self, redacts: bool) -> Self {
        self.redacts = redacts;
        if redacts {
            self.parts = None;
        }
        self
    }

    /// Whether a row has no place in the form.
    pub fn leaves_out(&self, transaction: &Transaction) -> bool {
        self.renderer.leaves_out(transaction)
    }

    /// Appends a row that belongs to no stream.
    pub fn row<'a>(
        &'a mut self,
        number: u64,
        transaction: &'a Transaction,
        input: Option<&RawRow>,
        out: &mut Vec<u8>,
    ) -> Gist<'e, 'a> {
        let text = &*transaction.original_description;
        let is_echoed = transaction.latitude.is_some()
            || transaction.longitude.is_some()
            || transaction.check_number_string.is_some();
        let Some(parts) = self.parts.filter(|_| !is_echoed && text.len() <= LONGEST) else {
            return self.anew(number, transaction, input, None, out);
        };
        let beside = Beside::of(transaction);
        let hash = beside.hash(text);
        let fits = |number: &usize| {
            let (bytes, known) = self.memory.get(*number);
            known.fits(bytes, transaction, &beside)
        };
        let Some(found) = self.memory.number(hash).filter(fits) else {
            return self.anew(number, transaction, input, Some((hash, beside)), out);
        };
        let (bytes, known) = self.memory.get(found);
        let (description, answered) = (&bytes[known.ends[0]..known.ends[1]], &bytes[known.ends[1]..]);
        let start = out.len();
        parts.own(transaction, out);
        out.extend_from_slice(answered);
        parts.end(input, out);
        debug_assert_eq!(&out[start..], self.rendered(number, transaction, input), "what decides an answer is missing");
        Gist {
            description: std::str::from_utf8(description).expect("it was written as text"),
            merchant: known.merchant,
            category: known.category,
            flags: known.flags,
            categorized_by: known.categorized_by,
        }
    }

    /// Appends a row that may belong to a stream.
    pub fn marked<'a>(
        &'a mut self,
        number: u64,
        transaction: &'a Transaction,
        input: Option<&RawRow>,
        stream: Option<&Stream>,
        out: &mut Vec<u8>,
    ) -> Gist<'e, 'a> {
        let Some(stream) = stream else { return self.row(number, transaction, input, out) };
        let mut answer = self.engine.enrich(transaction);
        recur::mark(&mut answer, stream);
        replace(&mut self.description, &answer.description);
        let gist = gist(self.engine, &answer);
        self.render(number, transaction, input, answer, out);
        Gist { description: &self.description, ..gist }
    }

    /// Enriches and renders a row, and remembers it if a hash is given.
    fn anew<'a>(
        &'a mut self,
        number: u64,
        transaction: &'a Transaction,
        input: Option<&RawRow>,
        remember: Option<(u64, Beside)>,
        out: &mut Vec<u8>,
    ) -> Gist<'e, 'a> {
        let (answer, is_dated) = self.engine.enrich_dated(transaction);
        replace(&mut self.description, &answer.description);
        let gist = gist(self.engine, &answer);
        if let (Some(parts), Some((hash, beside))) = (self.parts, remember) {
            parts.own(transaction, out);
            let start = out.len();
            parts.answered(&answer.record(transaction, self.taxonomy), out);
            let text = &*transaction.original_description;
            let known = Remembered {
                ends: [text.len(), text.len() + self.description.len()],
                other_texts: other_texts(transaction).map(|text| text.map(str::to_owned)),
                beside,
                day: is_dated.then_some(transaction.date),
                merchant: gist.merchant,
                category: gist.category,
                flags: gist.flags,
                categorized_by: gist.categorized_by,
            };
            self.memory.put(hash, &[text.as_bytes(), self.description.as_bytes(), &out[start..]], known);
            parts.end(input, out);
        } else {
            self.render(number, transaction, input, answer, out);
        }
        Gist { description: &self.description, ..gist }
    }

    fn render(
        &self,
        number: u64,
        transaction: &Transaction,
        input: Option<&RawRow>,
        mut answer: Enriched<'_>,
        out: &mut Vec<u8>,
    ) {
        if !self.redacts {
            return self.renderer.row(number, &answer.record(transaction, self.taxonomy), input, out);
        }
        let names = answer.persons(transaction);
        let (given, input) = (answer.redact(transaction), input.map(|input| input.redacted(&names)));
        self.renderer.row(number, &answer.record(&given, self.taxonomy), input.as_ref(), out);
    }

    /// A row rendered without looking at what is remembered.
    fn rendered(&self, number: u64, transaction: &Transaction, input: Option<&RawRow>) -> Vec<u8> {
        let mut out = Vec::new();
        let answer = self.engine.enrich(transaction);
        self.renderer.row(number, &answer.record(transaction, self.taxonomy), input, &mut out);
        out
    }
}

/// The gist of an answer without its description, which may be the transaction's: merchants and categories are the engine's.
fn gist<'e>(engine: &'e Engine, answer: &Enriched<'_>) -> Gist<'e, 'static> {
    Gist {
        description: "",
        merchant: answer.merchant.map(|merchant| engine.again(merchant)),
        category: &engine.categories()[usize::from(answer.category.id().0)],
        flags: answer.flags,
        categorized_by: answer.categorized_by,
    }
}

fn other_texts(transaction: &Transaction) -> [Option<&str>; 2] {
    [transaction.memo.as_deref(), transaction.extended_transaction_type.as_deref()]
}

fn replace(text: &mut String, with: &str) {
    text.clear();
    text.push_str(with);
}

impl Beside {
    fn of(transaction: &Transaction) -> Self {
        Self {
            direction: transaction.direction,
            mcc: transaction.merchant_category_code,
            currency: transaction.currency_code,
            country: transaction.country,
            account_type: transaction.account_type,
        }
    }

    fn hash(&self, text: &str) -> u64 {
        let direction = self.direction.map_or(0, |direction| direction as u64 + 1);
        recent::hash(direction ^ u64::from(self.mcc.map_or(0, Mcc::get)) << 8, text.as_bytes())
    }
}
