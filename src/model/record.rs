//! The flat record that writers give out: one field a column, reference names.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::ser::{Serialize, SerializeMap, Serializer};
use uuid::Uuid;

use super::enriched::Enriched;
use super::flags::Flag;
use super::names::Taxonomy;
use super::transaction::Transaction;
use crate::privacy::redact;

/// Names of all output columns, in order. The first thirty are those of the reference record; what else is known follows.
pub const COLUMNS: &[&str] = &[
    "id",
    "account_id",
    "date",
    "amount",
    "type",
    "currency_code",
    "status",
    "original_description",
    "description",
    "merchant",
    "merchant_guid",
    "merchant_category_code",
    "category",
    "category_guid",
    "top_level_category",
    "category_path",
    "is_bill_pay",
    "is_direct_deposit",
    "is_expense",
    "is_fee",
    "is_income",
    "is_international",
    "is_overdraft_fee",
    "is_payroll_advance",
    "is_recurring",
    "is_subscription",
    "confidence",
    "confidence_level",
    "categorized_by",
    "described_by",
    "top_level_category_guid",
    "merchant_location_guid",
    "counterparty",
    "counterparty_type",
    "intermediary",
    "intermediary_type",
    "channel",
    "transfer_method",
    "city",
    "region",
    "postal_code",
    "country",
    "latitude",
    "longitude",
    "store_number",
    "phone",
    "website",
    "check_number_string",
    "date_in_text",
    "foreign_currency_code",
    "foreign_amount",
    "card_digits",
    "reference",
    "mandate",
    "is_transfer",
    "is_refund",
    "is_atm",
    "is_nsf_fee",
    "is_cash_advance",
    "is_peer_to_peer",
    "stream_id",
    "tags",
    "rule",
    "matched_text",
];

/// How many columns, the first ones, tell nothing but what the row is.
pub(crate) const OWN_COLUMNS: usize = 7;

/// What a column of the record holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Not known.
    Null,
    /// Text.
    Text(&'a str),
    /// Text of letters, digits and hyphens or the like: an id of our own, a date, a name of a closed list.
    Word(&'a str),
    /// Yes or no.
    Bool(bool),
    /// Exact number.
    Decimal(Decimal),
    /// Whole number.
    Integer(u32),
    /// Degrees.
    Degrees(f64),
    /// Probability, given with three places.
    Probability(f32),
}

/// An answer and its transaction in the names of one taxonomy. `Serialize` gives a map with the names of [`COLUMNS`].
pub struct Record<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// The answer.
    pub enriched: &'a Enriched<'a>,
    /// The taxonomy of `category` and `top_level_category`.
    pub taxonomy: Taxonomy,
}

impl<'e> Enriched<'e> {
    /// The answer as a flat record, its category named in a taxonomy.
    pub fn record<'a>(&'a self, transaction: &'a Transaction, taxonomy: Taxonomy) -> Record<'a>
    where
        'e: 'a,
    {
        Record { transaction, enriched: self, taxonomy }
    }
}

/// Takes the values of a record in order, each with the name of its column. The most frequent kinds have a way of their own,
/// so that little stands where each of the many columns is put.
pub(crate) trait Take {
    fn take(&mut self, column: &'static str, value: Value<'_>);

    fn text(&mut self, column: &'static str, text: Option<&str>) {
        self.take(column, text.map_or(Value::Null, Value::Text));
    }

    fn word(&mut self, column: &'static str, word: Option<&str>) {
        self.take(column, word.map_or(Value::Null, Value::Word));
    }

    fn yes(&mut self, column: &'static str, is_so: Option<bool>) {
        self.take(column, is_so.map_or(Value::Null, Value::Bool));
    }
}

impl<F: FnMut(&'static str, Value<'_>)> Take for F {
    fn take(&mut self, column: &'static str, value: Value<'_>) {
        self(column, value);
    }
}

