//! What the found merchant's name holds is part of that name, whatever the shape of a word made of it before: the 33 of
//! `BUBBA'S 33` is no store, the Victoria of `FINES VICTORIA` no city.

use std::ops::Range;

use super::clean::{Mark, Reading, Role};
use crate::text::TokenKind;

/// A store's number has at most this many digits.
const LONGEST_STORE: usize = 8;

/// Whether a role is that of a number.
pub fn is_number(role: &Role) -> bool {
    matches!(role, Role::Card | Role::Reference | Role::Store | Role::Check | Role::Date | Role::Time)
}

/// Makes tokens that shapes and places have marked part of the name again, and a number that a phrase of a bank took for its
/// own; other words that a phrase has marked stay.
pub fn reclaim(reading: &mut Reading, tokens: Range<usize>) {
    if reading.roles[tokens.clone()].iter().all(|role| *role == Role::Name) {
        return;
    }
    let within = |mark: &Mark| tokens.start <= mark.tokens.start && mark.tokens.end <= tokens.end;
    let by_shape = |mark: &Mark, at: usize| {
        (mark.descriptor.is_none() || is_number(&mark.role) && within(mark)) && mark.tokens.contains(&at)
    };
    let mut store_lost = false;
    for at in tokens.clone() {
        let role = reading.roles[at];
        if role == Role::Name || !reading.marks.iter().any(|mark| by_shape(mark, at)) {
            continue;
        }
        reading.roles[at] = Role::Name;
        store_lost |= role == Role::Store;
        if let Some(place) = &mut reading.place {
            match role {
                Role::City => place.city = None,
                Role::Region => place.region = None,
                Role::PostalCode => place.postal_code = None,
                Role::Country => place.country = None,
                _ => {}
            }
        }
    }
    reading.marks.retain(|mark| !tokens.clone().any(|at| by_shape(mark, at)));
    if store_lost {
        next_store(reading, tokens.end);
    }
}

/// The number behind the name is the store's, if it was only passed over because another was.
fn next_store(reading: &mut Reading, from: usize) {
    let short = |at: &usize| {
        reading.text.tokens()[*at].kind == TokenKind::Digits && reading.text.word(*at).len() <= LONGEST_STORE
    };
    let Some(at) = (from..reading.roles.len()).find(|at| reading.roles[*at] == Role::Reference) else { return };
    let whole = |mark: &&mut Mark| mark.descriptor.is_none() && mark.tokens == (at..at + 1);
    if short(&at)
        && let Some(mark) = reading.marks.iter_mut().find(whole)
    {
        mark.role = Role::Store;
        reading.roles[at] = Role::Store;
    }
}
