//! Enriching asks the allocator for nothing but the texts that it gives out.

use std::borrow::Cow;

use payee::io::{Batch, Input, ReadOptions, Reader};
use payee::{Engine, Enriched, Transaction};

#[path = "../examples/generate/statement.rs"]
mod statement;

use statement::Statement;

/// Texts of an answer that had to be composed, rather than borrowed from the engine or the transaction, and the list of persons.
fn composed(answer: &Enriched<'_>, transaction: &Transaction) -> u64 {
    let is_owned = |text: &Cow<'_, str>| matches!(text, Cow::Owned(_));
    let details = &answer.details;
    let told = [&details.store_number, &details.check_number, &details.url, &details.reference, &details.mandate];
    let parties = answer.counterparties.iter().filter(|party| is_owned(&party.name)).count();
    let told = told.into_iter().flatten().filter(|text| is_owned(text)).count();
    let lists = usize::from(!answer.persons(transaction).is_empty());
    (usize::from(is_owned(&answer.description)) + parties + told + lists + usize::from(details.phone.is_some())) as u64
}

/// Transactions whose answers ask for more than the texts they hold, once buffers have grown to what the longest text needs.
fn offenders(transactions: &[Transaction]) -> Vec<String> {
    let engine = Engine::builtin();
    let asked =
        |transaction: &Transaction| allocation_counter::measure(|| drop(engine.enrich(transaction))).count_total;
    transactions.iter().for_each(|transaction| drop(engine.enrich(transaction)));
    let offends = |transaction: &Transaction| {
        let given = composed(&engine.enrich(transaction), transaction);
        let asked = asked(transaction);
        let text = &transaction.original_description;
        (asked > given).then(|| format!("{text}: {asked} allocations for {given} texts"))
    };
    transactions.iter().filter_map(offends).collect()
}

#[test]
fn nothing_is_allocated_beyond_what_is_given_out() {
    let transactions: Vec<Transaction> = include_str!("../benches/descriptions.txt")
        .lines()
        .map(|line| Transaction::new(line).with_signed_amount("-12.99".parse().unwrap()))
        .collect();
    assert_eq!(offenders(&transactions), [""; 0]);
}

#[test]
fn nor_for_a_whole_statement() {
    for is_distinct in [false, true] {
        let mut bytes = Vec::new();
        statement::write(&Statement::of(2000, is_distinct), &mut bytes).unwrap();
        let input = Input::Bytes("statement.csv".into(), bytes.into());
        let (mut reader, mut batch) = (Reader::open(&[input], ReadOptions::default()).unwrap(), Batch::default());
        assert!(reader.next_batch(&mut batch).unwrap());
        assert_eq!(batch.transactions.len(), 2000);
        assert_eq!(offenders(&batch.transactions), [""; 0]);
    }
}