impl Record<'_> {
    /// Hands every value over in the order of [`COLUMNS`].
    pub fn each(&self, mut take: impl FnMut(&'static str, Value<'_>)) {
        each_own(self.transaction, &mut take);
        self.each_answered(&mut take);
    }

    /// The values behind the first [`OWN_COLUMNS`]: what the answer says, and the text it was found in.
    pub(crate) fn each_answered(&self, into: &mut impl Take) {
        let Self { transaction, enriched, taxonomy } = *self;
        let projection = enriched.category.project(taxonomy, transaction.direction);
        let (mut stack, mut uuid) = (Stack::default(), Uuid::encode_buffer());
        let mut columns = COLUMNS[OWN_COLUMNS..].iter();
        macro_rules! put {
            ($kind:ident, $value:expr) => {{
                let column = columns.next().expect("one value for each column");
                into.$kind(column, $value);
            }};
        }
        macro_rules! put_id {
            ($prefix:expr, $id:expr) => {{
                let id: Option<Uuid> = $id;
                let written = id.map(|id| {
                    stack.clear();
                    stack.push($prefix);
                    stack.push(hyphenated(id, &mut uuid));
                    stack.text()
                });
                put!(word, written);
            }};
        }
        put!(text, Some(&transaction.original_description));
        put!(text, Some(&enriched.description));
        put!(text, enriched.merchant.map(|merchant| merchant.name()));
        put_id!("MCH-", enriched.merchant.map(|merchant| merchant.guid()));
        put!(take, transaction.merchant_category_code.map_or(Value::Null, |mcc| Value::Integer(u32::from(mcc.get()))));
        put!(text, Some(&projection.category));
        put!(text, Some(&projection.category_guid));
        put!(text, Some(&projection.top_level));
        put!(word, Some(enriched.category.path()));
        let flag = |flag: Flag| Some(enriched.flags.contains(flag));
        put!(yes, flag(Flag::BillPay));
        put!(yes, flag(Flag::DirectDeposit));
        put!(yes, flag(Flag::Expense));
        put!(yes, flag(Flag::Fee));
        put!(yes, flag(Flag::Income));
        put!(yes, enriched.flags.international);
        put!(yes, flag(Flag::OverdraftFee));
        put!(yes, flag(Flag::PayrollAdvance));
        put!(yes, flag(Flag::Recurring));
        put!(yes, flag(Flag::Subscription));
        put!(take, Value::Probability(enriched.confidence));
        put!(word, Some(enriched.confidence_level().as_str()));
        put!(word, Some(enriched.categorized_by.as_str()));
        put!(word, Some(enriched.described_by.as_str()));
        put!(text, Some(&projection.top_level_guid));
        put_id!("MCL-", enriched.location);
        let party = enriched.counterparties.last();
        put!(text, party.map(|party| party.name.as_ref()));
        put!(word, party.map(|party| party.kind.as_str()));
        let between = enriched.counterparties.intermediary();
        put!(text, between.map(|party| party.name.as_ref()));
        put!(word, between.map(|party| party.kind.as_str()));
        put!(word, enriched.channel.map(|channel| channel.as_str()));
        put!(word, enriched.transfer_method.map(|method| method.as_str()));
        let place = enriched.place.unwrap_or_default();
        put!(text, place.city);
        put!(text, place.region);
        put!(text, place.postal_code);
        put!(word, place.country.as_ref().map(|country| country.as_str()));
        let degrees = |given: Option<f64>, found: Option<f32>| {
            given.or_else(|| found.map(round_degrees)).map_or(Value::Null, Value::Degrees)
        };
        put!(take, degrees(transaction.latitude, place.coordinates.map(|(latitude, _)| latitude)));
        put!(take, degrees(transaction.longitude, place.coordinates.map(|(_, longitude)| longitude)));
        let details = &enriched.details;
        put!(text, details.store_number.as_deref());
        put!(text, details.phone.as_deref());
        put!(text, details.url.as_deref().or_else(|| enriched.merchant.and_then(|merchant| merchant.site())));
        put!(text, details.check_number.as_deref());
        put_date(details.date, &mut |value| put!(take, value));
        put!(word, details.foreign_currency.as_ref().map(|code| code.as_str()));
        put!(take, details.foreign_amount.map_or(Value::Null, Value::Decimal));
        put!(word, details.card_digits);
        put!(text, details.reference.as_deref());
        put!(text, details.mandate.as_deref());
        put!(yes, flag(Flag::Transfer));
        put!(yes, flag(Flag::Refund));
        put!(yes, flag(Flag::Atm));
        put!(yes, flag(Flag::NsfFee));
        put!(yes, flag(Flag::CashAdvance));
        put!(yes, flag(Flag::PeerToPeer));
        put_id!("RPT-", enriched.stream_id);
        match &enriched.tags[..] {
            [] => put!(text, None),
            tags => put!(text, Some(&tags.join("|"))),
        }
        match &enriched.evidence.rule {
            Some(rule) => {
                let mut digits = [0; 10];
                let line = decimal_digits(rule.line, &mut digits);
                match rule.file.len() + 1 + line.len() <= Stack::MOST {
                    true => {
                        stack.clear();
                        [rule.file, ":", line].iter().for_each(|part| stack.push(part));
                        put!(text, Some(stack.text()));
                    }
                    false => put!(text, Some(&rule.to_string())),
                }
            }
            None => put!(text, None),
        }
        let words = enriched.evidence.span.clone().and_then(|span| transaction.original_description.get(span));
        put!(text, words.map(redact).as_deref());
    }
}

