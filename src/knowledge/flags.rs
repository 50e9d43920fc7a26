//! Which flags follow from a category.

use crate::data::tables::{AccountClass, FlagRow};
use crate::knowledge::compatibility::class_of;
use crate::model::category::Category;
use crate::model::flags::{Flag, Flags};
use crate::model::names::TransferMethod;
use crate::model::transaction::{Direction, Transaction};

/// The written rules, and for each category those that list it.
pub struct FlagRules {
    rows: Vec<FlagRow>,
    /// By category: a bit for each row that lists it, and one for each that lists it for credit cards.
    listed: Vec<[u32; 2]>,
}

impl FlagRules {
    pub fn new(rows: Vec<FlagRow>, categories: &[Category]) -> Self {
        let listed = |category: &Category| {
            let bits = |paths: fn(&FlagRow) -> &[String]| {
                let lists = |row: &FlagRow| paths(row).iter().any(|path| category.is_within(path));
                rows.iter().enumerate().filter(|(_, row)| lists(row)).fold(0, |bits, (at, _)| bits | 1 << at)
            };
            [bits(|row| &row.categories), bits(|row| &row.on_cards)]
        };
        let listed = categories.iter().map(listed).collect();
        Self { rows, listed }
    }

    /// Every flag's name with its rule.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows.iter().map(|row| (row.name.as_str(), row.rule.as_str()))
    }

    /// The flags that a category sets for a transaction that moved by this rail.
    pub fn of(&self, category: &Category, transaction: &Transaction, method: Option<TransferMethod>) -> Flags {
        let [always, on_cards] = self.listed[usize::from(category.id.0)];
        let mut left = always;
        if on_cards != 0 && transaction.account_type.and_then(class_of) == Some(AccountClass::Card) {
            left |= on_cards;
        }
        let mut flags = Flags::NONE;
        while left != 0 {
            let row = &self.rows[left.trailing_zeros() as usize];
            left &= left - 1;
            let only = |credit| if credit { Direction::Credit } else { Direction::Debit };
            let flows = row.credit.is_none_or(|credit| transaction.direction == Some(only(credit)));
            let moves = row.methods.is_empty() || method.is_some_and(|method| row.methods.contains(&(method as u8)));
            if let Some(flag) = row.flag.filter(|_| flows && moves) {
                flags.insert(Flag::ALL[usize::from(flag)]);
            }
        }
        flags
    }
}
