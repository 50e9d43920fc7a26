//! The JSON of aggregation platforms.

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::json::{key, string};
use super::{Renderer, csv};
use crate::io::read::RawRow;
use crate::model::category::Projection;
use crate::model::enriched::Counterparty;
use crate::model::flags::Flag;
use crate::model::names::{Channel, CounterpartyKind, Method, Taxonomy};
use crate::model::record::Record;
use crate::model::transaction::{Direction, Status};

/// Writes the members of a JSON object.
struct Object<'o>(&'o mut Vec<u8>);

impl<'o> Object<'o> {
    fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self(out)
    }

    fn text(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        key(name, self.0);
        match value {
            Some(value) => string(value, self.0),
            None => self.0.extend_from_slice(b"null"),
        }
        self
    }

    fn raw(&mut self, name: &str, value: Option<impl ToString>) -> &mut Self {
        key(name, self.0);
        let value = value.map(|value| value.to_string());
        self.0.extend_from_slice(value.as_deref().unwrap_or("null").as_bytes());
        self
    }

    fn decimal(&mut self, name: &str, value: Option<Decimal>) -> &mut Self {
        key(name, self.0);
        match value {
            Some(value) => csv::decimal(value, self.0),
            None => self.0.extend_from_slice(b"null"),
        }
        self
    }

    fn moment(&mut self, name: &str, value: Option<DateTime>) -> &mut Self {
        let value = value.map(|moment| format!("{moment}Z"));
        self.text(name, value.as_deref())
    }

    fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) -> &mut Self {
        key(name, self.0);
        let mut inner = Object::begin(self.0);
        fill(&mut inner);
        inner.end();
        self
    }

    fn end(self) {
        self.0.push(b'}');
    }
}

/// The separator between the rows of a list.
fn between(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(if number == 0 { b"\n" } else { b",\n" });
}

/// MX: a list of transactions with its pagination, or the response to an enhance request.
pub(crate) struct Mx {
    pub is_enhance: bool,
}

/// The number an MX response gives a method; ours are the places of [`Method::ALL`].
fn method_number(method: Method) -> usize {
    Method::ALL.iter().position(|own| *own == method).unwrap_or_default()
}

impl Renderer for Mx {
    fn head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"transactions\":[");
    }

    fn row(&self, number: u64, record: &Record<'_>, _: Option<&RawRow>, out: &mut Vec<u8>) {
        between(number, out);
        let (transaction, enriched) = (record.transaction, record.enriched);
        let category: &Projection = enriched.category.project(Taxonomy::Mx, transaction.direction);
        let merchant = enriched.merchant.map(|merchant| format!("MCH-{}", merchant.guid()));
        let location = enriched.location.map(|location| format!("MCL-{location}"));
        let flag = |flag: Flag| Some(enriched.flags.contains(flag));
        let mcc = transaction.merchant_category_code.map(|mcc| mcc.get());
        let mut object = Object::begin(out);
        if !self.is_enhance {
            let date = transaction.date.map(|date| date.to_string());
            let (latitude, longitude) = coordinates(record);
            object
                .text("guid", None)
                .text("account_id", transaction.account_id.as_deref())
                .text("check_number_string", enriched.details.check_number.as_deref())
                .text("currency_code", transaction.currency_code.as_ref().map(|code| code.as_str()))
                .text("date", date.as_deref())
                .raw("latitude", latitude)
                .raw("longitude", longitude)
                .text("metadata", transaction.metadata.as_deref())
                .moment("posted_at", transaction.posted_at)
                .text("status", transaction.status.map(Status::as_str))
                .text("top_level_category", Some(&category.top_level))
                .moment("transacted_at", transaction.transacted_at)
                .raw("is_recurring", flag(Flag::Recurring));
        } else {
            object
                .raw("categorized_by", Some(method_number(enriched.categorized_by)))
                .raw("described_by", Some(method_number(enriched.described_by)))
                .text("top_level_category_guid", Some(&category.top_level_guid));
        }
        object
            .text("id", transaction.id.as_deref())
            .decimal("amount", transaction.amount)
            .text("category", Some(&category.category))
            .text("category_guid", Some(&category.category_guid))
            .text("description", Some(&enriched.description))
            .text("extended_transaction_type", transaction.extended_transaction_type.as_deref())
            .raw("is_bill_pay", flag(Flag::BillPay))
            .raw("is_direct_deposit", flag(Flag::DirectDeposit))
            .raw("is_expense", flag(Flag::Expense))
            .raw("is_fee", flag(Flag::Fee))
            .raw("is_income", flag(Flag::Income))
            .raw("is_international", enriched.flags.international)
            .raw("is_overdraft_fee", flag(Flag::OverdraftFee))
            .raw("is_payroll_advance", flag(Flag::PayrollAdvance))
            .raw("is_subscription", flag(Flag::Subscription))
            .text("memo", transaction.memo.as_deref())
            .raw("merchant_category_code", mcc)
            .text("merchant_guid", merchant.as_deref())
            .text("merchant_location_guid", location.as_deref())
            .text("original_description", Some(&transaction.original_description))
            .text("type", transaction.direction.map(Direction::as_str));
        object.end();
    }

    fn tail(&self, count: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\n]");
        if !self.is_enhance {
            let mut object = Object(out);
            key("pagination", object.0);
            object.0.push(b'{');
            object.raw("current_page", Some(1));
            object.raw("per_page", Some(count)).raw("total_entries", Some(count)).raw("total_pages", Some(1));
            object.end();
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Degrees of the feed, or of the place that was found.
fn coordinates(record: &Record<'_>) -> (Option<f64>, Option<f64>) {
    let found = record.enriched.place.and_then(|place| place.coordinates);
    let rounded = |degrees: f32| (f64::from(degrees) * 10_000.0).round() / 10_000.0;
    (
        record.transaction.latitude.or(found.map(|(latitude, _)| rounded(latitude))),
        record.transaction.longitude.or(found.map(|(_, longitude)| rounded(longitude))),
    )
}

/// Plaid: the response to an enrich request.
pub(crate) struct Plaid;

/// The types of counterparties of Plaid.
fn plaid_kind(kind: CounterpartyKind) -> &'static str {
    match kind {
        CounterpartyKind::Marketplace | CounterpartyKind::Delivery | CounterpartyKind::Platform => "marketplace",
        CounterpartyKind::PaymentApp => "payment_app",
        CounterpartyKind::Processor => "payment_terminal",
        CounterpartyKind::Bank
        | CounterpartyKind::Lender
        | CounterpartyKind::Bnpl
        | CounterpartyKind::Broker
        | CounterpartyKind::Insurer => "financial_institution",
        CounterpartyKind::IncomeSource | CounterpartyKind::Payroll => "income_source",
        CounterpartyKind::Merchant
        | CounterpartyKind::Government
        | CounterpartyKind::Biller
        | CounterpartyKind::Charity
        | CounterpartyKind::School
        | CounterpartyKind::Person => "merchant",
    }
}