/// The values of the first [`OWN_COLUMNS`], which are the row's own and tell nothing about the answer.
pub(crate) fn each_own(transaction: &Transaction, into: &mut impl Take) {
    let mut columns = COLUMNS.iter();
    macro_rules! put {
        ($kind:ident, $value:expr) => {{
            let column = columns.next().expect("one value for each column");
            into.$kind(column, $value);
        }};
    }
    put!(text, transaction.id.as_deref());
    put!(text, transaction.account_id.as_deref());
    put_date(transaction.date, &mut |value| put!(take, value));
    put!(take, transaction.amount.map_or(Value::Null, Value::Decimal));
    put!(word, transaction.direction.map(|direction| direction.as_str()));
    put!(word, transaction.currency_code.as_ref().map(|code| code.as_str()));
    put!(word, transaction.status.map(|status| status.as_str()));
}

/// Text composed without asking for memory.
struct Stack {
    bytes: [u8; Self::MOST],
    length: usize,
}

impl Default for Stack {
    fn default() -> Self {
        Self { bytes: [0; Self::MOST], length: 0 }
    }
}

impl Stack {
    const MOST: usize = 120;

    fn clear(&mut self) {
        self.length = 0;
    }

    fn push(&mut self, text: &str) {
        self.bytes[self.length..self.length + text.len()].copy_from_slice(text.as_bytes());
        self.length += text.len();
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("only whole texts were pushed")
    }
}

fn hyphenated(id: Uuid, buffer: &mut [u8]) -> &str {
    id.hyphenated().encode_lower(buffer)
}

fn decimal_digits(mut number: u32, buffer: &mut [u8; 10]) -> &str {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return std::str::from_utf8(&buffer[at..]).expect("digits are text");
        }
    }
}

/// `2025-01-31`; dates outside of years with four digits as `jiff` writes them.
fn put_date(date: Option<Date>, put: &mut impl FnMut(Value<'_>)) {
    let Some(date) = date else { return put(Value::Null) };
    let Ok(year @ 0..=9999) = u16::try_from(date.year()) else { return put(Value::Text(&date.to_string())) };
    let digit = |number: u16, unit: u16| b'0' + (number / unit % 10) as u8;
    let (month, day) = (date.month() as u16, date.day() as u16);
    let bytes = [
        digit(year, 1000),
        digit(year, 100),
        digit(year, 10),
        digit(year, 1),
        b'-',
        digit(month, 10),
        digit(month, 1),
        b'-',
        digit(day, 10),
        digit(day, 1),
    ];
    put(Value::Word(std::str::from_utf8(&bytes).expect("digits are text")));
}

/// Four decimal places: the gazetteer has no more.
fn round_degrees(degrees: f32) -> f64 {
    (f64::from(degrees) * 10_000.0).round() / 10_000.0
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(COLUMNS.len()))?;
        let mut outcome = Ok(());
        self.each(|column, value| {
            if outcome.is_ok() {
                outcome = match value {
                    Value::Null => map.serialize_entry(column, &()),
                    Value::Text(text) | Value::Word(text) => map.serialize_entry(column, text),
                    Value::Bool(value) => map.serialize_entry(column, &value),
                    Value::Decimal(value) => map.serialize_entry(column, &Exact(value)),
                    Value::Integer(value) => map.serialize_entry(column, &value),
                    Value::Degrees(value) => map.serialize_entry(column, &value),
                    Value::Probability(value) => {
                        map.serialize_entry(column, &((f64::from(value) * 1000.0).round() / 1000.0))
                    }
                };
            }
        });
        outcome?;
        map.end()
    }
}

/// A decimal as an exact JSON number.
struct Exact(Decimal);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        rust_decimal::serde::arbitrary_precision::serialize(&self.0, serializer)
    }
}

impl Record<'_> {
    /// Prints every column that has a value, one a line; flags only where they are set.
    pub(crate) fn write_known(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut outcome = Ok(());
        self.each(|column, value| {
            if outcome.is_ok() {
                outcome = match value {
                    Value::Null | Value::Bool(false) if column != "is_international" || value == Value::Null => Ok(()),
                    Value::Null => Ok(()),
                    Value::Text(text) | Value::Word(text) => writeln!(f, "  {column:<24} {text}"),
                    Value::Bool(value) => writeln!(f, "  {column:<24} {value}"),
                    Value::Decimal(value) => writeln!(f, "  {column:<24} {value}"),
                    Value::Integer(value) => writeln!(f, "  {column:<24} {value}"),
                    Value::Degrees(value) => writeln!(f, "  {column:<24} {value}"),
                    Value::Probability(value) => writeln!(f, "  {column:<24} {value:.3}"),
                };
            }
        });
        outcome
    }
}
