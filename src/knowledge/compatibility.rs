//! What cannot be: direction by kind of account by category.

use crate::data::tables::{AccountClass, CompatibilityRow};
use crate::model::account::AccountType;
use crate::model::category::Category;
use crate::model::transaction::Direction;

/// For each category, one bit for each direction and class of account that is impossible.
pub struct Compatibility {
    impossible: Vec<u8>,
}

impl Compatibility {
    pub fn new(rows: &[CompatibilityRow], categories: &[Category]) -> Self {
        let mut impossible = vec![0; categories.len()];
        for row in rows {
            for (category, bits) in categories.iter().zip(&mut impossible) {
                if category.is_within(&row.category) {
                    for credit in [false, true] {
                        for class in AccountClass::ALL {
                            if row.credit.is_none_or(|only| only == credit)
                                && row.class.is_none_or(|only| only == class)
                            {
                                *bits |= bit(credit, class);
                            }
                        }
                    }
                }
            }
        }
        Self { impossible }
    }

    /// Unknown direction or account make nothing impossible.
    pub fn possible(&self, category: u16, direction: Option<Direction>, account: Option<AccountType>) -> bool {
        let bits = self.impossible[usize::from(category)];
        let Some(direction) = direction else { return true };
        let credit = direction == Direction::Credit;
        match account.map(class_of) {
            Some(Some(class)) => bits & bit(credit, class) == 0,
            // Impossible on every class of account.
            _ => AccountClass::ALL.iter().any(|class| bits & bit(credit, *class) == 0),
        }
    }
}

fn bit(credit: bool, class: AccountClass) -> u8 {
    1 << (class as u8 * 2 + u8::from(credit))
}

/// The class of an account; none for kinds that tell nothing.
pub(super) fn class_of(account: AccountType) -> Option<AccountClass> {
    match account {
        AccountType::Any => None,
        AccountType::CreditCard => Some(AccountClass::Card),
        AccountType::Investment | AccountType::Insurance | AccountType::Property => Some(AccountClass::Investment),
        other if other.is_debt() => Some(AccountClass::Debt),
        _ => Some(AccountClass::Deposit),
    }
}
