//! How aggregation platforms write a transaction in JSON.

use serde_json::value::RawValue;
use std::collections::HashMap;

use super::columns::Money;
use super::plan::Field;
use crate::io::formats::Sign;
use crate::model::account::AccountType;

/// The names a platform gives the fields.
pub(crate) struct Shape {
    /// Keys that no other shape has; one of them tells it.
    tells: &'static [&'static str],
    /// Fields and where they stand, `a.b` for `b` inside `a`; the first that is filled counts.
    pub fields: &'static [(Field, &'static [&'static str])],
    sign: Option<Sign>,
    /// Words of [`Field::Type`] that mean money out and money in, where they are not our own.
    words: Option<(&'static str, &'static str)>,
    /// Words of [`Field::Status`] that mean pending, where they are not our own.
    pub pending: &'static [&'static str],
    /// Whether times are seconds since 1970.
    pub is_epoch: bool,
}

/// Accounts of this shape hold their own rows.
pub(crate) const SIMPLE_FIN: &Shape = &SHAPES[4];

/// Every shape, our own first.
pub(crate) const SHAPES: &[Shape] = &[
    // Our own, which is also that of MX: lists, single rows, and enhance requests.
    Shape {
        tells: &["original_description", "top_level_category", "merchant_category_code"],
        fields: &[
            (Field::Id, &["id", "guid"]),
            (Field::AccountId, &["account_id", "account_guid"]),
            (Field::AccountType, &["account_type"]),
            (Field::Date, &["date"]),
            (Field::TransactedAt, &["transacted_at"]),
            (Field::PostedAt, &["posted_at"]),
            (Field::Amount, &["amount"]),
            (Field::Type, &["type"]),
            (Field::Currency, &["currency_code", "currency"]),
            (Field::Status, &["status"]),
            (Field::Description, &["original_description", "description"]),
            (Field::Memo, &["memo"]),
            (Field::Mcc, &["merchant_category_code", "mcc"]),
            (Field::CheckNumber, &["check_number_string", "check_number"]),
            (Field::Country, &["country"]),
            (Field::Latitude, &["latitude"]),
            (Field::Longitude, &["longitude"]),
            (Field::Kind, &["extended_transaction_type"]),
            (Field::Metadata, &["metadata"]),
        ],
        sign: None,
        words: None,
        pending: &[],
        is_epoch: false,
    },
    // Plaid, transactions.
    Shape {
        tells: &["transaction_id", "iso_currency_code", "personal_finance_category"],
        fields: &[
            (Field::Id, &["transaction_id"]),
            (Field::AccountId, &["account_id"]),
            (Field::Date, &["authorized_date", "date"]),
            (Field::TransactedAt, &["authorized_datetime", "authorized_date"]),
            (Field::PostedAt, &["datetime", "date"]),
            (Field::Amount, &["amount"]),
            (Field::Currency, &["iso_currency_code"]),
            (Field::Status, &["pending"]),
            (Field::Description, &["original_description", "name", "merchant_name"]),
            (Field::Memo, &["payment_meta.reason"]),
            (Field::CheckNumber, &["check_number"]),
            (Field::Latitude, &["location.lat"]),
            (Field::Longitude, &["location.lon"]),
            (Field::Kind, &["transaction_code"]),
        ],
        sign: Some(Sign::OutPositive),
        words: None,
        pending: &["true"],
        is_epoch: false,
    },
    // Plaid, enrich request.
    Shape {
        tells: &["direction", "date_posted"],
        fields: &[
            (Field::Id, &["id"]),
            (Field::AccountId, &["client_account_id"]),
            (Field::Date, &["date_posted"]),
            (Field::Amount, &["amount"]),
            (Field::Type, &["direction"]),
            (Field::Currency, &["iso_currency_code"]),
            (Field::Description, &["description"]),
            (Field::Mcc, &["mcc"]),
        ],
        sign: None,
        words: Some(("OUTFLOW", "INFLOW")),
        pending: &["true"],
        is_epoch: false,
    },
    // Teller.
    Shape {
        tells: &["running_balance", "details"],
        fields: &[
            (Field::Id, &["id"]),
            (Field::AccountId, &["account_id"]),
            (Field::Date, &["date"]),
            (Field::Amount, &["amount"]),
            (Field::Status, &["status"]),
            (Field::Description, &["description"]),
            (Field::Kind, &["type"]),
        ],
        sign: Some(Sign::OutNegative),
        words: None,
        pending: &["pending"],
        is_epoch: false,
    },
    // SimpleFIN.
    Shape {
        tells: &["posted"],
        fields: &[
            (Field::Id, &["id"]),
            (Field::TransactedAt, &["transacted_at"]),
            (Field::PostedAt, &["posted"]),
            (Field::Amount, &["amount"]),
            (Field::Status, &["pending"]),
            (Field::Description, &["description", "payee"]),
            (Field::Memo, &["memo"]),
        ],
        sign: Some(Sign::OutNegative),
        words: None,
        pending: &["true"],
        is_epoch: true,
    },
    // GoCardless, once Nordigen: the names of the Berlin Group.
    Shape {
        tells: &["transactionAmount", "bookingDate"],
        fields: &[
            (Field::Id, &["transactionId", "internalTransactionId", "entryReference"]),
            (Field::Date, &["bookingDate", "valueDate"]),
            (Field::TransactedAt, &["bookingDateTime", "valueDateTime"]),
            (Field::PostedAt, &["bookingDate"]),
            (Field::Amount, &["transactionAmount.amount"]),
            (Field::Currency, &["transactionAmount.currency"]),
            (
                Field::Description,
                &[
                    "creditorName",
                    "debtorName",
                    "remittanceInformationUnstructured",
                    "remittanceInformationUnstructuredArray",
                    "additionalInformation",
                ],
            ),
            (Field::Memo, &["remittanceInformationUnstructured", "remittanceInformationUnstructuredArray"]),
            (Field::Mcc, &["merchantCategoryCode"]),
            (Field::CheckNumber, &["checkId"]),
            (Field::Kind, &["proprietaryBankTransactionCode", "bankTransactionCode"]),
        ],
        sign: Some(Sign::OutNegative),
        words: None,
        pending: &["pending"],
        is_epoch: false,
    },
];

