//! Rows that belong together.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use payee::recur::companions::{Companion, Kind, Ledger};
use payee::{Decimal, Engine, Source, Status, Transaction};
use proptest::prelude::*;
use proptest::test_runner::Config;

struct Row {
    transaction: Transaction,
    file: u32,
    owner: &'static str,
}

fn row(account: &str, date: Date, amount: &str, text: &str) -> Row {
    let mut transaction = Transaction::new(text).with_signed_amount(amount.parse().unwrap());
    transaction.account_id = Some(account.to_owned());
    transaction.date = Some(date);
    Row { transaction, file: 0, owner: "" }
}

impl Row {
    fn file(mut self, file: u32) -> Self {
        self.file = file;
        self
    }

    fn owner(mut self, owner: &'static str) -> Self {
        self.owner = owner;
        self
    }

    fn id(mut self, id: &str) -> Self {
        self.transaction.id = Some(id.to_owned());
        self
    }

    fn pending(mut self) -> Self {
        self.transaction.status = Some(Status::Pending);
        self
    }
}

fn found(rows: &[Row]) -> Vec<Companion> {
    let mut ledger = Ledger::new();
    for (at, row) in rows.iter().enumerate() {
        let answer = Engine::builtin().enrich(&row.transaction);
        assert!(ledger.push(at as u32, row.file, row.owner, &row.transaction, &answer));
    }
    ledger.companions()
}

fn pairs(rows: &[Row]) -> Vec<(Kind, u32, u32)> {
    found(rows).into_iter().map(|companion| (companion.kind, companion.row, companion.other)).collect()
}

const DAY: Date = date(2024, 5, 14);

#[test]
fn copies_in_another_file_are_duplicates_and_twins_are_not() {
    let coffee = || row("a", DAY, "-4.50", "CORNER BEAN 22");
    let early = || row("a", date(2024, 5, 1), "-9.00", "EARLY BIRD");
    let late = || row("a", date(2024, 5, 30), "-9.00", "LATE OWL");
    // Two coffees on one day, in both files.
    let rows = [early(), coffee(), coffee(), late(), coffee().file(1), coffee().file(1), late().file(1)];
    assert_eq!(pairs(&rows), [(Kind::Duplicate, 4, 1), (Kind::Duplicate, 5, 2), (Kind::Duplicate, 6, 3)]);
    assert_eq!(pairs(&rows[..4]), []);
    // The second file knows of one coffee more: it has them all.
    let rows = [coffee(), coffee().file(1), coffee().file(1), late().file(1), early()];
    assert_eq!(pairs(&rows), [(Kind::Duplicate, 0, 1)]);
    // Ids that differ tell two coffees apart; ids that agree leave no doubt.
    assert_eq!(pairs(&[coffee().id("x1"), coffee().id("x2").file(1)]), []);
    let sure = found(&[coffee().id("x1"), coffee().id("x1").file(1)]);
    assert!(sure[0].confidence > 0.99);
    // Where one file ends on the day the other begins, it may be a second coffee.
    let seam = found(&[early(), coffee(), coffee().file(1), late().file(1)]);
    assert!(seam.len() == 1 && seam[0].confidence < 0.7);
}

#[test]
fn transfers_pair_within_an_owner() {
    let out = || row("checking", DAY, "-250.00", "TRANSFER TO SAVINGS");
    let into = |day| row("savings", day, "250.00", "TRANSFER FROM CHECKING");
    assert_eq!(pairs(&[out(), into(date(2024, 5, 16))]), [(Kind::Transfer, 0, 1)]);
    assert_eq!(found(&[out(), into(date(2024, 5, 16))])[0].days, 2);
    // Too late, another owner, the same account, a purchase.
    assert_eq!(pairs(&[out(), into(date(2024, 5, 24))]), []);
    assert_eq!(pairs(&[out().owner("ann"), into(DAY).owner("ben")]), []);
    assert_eq!(pairs(&[out(), row("checking", DAY, "250.00", "TRANSFER FROM CHECKING")]), []);
    assert_eq!(pairs(&[row("checking", DAY, "-250.00", "MONTHLY SERVICE FEE"), into(DAY)]), []);
    // Two of them: the nearer days belong together.
    let rows = [
        out(),
        into(date(2024, 5, 17)),
        into(DAY),
        row("checking", date(2024, 5, 17), "-250.00", "TRANSFER TO SAVINGS"),
    ];
    assert_eq!(pairs(&rows), [(Kind::Transfer, 0, 2), (Kind::Transfer, 3, 1)]);
}

