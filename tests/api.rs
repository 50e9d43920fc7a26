//! What a program that links the library relies on.

use std::error::Error as StdError;
use std::thread;

use payee::io::{AtomicFile, Batch, Reader, Renderer};
use payee::recur::{Collector, Incremental, Streams};
use payee::{Category, Engine, EngineBuilder, Enriched, Error, Explanation, Merchant, Source, Transaction};

fn shared<T: Send + Sync>() {}
fn sent<T: Send>() {}
fn an_error<T: StdError + Send + Sync + Clone + 'static>() {}

#[test]
fn types_go_between_threads() {
    shared::<Engine>();
    shared::<EngineBuilder>();
    shared::<Source>();
    shared::<Transaction>();
    shared::<Enriched<'static>>();
    shared::<Explanation<'static>>();
    shared::<Merchant<'static>>();
    shared::<Category>();
    shared::<Streams>();
    shared::<Collector<'static>>();
    shared::<Incremental<'static>>();
    shared::<Batch>();
    shared::<Box<dyn Renderer>>();
    shared::<AtomicFile>();
    sent::<Reader>();
    an_error::<Error>();
}

/// One engine for all threads, each with its own rows; answers outlive neither.
#[test]
fn one_engine_serves_many_threads() {
    let engine = Engine::builtin();
    let expected = |at: usize| if at.is_multiple_of(2) { "Netflix" } else { "Whole Foods Market" };
    thread::scope(|scope| {
        for worker in 0..4_usize {
            scope.spawn(move || {
                for at in 0..20 {
                    let text = if (worker + at).is_multiple_of(2) { "NETFLIX.COM" } else { "WHOLEFDS TSQ 102" };
                    let transaction = Transaction::new(text);
                    assert_eq!(engine.enrich(&transaction).description, expected(worker + at));
                }
            });
        }
    });
}

/// JSON of the reference record goes in, whatever else it holds.
#[test]
fn transactions_are_read_from_json() {
    let json = r#"{"id":"1","description":"NETFLIX.COM","amount":15.49,"type":"DEBIT","date":"2025-01-31",
        "merchant_category_code":"4899","currency_code":"usd","account_type":"CREDIT_CARD","guid":"TRN-1","unknown":[1]}"#;
    let transaction: Transaction = serde_json::from_str(json).unwrap();
    assert_eq!(transaction.signed_amount(), Some("-15.49".parse().unwrap()));
    let again: Transaction = serde_json::from_str(&serde_json::to_string(&transaction).unwrap()).unwrap();
    assert_eq!(transaction, again);
    let error = serde_json::from_str::<Transaction>(r#"{"description":"X","currency_code":"EURO"}"#).unwrap_err();
    assert!(error.to_string().contains("`EURO` is not a currency code"), "{error}");
}
