//! The whole pipeline, one thread and all; each run asserts its answer.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use payee::{Engine, Transaction};

/// Invented descriptions in the shapes that banks print.
fn transactions() -> Vec<Transaction> {
    include_str!("descriptions.txt")
        .lines()
        .map(|line| Transaction::new(line).with_signed_amount((-1299).into()))
        .collect()
}

fn pipeline(criterion: &mut Criterion) {
    let engine = Engine::builtin();
    let transactions = transactions();
    let known = |count: usize| {
        assert!(count * 2 > transactions.len(), "only {count} of {} were categorized", transactions.len())
    };
    let mut group = criterion.benchmark_group("enrich");
    group.throughput(Throughput::Elements(transactions.len() as u64));
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| {
            let answers = transactions.iter().map(|transaction| engine.enrich(black_box(transaction)));
            known(answers.filter(|answer| answer.confidence > 0.0).count());
        });
    });
    group.bench_function("batch", |bencher| {
        bencher.iter(|| {
            let answers = engine.enrich_batch(black_box(&transactions));
            known(answers.iter().filter(|answer| answer.confidence > 0.0).count());
        });
    });
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
