use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::transaction::Currency;
use crate::error::ParseError;
use crate::text::trimmed;

/// Declares a closed list of names written in upper snake case.
macro_rules! upper_snake_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in upper snake case, as in the reference record.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let name = trimmed(text);
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str().eq_ignore_ascii_case(name))
                    .ok_or_else(|| {
                        let names: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                        ParseError::new(format!("`{text}` is not {}: use one of {}", $what, names.join(", ")))
                    })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

upper_snake_enum! {
    /// Kind of an account, as in the reference record.
    #[non_exhaustive]
    AccountType, "an account type" {
        /// Not told.
        Any = "ANY",
        /// Cash at hand.
        Cash = "CASH",
        /// Current account.
        Checking = "CHECKING",
        /// Line of credit behind a current account.
        CheckingLineOfCredit = "CHECKING_LINE_OF_CREDIT",
        /// Credit card.
        CreditCard = "CREDIT_CARD",
        /// Loan.
        Loan = "LOAN",
        /// Line of credit.
        LineOfCredit = "LINE_OF_CREDIT",
        /// Savings account.
        Savings = "SAVINGS",
        /// Brokerage or retirement account.
        Investment = "INVESTMENT",
        /// Mortgage.
        Mortgage = "MORTGAGE",
        /// Insurance or annuity.
        Insurance = "INSURANCE",
        /// Prepaid card.
        Prepaid = "PREPAID",
        /// Property.
        Property = "PROPERTY",
    }
}

impl AccountType {
    /// Whether money is owed on it: cards, loans, lines and mortgages.
    pub fn is_debt(self) -> bool {
        matches!(self, Self::CreditCard | Self::Loan | Self::LineOfCredit | Self::CheckingLineOfCredit | Self::Mortgage)
    }

    /// Whether wages can be deposited to it: current, savings, prepaid and cash accounts, or an account of a kind not told.
    pub fn is_deposit(self) -> bool {
        matches!(self, Self::Any | Self::Cash | Self::Checking | Self::Savings | Self::Prepaid)
    }
}

upper_snake_enum! {
    /// Kind of a property account.
    #[non_exhaustive]
    PropertyType, "a property type" {
        /// Appliances.
        Appliances = "APPLIANCES",
        /// Art.
        Art = "ART",
        /// Computer.
        Computer = "COMPUTER",
        /// Electronics.
        Electronics = "ELECTRONICS",
        /// Furniture.
        Furniture = "FURNITURE",
        /// Jewelry.
        Jewelry = "JEWELRY",
        /// Anything else.
        Miscellaneous = "MISCELLANEOUS",
        /// Real estate.
        RealEstate = "REAL_ESTATE",
        /// Sports equipment.
        SportsEquipment = "SPORTS_EQUIPMENT",
        /// Vehicle.
        Vehicle = "VEHICLE",
    }
}

upper_snake_enum! {
    /// Who owns an account.
    #[non_exhaustive]
    AccountOwnership, "an account ownership" {
        /// Not known.
        Unknown = "UNKNOWN",
        /// One person.
        Individual = "INDIVIDUAL",
        /// Two persons jointly.
        Joint = "JOINT",
        /// More than two.
        Multiple = "MULTIPLE",
    }
}

upper_snake_enum! {
    /// Whether deposits are insured by a federal scheme.
    #[non_exhaustive]
    FederalInsuranceStatus, "a federal insurance status" {
        /// Not known.
        UnknownInsured = "UNKNOWN_INSURED",
        /// Insured.
        Insured = "INSURED",
        /// Not insured.
        NotInsured = "NOT_INSURED",
    }
}

