use std::fmt;

use crate::error::ParseError;

/// Name of the three-valued statement among the flags, see [`Flags::international`].
pub const INTERNATIONAL: &str = "international";

/// Declares the flags once: bit, name of the output column, meaning.
macro_rules! flags {
    ($($(#[$doc:meta])* $flag:ident = $name:literal),+ $(,)?) => {
        /// One yes-or-no statement about a transaction. `is_international` is not among them: it has three values, see
        /// [`Flags::international`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Flag {
            $($(#[$doc])* $flag),+
        }

        impl Flag {
            /// Every flag, in column order.
            pub const ALL: &[Self] = &[$(Self::$flag),+];

            /// The name as used in data files and rules; the output column is this name after `is_`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$flag => $name),+
                }
            }
        }
    };
}

flags! {
    /// Payment of a bill, through a bank's bill payment service or pulled by a biller. Money out only.
    BillPay = "bill_pay",
    /// Pay, pension or benefit deposited straight into the account. Money in only.
    DirectDeposit = "direct_deposit",
    /// Spending: no transfer, no card payment, no investment, no refund.
    Expense = "expense",
    /// A charge of a financial institution.
    Fee = "fee",
    /// Earned or received money: no transfer, no loan, no refund.
    Income = "income",
    /// A charge for an overdrawn account. Always a fee.
    OverdraftFee = "overdraft_fee",
    /// Wages advanced before payday, paid out or paid back.
    PayrollAdvance = "payroll_advance",
    /// Member of a recurring stream.
    Recurring = "recurring",
    /// Discretionary service paid at intervals. Money out only.
    Subscription = "subscription",
    /// Money moved rather than spent or earned.
    Transfer = "transfer",
    /// A purchase paid back.
    Refund = "refund",
    /// Done at a cash machine.
    Atm = "atm",
    /// A charge for an item returned for insufficient funds. Always a fee, never an overdraft fee.
    NsfFee = "nsf_fee",
    /// Cash taken on credit, or an advance of a cash advance service.
    CashAdvance = "cash_advance",
    /// From person to person.
    PeerToPeer = "peer_to_peer",
}

impl std::str::FromStr for Flag {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL.iter().copied().find(|flag| flag.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|flag| flag.as_str()).collect();
            ParseError::new(format!("`{text}` is no flag: use one of {}", names.join(", ")))
        })
    }
}

/// A set of [`Flag`]s and the three-valued "international". Four bytes, `Copy`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    bits: u16,
    /// `Some(true)` made abroad or across a border, `Some(false)` at home, `None` not known.
    pub international: Option<bool>,
}

impl Flags {
    /// No flag, international unknown.
    pub const NONE: Self = Self { bits: 0, international: None };

    /// Whether the flag is set.
    pub fn contains(self, flag: Flag) -> bool {
        self.bits & (1 << flag as u8) != 0
    }

    /// Sets the flag.
    pub fn insert(&mut self, flag: Flag) {
        self.bits |= 1 << flag as u8;
    }

    /// Clears the flag.
    pub fn remove(&mut self, flag: Flag) {
        self.bits &= !(1 << flag as u8);
    }

    /// Sets or clears the flag.
    pub fn set(&mut self, flag: Flag, value: bool) {
        if value {
            self.insert(flag);
        } else {
            self.remove(flag);
        }
    }

    /// Adds every flag of another set; the other's "international" wins where it is known.
    pub fn extend(&mut self, other: Self) {
        self.bits |= other.bits;
        self.international = other.international.or(self.international);
    }

    /// Clears every flag of another set.
    pub fn remove_all(&mut self, other: Self) {
        self.bits &= !other.bits;
    }

    /// The flags that are set, in column order.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |flag| self.contains(*flag))
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut set = Self::NONE;
        flags.into_iter().for_each(|flag| set.insert(flag));
        set
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        set.entries(self.iter().map(Flag::as_str));
        if let Some(international) = self.international {
            set.entry(&format_args!("international={international}"));
        }
        set.finish()
    }
}
