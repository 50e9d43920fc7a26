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
//!
//! # In a service
//!
//! A batch runs on the rayon pool it is called in, so a service decides how many threads it gives away:
//!
//! ```
//! use payee::{Engine, Transaction};
//!
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
//! let transactions: Vec<Transaction> = ["NETFLIX.COM LOS GATOS CA", "UBER *TRIP"].map(Transaction::new).into();
//! let answers = pool.install(|| Engine::builtin().enrich_batch(&transactions));
//! assert_eq!(answers[1].merchant.map(|merchant| merchant.name()), Some("Uber"));
//! # Ok::<(), rayon::ThreadPoolBuildError>(())
//! ```
//!
//! # Rules of a client's own
//!
//! An engine with rules shares nothing with others; keep one for each client that has any. Faults come back all at once, each
//! with file and line:
//!
//! ```
//! use payee::{Engine, Source, Transaction};
//!
//! let rules = "[[rule]]\nwhen.text = 'MAPLE COURT'\nthen.category = 'home.rent'\n";
//! let engine = Engine::builder().source(Source::new("client-42.toml", rules)).build()?;
//! let transaction = Transaction::new("MAPLE COURT 0042");
//! let answer = engine.enrich(&transaction);
//! assert_eq!((answer.category.path(), answer.confidence), ("home.rent", 1.0));
//!
//! let faulty = Source::new("client-43.toml", "[[rule]]\nwhen.text = 'X'\nthen.category = 'home.rentt'\n");
//! let error = Engine::builder().source(faulty).build().err().unwrap();
//! assert!(error.problems()[0].to_string().starts_with("client-43.toml:3: `home.rentt`"));
//! # Ok::<(), payee::Error>(())
//! ```
//!
//! # Recurring streams
//!
//! Streams need all rows of an account. They are found from what a [`recur::Collector`] has seen of them, forty bytes a row:
//!
//! ```
//! use payee::recur::{self, Cadence, Collector};
//! use payee::{Engine, Transaction};
//!
//! let engine = Engine::builtin();
//! let mut rows: Vec<Transaction> = Vec::new();
//! for month in 1..=6 {
//!     let mut row = Transaction::new("NETFLIX.COM LOS GATOS CA").with_signed_amount("-15.49".parse()?);
//!     row.date = Some(format!("2025-{month:02}-05").parse()?);
//!     rows.push(row);
//! }
//! let mut answers = engine.enrich_batch(&rows);
//! let mut collector = Collector::builtin();
//! for (number, (row, answer)) in (0..).zip(rows.iter().zip(&answers)) {
//!     collector.push(number, row, answer);
//! }
//! let streams = recur::streams(collector, None);
//! recur::annotate(&mut answers, &streams);
//! assert_eq!(streams.all()[0].cadence, Cadence::EveryMonth);
//! assert_eq!(answers[0].stream_id, Some(streams.all()[0].id));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What may change
//!
//! Lists of names and what is given back may grow: such types are `#[non_exhaustive]`. Which category a text gets changes with
//! the data; [`Engine::fingerprint`] names them. Options that are given, such as [`io::ReadOptions`], are filled up with
//! `..Default::default()`.

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
mod recent;
pub mod recur;
mod rules;
mod stages;
pub mod text;

pub use data::source::{Source, SourceKind};
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, ErrorKind, ParseError, Problem};
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
