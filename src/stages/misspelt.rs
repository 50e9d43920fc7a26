//! Names that are nearly one of the dictionary: a slip of the pen (`STARBUKCS`), or vowels left out (`WLGREENS`). Looked for
//! only where nothing is found as it is written, only among rare names written by hand, and only where nothing else is left
//! of the text; the answer is always less sure.

use std::ops::Range;

use super::identify::{Candidate, Context, Shown};
use crate::data::tables::AliasMode;
use crate::knowledge::merchants::MerchantTable;
use crate::text::TokenKind;

/// Shorter names have too many neighbours: letters of the text.
const LEAST: usize = 8;
/// The letters at the start that must be right: names of one start stand together in the dictionary.
const SURE_START: usize = 4;
/// The same as the least for names without their vowels.
const LEAST_CONSONANTS: usize = 6;
/// A text is written without vowels if it has at most one in this many letters.
const FEW_VOWELS: usize = 4;
const VOWELS: [u8; 5] = *b"AEIOU";
/// The most words of a name that is looked for.
const MOST_WORDS: usize = 4;

/// Adds the only merchant whose name is nearly the text's.
pub(super) fn search(context: &Context<'_>, table: &MerchantTable, near: &mut Vec<u32>, out: &mut Vec<Candidate>) {
    let reading = context.reading;
    let Some(run) = reading.name_runs().next() else { return };
    let is_word = |at: &usize| reading.text.tokens()[*at].kind == TokenKind::Word;
    let end = run.clone().take(MOST_WORDS).take_while(is_word).last().map_or(run.start, |at| at + 1);
    for end in (run.start + 1..=end).rev() {
        let tokens = run.start..end;
        let glued = glued(context, &tokens);
        if glued.len() < LEAST_CONSONANTS || !rare(context, &tokens) || !context.is_alone(&tokens) {
            continue;
        }
        let (names, bytes) = (table.names(), glued.as_bytes());
        near.clear();
        if bytes.len() >= LEAST {
            let same_start = names.entries(&bytes[..SURE_START]);
            let like = same_start.filter(|(_, key)| key.len().abs_diff(bytes.len()) <= 1 && one_slip(bytes, key));
            near.extend(like.map(|(phrase, _)| phrase));
        }
        if near.is_empty() && without_vowels(glued) {
            // The second letter may be the first that is missing: WLGREENS.
            let missing = VOWELS.map(|vowel| [bytes[0], vowel, bytes[1]]);
            for start in missing.iter().map(<[u8; 3]>::as_slice).chain([&bytes[..2]]) {
                let like = names.entries(start).filter(|(_, key)| adds_vowels(bytes, key));
                near.extend(like.map(|(phrase, _)| phrase));
            }
        }
        let mut found: Option<(u32, u32)> = None;
        for phrase in near.iter().copied() {
            for alias in table.aliases(phrase) {
                let plain = alias.mode != AliasMode::Alone && alias.condition.is_none() && !alias.ordinary;
                if !plain || table.is_imported(alias.merchant) || table.names().key(phrase).len() < LEAST {
                    continue;
                }
                match found {
                    Some((_, merchant)) if merchant != alias.merchant => return,
                    Some(_) => {}
                    None => found = Some((phrase, alias.merchant)),
                }
            }
        }
        if let Some((phrase, _)) = found {
            return context.collect(table, false, phrase, tokens, Shown::Nearly, out);
        }
    }
}

/// Whether a word of a name is none that stands in a dictionary of words, places or trades.
fn rare(context: &Context<'_>, tokens: &Range<usize>) -> bool {
    let knowledge = context.knowledge;
    tokens.clone().any(|at| {
        let word = context.reading.text.word(at);
        let norm = context.reading.text.tokens()[at].norm();
        let spaced = &context.reading.text.spaced()[norm.start - 1..norm.end + 1];
        word.len() >= LEAST_CONSONANTS
            && knowledge.words.kind(word).is_none()
            && knowledge.gazetteer.find(word).next().is_none()
            && knowledge.keywords().find(spaced).next().is_none()
    })
}

fn glued<'c>(context: &Context<'c>, tokens: &Range<usize>) -> &'c str {
    let text = &context.reading.text;
    &text.glued()[text.tokens()[tokens.start].glue().start..text.tokens()[tokens.end - 1].glue().end]
}

/// Whether one slip turns one name into the other: a letter left out, put in, changed, or swapped with the next.
fn one_slip(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[same..], &other[same..]);
    match (one, other) {
        ([], []) => false,
        _ if one.len() == other.len() => {
            one[1..] == other[1..]
                || one.len() > 1 && one[0] == other[1] && one[1] == other[0] && one[2..] == other[2..]
        }
        _ if one.len() + 1 == other.len() => *one == other[1..],
        _ if one.len() == other.len() + 1 => one[1..] == *other,
        _ => false,
    }
}

fn is_vowel(letter: u8) -> bool {
    VOWELS.contains(&letter)
}

fn without_vowels(text: &str) -> bool {
    text.bytes().filter(|letter| is_vowel(*letter)).count() * FEW_VOWELS <= text.len()
}

/// Whether `whole` is `short` with vowels put in, or letters doubled.
fn adds_vowels(short: &[u8], whole: &[u8]) -> bool {
    let mut rest = short.iter().peekable();
    let mut before = 0;
    for letter in whole {
        if rest.peek() == Some(&letter) {
            rest.next();
        } else if !is_vowel(*letter) && *letter != before {
            return false;
        }
        before = *letter;
    }
    rest.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_forgiven() {
        for slip in ["STARBUCK", "STARBUCKSS", "STARBOCKS", "STARBUKCS", "STARBCKS"] {
            assert!(one_slip(slip.as_bytes(), b"STARBUCKS"), "{slip}");
        }
        for other in ["STARBUCKS", "STARBCK", "STARBUKSC", "STARBUCKSINC", "STAR", ""] {
            assert!(!one_slip(other.as_bytes(), b"STARBUCKS"), "{other}");
        }
    }

    #[test]
    fn vowels_may_be_missing() {
        for (short, whole) in [("WLGREENS", "WALGREENS"), ("STRBCKS", "STARBUCKS"), ("BRGRKNG", "BURGERKING")] {
            assert!(adds_vowels(short.as_bytes(), whole.as_bytes()), "{short}");
        }
        for (short, whole) in [("STRBKS", "STARBUCKS"), ("WALGREENSX", "WALGREENS"), ("STRBCKS", "STARBUCKSTORE")] {
            assert!(!adds_vowels(short.as_bytes(), whole.as_bytes()), "{short}");
        }
        assert!(without_vowels("STRBCKS") && !without_vowels("CHIPOTLE"));
    }
}