impl Renderer for Plaid {
    fn head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"enriched_transactions\":[");
    }

    fn row(&self, number: u64, record: &Record<'_>, _: Option<&RawRow>, out: &mut Vec<u8>) {
        between(number, out);
        let (transaction, enriched) = (record.transaction, record.enriched);
        let category = enriched.category.project(Taxonomy::PlaidV2, transaction.direction);
        let confidence = enriched.confidence_level().as_str();
        let (latitude, longitude) = coordinates(record);
        let mut object = Object::begin(out);
        object
            .text("id", transaction.id.as_deref())
            .text("description", Some(&transaction.original_description))
            .decimal("amount", transaction.amount)
            .text(
                "direction",
                transaction.direction.map(|direction| match direction {
                    Direction::Credit => "INFLOW",
                    Direction::Debit => "OUTFLOW",
                }),
            )
            .text("iso_currency_code", transaction.currency_code.as_ref().map(|code| code.as_str()))
            .object("enrichments", |inner| {
                key("counterparties", inner.0);
                inner.0.push(b'[');
                // The party that was paid stands first.
                for (at, party) in enriched.counterparties.iter().rev().enumerate() {
                    if at > 0 {
                        inner.0.push(b',');
                    }
                    counterparty(party, record, inner.0);
                }
                inner.0.push(b']');
                inner.text("check_number", enriched.details.check_number.as_deref());
                inner.object("location", |place| {
                    let found = enriched.place.unwrap_or_default();
                    place
                        .text("address", None)
                        .text("city", found.city)
                        .text("country", found.country.as_ref().map(|country| country.as_str()))
                        .raw("lat", latitude)
                        .raw("lon", longitude)
                        .text("postal_code", found.postal_code)
                        .text("region", found.region)
                        .text("store_number", enriched.details.store_number.as_deref());
                });
                let site =
                    enriched.details.url.as_deref().or_else(|| enriched.merchant.and_then(|merchant| merchant.site()));
                let merchant = enriched.merchant.map(|merchant| merchant.name());
                let entity = enriched.merchant.map(|merchant| format!("MCH-{}", merchant.guid()));
                inner
                    .text("entity_id", entity.as_deref())
                    .text("merchant_name", merchant)
                    .text(
                        "payment_channel",
                        Some(match enriched.channel {
                            Some(Channel::InStore) => "in store",
                            Some(Channel::Online) => "online",
                            Some(Channel::Other) | None => "other",
                        }),
                    )
                    .object("personal_finance_category", |own| {
                        own.text("primary", Some(&category.top_level))
                            .text("detailed", Some(&category.category))
                            .text("confidence_level", Some(confidence));
                    })
                    .text("phone_number", enriched.details.phone.as_deref())
                    .object("recurrence", |own| {
                        let stream = enriched.stream_id.map(|stream| format!("RPT-{stream}"));
                        own.raw("is_recurring", Some(enriched.flags.contains(Flag::Recurring)))
                            .text("stream_id", stream.as_deref());
                    })
                    .text("website", site);
            });
        object.end();
    }

    fn tail(&self, _: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\n]}\n");
    }
}

fn counterparty(party: &Counterparty<'_>, record: &Record<'_>, out: &mut Vec<u8>) {
    let merchant = record.enriched.merchant.filter(|merchant| merchant.name() == party.name);
    let mut object = Object::begin(out);
    object
        .text("name", Some(&party.name))
        .text("type", Some(plaid_kind(party.kind)))
        .text("website", merchant.and_then(|merchant| merchant.site()))
        .text("entity_id", merchant.map(|merchant| format!("MCH-{}", merchant.guid())).as_deref())
        .text("confidence_level", Some(record.enriched.confidence_level().as_str()));
    object.end();
}
