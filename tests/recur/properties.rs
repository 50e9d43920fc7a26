//! What holds for any payments.

use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use payee::recur::{self, Cadence, Collector, Expectation, Incremental, Outlook, Payee, Payment, Status, Streams};
use payee::{Decimal, Direction, Engine};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::simulator::{self, Dice, Household};

/// Row numbers follow the payment wherever it stands.
fn collect(household: &Household, order: &[usize]) -> Collector<'static> {
    let mut collector = Collector::builtin();
    for at in order {
        collector.push_payment(*at as u32, &household.payments[*at].payment());
    }
    collector
}

fn shuffled(length: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    let mut dice = Dice::new(seed);
    for at in (1..length).rev() {
        order.swap(at, dice.range(0, at as i64) as usize);
    }
    order
}

/// Two households as one file, so that names and accounts are numbered differently in another order.
fn neighbours(seed: u64) -> Household {
    let (mut one, other) = (simulator::household(seed), simulator::household(seed + 1_000_000));
    one.payments.extend(other.payments);
    one
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(24) })]

    #[test]
    fn the_order_of_payments_does_not_matter(seed in 0_u64..10_000) {
        let household = neighbours(seed);
        let count = household.payments.len();
        let straight = recur::streams(collect(&household, &(0..count).collect::<Vec<_>>()), None);
        let mixed = recur::streams(collect(&household, &shuffled(count, seed)), None);
        prop_assert_eq!(straight.all(), mixed.all());
        prop_assert!(straight.all().len() > 10);
    }

    #[test]
    fn payments_in_parts_give_the_same_streams(seed in 0_u64..10_000, cut in 0.0..1.0_f64, mixed: bool) {
        let household = neighbours(seed);
        let count = household.payments.len();
        let order = if mixed { shuffled(count, seed) } else { (0..count).collect() };
        let whole = recur::streams(collect(&household, &order), None);
        let (first, second) = order.split_at((count as f64 * cut) as usize);
        let mut incremental = Incremental::new(collect(&household, first));
        incremental.update(None);
        let before: Vec<_> = incremental.streams().all().to_vec();
        for at in second {
            incremental.push_payment(*at as u32, &household.payments[*at].payment());
        }
        let changes = incremental.update(None);
        let streams = incremental.streams();
        prop_assert_eq!(streams.all(), whole.all());
        // What was there, without what is gone and with what changed, is what is there.
        let changed: HashSet<_> = changes.changed.iter().map(|stream| stream.id).collect();
        let gone: HashSet<_> = changes.removed.iter().copied().collect();
        let mut told: Vec<_> =
            before.into_iter().filter(|stream| !changed.contains(&stream.id) && !gone.contains(&stream.id)).collect();
        told.extend(changes.changed);
        told.sort_by_key(|stream| stream.id);
        let mut there = whole.all().to_vec();
        there.sort_by_key(|stream| stream.id);
        prop_assert_eq!(told, there);
    }

    #[test]
    fn threads_do_not_matter(seed in 0_u64..10_000) {
        let household = neighbours(seed);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let streams = one.install(|| recur::streams(household.collector(), None));
        let all = recur::streams(household.collector(), None);
        prop_assert_eq!(streams.all(), all.all());
    }

    #[test]
    fn a_monthly_payment_is_found_on_any_day(start in 0_i64..1500, day in 1_i8..=31, count in 4_i64..30) {
        let begin = date(2019, 1, 1) + start.days();
        let payments: Vec<(Date, i64)> = (0..count)
            .map(|month| {
                let first = begin.first_of_month() + month.months();
                (Date::new(first.year(), first.month(), day.min(first.days_in_month())).unwrap(), 1_299)
            })
            .collect();
        let streams = of(&payments);
        prop_assert_eq!(streams.all().len(), 1);
        let stream = &streams.all()[0];
        prop_assert_eq!((stream.cadence, stream.members.len()), (Cadence::EveryMonth, count as usize));
        let first = begin.first_of_month() + count.months();
        let due = Date::new(first.year(), first.month(), day.min(first.days_in_month())).unwrap();
        let next = stream.next.unwrap();
        prop_assert!(next.earliest <= due && due <= next.latest, "{due} {next:?}");
    }
}

