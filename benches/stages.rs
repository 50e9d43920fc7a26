//! What each stage costs: the pipeline up to it, over the same descriptions; the difference of two is the stage between them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use payee::measure::{Partial, Until};
use payee::{Engine, Transaction};

fn stages(criterion: &mut Criterion) {
    let engine = Engine::builtin();
    let lines = include_str!("descriptions.txt").lines();
    let transactions: Vec<Transaction> =
        lines.map(|line| Transaction::new(line).with_signed_amount((-1299).into())).collect();
    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Elements(transactions.len() as u64));
    let mut partial = Partial::default();
    for (name, until) in
        [("up to clean", Until::Clean), ("up to identify", Until::Identify), ("up to categorize", Until::Categorize)]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let found: usize =
                    transactions.iter().map(|transaction| partial.run(engine, black_box(transaction), until)).sum();
                assert!(found * 2 > transactions.len(), "only {found} things were found");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