impl Shape {
    /// The shape of an object, by its keys.
    pub fn of(json: &str) -> Option<&'static Self> {
        let keys: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        let told = |shape: &&Shape| shape.tells.iter().filter(|key| keys.contains_key(**key)).count();
        let best = SHAPES.iter().rev().max_by_key(told)?;
        (told(&best) > 0).then_some(best)
    }

    /// Whether a key holds the description.
    pub fn is_text(&self, key: &str) -> bool {
        self.texts().contains(&key)
    }

    /// The keys of the description, for messages.
    pub fn text_keys(&self) -> String {
        self.texts().join(", ")
    }

    fn texts(&self) -> &'static [&'static str] {
        let text = self.fields.iter().find(|(field, _)| *field == Field::Description);
        text.map_or(&[], |(_, keys)| keys)
    }

    /// Sets how amounts are signed.
    pub fn money(&self, money: &mut Money) {
        match (self.sign, self.words, &*money) {
            (Some(sign), _, Money::Signed(columns, _)) => *money = Money::Signed(columns.clone(), sign),
            (_, Some((out, into)), Money::Typed { amount, direction }) => {
                *money = Money::Flagged {
                    amount: *amount,
                    flag: *direction,
                    out: vec![out.to_owned()],
                    into: vec![into.to_owned()],
                };
            }
            _ => {}
        }
    }
}

/// The kind of an account by the words platforms use.
pub(crate) fn account_type(kind: &str, subtype: &str) -> Option<AccountType> {
    let known = |word: &str| -> Option<AccountType> { word.replace([' ', '-'], "_").parse().ok() };
    known(subtype).or_else(|| known(kind)).or(match kind.to_ascii_lowercase().as_str() {
        "depository" => Some(AccountType::Checking),
        "credit" => Some(AccountType::CreditCard),
        "brokerage" => Some(AccountType::Investment),
        _ => None,
    })
}
