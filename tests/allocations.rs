//! Enriching asks the allocator for nothing but the texts that it gives out.

use std::borrow::Cow;

use payee::{Engine, Enriched, Transaction};

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

#[test]
fn nothing_is_allocated_beyond_what_is_given_out() {
    let engine = Engine::builtin();
    let transactions: Vec<Transaction> = include_str!("../benches/descriptions.txt")
        .lines()
        .map(|line| Transaction::new(line).with_signed_amount("-12.99".parse().unwrap()))
        .collect();
    let asked =
        |transaction: &Transaction| allocation_counter::measure(|| drop(engine.enrich(transaction))).count_total;
    // Buffers grow to what the longest text needs.
    transactions.iter().for_each(|transaction| drop(engine.enrich(transaction)));
    let offenders: Vec<String> = transactions
        .iter()
        .filter_map(|transaction| {
            let given = composed(&engine.enrich(transaction), transaction);
            let asked = asked(transaction);
            let text = &transaction.original_description;
            (asked > given).then(|| format!("{text}: {asked} allocations for {given} texts"))
        })
        .collect();
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}
