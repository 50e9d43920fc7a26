//! The flags: each with a written rule and examples enough on both sides, and what holds whatever the text.

use std::collections::BTreeSet;

use payee::{AccountType, Country, Decimal, Direction, Engine, Enriched, Flag, Source, Transaction, check};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Examples and counterexamples that each flag has at least; `every_row_is_sound_and_every_example_true` runs them.
const LEAST: usize = 12;

#[test]
fn every_flag_has_a_rule_and_examples_on_both_sides() {
    let engine = Engine::builtin();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let findings = check::check(engine, &Source::read_folder(&folder).unwrap());
    assert!(engine.flags().all(|(_, rule)| rule.len() > 20));
    let ruled: BTreeSet<&str> = engine.flags().map(|(name, _)| name).collect();
    let flags: BTreeSet<&str> = Flag::ALL.iter().map(|flag| flag.as_str()).chain(["international"]).collect();
    assert_eq!(ruled, flags);
    for flag in flags {
        let [examples, counterexamples] = findings.flags.get(flag).copied().unwrap_or_default();
        assert!(
            examples >= LEAST && counterexamples >= LEAST,
            "{flag}: {examples} examples, {counterexamples} counterexamples"
        );
    }
    assert_eq!(findings.problems, []);
}

/// Texts that say much, to be put together at random.
fn fragment() -> impl Strategy<Value = String> {
    const SAID: [&str; 40] = [
        "OVERDRAFT FEE",
        "NSF FEE",
        "RETURNED ITEM",
        "REVERSAL",
        "REFUND",
        "PAYROLL",
        "DIR DEP",
        "PPD ID: 1234567890",
        "ZELLE TO",
        "JOHN SMITH",
        "ONLINE TRANSFER TO SAV XXXX1234",
        "TRANSFER TO SAVINGS",
        "NETFLIX.COM",
        "APPLE.COM/BILL",
        "PAYPAL *",
        "ATM WITHDRAWAL",
        "CASH ADVANCE",
        "EARNIN",
        "DAVE INC",
        "BILL PAY",
        "AUTOPAY",
        "DUKE ENERGY",
        "IRS TREAS 310 TAX REF",
        "INTEREST PAID",
        "INTEREST CHARGE",
        "SALARY",
        "WAGES",
        "GEHALT",
        "DD",
        "STANDING ORDER",
        "SUBSCRIPTION",
        "MONTHLY SERVICE FEE",
        "FOREIGN TRANSACTION FEE",
        "RECURRING PAYMENT AUTHORIZED ON 03/12",
        "WIRE TRANSFER IN",
        "PENSION PAYMENT",
        "UMBUCHUNG",
        "PARIS FR",
        "AUSTIN TX",
        "VENMO CASHOUT",
    ];
    prop_oneof![8 => prop::sample::select(&SAID[..]).prop_map(str::to_owned), 1 => "[A-Z0-9*/:# .-]{0,20}", 1 => any::<String>()]
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let direction = prop::option::of(prop_oneof![Just(Direction::Credit), Just(Direction::Debit)]);
    let account = prop::option::of(prop::sample::select(AccountType::ALL));
    let country = prop::option::of(prop::sample::select(&["US", "GB", "DE", "FR", "AU", "IN"][..]));
    let mcc = prop::option::of(prop::sample::select(&[5411_u16, 6010, 6011, 4814, 5968, 4829][..]));
    (prop::collection::vec(fragment(), 1..4), direction, account, country, mcc, 1_i64..1_000_000).prop_map(
        |(words, direction, account, country, mcc, cents)| {
            let mut transaction = Transaction::new(words.join(" "));
            transaction.direction = direction;
            transaction.amount = Some(Decimal::new(cents, 2));
            transaction.account_type = account;
            transaction.country = country.map(|code| code.parse::<Country>().unwrap());
            transaction.merchant_category_code = mcc.map(|code| code.to_string().parse().unwrap());
            transaction
        },
    )
}

/// What the flags of every answer keep.
fn assert_invariants(transaction: &Transaction, answer: &Enriched<'_>) {
    let has = |flag| answer.flags.contains(flag);
    let credit = transaction.direction == Some(Direction::Credit);
    let debit = transaction.direction == Some(Direction::Debit);
    assert!(!has(Flag::OverdraftFee) || has(Flag::Fee) && !has(Flag::NsfFee));
    assert!(!has(Flag::NsfFee) || has(Flag::Fee));
    assert!(!(has(Flag::Income) && has(Flag::Expense)));
    assert!(!has(Flag::DirectDeposit) || credit);
    assert!(!has(Flag::Subscription) || debit);
    assert!(!has(Flag::BillPay) || !credit);
    assert!(!has(Flag::Fee) || !credit);
    assert!(!has(Flag::Income) || !debit);
    assert!(!has(Flag::Expense) || !credit);
    assert!(!has(Flag::Refund) || !debit);
    let moved = has(Flag::Transfer) || has(Flag::Refund);
    assert!(!moved || !has(Flag::Income) && !has(Flag::Expense) && !has(Flag::DirectDeposit));
    let path = answer.category.path();
    assert!(!path.starts_with("transfer") || !has(Flag::Income) && !has(Flag::Expense), "{path}");
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(3_000) })]

    #[test]
    fn flags_keep_what_they_promise(transaction in transaction()) {
        let answer = Engine::builtin().enrich(&transaction);
        assert_invariants(&transaction, &answer);
        let card = transaction.account_type == Some(AccountType::CreditCard);
        assert!(!(card && answer.flags.contains(Flag::DirectDeposit)), "no pay on a credit card");
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(24) })]

    /// Rules of the user's own may set any flag, and still the promises hold.
    #[test]
    fn own_rules_cannot_break_them(
        transactions in prop::collection::vec(transaction(), 1..60),
        flags in prop::collection::btree_map(0..Flag::ALL.len(), any::<bool>(), 1..5),
        path in prop::sample::select(&["income.salary", "fees.overdraft", "transfer.internal", "entertainment.streaming"][..]),
    ) {
        let set: Vec<String> =
            flags.into_iter().map(|(flag, on)| format!("{} = {on}", Flag::ALL[flag].as_str())).collect();
        let set = set.join(", ");
        let rule = format!(
            "[[rule]]\nwhen.amount = {{ min = 0 }}\nthen = {{ category = \"{path}\", flags = {{ {set} }} }}\n"
        );
        let engine = Engine::builder().source(Source::new("own.rules.toml", rule)).build().unwrap();
        for transaction in &transactions {
            assert_invariants(transaction, &engine.enrich(transaction));
        }
    }
}

#[test]
fn money_that_only_moves_is_not_spent_even_if_a_rule_says_so() {
    let rule = "[[rule]]\nwhen.amount = { min = 0 }\n\
                then = { category = \"transfer.internal\", flags = { expense = true, transfer = false } }\n";
    let engine = Engine::builder().source(Source::new("own.rules.toml", rule)).build().unwrap();
    let mut transaction = Transaction::new("OVERDRAFT FEE");
    transaction.amount = Some(Decimal::new(1, 2));
    assert_invariants(&transaction, &engine.enrich(&transaction));
}
