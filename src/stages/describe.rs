//! Fifth stage: the description a person would write, and who stands on the other side.

use std::borrow::Cow;
use std::ops::Range;

use super::clean::{Reading, Role, head};
use super::title::push_title;
use crate::data::tables::{DescriptorKind, DescriptorRow};
use crate::knowledge::Knowledge;
use crate::knowledge::words::Words;
use crate::model::category::Category;
use crate::model::flags::Flag;
use crate::model::merchant::Merchant;
use crate::model::names::{Method, Nature};
use crate::model::transaction::{Direction, Transaction};
use crate::privacy::redact;

/// Describes a transaction; says by which method. `name` is what [`push_name`] gives for it where no merchant is known.
pub fn describe<'e>(
    knowledge: &'e Knowledge,
    transaction: &'e Transaction,
    reading: &Reading,
    merchant: Option<Merchant<'e>>,
    category: &Category,
    decided: Option<u32>,
    name: &str,
) -> (Cow<'e, str>, Method) {
    let raw = &transaction.original_description;
    let credit = transaction.direction == Some(Direction::Credit);
    let template = |row: &'e DescriptorRow| {
        if credit {
            row.credit_description.as_deref().or(row.description.as_deref())
        } else {
            row.description.as_deref()
        }
    };
    // The descriptor that decided the category speaks first; without a merchant, any descriptor that has words for it.
    let speaking = decided.map(|number| knowledge.descriptors.row(number)).and_then(template);
    if let Some(template) = speaking {
        return (fill(knowledge, template, transaction, reading, merchant, name), Method::Descriptor);
    }
    let rows = || reading.accepted.iter().map(|accepted| knowledge.descriptors.row(accepted.descriptor));
    // Some wrapping is told together with the name: Direct Debit: Thames Water.
    if merchant.is_some() || !name.is_empty() {
        let wraps = |row: &&DescriptorRow| row.kind == DescriptorKind::Envelope;
        if let Some(template) = rows().filter(wraps).find_map(template) {
            let method = if merchant.is_some() { Method::Merchant } else { Method::Descriptor };
            return (fill(knowledge, template, transaction, reading, merchant, name), method);
        }
    }
    if let Some(merchant) = merchant {
        return (Cow::Borrowed(merchant.name()), Method::Merchant);
    }
    // What a phrase merely hints at is not said of a payment that turned out to be for something else.
    let moved = matches!(category.nature, Nature::Transfer | Nature::None);
    let says = |row: &&DescriptorRow| match row.kind {
        DescriptorKind::Transaction => true,
        DescriptorKind::Hint => {
            moved
                || name.is_empty()
                || reading.first(Role::Person).is_some()
                || row.flags & (1 << Flag::Recurring as u8) != 0
        }
        DescriptorKind::Envelope | DescriptorKind::Intermediary => false,
    };
    if let Some(template) = rows().filter(says).find_map(template) {
        return (fill(knowledge, template, transaction, reading, None, name), Method::Descriptor);
    }
    if !name.is_empty() {
        return (Cow::Owned(name.to_owned()), Method::Fallback);
    }
    // Nothing but wrapping: an intermediary is better than none, and the bank's words better than an empty line.
    if let Some((_, party)) = rows().find_map(|row| row.party.as_ref()) {
        return (Cow::Borrowed(party.as_str()), Method::Descriptor);
    }
    if let Some(template) = rows().find_map(template) {
        return (fill(knowledge, template, transaction, reading, None, name), Method::Descriptor);
    }
    let shown = redact(head(raw));
    let mut title = String::new();
    push_title(&knowledge.words, &shown, &mut title);
    if title.is_empty() {
        title.extend(shown.trim().chars().filter(|sign| !sign.is_control()));
    }
    (Cow::Owned(title), Method::Fallback)
}

/// Appends the tidied name that is left of a text: a person's, else whatever no stage has taken off.
pub fn push_name(words: &Words, transaction: &Transaction, reading: &Reading, out: &mut String) {
    let (raw, reading) = reading.named(transaction);
    if let Some(person) = reading.first(Role::Person) {
        return push_title(words, reading.printed(raw, person), out);
    }
    let Some(first) = reading.name_runs().next() else { return };
    let width = head(raw).trim_end().len() - reading.text.raw_span(first.clone()).start;
    for run in reading.name_runs() {
        let mut run = run;
        // A name that fills its column was cut there: a lone letter or small word at its end is the rest of one.
        let last = run.end - 1;
        if COLUMNS.contains(&width)
            && last + 1 == reading.roles.len()
            && run.len() > 2
            && is_scrap(words, reading, last)
        {
            run.end = last;
        }
        push_title(words, reading.printed(raw, run), out);
    }
}

/// The words that [`push_name`] tidies where nothing stands beside the description.
pub fn named(reading: &Reading) -> impl Iterator<Item = Range<usize>> + '_ {
    let person = reading.first(Role::Person);
    let runs = person.is_none().then(|| reading.name_runs());
    person.into_iter().chain(runs.into_iter().flatten())
}

/// Whether nothing is masked in them.
pub fn shows_all(transaction: &Transaction, reading: &Reading) -> bool {
    let raw = &transaction.original_description;
    named(reading).all(|tokens| reading.printed(raw, tokens.clone()) == reading.raw(raw, tokens))
}

/// Widths of the column that card networks print names in.
const COLUMNS: [usize; 2] = [22, 25];

/// A lone letter, or a word that is written small and so never ends a name.
fn is_scrap(words: &Words, reading: &Reading, at: usize) -> bool {
    let word = reading.text.word(at);
    word.len() == 1 && !reading.text.tokens()[at].has_digit()
        || words.spelling(word).is_some_and(|written| written.starts_with(char::is_lowercase))
}

/// Fills a template: `{name}`, `{person}`, `{check}`; a part in `[brackets]` falls away when nothing fills its slots.
fn fill<'e>(
    knowledge: &Knowledge,
    template: &'e str,
    transaction: &Transaction,
    reading: &Reading,
    merchant: Option<Merchant<'_>>,
    name: &str,
) -> Cow<'e, str> {
    if !template.contains(['{', '[']) {
        return Cow::Borrowed(template);
    }
    let push = |slot: &str, out: &mut String| match slot {
        "check" => {
            if let Some(tokens) = reading.first(Role::Check) {
                let shown = reading.printed(&transaction.original_description, tokens);
                out.push_str(shown.trim_start_matches('0'));
            }
        }
        _ => match merchant {
            Some(merchant) if slot == "name" => out.push_str(merchant.name()),
            Some(_) => push_name(&knowledge.words, transaction, reading, out),
            None => out.push_str(name),
        },
    };
    let named = merchant.map_or(name, |merchant| merchant.name());
    let mut out = String::with_capacity(template.len() + named.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[']) {
        out.push_str(&rest[..at]);
        let (close, optional) = if rest[at..].starts_with('[') { (']', true) } else { ('}', false) };
        let Some(length) = rest[at..].find(close) else { break };
        let inner = &rest[at + 1..at + length];
        if optional {
            if let (Some(open), Some(end)) = (inner.find('{'), inner.find('}')) {
                let before = out.len();
                out.push_str(&inner[..open]);
                let filled = out.len();
                push(&inner[open + 1..end], &mut out);
                match out.len() > filled {
                    true => out.push_str(&inner[end + 1..]),
                    false => out.truncate(before),
                }
            }
        } else {
            push(inner, &mut out);
        }
        rest = &rest[at + length + 1..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}
