use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::ParseError;

/// Declares a closed list of names in lower snake case: the enum, its text form both ways and serde.
macro_rules! snake_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The published name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
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

snake_enum! {
    /// How a category or a description was found, weakest first.
    #[non_exhaustive]
    Method, "a method" {
        /// Nothing was known; category by direction alone, description tidied from the text.
        Fallback = "fallback",
        /// A model learned from labelled names.
        Model = "model",
        /// Words of a trade in the name.
        Keyword = "keyword",
        /// The merchant category code of the feed.
        Mcc = "mcc",
        /// A phrase of a bank, a network or an authority.
        Descriptor = "descriptor",
        /// The merchant dictionary.
        Merchant = "merchant",
        /// A rule of the user's own.
        UserRule = "user_rule",
    }
}

snake_enum! {
    /// What kind of party stands on the other side of a transaction.
    #[non_exhaustive]
    CounterpartyKind, "a kind of counterparty" {
        /// A seller of goods or services.
        Merchant = "merchant",
        /// Sells for others: the goods come from somebody else.
        Marketplace = "marketplace",
        /// Brings what others sell.
        Delivery = "delivery",
        /// Takes payments for sellers: terminals, gateways, invoicing.
        Processor = "processor",
        /// Moves money between people and shops.
        PaymentApp = "payment_app",
        /// Pays the seller and collects in instalments.
        Bnpl = "bnpl",
        /// A bank or credit union.
        Bank = "bank",
        /// Lends money.
        Lender = "lender",
        /// Holds securities or coins.
        Broker = "broker",
        /// Pays wages for employers.
        Payroll = "payroll",
        /// A public authority.
        Government = "government",
        /// A platform that pays out to those who work or sell on it.
        Platform = "platform",
        /// An insurer.
        Insurer = "insurer",
        /// Bills a household: utilities, telecoms, landlords.
        Biller = "biller",
        /// A charity.
        Charity = "charity",
        /// A school or university.
        School = "school",
        /// An employer or other source of income.
        IncomeSource = "income_source",
        /// A natural person.
        Person = "person",
    }
}

snake_enum! {
    /// Where a payment was made.
    #[non_exhaustive]
    Channel, "a channel" {
        /// At a till, a terminal or a machine.
        InStore = "in_store",
        /// Over the internet, by telephone or by post.
        Online = "online",
        /// Neither: transfers, direct debits, bookings of the bank itself.
        Other = "other",
    }
}

snake_enum! {
    /// By what rail the money moved.
    #[non_exhaustive]
    TransferMethod, "a transfer method" {
        /// Card networks.
        Card = "card",
        /// Cash machine.
        Atm = "atm",
        /// ACH and other clearing of credits and debits.
        Ach = "ach",
        /// Wire.
        Wire = "wire",
        /// Real-time payments: RTP, FedNow, Faster Payments, SEPA Instant, Osko, PIX, UPI, IMPS.
        Instant = "instant",
        /// Zelle.
        Zelle = "zelle",
        /// Interac e-Transfer.
        Interac = "interac",
        /// UPI.
        Upi = "upi",
        /// Direct debit.
        DirectDebit = "direct_debit",
        /// Standing order.
        StandingOrder = "standing_order",
        /// Bank transfer of another or an unknown kind.
        BankTransfer = "bank_transfer",
        /// Bill payment service of a bank: BPAY, online bill pay.
        BillPayment = "bill_payment",
        /// Paper check.
        Check = "check",
        /// Cash over a counter.
        Cash = "cash",
        /// Payment app or wallet.
        Wallet = "wallet",
        /// Booked by the institution itself: fees, interest, corrections.
        Internal = "internal",
    }
}

snake_enum! {
    /// What a regular payee bills for.
    #[non_exhaustive]
    BillerKind, "a kind of biller" {
        /// Electricity.
        Power = "power",
        /// Piped gas.
        Gas = "gas",
        /// Water and sewer.
        Water = "water",
        /// Waste.
        Waste = "waste",
        /// Telephone, fixed or mobile.
        Telecom = "telecom",
        /// Internet access.
        Internet = "internet",
        /// Television.
        Tv = "tv",
        /// Insurance.
        Insurance = "insurance",
        /// A loan.
        Loan = "loan",
        /// A card.
        Card = "card",
        /// Rent.
        Rent = "rent",
        /// Tax.
        Tax = "tax",
        /// Tuition.
        Tuition = "tuition",
        /// Membership.
        Membership = "membership",
        /// Anything else.
        Other = "other",
    }
}

snake_enum! {
    /// Whether money of a category is earned, spent or merely moved.
    Nature, "a nature" {
        /// Earned or received.
        Income = "income",
        /// Spent.
        Expense = "expense",
        /// Moved.
        Transfer = "transfer",
        /// Not known.
        None = "none",
    }
}

snake_enum! {
    /// Band of a confidence: at least 0.95, 0.80, 0.50, below.
    ConfidenceLevel, "a confidence level" {
        /// Below 0.50.
        Low = "LOW",
        /// At least 0.50.
        Medium = "MEDIUM",
        /// At least 0.80.
        High = "HIGH",
        /// At least 0.95.
        VeryHigh = "VERY_HIGH",
    }
}

impl ConfidenceLevel {
    /// The band a probability falls into.
    pub fn of(confidence: f32) -> Self {
        match confidence {
            p if p >= 0.95 => Self::VeryHigh,
            p if p >= 0.80 => Self::High,
            p if p >= 0.50 => Self::Medium,
            _ => Self::Low,
        }
    }
}

snake_enum! {
    /// A category system an answer can be given in.
    #[non_exhaustive]
    Taxonomy, "a taxonomy" {
        /// Our own tree, by display name.
        Payee = "payee",
        /// The 119 consumer categories of MX.
        Mx = "mx",
        /// Plaid's personal finance categories, second version (127).
        PlaidV2 = "plaid-v2",
        /// Plaid's personal finance categories, first version (104).
        PlaidV1 = "plaid-v1",
    }
}
