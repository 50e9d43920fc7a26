//! The nouns: transactions, accounts, categories, merchants, flags, answers.

pub mod account;
pub mod category;
pub mod enriched;
pub mod flags;
pub mod merchant;
pub mod names;
pub mod record;
pub mod transaction;
