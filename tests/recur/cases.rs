//! Cases with a name: what people's statements do to a schedule.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use payee::recur::{
    self, Cadence, Collector, Expectation, Incremental, Kind, Outlook, Pattern, Payee, Payment, Status, Stream, Streams,
};
use payee::{Decimal, Direction, Engine, Flag, Transaction};

/// Payments of one account, drawn by hand.
#[derive(Clone, Default)]
struct Book {
    rows: Vec<(Date, i64, String, Outlook, Direction)>,
}

fn outlook(path: &str) -> Outlook {
    recur::Rules::builtin().outlook(path)
}

impl Book {
    fn pay(mut self, name: &str, category: &str, payments: impl IntoIterator<Item = (Date, i64)>) -> Self {
        for (date, cents) in payments {
            self.rows.push((date, cents, name.to_owned(), outlook(category), Direction::Debit));
        }
        self
    }

    fn receive(mut self, name: &str, category: &str, payments: impl IntoIterator<Item = (Date, i64)>) -> Self {
        for (date, cents) in payments {
            self.rows.push((date, cents, name.to_owned(), outlook(category), Direction::Credit));
        }
        self
    }

    fn payment(&self, at: usize) -> Payment<'_> {
        let (date, cents, name, outlook, direction) = &self.rows[at];
        Payment {
            account: "a-1",
            currency: "USD".parse().ok(),
            country: "US".parse().ok(),
            date: *date,
            amount: Decimal::new(*cents, 2),
            direction: *direction,
            payee: Payee { merchant: None, name },
            category: Engine::builtin().categories()[0].id(),
            outlook: *outlook,
            subscription: false,
            bill: false,
            pending: false,
        }
    }

    fn collector(&self) -> Collector<'static> {
        let mut collector = Collector::builtin();
        for at in 0..self.rows.len() {
            assert!(collector.push_payment(at as u32, &self.payment(at)));
        }
        collector
    }

    fn streams(&self) -> Streams {
        recur::streams(self.collector(), None)
    }

    fn as_of(&self, today: Date) -> Streams {
        recur::streams(self.collector(), Some(today))
    }
}

fn only(streams: &Streams) -> &Stream {
    match streams.all() {
        [stream] => stream,
        all => panic!("{} streams: {all:#?}", all.len()),
    }
}

fn monthly(first: Date, payments: i32, cents: i64) -> Vec<(Date, i64)> {
    (0..payments).map(|month| (first + month.months(), cents)).collect()
}

fn every(first: Date, days: i32, payments: i32, cents: i64) -> Vec<(Date, i64)> {
    (0..payments).map(|at| (first + (days * at).days(), cents)).collect()
}

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

#[test]
fn coffee_on_weekdays_is_no_subscription() {
    let weekday = |(date, _): &(Date, i64)| date.weekday().to_monday_zero_offset() < 5;
    let days = every(date(2024, 1, 1), 1, 200, 475).into_iter().filter(weekday);
    assert_eq!(Book::default().pay("Corner Bean", "food.restaurants.coffee", days).streams().all(), []);
    // Nor where nobody knows that it is coffee.
    let days = every(date(2024, 1, 1), 1, 200, 475).into_iter().filter(weekday);
    assert_eq!(Book::default().pay("Corner Bean", "uncategorized", days).streams().all(), []);
}

#[test]
fn weekly_groceries_are_no_bill() {
    let amounts = [8_123, 10_450, 6_618, 12_999, 7_205, 9_440, 15_010];
    let rows = every(date(2024, 1, 6), 7, 40, 0).into_iter().enumerate().map(|(at, (date, _))| (date, amounts[at % 7]));
    assert_eq!(Book::default().pay("Hillside Grocers", "food.groceries", rows).streams().all(), []);
    let same = every(date(2024, 1, 6), 7, 40, 5_000);
    assert_eq!(Book::default().pay("Hillside Grocers", "food.groceries", same).streams().all(), []);
}

#[test]
fn each_cadence_is_told() {
    let first = date(2023, 1, 5);
    let months = |every: i32| -> Vec<_> { (0..4).map(|at| (first + (at * every).months(), 1_299)).collect() };
    for (payments, cadence) in [
        (every(first, 7, 8, 1_299), Cadence::EveryWeek),
        (every(first, 14, 8, 1_299), Cadence::EveryOtherWeek),
        (every(first, 28, 8, 1_299), Cadence::EveryFourWeeks),
        (months(1), Cadence::EveryMonth),
        (months(2), Cadence::EveryOtherMonth),
        (months(3), Cadence::EveryThreeMonths),
        (months(6), Cadence::EverySixMonths),
        (months(12), Cadence::EveryYear),
    ] {
        let streams = Book::default().pay("Tunewave", "entertainment.music", payments).streams();
        let stream = only(&streams);
        assert_eq!(stream.cadence, cadence);
        assert_eq!((stream.kind, stream.status, stream.pattern), (Kind::Subscription, Status::Mature, Pattern::Fixed));
    }
}

