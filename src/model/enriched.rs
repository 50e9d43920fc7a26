use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::category::Category;
use super::flags::Flags;
use super::merchant::Merchant;
use super::names::{Channel, ConfidenceLevel, CounterpartyKind, Method, TransferMethod};
use super::transaction::{Country, Currency, Transaction};
use crate::privacy::{initials, redact, redact_names};

/// What the engine found out about one transaction.
///
/// Names borrow from the engine and from the transaction, so an answer allocates only what it must compose. Writers and
/// JSON take it through [`Record`](crate::Record), which resolves a taxonomy and carries the reference names.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Enriched<'e> {
    /// A description a person would write.
    pub description: Cow<'e, str>,
    /// The merchant, if the dictionary knows it.
    pub merchant: Option<Merchant<'e>>,
    /// Stable id of the merchant's store, where store number or place tell it.
    pub location: Option<Uuid>,
    /// The category.
    pub category: &'e Category,
    /// Yes-or-no statements.
    pub flags: Flags,
    /// Probability that the category is right, 0 to 1.
    pub confidence: f32,
    /// How the category was found.
    pub categorized_by: Method,
    /// How the description was found.
    pub described_by: Method,
    /// The rule that decided the category, and the words it matched.
    pub evidence: Evidence<'e>,
    /// Everybody between the account and the goods: intermediaries first, the last is who was paid or who paid.
    pub counterparties: Counterparties<'e>,
    /// Where the payment was made.
    pub channel: Option<Channel>,
    /// By what rail the money moved.
    pub transfer_method: Option<TransferMethod>,
    /// Where it happened.
    pub place: Option<Place<'e>>,
    /// What else the text holds.
    pub details: Details<'e>,
    /// The recurring stream the row belongs to.
    pub stream_id: Option<Uuid>,
    /// Labels given by the user's own rules, those of the most specific rule first.
    pub tags: Vec<&'e str>,
    /// Bytes of the original description that name a person.
    pub(crate) persons: Vec<Range<usize>>,
}

impl Enriched<'_> {
    /// Names of persons in the text of its transaction, as they stand there: those on the other side, and holders of the account.
    /// Only what a phrase of the data says to be a person is known as one.
    pub fn persons<'t>(&self, transaction: &'t Transaction) -> Vec<&'t str> {
        self.persons.iter().filter_map(|span| transaction.original_description.get(span.clone())).collect()
    }

    /// Masks the answer for giving it out, and gives the transaction that is to be given out with it: nothing is left in either
    /// that [`redact`](crate::redact) masks, and of the names of [`persons`](Self::persons) only initials. The names of merchants
    /// come from the data and stay.
    ///
    /// ```
    /// use payee::{Engine, Taxonomy, Transaction};
    ///
    /// let transaction = Transaction::new("ZELLE TO JANE DOE 4155550100");
    /// let mut answer = Engine::builtin().enrich(&transaction);
    /// assert_eq!(answer.counterparties.last().unwrap().name, "Jane Doe");
    /// let shown = answer.redact(&transaction);
    /// assert_eq!(shown.original_description, "ZELLE TO XXXX XXX XXXXXX0100");
    /// assert_eq!(answer.counterparties.last().unwrap().name, "J. D.");
    /// let json = serde_json::to_string(&answer.record(&shown, Taxonomy::Mx))?;
    /// assert!(!json.contains("4155550100"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn redact(&mut self, transaction: &Transaction) -> Transaction {
        if let Some(phone) = &mut self.details.phone {
            *phone = redact(phone).into_owned();
        }
        let details = &mut self.details;
        for text in [&mut details.url, &mut details.check_number].into_iter().flatten() {
            if let Cow::Owned(masked) = redact(text) {
                *text = Cow::Owned(masked);
            }
        }
        let names = self.persons(transaction);
        let persons = self.counterparties.0.iter_mut().flatten().filter(|party| party.kind == CounterpartyKind::Person);
        let known = self.merchant.map(|merchant| merchant.name());
        let description = Some(&mut self.description).filter(|description| known != Some(description.as_ref()));
        for text in persons.map(|party| &mut party.name).chain(description) {
            if let Some(initials) = initials(text, &names) {
                *text = Cow::Owned(initials);
            }
        }
        let masked = |text: &Option<String>| text.as_deref().map(|text| redact_names(text, &names).into_owned());
        Transaction {
            original_description: redact_names(&transaction.original_description, &names).into_owned(),
            memo: masked(&transaction.memo),
            metadata: masked(&transaction.metadata),
            ..transaction.redacted()
        }
    }

    /// The band of [`confidence`](Self::confidence).
    pub fn confidence_level(&self) -> ConfidenceLevel {
        ConfidenceLevel::of(self.confidence)
    }
}

/// Which rule decided, and on what words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence<'e> {
    /// Row of the data, or of the user's own rules.
    pub rule: Option<RuleRef<'e>>,
    /// Bytes of the original description that matched.
    pub span: Option<Range<usize>>,
}

/// A place in a data file; prints as `data/merchants/us_food.csv:214`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleRef<'e> {
    /// The file as it was named when the engine was built.
    pub file: &'e str,
    /// Line, from 1.
    pub line: u32,
}

impl fmt::Display for RuleRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A party of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counterparty<'e> {
    /// What it is.
    pub kind: CounterpartyKind,
    /// Its name as a person would write it.
    pub name: Cow<'e, str>,
}

/// Up to three counterparties, stored in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counterparties<'e>([Option<Counterparty<'e>>; 3]);

impl<'e> Counterparties<'e> {
    /// Appends one; a fourth replaces the third, as the last party matters most.
    pub fn push(&mut self, counterparty: Counterparty<'e>) {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len() - 1);
        self.0[free] = Some(counterparty);
    }

    /// All, intermediaries first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Counterparty<'e>> {
        self.0.iter().flatten()
    }

    /// The party behind all intermediaries: who was paid, or who paid.
    pub fn last(&self) -> Option<&Counterparty<'e>> {
        self.iter().next_back()
    }

    /// The first intermediary, if there is more than one party.
    pub fn intermediary(&self) -> Option<&Counterparty<'e>> {
        self.0[1].as_ref().and(self.0[0].as_ref())
    }
}

/// A place on earth, as far as the text tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Place<'e> {
    /// City, in proper spelling.
    pub city: Option<&'e str>,
    /// State, province or other region, by its code.
    pub region: Option<&'e str>,
    /// Postal code as printed.
    pub postal_code: Option<&'e str>,
    /// Country.
    pub country: Option<Country>,
    /// Latitude and longitude of the city's centre.
    pub coordinates: Option<(f32, f32)>,
}

/// What a descriptor holds besides names. Numbers that may be those of accounts and cards are masked but for their last four
/// digits.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Details<'e> {
    /// Number of the shop.
    pub store_number: Option<Cow<'e, str>>,
    /// Number of a paper check.
    pub check_number: Option<Cow<'e, str>>,
    /// Telephone number of a business in E.164 form, where it is certain.
    pub phone: Option<String>,
    /// Domain or address on the web.
    pub url: Option<Cow<'e, str>>,
    /// Date printed in the text.
    pub date: Option<Date>,
    /// Currency of the original amount, if it was not the account's.
    pub foreign_currency: Option<Currency>,
    /// Amount in that currency.
    pub foreign_amount: Option<Decimal>,
    /// The last four digits of a card.
    pub card_digits: Option<&'e str>,
    /// Reference, trace or confirmation number.
    pub reference: Option<Cow<'e, str>>,
    /// Mandate of a direct debit.
    pub mandate: Option<Cow<'e, str>>,
}
