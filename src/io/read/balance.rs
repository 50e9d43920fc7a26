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
    /// Mismatches and the line of the first for each way in which a file may run: from old to new or from new to old, with
    /// a credit raising the balance or, where a debt is written as a positive number, lowering it.
    ways: [(u64, u64); 4],
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
            let steps = [
                last_balance.checked_add(amount) == Some(balance),
                last_balance.checked_sub(amount) == Some(balance),
                balance.checked_add(last_amount) == Some(last_balance),
                balance.checked_sub(last_amount) == Some(last_balance),
            ];
            for (way, fits) in account.ways.iter_mut().zip(steps) {
                if !fits {
                    way.0 += 1;
                    if way.1 == 0 {
                        way.1 = line;
                    }
                }
            }
        }
        account.last = Some((balance, amount));
    }

    /// What does not add up. A column that does not follow the amounts at all is told as such.
    pub fn finish(self, file: &str) -> Option<Problem> {
        let (mut pairs, mut wrong, mut first) = (0, 0, u64::MAX);
        for account in self.accounts.into_values() {
            pairs += account.pairs;
            let best = account.ways.into_iter().min_by_key(|way| way.0).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &[(&str, &str)]) -> Option<String> {
        let mut check = BalanceCheck::default();
        for (line, (amount, balance)) in (2..).zip(rows) {
            let row = Transaction::new("X").with_signed_amount(amount.parse().unwrap());
            check.row(line, &row, Some(balance.parse().unwrap()));
        }
        check.finish("f").map(|problem| problem.to_string())
    }

    #[test]
    fn balances_follow_the_amounts_one_way_through_the_whole_file() {
        assert_eq!(told(&[("-4.50", "95.50"), ("100", "195.50"), ("-5", "190.50")]), None);
        assert_eq!(told(&[("-5", "190.50"), ("100", "195.50"), ("-4.50", "95.50")]), None);
        // A debt as a positive number: what is spent raises it.
        assert_eq!(told(&[("-4.50", "104.50"), ("100", "4.50"), ("-5", "9.50")]), None);
        let wrong = told(&[("-4.50", "95.50"), ("100", "195.50"), ("-5", "200.50"), ("-1", "199.50")]).unwrap();
        assert!(wrong.contains("f:4: ") && wrong.contains("1 of 3 steps"), "{wrong}");
        let signs = told(&[("4.50", "95.50"), ("100", "195.50"), ("5", "190.50")]).unwrap();
        assert!(signs.contains("signs, columns or order may be wrong") || signs.contains("1 of 2"), "{signs}");
    }
}