/// Declares [`Account`]: every field is optional, and money is exact.
macro_rules! account_fields {
    ($($(#[$meta:meta])* $field:ident: $type:ty),+ $(,)?) => {
        /// An account as the reference record has it. The engine reads only [`type`](Account::account_type),
        /// [`id`](Account::id) and [`currency_code`](Account::currency_code); the rest is carried through. Every field may be
        /// absent, and what is absent is left out of JSON.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct Account {
            $($(#[$meta])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>),+
        }
    };
}

account_fields! {
    /// Id given by the platform.
    guid: String,
    /// Id given by the client.
    id: String,
    /// Owner, by platform id.
    user_guid: String,
    /// Owner, by client id.
    user_id: String,
    /// Connection to the institution, by platform id.
    member_guid: String,
    /// Connection to the institution, by client id.
    member_id: String,
    /// False when the partner manages the connection.
    member_is_managed_by_user: bool,
    /// Code of the institution.
    institution_code: String,
    /// Display name.
    name: String,
    /// The user's own name for it.
    nickname: String,
    /// Kind of the account.
    #[serde(rename = "type")]
    account_type: AccountType,
    /// Finer kind.
    subtype: String,
    /// Kind of property, for property accounts.
    property_type: PropertyType,
    /// Who owns it.
    account_ownership: AccountOwnership,
    /// Deposit insurance.
    federal_insurance_status: FederalInsuranceStatus,
    /// Masked or partial number. Sensitive.
    account_number: String,
    /// Bank routing number.
    routing_number: String,
    /// ISO 4217 code.
    currency_code: Currency,
    /// Current balance; negative means overdrawn on assets, overpaid on debts.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    balance: Decimal,
    /// What can be spent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    available_balance: Decimal,
    /// Unused credit.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    available_credit: Decimal,
    /// Credit limit.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    credit_limit: Decimal,
    /// Minimum balance.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    minimum_balance: Decimal,
    /// Minimum payment due.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    minimum_payment: Decimal,
    /// Latest payment.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    last_payment: Decimal,
    /// When the latest payment was made.
    last_payment_at: DateTime,
    /// When the next payment is due.
    payment_due_at: DateTime,
    /// Day of the month a payment is due, 1 to 31.
    day_payment_is_due: u8,
    /// What would settle the debt.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    payoff_balance: Decimal,
    /// Opening balance.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    original_balance: Decimal,
    /// Amount lent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    loan_amount: Decimal,
    /// Balance of the last statement.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    statement_balance: Decimal,
    /// Annual percentage rate, in percent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    apr: Decimal,
    /// Annual percentage yield, in percent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    apy: Decimal,
    /// Interest rate, in percent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    interest_rate: Decimal,
    /// Start of the loan or deposit.
    started_on: Date,
    /// Maturity of the loan or deposit.
    matures_on: Date,
    /// Cash part of an investment account.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    cash_balance: Decimal,
    /// Value of holdings (older form of the record).
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    holdings_value: Decimal,
    /// Long and short positions, cash and sweep less margin debt.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    total_account_value: Decimal,
    /// Unrealised gain or loss, total.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    total_account_value_ugl: Decimal,
    /// Unrealised gain or loss of today.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    today_ugl_amount: Decimal,
    /// Unrealised gain or loss of today, in percent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    today_ugl_percentage: Decimal,
    /// Margin debt.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    margin_balance: Decimal,
    /// Surrender value of an insurance.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    cash_surrender_value: Decimal,
    /// Death benefit of an insurance.
    death_benefit: i64,
    /// Payout of an insurance.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    pay_out_amount: Decimal,
    /// Premium of an insurance.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    premium_amount: Decimal,
    /// Insured person. Sensitive.
    insured_name: String,
    /// Annuity: policy to date.
    annuity_policy_to_date: String,
    /// Annuity: provider.
    annuity_provider: String,
    /// Annuity: year of the term.
    annuity_term_year: i64,
    /// Closed; no further updates.
    is_closed: bool,
    /// Hidden by the user.
    is_hidden: bool,
    /// Kept by hand.
    is_manual: bool,
    /// Last time data came in.
    imported_at: DateTime,
    /// The client's free text.
    metadata: String,
    /// When the record was made.
    created_at: DateTime,
    /// When the record was last changed.
    updated_at: DateTime,
}