#[test]
fn twice_a_month_is_not_every_two_weeks() {
    let twice = |first: i8, second: i8| -> Vec<_> {
        let on = |month: i8, day: i8| date(2024, month, day.min(date(2024, month, 1).days_in_month()));
        (1..=4).flat_map(|month| [(on(month, first), 210_000), (on(month, second), 210_000)]).collect()
    };
    for days in [(1, 15), (15, 31), (5, 20)] {
        let streams = Book::default().receive("Northwind", "income.salary", twice(days.0, days.1)).streams();
        assert_eq!((only(&streams).cadence, only(&streams).kind), (Cadence::TwiceAMonth, Kind::Income), "{days:?}");
    }
    let fortnightly = every(date(2024, 1, 5), 14, 8, 210_000);
    let streams = Book::default().receive("Northwind", "income.salary", fortnightly).streams();
    assert_eq!(only(&streams).cadence, Cadence::EveryOtherWeek);
}

#[test]
fn month_ends_and_leap_years_keep_the_day() {
    let ends = (0..14).map(|month| (date(2023, 12, 31) + month.months(), 90_000));
    let streams = Book::default().pay("Sunnyside Apartments", "home.rent", ends).streams();
    let stream = only(&streams);
    assert_eq!((stream.members.len(), stream.cadence), (14, Cadence::EveryMonth));
    assert_eq!(stream.next.unwrap().date, date(2025, 2, 28));

    let leap = [date(2020, 2, 29), date(2021, 2, 28), date(2022, 2, 28), date(2023, 2, 28)];
    let streams = Book::default().pay("Acorn Domains", "digital.domains", leap.map(|day| (day, 1_500))).streams();
    let stream = only(&streams);
    assert_eq!(stream.cadence, Cadence::EveryYear);
    let next = stream.next.unwrap();
    assert!((next.earliest..=next.latest).contains(&date(2024, 2, 29)), "{next:?}");
}

#[test]
fn weekends_and_holidays_shift_dates() {
    // Pay on the 15th, or the working day before: Juneteenth, weekends and Veterans Day are in the way.
    let paid = [
        date(2024, 1, 12),
        date(2024, 2, 15),
        date(2024, 3, 15),
        date(2024, 4, 15),
        date(2024, 5, 15),
        date(2024, 6, 14),
        date(2024, 7, 15),
        date(2024, 8, 15),
        date(2024, 9, 13),
        date(2024, 10, 15),
        date(2024, 11, 15),
    ];
    let book = Book::default().receive("State Pension", "income.pension", paid.map(|day| (day, 81_250)));
    let streams = book.streams();
    // The 15th of December 2024 was a Sunday.
    assert_eq!(only(&streams).next.unwrap().date, date(2024, 12, 13));
    assert_eq!(only(&streams).confidence, book.as_of(date(2024, 12, 1)).all()[0].confidence);
}

#[test]
fn two_services_of_one_company_are_two_streams() {
    let amounts = [6_100, 7_250, 5_580, 8_190, 6_640, 7_010, 5_925, 6_875];
    let bills = |day: i8, turn: usize| -> Vec<_> {
        (1..=8).map(|month| (date(2024, month, day), amounts[(month as usize + turn) % 8])).collect()
    };
    let streams = Book::default()
        .pay("Prairie Light & Power", "utilities.energy", bills(4, 0))
        .pay("Prairie Light & Power", "utilities.energy", bills(19, 3))
        .streams();
    let found: Vec<_> =
        streams.all().iter().map(|stream| (stream.cadence, stream.members.len(), stream.pattern)).collect();
    assert_eq!(found, [(Cadence::EveryMonth, 8, Pattern::Varying); 2]);

    let streams = Book::default()
        .pay("Orchard Store", "digital.app_store", monthly(date(2024, 1, 9), 8, 299))
        .pay("Orchard Store", "digital.app_store", monthly(date(2024, 1, 9), 8, 1_099))
        .streams();
    let found: Vec<_> = streams.all().iter().map(|stream| (stream.members.len(), stream.last_amount)).collect();
    assert_eq!(found, [(8, cents(299)), (8, cents(1_099))]);
    assert_ne!(streams.all()[0].id, streams.all()[1].id);
}

