//! The small language of phrases: words, `[optional parts]`, `(alter|natives)` and `{slots}`.
//!
//! `POS (DEBIT|PURCHASE) [VISA] {card}`. A sign right after a word or a bracket (`DES:`, `SQ*`, `UPI/`, `(NAAM|NAME):`, two blanks)
//! demands that sign there, a hyphen only where no word follows it (`TST-`); points and all other signs are ignored. A phrase is expanded into plain sequences when it is loaded.

use super::tables::{Element, Slot};
use crate::text::{Gap, Text};

/// More sequences than this from one phrase are refused: it should be written as several.
const MOST_SEQUENCES: usize = 512;

/// Expands a phrase into its sequences.
pub fn expand(phrase: &str) -> Result<Vec<Vec<Element>>, String> {
    let mut rest = phrase;
    let sequences = alternatives(&mut rest, None)?;
    for sequence in &sequences {
        if !sequence.iter().any(|element| matches!(element, Element::Word(..))) {
            return Err(format!(
                "`{phrase}` can match without any word: every form needs at least one word outside brackets"
            ));
        }
    }
    Ok(sequences)
}

fn alternatives(rest: &mut &str, close: Option<char>) -> Result<Vec<Vec<Element>>, String> {
    let mut all = Vec::new();
    let mut current = vec![Vec::new()];
    loop {
        let Some(sign) = rest.chars().next() else {
            return match close {
                Some(close) => Err(format!("`{close}` is missing at the end")),
                None => {
                    all.append(&mut current);
                    Ok(all)
                }
            };
        };
        match sign {
            '[' | '(' => {
                *rest = &rest[1..];
                let mut inner = alternatives(rest, Some(if sign == '[' { ']' } else { ')' }))?;
                if sign == '[' {
                    // A lone slot is tried where it stands, which needs no second form.
                    if let [only] = inner.as_slice()
                        && let [Element::Slot(slot)] = only.as_slice()
                    {
                        current.iter_mut().for_each(|sequence| sequence.push(Element::Maybe(*slot)));
                        continue;
                    }
                    inner.push(Vec::new());
                }
                current = product(&current, &inner)?;
                demand_signs(rest, &mut current);
            }
            ']' | ')' if close == Some(sign) => {
                *rest = &rest[1..];
                all.append(&mut current);
                return Ok(all);
            }
            ']' | ')' => return Err(format!("`{sign}` closes nothing")),
            '|' if close.is_some() => {
                *rest = &rest[1..];
                all.append(&mut current);
                current.push(Vec::new());
            }
            '{' => {
                let end = rest.find('}').ok_or("`}` is missing at the end")?;
                let slot = slot(&rest[1..end])?;
                current.iter_mut().for_each(|sequence| sequence.push(Element::Slot(slot)));
                *rest = &rest[end + 1..];
            }
            _ => {
                let end = rest.find(['[', ']', '(', ')', '{', '|']).filter(|end| *end > 0).unwrap_or(rest.len());
                let words = words(&rest[..end]);
                current.iter_mut().for_each(|sequence| sequence.extend(words.iter().cloned()));
                *rest = &rest[end..];
                if rest.starts_with('|') && close.is_none() {
                    return Err("`|` stands outside brackets: write `(ONE|OTHER)`".into());
                }
            }
        }
    }
}

/// Signs right behind brackets are demanded behind whatever word stands there last.
fn demand_signs(rest: &str, sequences: &mut [Vec<Element>]) {
    let signs = rest.chars().map_while(|sign| Gap::of_sign(sign).filter(|_| "*#:+".contains(sign)));
    let signs = signs.fold(Gap::default(), Gap::with);
    for sequence in sequences {
        if let Some(Element::Word(_, own)) = sequence.last_mut() {
            *own |= signs.bits();
        }
    }
}

