//! Recurring streams: collecting payments, and finding streams, in payments a second. Each run asserts what it found.

// Criterion's macros make functions without documentation.
#![allow(missing_docs)]

#[path = "../tests/recur/simulator.rs"]
#[allow(dead_code, missing_docs)]
mod simulator;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use payee::recur::{self, Collector};

const HOUSEHOLDS: u64 = 200;

fn recurring(criterion: &mut Criterion) {
    let households: Vec<_> = (0..HOUSEHOLDS).map(simulator::household).collect();
    let payments: Vec<_> = households.iter().flat_map(|household| &household.payments).collect();
    let collect = || {
        let mut collector = Collector::builtin();
        for (row, paid) in payments.iter().enumerate() {
            collector.push_payment(row as u32, &paid.payment());
        }
        collector
    };
    let collector = collect();
    let truths: usize = households.iter().map(|household| household.truths.len()).sum();
    let found = recur::streams(collector.clone(), None).all().len();
    assert!(found * 100 > truths * 97 && found * 97 < truths * 100, "{found} streams found of {truths}");

    let mut group = criterion.benchmark_group("recur");
    group.throughput(Throughput::Elements(payments.len() as u64));
    group.sample_size(20);
    group.bench_function("collect", |bencher| bencher.iter(|| black_box(collect()).len()));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had");
    group.bench_function("streams, one thread", |bencher| {
        bencher.iter_batched(
            || collector.clone(),
            |collector| assert_eq!(one.install(|| recur::streams(collector, None)).all().len(), found),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("sort and scan alone", |bencher| {
        let keys: Vec<(u64, i64)> = payments
            .iter()
            .enumerate()
            .map(|(row, paid)| ((row as u64 * 0x9E37_79B9) % 1_000_003, paid.cents))
            .collect();
        bencher.iter_batched_ref(
            || keys.clone(),
            |keys| {
                keys.sort_unstable();
                keys.windows(2).filter(|pair| pair[0].0 == pair[1].0).count()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, recurring);
criterion_main!(benches);
