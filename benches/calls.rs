//! Single calls on a warm engine: how long the middle one and the slowest in a hundred take, what they ask of the allocator,
//! and what batches gain from threads.
//!
//! ```text
//! cargo bench --bench calls
//! ```

// A bench is a program; there is nothing to document from outside.
#![allow(missing_docs)]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use payee::io::{Batch, Input, ReadOptions, Reader};
use payee::{Engine, Transaction};

#[path = "../examples/generate/statement.rs"]
mod statement;

use statement::Statement;

const ROWS: u64 = 50_000;
const ROUNDS: usize = 5;

fn main() {
    let engine = Engine::builtin();
    for (title, is_distinct) in [("real repetition", false), ("every description distinct", true)] {
        let transactions = transactions(is_distinct);
        println!("\n{title}: {} transactions", transactions.len());
        one_by_one(engine, &transactions);
        allocations(engine, &transactions);
        batches(engine, &transactions);
    }
    let _ = std::io::stdout().flush();
}

fn transactions(is_distinct: bool) -> Vec<Transaction> {
    let mut bytes = Vec::new();
    statement::write(&Statement::of(ROWS, is_distinct), &mut bytes).expect("memory takes all bytes");
    let input = Input::Bytes("statement.csv".into(), bytes.into());
    let mut reader = Reader::open(&[input], ReadOptions::default()).expect("the form is our own");
    let (mut batch, mut all) = (Batch::default(), Vec::new());
    while reader.next_batch(&mut batch).expect("memory can be read") {
        all.append(&mut batch.transactions);
    }
    assert_eq!(all.len() as u64, ROWS);
    all
}

fn one_by_one(engine: &Engine, transactions: &[Transaction]) {
    let mut nanoseconds = Vec::with_capacity(transactions.len() * ROUNDS);
    for _ in 0..=ROUNDS {
        // The first round warms up.
        nanoseconds.clear();
        for transaction in transactions {
            let started = Instant::now();
            black_box(engine.enrich(black_box(transaction)));
            nanoseconds.push(started.elapsed().as_nanos() as u64);
        }
    }
    nanoseconds.sort_unstable();
    let at = |share: f64| nanoseconds[((nanoseconds.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    println!("enrich: p50 {:.1} us, p90 {:.1} us, p99 {:.1} us", at(0.5), at(0.9), at(0.99));
}

fn allocations(engine: &Engine, transactions: &[Transaction]) {
    let asked = |transaction: &Transaction| {
        allocation_counter::measure(|| drop(black_box(engine.enrich(black_box(transaction))))).count_total
    };
    let (mut calls, mut strings, mut beyond) = (0, 0, 0);
    for transaction in transactions {
        let (own, owned) = (asked(transaction), owned_strings(engine, transaction));
        calls += own;
        strings += owned;
        beyond += u64::from(own > owned);
    }
    let each = |count: u64| count as f64 / transactions.len() as f64;
    println!(
        "allocations a row: {:.2}; strings given out: {:.2}; rows that ask for more than those: {:.1} %",
        each(calls),
        each(strings),
        100.0 * each(beyond)
    );
}

/// Texts of an answer that had to be composed, rather than borrowed from the engine or the transaction, and the list of persons.
fn owned_strings(engine: &Engine, transaction: &Transaction) -> u64 {
    use std::borrow::Cow::Owned;
    let answer = engine.enrich(transaction);
    let details = &answer.details;
    let told = [&details.store_number, &details.check_number, &details.url, &details.reference, &details.mandate];
    let parties = answer.counterparties.iter().filter(|party| matches!(party.name, Owned(_))).count();
    let details =
        told.iter().filter(|text| matches!(text, Some(Owned(_)))).count() + usize::from(details.phone.is_some());
    let lists = usize::from(!answer.persons(transaction).is_empty());
    (usize::from(matches!(answer.description, Owned(_))) + parties + details + lists) as u64
}

fn batches(engine: &Engine, transactions: &[Transaction]) {
    let seconds = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
        let once = || {
            let started = Instant::now();
            pool.install(|| black_box(engine.enrich_batch(black_box(transactions))).len());
            started.elapsed().as_secs_f64()
        };
        once();
        let mut all: Vec<f64> = (0..ROUNDS).map(|_| once()).collect();
        all.sort_by(f64::total_cmp);
        all[ROUNDS / 2]
    };
    let (one, two) = (seconds(1), seconds(2));
    println!(
        "enrich_batch: {:.2} us a row with one thread, {:.2} us with two, {:.2} times as fast",
        one * 1e6 / transactions.len() as f64,
        two * 1e6 / transactions.len() as f64,
        one / two
    );
}
