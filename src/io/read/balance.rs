//! Running balances checked against the amounts between them.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::error::Problem;
use crate::model::transaction::Transaction;

/// Follows the balances of every account of a file, oldest first or newest first.
#[derive(Debug, Default)]
pub(crate) struct BalanceCheck {
    accounts: HashMap<String, Account>,
}

#[derive(Debug, Default)]
struct Account {
    last: Option<(Decimal, Decimal)>,
    pairs: u64,
    /// Mismatches and the line of the first, if the file runs from old to new.
    forward: (u64, u64),
    /// The same, if it runs from new to old.
    backward: (u64, u64),
}

impl BalanceCheck {
    /// Takes a row. A row without a balance breaks the chain.
    pub fn row(&mut self, line: u64, transaction: &Transaction, balance: Option<Decimal>) {
        let name = transaction.account_id.as_deref().unwrap_or_default();
        if !self.accounts.contains_key(name) {
            self.accounts.insert(name.to_owned(), Account::default());
        }
        let Some(account) = self.accounts.get_mut(name) else { return };
        let amount = transaction.signed_amount().or(transaction.amount.filter(Decimal::is_zero));
        let (Some(balance), Some(amount)) = (balance, amount) else {
            account.last = None;
            return;
        };
        if let Some((last_balance, last_amount)) = account.last {
            account.pairs += 1;
            let note = |count: &mut (u64, u64), fits: bool| {
                if !fits {
                    count.0 += 1;
                    if count.1 == 0 {
                        count.1 = line;
                    }
                }
            };
            // A debt is written as a positive balance by some.
            let step = |from: Decimal, to: Decimal, amount: Decimal| {
                from.checked_add(amount) == Some(to) || from.checked_sub(amount) == Some(to)
            };
            note(&mut account.forward, step(last_balance, balance, amount));
            note(&mut account.backward, step(balance, last_balance, last_amount));
        }
        account.last = Some((balance, amount));
    }

    /// What does not add up. A column that does not follow the amounts at all is told as such.
    pub fn finish(self, file: &str) -> Option<Problem> {
        let (mut pairs, mut wrong, mut first) = (0, 0, u64::MAX);
        for account in self.accounts.into_values() {
            pairs += account.pairs;
            let best = if account.forward.0 <= account.backward.0 { account.forward } else { account.backward };
            wrong += best.0;
            if best.0 > 0 {
                first = first.min(best.1);
            }
        }
        if wrong == 0 {
            return None;
        }
        let message = if wrong * 2 > pairs {
            format!(
                "the running balance does not follow the amounts ({wrong} of {pairs} steps): signs, columns or order may be wrong"
            )
        } else {
            format!("the running balance does not add up at {wrong} of {pairs} steps, first here: rows may be missing")
        };
        Some(Problem::new(file, first, message))
    }
}