#[test]
fn pending_rows_find_the_booked_ones() {
    let waiting = || row("a", DAY, "-40.00", "NOODLE LANTERN").pending();
    assert_eq!(
        pairs(&[waiting(), row("a", date(2024, 5, 16), "-40.00", "NOODLE LANTERN 0042")]),
        [(Kind::Pending, 0, 1)]
    );
    // With a tip; but an equal amount is the better match.
    let tipped = row("a", date(2024, 5, 15), "-48.00", "NOODLE LANTERN");
    assert_eq!(pairs(&[waiting(), tipped]), [(Kind::Pending, 0, 1)]);
    let rows = [
        waiting(),
        row("a", date(2024, 5, 15), "-48.00", "NOODLE LANTERN"),
        row("a", date(2024, 5, 16), "-40.00", "NOODLE LANTERN"),
    ];
    assert_eq!(pairs(&rows), [(Kind::Pending, 0, 2)]);
    assert_eq!(pairs(&[waiting(), row("a", date(2024, 6, 16), "-40.00", "NOODLE LANTERN")]), []);
    assert_eq!(pairs(&[waiting(), row("b", DAY, "-40.00", "NOODLE LANTERN")]), []);
    assert_eq!(pairs(&[waiting(), row("a", DAY, "-40.00", "PIER NINE SEAFOOD")]), []);
}

#[test]
fn refunds_find_their_purchases() {
    let shop = Source::new("own.csv", "name,category\nFoxglove Gifts,shopping.gifts\n");
    let engine = Engine::builder().source(shop).build().unwrap();
    let bought = |day, amount| row("a", date(2024, 5, day), amount, "FOXGLOVE GIFTS");
    let pairs = |rows: &[Row]| -> Vec<_> {
        let mut ledger = Ledger::new();
        for (at, row) in rows.iter().enumerate() {
            ledger.push(at as u32, 0, "", &row.transaction, &engine.enrich(&row.transaction));
        }
        ledger.companions().into_iter().map(|companion| (companion.kind, companion.row, companion.other)).collect()
    };
    // The purchase of the same amount, and the latest of those.
    let rows = [bought(1, "-30.00"), bought(3, "-30.00"), bought(5, "-80.00"), bought(9, "30.00"), bought(10, "30.00")];
    assert_eq!(pairs(&rows), [(Kind::Refund, 3, 1), (Kind::Refund, 4, 0)]);
    // In part.
    assert_eq!(pairs(&[bought(5, "-80.00"), bought(9, "25.00")]), [(Kind::Refund, 1, 0)]);
    // More than was paid, or before it was paid, or elsewhere.
    assert_eq!(pairs(&[bought(5, "-80.00"), bought(9, "95.00")]), []);
    assert_eq!(pairs(&[bought(5, "80.00"), bought(9, "-80.00")]), []);
    assert_eq!(pairs(&[row("b", DAY, "-80.00", "FOXGLOVE GIFTS"), bought(20, "80.00")]), []);
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(200) })]

    #[test]
    fn each_row_is_marked_once_whatever_the_order(
        rows in prop::collection::vec((0_i32..12, -3_i64..=3, 0_usize..4, 0_usize..3, 0_u32..2, any::<bool>()), 0..40),
        turn in 0_usize..40,
    ) {
        const TEXTS: [&str; 4] = ["TRANSFER TO SAVINGS", "TRANSFER FROM CHECKING", "NOODLE LANTERN", "FOXGLOVE GIFTS"];
        let mut drawn: Vec<(u32, Row)> = Vec::new();
        for (at, (day, euros, text, account, file, pending)) in rows.into_iter().enumerate() {
            let amount = Decimal::new(euros * 1000, 2).to_string();
            let row = row(["a", "b", "c"][account], DAY + day.days(), &amount, TEXTS[text]).file(file);
            // Each row has an id, as rows alike in everything may be told apart by number alone.
            let row = row.id(&format!("{file}-{at}"));
            drawn.push((at as u32, if pending { row.pending() } else { row }));
        }
        let found = |rows: &[(u32, Row)]| {
            let mut ledger = Ledger::new();
            for (number, row) in rows {
                ledger.push(*number, row.file, row.owner, &row.transaction, &Engine::builtin().enrich(&row.transaction));
            }
            ledger.companions()
        };
        let straight = found(&drawn);
        if !drawn.is_empty() {
            let turn = turn % drawn.len();
            drawn.rotate_left(turn);
        }
        prop_assert_eq!(&found(&drawn), &straight);
        let mut marked: Vec<_> = straight.iter().map(|companion| companion.row).collect();
        marked.sort_unstable();
        marked.dedup();
        prop_assert_eq!(marked.len(), straight.len());
        prop_assert!(straight.iter().all(|companion| companion.row != companion.other));
    }
}