#[test]
fn a_membership_stands_out_from_purchases() {
    let mut purchases = every(date(2024, 1, 3), 9, 36, 0);
    purchases.iter_mut().enumerate().for_each(|(at, row)| row.1 = 1_000 + (at as i64 * 7_919) % 9_000);
    let book = Book::default().pay("Riverbend", "shopping.online", purchases);
    let streams = book.pay("Riverbend", "shopping.online", monthly(date(2024, 1, 14), 11, 1_499)).streams();
    assert_eq!((only(&streams).members.len(), only(&streams).last_amount), (11, cents(1_499)));
}

#[test]
fn a_trial_a_price_rise_and_a_missed_month() {
    let mut rows = vec![(date(2024, 1, 3), 100)];
    rows.extend(monthly(date(2024, 1, 10), 14, 999));
    rows.iter_mut().skip(9).for_each(|row| row.1 = 1_199);
    rows.remove(5);
    let streams = Book::default().pay("Cinestream", "entertainment.streaming", rows).streams();
    let stream = only(&streams);
    assert_eq!((stream.members.len(), stream.cadence, stream.pattern), (14, Cadence::EveryMonth, Pattern::Stepped));
    let changes: Vec<_> = stream.changes.iter().map(|change| (change.date, change.from, change.to)).collect();
    assert_eq!(changes[changes.len() - 1], (date(2024, 9, 10), cents(999), cents(1_199)));
    assert_eq!((stream.min_amount, stream.max_amount, stream.last_amount), (cents(100), cents(1_199), cents(1_199)));
    let reasons = stream.reasons().join("; ");
    assert!(reasons.contains("trial") && reasons.contains("one payment missed"), "{reasons}");
    assert_eq!(stream.yearly_amount(), cents(14_388));
}

#[test]
fn a_stop_and_a_restart_are_one_stream() {
    for day in [12, 25] {
        let mut rows = monthly(date(2023, 1, 12), 6, 3_900);
        rows.extend(monthly(date(2023, 11, day), 6, 3_900));
        let streams = Book::default().pay("Ironworks Gym", "fitness.gym", rows).streams();
        assert_eq!(only(&streams).members.len(), 12, "{day}");
        assert!(only(&streams).reasons().iter().any(|reason| reason.contains("begun anew")));
        assert_eq!(only(&streams).next.unwrap().date, date(2024, 5, day));
    }
}

#[test]
fn status_follows_the_day_asked_for() {
    let book = Book::default().pay("Tunewave", "entertainment.music", monthly(date(2024, 1, 10), 2, 1_099));
    let status =
        |book: &Book, today| (book.as_of(today).all()[0].status, book.as_of(today).all()[0].next.map(|next| next.date));
    assert_eq!(status(&book, date(2024, 2, 11)), (Status::Early, Some(date(2024, 3, 10))));
    let book = book.pay("Tunewave", "entertainment.music", [(date(2024, 3, 10), 1_099)]);
    assert_eq!(status(&book, date(2024, 3, 11)), (Status::Mature, Some(date(2024, 4, 10))));
    // One payment missed, another due.
    assert_eq!(status(&book, date(2024, 4, 25)), (Status::Mature, Some(date(2024, 5, 10))));
    assert_eq!(status(&book, date(2024, 6, 10)), (Status::Stopped, None));

    let yearly = [date(2023, 5, 2), date(2024, 5, 2)].map(|day| (day, 12_000));
    let book = Book::default().pay("Granite Mutual", "insurance.home", yearly);
    assert_eq!(status(&book, date(2024, 6, 1)), (Status::Mature, Some(date(2025, 5, 2))));
}

#[test]
fn names_cut_short_and_references_are_one_payee() {
    let names = [
        "Pixelsmith Studio Ref A91",
        "PIXELSMITH STUDIO",
        "Pixelsmith Stud",
        "Pixelsmith Studio 88213",
        "Pixelsmith Studlo",
    ];
    let mut book = Book::default();
    for (at, (date, cents)) in monthly(date(2024, 1, 20), 10, 5_499).into_iter().enumerate() {
        book = book.pay(names[at % 5], "uncategorized", [(date, cents)]);
    }
    let streams = book.streams();
    assert_eq!((only(&streams).members.len(), only(&streams).kind), (10, Kind::Other));
}

