//! Which trades can be of one firm: what tells `TESCO CAFE` from `TESCO PLUMBING`.

use crate::data::tables::WholeFirmRow;

/// The trades that nobody runs on the side.
pub struct Trades {
    whole_firms: Vec<WholeFirmRow>,
}

impl Trades {
    pub fn new(whole_firms: Vec<WholeFirmRow>) -> Self {
        Self { whole_firms }
    }

    /// Whether a chain of one category cannot be meant where words tell the other.
    pub fn exclude<'w>(&self, chain: &str, trade: &str, words: impl Iterator<Item = &'w str> + Clone) -> bool {
        let speaks = |row: &WholeFirmRow| {
            row.words.is_empty() || words.clone().any(|word| row.words.iter().any(|other| other == word))
        };
        !related(chain, trade)
            && self
                .whole_firms
                .iter()
                .filter(|row| is_within(trade, &row.category) && speaks(row))
                .any(|row| !row.unless.iter().any(|path| is_within(chain, path)))
    }
}

/// Whether two categories stand one above the other.
pub fn related(one: &str, other: &str) -> bool {
    is_within(one, other) || is_within(other, one)
}

/// Whether two categories are of one branch at the root.
pub fn same_branch(one: &str, other: &str) -> bool {
    one.split('.').next() == other.split('.').next()
}

fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_on_the_side_excludes_nobody() {
        let unless = vec!["shopping".to_owned(), "travel".to_owned()];
        let category = || "food.restaurants".to_owned();
        let diner = vec!["DINER".to_owned()];
        let trades = Trades::new(vec![
            WholeFirmRow { category: category(), words: vec![], unless },
            WholeFirmRow { category: category(), words: diner, unless: vec!["travel".to_owned()] },
        ]);
        let exclude = |chain, trade| trades.exclude(chain, trade, ["CAFE"].into_iter());
        assert!(exclude("loans.bnpl", "food.restaurants.coffee"));
        assert!(!exclude("shopping.superstore", "food.restaurants.coffee"));
        assert!(!exclude("food.restaurants", "food.restaurants.bars"));
        assert!(!exclude("loans.bnpl", "health.pharmacy"), "no row speaks of it");
        assert!(trades.exclude("shopping.superstore", "food.restaurants", ["OLD", "DINER"].into_iter()));
        assert!(!trades.exclude("travel.hotel", "food.restaurants", ["DINER"].into_iter()));
    }
}
