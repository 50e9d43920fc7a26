use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::account::AccountType;
use crate::error::ParseError;
use crate::privacy::redact;
use crate::text::trimmed;

/// One bank or card transaction as the institution delivered it.
///
/// Only [`original_description`](Self::original_description) is needed; everything else sharpens the answer. Field names
/// in JSON are those of the reference record of aggregation platforms: `type` for the direction,
/// `merchant_category_code`, `check_number_string` and so on.
///
/// ```
/// use payee::{Direction, Transaction};
///
/// let transaction = Transaction::new("WHOLEFDS TSQ 102").with_signed_amount("-42.10".parse().unwrap());
/// assert_eq!(transaction.direction, Some(Direction::Debit));
/// assert_eq!(transaction.amount, Some("42.10".parse().unwrap()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Transaction {
    /// The client's own id of the row; echoed untouched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The account the row belongs to. Recurring streams never cross accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The kind of that account. A payment *to* a card and a purchase *with* a card differ only by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
    /// Day of the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// When it took place, where it differs from [`date`](Self::date).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transacted_at: Option<DateTime>,
    /// When the institution booked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posted_at: Option<DateTime>,
    /// Unsigned and exact; the sign lives in [`direction`](Self::direction).
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option", skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Whether money came in or went out.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// ISO 4217 code of the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<Currency>,
    /// Posted or pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The text as the institution gave it. Never changed.
    #[serde(alias = "description")]
    pub original_description: String,
    /// A second line of text: addenda, remittance information. Tells what the payment is for; whom it is to stands in the
    /// description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// ISO 18245 code of the merchant, where the feed has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_category_code: Option<Mcc>,
    /// Number of a paper check, as text.
    #[serde(alias = "check_number", skip_serializing_if = "Option::is_none")]
    pub check_number_string: Option<String>,
    /// Country of the **account**, ISO 3166 alpha-2: what counts as abroad is judged from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Latitude of the place, if the feed gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Longitude of the place, if the feed gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// The institution's own word for the kind of booking, echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_transaction_type: Option<String>,
    /// The client's free text, echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}

impl Transaction {
    /// A transaction of which only the text is known.
    pub fn new(original_description: impl Into<String>) -> Self {
        Self { original_description: original_description.into(), ..Self::default() }
    }

    /// Sets amount and direction from a signed amount: negative means money out, zero leaves the direction unknown.
    #[must_use]
    pub fn with_signed_amount(mut self, amount: Decimal) -> Self {
        self.set_signed_amount(amount);
        self
    }

    /// Sets the direction.
    #[must_use]
    pub fn with_direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Sets the merchant category code.
    #[must_use]
    pub fn with_mcc(mut self, mcc: Mcc) -> Self {
        self.merchant_category_code = Some(mcc);
        self
    }

    /// A copy whose texts and ids are masked with [`redact`](crate::redact), to be given out in the place of this one. Enrich this
    /// one: what is masked tells less. Spans stay those of the original description.
    /// [`Enriched::redact`](crate::Enriched::redact) masks the names of persons too.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let masked = |text: &Option<String>| text.as_deref().map(|text| redact(text).into_owned());
        Self {
            id: masked(&self.id),
            account_id: masked(&self.account_id),
            original_description: redact(&self.original_description).into_owned(),
            memo: masked(&self.memo),
            check_number_string: masked(&self.check_number_string),
            extended_transaction_type: masked(&self.extended_transaction_type),
            metadata: masked(&self.metadata),
            ..self.clone()
        }
    }

    /// In-place form of [`with_signed_amount`](Self::with_signed_amount).
    pub fn set_signed_amount(&mut self, amount: Decimal) {
        if !amount.is_zero() {
            self.direction = Some(if amount.is_sign_negative() { Direction::Debit } else { Direction::Credit });
        }
        self.amount = Some(amount.abs());
    }

    /// The amount with its sign, negative for money out; `None` unless both amount and direction are known.
    pub fn signed_amount(&self) -> Option<Decimal> {
        match (self.amount?, self.direction?) {
            (amount, Direction::Debit) => Some(-amount),
            (amount, Direction::Credit) => Some(amount),
        }
    }
}

/// Which way the money went, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Direction {
    /// Money into the account; on a card account, a payment or a refund.
    Credit,
    /// Money out of the account; on a card account, a purchase.
    Debit,
}

impl Direction {
    /// `CREDIT` or `DEBIT`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
        }
    }
}

impl FromStr for Direction {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.eq_ignore_ascii_case("credit") {
            Ok(Self::Credit)
        } else if text.eq_ignore_ascii_case("debit") {
            Ok(Self::Debit)
        } else {
            Err(ParseError::new(format!("`{text}` is neither DEBIT nor CREDIT")))
        }
    }
}

/// Whether the institution has booked the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Booked.
    Posted,
    /// Authorised, not yet booked; its text and amount may still change.
    Pending,
}

impl Status {
    /// `POSTED` or `PENDING`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "POSTED",
            Self::Pending => "PENDING",
        }
    }
}

impl FromStr for Status {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.eq_ignore_ascii_case("posted") {
            Ok(Self::Posted)
        } else if text.eq_ignore_ascii_case("pending") {
            Ok(Self::Pending)
        } else {
            Err(ParseError::new(format!("`{text}` is neither POSTED nor PENDING")))
        }
    }
}

/// Makes a fixed-width code of upper-case ASCII letters with text and serde forms.
macro_rules! letter_code {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $len]);

        impl $name {
            /// The code in upper case.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("only ASCII letters are accepted when the code is made")
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let bytes: [u8; $len] = trimmed(text)
                    .as_bytes()
                    .try_into()
                    .ok()
                    .filter(|bytes: &[u8; $len]| bytes.iter().all(u8::is_ascii_alphabetic))
                    .ok_or_else(|| ParseError::new(format!("`{text}` is not {}", $what)))?;
                Ok(Self(bytes.map(|byte| byte.to_ascii_uppercase())))
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, ParseError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> String {
                code.as_str().to_owned()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

letter_code!(
    /// An ISO 4217 currency code: `USD`.
    Currency,
    3,
    "a currency code of three letters (ISO 4217)"
);
letter_code!(
    /// An ISO 3166-1 alpha-2 country code: `US`.
    Country,
    2,
    "a country code of two letters (ISO 3166)"
);

/// A merchant category code of ISO 18245, 1 to 9999. Leading zeros are optional when it is read and always written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "u16")]
pub struct Mcc(u16);

impl Mcc {
    /// The code of this number; `None` outside 1 to 9999.
    pub fn new(code: u16) -> Option<Self> {
        (1..=9999).contains(&code).then_some(Self(code))
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl From<Mcc> for u16 {
    fn from(mcc: Mcc) -> u16 {
        mcc.0
    }
}

impl FromStr for Mcc {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        text.trim().parse().ok().and_then(Self::new).ok_or_else(|| {
            ParseError::new(format!("`{text}` is not a merchant category code of four digits (ISO 18245)"))
        })
    }
}

impl fmt::Display for Mcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl<'de> Deserialize<'de> for Mcc {
    /// Accepts a number or a string of digits: feeds have both.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Code {
            Number(u16),
            Text(String),
        }
        match Code::deserialize(deserializer)? {
            Code::Number(code) => {
                Self::new(code).ok_or_else(|| ParseError::new(format!("{code} is no merchant category code")))
            }
            Code::Text(text) => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}