#[test]
fn ids_stay_when_payments_are_added() {
    let mut rows = monthly(date(2023, 3, 1), 20, 140_000);
    rows.iter_mut().skip(12).for_each(|row| row.1 = 151_000);
    let id = |payments: usize| {
        let streams = Book::default().pay("Sunnyside", "home.rent", rows[..payments].iter().copied()).streams();
        only(&streams).id
    };
    assert!((3..=20).all(|payments| id(payments) == id(2)));
}

#[test]
fn updates_tell_what_changed() {
    let book = Book::default().pay("Tunewave", "entertainment.music", monthly(date(2024, 1, 10), 4, 1_099)).pay(
        "Cinestream",
        "entertainment.streaming",
        monthly(date(2024, 1, 12), 3, 1_549),
    );
    let mut incremental = Incremental::new(Collector::builtin());
    let mut changed = Vec::new();
    for at in [0, 1, 4, 5, 2, 3, 6] {
        incremental.push_payment(at, &book.payment(at as usize));
        changed.push(incremental.update(Some(date(2024, 4, 12))).changed.len());
    }
    assert_eq!(changed, [0, 1, 0, 1, 1, 1, 1]);
    assert_eq!(incremental.streams().all(), book.as_of(date(2024, 4, 12)).all());
    assert_eq!(incremental.update(None).changed.len(), 0);
    // A later day changes what is expected next.
    assert_eq!(incremental.update(Some(date(2024, 9, 1))).changed.len(), 2);
}

#[test]
fn upcoming_payments_come_by_date() {
    let book = Book::default().pay("Tunewave", "entertainment.music", monthly(date(2024, 1, 10), 6, 1_099)).pay(
        "Cinestream",
        "entertainment.streaming",
        every(date(2024, 1, 3), 14, 12, 1_549),
    );
    let streams = book.streams();
    let upcoming: Vec<_> = streams
        .upcoming(date(2024, 7, 12))
        .into_iter()
        .map(|(stream, next)| (next.date, stream.name.to_string()))
        .collect();
    let expected =
        [(date(2024, 6, 19), "Cinestream"), (date(2024, 7, 3), "Cinestream"), (date(2024, 7, 10), "Tunewave")];
    assert_eq!(upcoming, expected.map(|(date, name)| (date, name.to_owned())));
}

#[test]
fn the_engine_s_answers_are_marked() {
    let engine = Engine::builtin();
    let mut transactions = Vec::new();
    for (date, cents) in monthly(date(2024, 1, 1), 6, -145_000) {
        let mut rent = Transaction::new("SUNNYSIDE APTS RENT 8812").with_signed_amount(Decimal::new(cents, 2));
        rent.date = Some(date);
        transactions.push(rent);
    }
    transactions.push(Transaction::new("NO DATE").with_signed_amount(cents(-100)));
    let mut answers = engine.enrich_batch(&transactions);
    let mut collector = Collector::builtin();
    let taken: Vec<bool> = (0..7).map(|at| collector.push(at as u32, &transactions[at], &answers[at])).collect();
    assert_eq!(taken, [true, true, true, true, true, true, false]);
    let streams = recur::streams(collector, None);
    recur::annotate(&mut answers, &streams);
    assert!(answers[..6].iter().all(|answer| answer.flags.contains(Flag::Recurring)));
    assert_eq!((answers[0].stream_id, answers[6].stream_id), (Some(only(&streams).id), None));
    assert_eq!(streams.by_row(), (0..6).map(|row| (row, 0)).collect::<Vec<_>>());
}

#[test]
fn nothing_gives_nothing() {
    let streams = Book::default().streams();
    assert_eq!(streams.all(), []);
    assert_eq!(streams.upcoming(Date::MAX), []);
    let mut text = Vec::new();
    recur::render::text(&streams, Date::MAX, &mut text).unwrap();
    assert!(String::from_utf8(text).unwrap().contains("None found"));
    assert_eq!(outlook("no.such.category").expectation, Expectation::Neutral);
}

#[test]
fn the_greatest_amounts_have_an_average() {
    let mut collector = Collector::builtin();
    for month in 1..=3 {
        let book = Book::default().pay("Tunewave", "entertainment.music", [(date(2024, month, 3), 1)]);
        collector.push_payment(month as u32, &Payment { amount: Decimal::MAX, ..book.payment(0) });
    }
    let streams = recur::streams(collector, None);
    assert_eq!((only(&streams).average_amount, only(&streams).yearly_amount()), (Decimal::MAX, Decimal::MAX));
}
