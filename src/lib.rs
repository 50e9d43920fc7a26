//! Tells who was paid, for what: cleans raw bank and card descriptions, finds the merchant, assigns one of more than 250
//! categories and sets flags, offline and with the reason for every answer.
//!
//! ```
//! use payee::{Engine, Transaction};
//!
//! let engine = Engine::builtin();
//! let transaction = Transaction::new("WHOLEFDS TSQ 102").with_signed_amount("-42.10".parse()?);
//! let answer = engine.enrich(&transaction);
//! assert_eq!(answer.description, "Whole Foods Market");
//! assert_eq!(answer.category.path(), "food.groceries");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Engine`] is immutable and `Send + Sync`; build it once and share it. [`Engine::enrich`] is a pure function of engine
//! and transaction and cannot fail. [`Engine::enrich_batch`] spreads a batch over threads; answers do not depend on how many.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod check;
pub mod compare;
mod data;
mod engine;
mod error;
pub mod eval;
mod explain;
pub mod io;
mod knowledge;
pub mod learn;
pub mod learned;
#[doc(hidden)]
pub mod measure;
mod model;
#[doc(hidden)]
mod privacy;
pub mod recur;
mod rules;
mod stages;
pub mod text;

pub use data::source::{Source, SourceKind};
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, ErrorKind, Problem};
pub use explain::Explanation;
pub use model::account::{Account, AccountOwnership, AccountType, FederalInsuranceStatus, PropertyType};
pub use model::category::{Category, CategoryId, Projection};
pub use model::enriched::{Counterparties, Counterparty, Details, Enriched, Evidence, Place, RuleRef};
pub use model::flags::{Flag, Flags};
pub use model::merchant::Merchant;
pub use model::names::{
    BillerKind, Channel, ConfidenceLevel, CounterpartyKind, Method, Nature, Taxonomy, TransferMethod,
};
pub use model::record::{COLUMNS, Record};
pub use model::transaction::{Country, Currency, Direction, Mcc, Status, Transaction};
pub use privacy::{redact, redact_names};
pub use rust_decimal::Decimal;

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
