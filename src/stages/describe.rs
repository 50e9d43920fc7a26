//! Fifth stage: the description a person would write, and who stands on the other side.

use std::borrow::Cow;

use super::clean::{Reading, Role, head};
use super::title::push_title;
use crate::data::tables::{DescriptorKind, DescriptorRow};
use crate::knowledge::Knowledge;
use crate::knowledge::words::Words;
use crate::model::merchant::Merchant;
use crate::model::names::Method;
use crate::model::transaction::{Direction, Transaction};
use crate::privacy::redact;

/// Room that is asked for at once for a name.
const MOST_NAME: usize = 64;

/// Describes a transaction; says by which method.
pub fn describe<'e>(
    knowledge: &'e Knowledge,
    transaction: &'e Transaction,
    reading: &Reading,
    merchant: Option<Merchant<'e>>,
    decided: Option<u32>,
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
        return (fill(knowledge, template, raw, reading, merchant), Method::Descriptor);
    }
    if let Some(merchant) = merchant {
        return (Cow::Borrowed(merchant.name()), Method::Merchant);
    }
    let rows = || reading.accepted.iter().map(|accepted| knowledge.descriptors.row(accepted.descriptor));
    let says = |row: &&DescriptorRow| matches!(row.kind, DescriptorKind::Transaction | DescriptorKind::Hint);
    if let Some(template) = rows().filter(says).find_map(template) {
        return (fill(knowledge, template, raw, reading, None), Method::Descriptor);
    }
    // No word grows much in title case: most names are written without asking for memory twice.
    let mut name = String::with_capacity(raw.len().min(MOST_NAME));
    push_name(&knowledge.words, raw, reading, &mut name);
    if !name.is_empty() {
        return (Cow::Owned(name), Method::Fallback);
    }
    // Nothing but wrapping: an intermediary is better than none, and the bank's words better than an empty line.
    if let Some((_, party)) = rows().find_map(|row| row.party.as_ref()) {
        return (Cow::Borrowed(party.as_str()), Method::Descriptor);
    }
    if let Some(template) = rows().find_map(template) {
        return (fill(knowledge, template, raw, reading, None), Method::Descriptor);
    }
    let shown = redact(head(raw));
    push_title(&knowledge.words, &shown, &mut name);
    if name.is_empty() {
        name.push_str(shown.trim());
    }
    (Cow::Owned(name), Method::Fallback)
}

/// Appends the tidied name that is left of a text: a person's, else whatever no stage has taken off.
pub fn push_name(words: &Words, raw: &str, reading: &Reading, out: &mut String) {
    if let Some(person) = reading.first(Role::Person) {
        return push_title(words, &reading.shown(raw, person), out);
    }
    for run in reading.name_runs() {
        push_title(words, &reading.shown(raw, run), out);
    }
}

/// Fills a template: `{name}`, `{person}`, `{check}`; a part in `[brackets]` falls away when nothing fills its slots.
fn fill<'e>(
    knowledge: &Knowledge,
    template: &'e str,
    raw: &str,
    reading: &Reading,
    merchant: Option<Merchant<'_>>,
) -> Cow<'e, str> {
    if !template.contains(['{', '[']) {
        return Cow::Borrowed(template);
    }
    let value = |slot: &str| {
        let mut text = String::new();
        match slot {
            "check" => {
                if let Some(tokens) = reading.first(Role::Check) {
                    text.push_str(reading.shown(raw, tokens).trim_start_matches('0'));
                }
            }
            _ => match merchant.filter(|_| slot == "name") {
                Some(merchant) => text.push_str(merchant.name()),
                None => push_name(&knowledge.words, raw, reading, &mut text),
            },
        }
        text
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[']) {
        out.push_str(&rest[..at]);
        let (close, optional) = if rest[at..].starts_with('[') { (']', true) } else { ('}', false) };
        let Some(length) = rest[at..].find(close) else { break };
        let inner = &rest[at + 1..at + length];
        if optional {
            if let (Some(open), Some(end)) = (inner.find('{'), inner.find('}')) {
                let filled = value(&inner[open + 1..end]);
                if !filled.is_empty() {
                    out.push_str(&inner[..open]);
                    out.push_str(&filled);
                    out.push_str(&inner[end + 1..]);
                }
            }
        } else {
            out.push_str(&value(inner));
        }
        rest = &rest[at + length + 1..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}