fn of(payments: &[(Date, i64)]) -> Streams {
    let mut collector = Collector::builtin();
    for (at, (date, cents)) in payments.iter().enumerate() {
        collector.push_payment(at as u32, &payment("Tunewave", *date, Decimal::new(*cents, 2), Direction::Debit));
    }
    recur::streams(collector, None)
}

fn payment(name: &str, date: Date, amount: Decimal, direction: Direction) -> Payment<'_> {
    Payment {
        account: "",
        currency: None,
        country: "US".parse().ok(),
        date,
        amount,
        direction,
        payee: Payee { merchant: None, name },
        category: Engine::builtin().categories()[0].id(),
        outlook: Outlook { expectation: Expectation::Subscription, varies: false },
        subscription: true,
        bill: false,
        pending: false,
    }
}

fn any_amount() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (1_i64..5_000_000).prop_map(|cents| Decimal::new(cents, 2)),
        Just(Decimal::MAX),
        Just(Decimal::MIN),
        Just(Decimal::ZERO),
        Just(Decimal::new(1, 28)),
        (any::<i64>(), 0_u32..28).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
    ]
}

fn any_date() -> impl Strategy<Value = Date> {
    prop_oneof![
        8 => (0_i32..900).prop_map(|days| date(2023, 1, 1) + days.days()),
        1 => Just(Date::MAX),
        1 => Just(Date::MIN),
        1 => (-9999_i16..=9999, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day)),
    ]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(400) })]

    #[test]
    fn any_payments_give_sound_streams(
        rows in prop::collection::vec(
            (any_date(), any_amount(), prop_oneof![Just("Tunewave".to_owned()), any::<String>()], any::<[bool; 4]>(), 0_usize..7),
            0..60,
        ),
        as_of in prop::option::of(any_date()),
    ) {
        const KINDS: [Expectation; 7] = [
            Expectation::Neutral, Expectation::Subscription, Expectation::Bill, Expectation::Income,
            Expectation::Transfer, Expectation::Habit, Expectation::Never,
        ];
        let mut collector = Collector::builtin();
        for (at, (date, amount, name, [credit, varies, bill, pending], kind)) in rows.iter().enumerate() {
            let direction = if *credit { Direction::Credit } else { Direction::Debit };
            let outlook = Outlook { expectation: KINDS[*kind], varies: *varies };
            let payment = Payment { outlook, bill: *bill, pending: *pending, ..payment(name, *date, *amount, direction) };
            collector.push_payment(at as u32, &payment);
        }
        let streams = recur::streams(collector, as_of);
        let mut members = HashSet::new();
        for stream in streams.all() {
            prop_assert!(stream.members.len() >= 2);
            prop_assert!(stream.members.iter().all(|row| members.insert(*row) && (*row as usize) < rows.len()));
            prop_assert!(stream.min_amount <= stream.average_amount && stream.average_amount <= stream.max_amount);
            prop_assert!(stream.first_date <= stream.last_date);
            prop_assert!((0.0..=1.0).contains(&stream.confidence));
            prop_assert!(stream.next.is_none() || stream.status != Status::Stopped);
            prop_assert!(stream.next.is_some() || stream.status == Status::Stopped || streams.as_of().max(stream.last_date).year() > 9_990);
            if let Some(next) = stream.next {
                prop_assert!(next.earliest <= next.date && next.date <= next.latest);
                prop_assert!(next.amount.low <= next.amount.high);
            }
        }
        let mut out = Vec::new();
        let until = streams.as_of().saturating_add(60.days());
        recur::render::text(&streams, until, &mut out).unwrap();
        prop_assert!(streams.upcoming(until).len() <= streams.all().len() * 12);
        recur::render::csv(&streams, Engine::builtin(), &mut out).unwrap();
        recur::render::jsonl(&streams, Engine::builtin(), &mut out).unwrap();
    }
}