fn product(before: &[Vec<Element>], inner: &[Vec<Element>]) -> Result<Vec<Vec<Element>>, String> {
    if before.len() * inner.len() > MOST_SEQUENCES {
        return Err(format!("more than {MOST_SEQUENCES} forms: split the phrase"));
    }
    Ok(before.iter().flat_map(|head| inner.iter().map(move |tail| [head.as_slice(), tail].concat())).collect())
}

/// The words of a piece of a phrase, each with the signs right behind it; first the signs that must stand before the piece.
/// A hyphen ties words of one name, and is demanded only where no word follows.
fn words(phrase: &str) -> Vec<Element> {
    let text = Text::of(phrase);
    let demanded = [Gap::STAR, Gap::HASH, Gap::COLON, Gap::SLASH, Gap::AT, Gap::PLUS, Gap::WIDE, Gap::UNDERSCORE];
    let required = |gap: Gap, last: bool| {
        let hyphen = last.then_some(Gap::DASH);
        demanded.into_iter().chain(hyphen).filter(|sign| gap.has(*sign)).fold(Gap::default(), Gap::with)
    };
    let count = text.tokens().len();
    let before = text.tokens().first().map_or(text.tail(), |token| token.gap);
    let head = phrase.starts_with(['/', '@', '_']).then(|| Element::Signs(required(before, false).bits()));
    let own = (0..count)
        .map(|at| Element::Word(text.word(at).to_owned(), required(text.gap_after(at), at + 1 == count).bits()));
    head.into_iter().chain(own).collect()
}

fn slot(name: &str) -> Result<Slot, String> {
    Ok(match name {
        "name" => Slot::Name,
        "person" => Slot::Person,
        "payee" => Slot::Payee,
        "holder" => Slot::Holder,
        "any" => Slot::Any,
        "purpose" => Slot::Purpose,
        "address" => Slot::Address,
        "word" => Slot::Word,
        "date" => Slot::Date,
        "time" => Slot::Time,
        "digits" => Slot::Digits,
        "card" => Slot::Card,
        "ref" => Slot::Ref,
        "code" => Slot::Code,
        "mandate" => Slot::Mandate,
        "check" => Slot::Check,
        "store" => Slot::Store,
        "amount" => Slot::Amount,
        "currency" => Slot::Currency,
        "phone" => Slot::Phone,
        _ => {
            return Err(format!(
                "`{{{name}}}` is no slot: use name, person, payee, holder, any, purpose, address, word, date, time, digits, card, ref, code, mandate, check, store, amount, currency or phone"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(phrase: &str) -> Vec<String> {
        let show = |element: &Element| match element {
            Element::Word(word, 0) => word.clone(),
            Element::Word(word, signs) => format!("{word}!{signs}"),
            Element::Slot(slot) => format!("{slot:?}"),
            Element::Maybe(slot) => format!("{slot:?}?"),
            Element::Signs(signs) => format!("!{signs}"),
        };
        expand(phrase).unwrap().iter().map(|sequence| sequence.iter().map(show).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_sign_behind_brackets_is_demanded_of_each_form() {
        assert_eq!(
            shown("(NAAM|NAME): {payee}"),
            shown("NAAM: {payee}").into_iter().chain(shown("NAME: {payee}")).collect::<Vec<_>>()
        );
    }

    #[test]
    fn brackets_expand() {
        assert_eq!(
            shown("POS (DEBIT|PUR) [VISA] {card}"),
            ["POS DEBIT VISA Card", "POS DEBIT Card", "POS PUR VISA Card", "POS PUR Card"]
        );
        assert_eq!(shown("ATM {card} [{date}]"), ["ATM Card Date?"]);
        assert_eq!(shown("SQ*"), ["SQ!1"]);
        assert_eq!(
            (shown("TST-"), shown("E-BILL"), shown("_V")),
            (vec!["TST!32".to_owned()], vec!["E BILL".to_owned()], vec!["!8192 V".to_owned()])
        );
        assert!(expand("[VISA] {card}").is_err());
        assert!(expand("A|B").is_err());
        assert!(expand("(A").is_err());
    }
}
