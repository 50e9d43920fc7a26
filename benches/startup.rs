//! From nothing to the first answer, in one process: building the engine, and the first transaction on it.

use criterion::{Criterion, criterion_group, criterion_main};
use payee::{Engine, Transaction};

fn startup(criterion: &mut Criterion) {
    let transaction = Transaction::new("POS DEBIT WHOLEFDS TSQ 102 SEATTLE WA").with_signed_amount((-42).into());
    let mut group = criterion.benchmark_group("startup");
    group.sample_size(20);
    group.bench_function("build", |bencher| {
        bencher.iter(|| Engine::builder().build().expect("the built-in data are sound"))
    });
    group.bench_function("build and first answer", |bencher| {
        bencher.iter(|| {
            let engine = Engine::builder().build().expect("the built-in data are sound");
            assert_eq!(engine.enrich(&transaction).category.path(), "food.groceries");
        });
    });
    group.finish();
}

criterion_group!(benches, startup);
criterion_main!(benches);
