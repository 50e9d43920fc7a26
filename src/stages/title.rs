//! Title case as a person writes names.

use crate::data::tables::WordKind;
use crate::knowledge::words::Words;
use crate::text;

/// Appends a name in title case; signs that stand for nothing in a name fall away. Where the text has small letters, its
/// words that have some are kept as they were written.
///
/// Words without a vowel and of at most four letters stay capital (`BP`, `HMV`), so do Roman numerals; `MCX` becomes `McX`;
/// `O'BRIEN` `O'Brien`, `JOE'S` `Joe's`; domains are written small; the words of `spelling.csv` as they stand there.
pub fn push_title(words: &Words, raw: &str, out: &mut String) {
    let written = has_small(raw) && {
        let mut capitals = raw.split_ascii_whitespace().filter(|word| word.chars().any(char::is_lowercase));
        capitals.any(|word| word.chars().any(char::is_uppercase))
    };
    let mut first = out.is_empty();
    let parts = |sign: char| matches!(sign, '*' | '_' | '|' | '"') || sign.is_control();
    for word in raw.split(parts).flat_map(str::split_whitespace) {
        let word = bare(raw, word);
        if !word.chars().any(char::is_alphanumeric) && !matches!(word, "&" | "+") {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        // Behind a small word the article is small too: de l'Étoile.
        let small =
            out.rsplit(' ').find(|word| !word.is_empty()).is_some_and(|word| word.starts_with(char::is_lowercase));
        let article = word.len() > 4 && word.starts_with(['L', 'l']) && word[1..].starts_with(is_apostrophe);
        if !written && small && article {
            out.push('l');
            let rest = &word[1..];
            let apostrophe = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..apostrophe]);
            push_word(words, &rest[apostrophe..], true, out);
        } else if written && has_small(word) {
            out.push_str(word);
        } else {
            push_word(words, word, first, out);
        }
        first = false;
    }
    while out.ends_with([' ', '&', '+', '-']) {
        out.pop();
    }
}

/// A word without the signs around it: `#`, `,`, `:`, and brackets that have no partner in the name.
fn bare<'w>(raw: &str, word: &'w str) -> &'w str {
    let paired = raw.contains('(') && raw.contains(')');
    let is_frame = |sign: char| match sign {
        '(' | ')' => !paired,
        '&' | '+' | '!' | '?' => false,
        '.' => false,
        _ => sign.is_ascii_punctuation() && !is_apostrophe(sign) || matches!(sign, '·' | '•' | '…'),
    };
    let word = word.trim_matches(is_frame).trim_start_matches('.');
    let initials = word.matches('.').count() > 1;
    if initials { word } else { word.trim_end_matches('.') }
}

/// Whether any letter is small.
fn has_small(text: &str) -> bool {
    match text.is_ascii() {
        true => text.bytes().any(|byte| byte.is_ascii_lowercase()),
        false => text.chars().any(char::is_lowercase),
    }
}

fn push_word(words: &Words, word: &str, first: bool, out: &mut String) {
    // A legal form that a narrow column glued to the name.
    if word.len() >= 9 && word.is_ascii() && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        for tail in [3, 4] {
            let (head, form) = word.split_at(word.len() - tail);
            let mut room = [0; MOST_PLAIN];
            let Some(form) = capitals(form, &mut room) else { continue };
            let spoken = form.bytes().any(|byte| b"AEIOUY".contains(&byte));
            if !spoken && words.kind(form) == Some(WordKind::Legal) {
                push_word(words, head, first, out);
                out.push(' ');
                return push_word(words, form, false, out);
            }
        }
    }
    let mut room = [0; MOST_PLAIN];
    if let Some(plain) = plain(word, &mut room) {
        return match words.spelling(plain) {
            Some(spelling) if first => push_capital(spelling, out),
            Some(spelling) => out.push_str(spelling),
            None => push_part(word, out),
        };
    }
    let is_possessive = |word: &str| word.ends_with("'s") || word.ends_with("'S");
    if !word.contains(['.', '-', '/'])
        && let Some(spelling) = text::with_key(word, |key| words.spelling(key))
    {
        let possessive = is_possessive(word) && !is_possessive(spelling);
        if !possessive {
            return match first {
                true => push_capital(spelling, out),
                false => out.push_str(spelling),
            };
        }
    }
    if is_domain(word) {
        let start = out.len();
        match word.is_ascii() {
            true => out.extend(word.chars().map(|sign| sign.to_ascii_lowercase())),
            false => out.push_str(&word.to_lowercase()),
        }
        if out[start..].starts_with("www.") {
            out.drain(start..start + "www.".len());
        }
        return;
    }
    let mut rest = word;
    let mut start = true;
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !sign.is_alphanumeric() && !is_apostrophe(sign)).unwrap_or(rest.len());
        let spelling = match capitals(&rest[..end], &mut room) {
            Some(capitals) => words.spelling(capitals),
            None => words.spelling(&*rest[..end].to_uppercase()),
        };
        match spelling {
            Some(spelling) if start && first => push_capital(spelling, out),
            Some(spelling) => out.push_str(spelling),
            None => push_part(&rest[..end], out),
        }
        let after = rest[end..].chars().next().map_or(rest.len(), |sign| end + sign.len_utf8());
        out.push_str(&rest[end..after]);
        rest = &rest[after..];
        start = false;
    }
}

/// Words longer than this are not plain.
const MOST_PLAIN: usize = 24;

/// The key of a word of nothing but letters and digits of ASCII, which is the word in capitals. A run of `X` at the end may be a
/// mask, which the key knows more of.
fn plain<'b>(word: &str, capitals: &'b mut [u8; MOST_PLAIN]) -> Option<&'b str> {
    let bytes = word.as_bytes();
    let is_plain = bytes.iter().all(u8::is_ascii_alphanumeric) && !word.ends_with(['X', 'x']);
    if is_plain { self::capitals(word, capitals) } else { None }
}

/// A word of ASCII in capitals; `None` for others, and for long ones.
fn capitals<'b>(word: &str, room: &'b mut [u8; MOST_PLAIN]) -> Option<&'b str> {
    let room = room.get_mut(..word.len()).filter(|_| word.is_ascii())?;
    room.copy_from_slice(word.as_bytes());
    room.make_ascii_uppercase();
    std::str::from_utf8(room).ok()
}

/// A spelling at the head of a name: small words get a capital, other spellings are kept.
fn push_capital(spelling: &str, out: &mut String) {
    if spelling.chars().any(char::is_uppercase) {
        return out.push_str(spelling);
    }
    let mut signs = spelling.chars();
    out.extend(signs.next().into_iter().flat_map(char::to_uppercase));
    out.push_str(signs.as_str());
}

fn push_part(part: &str, out: &mut String) {
    let has_digit = part.bytes().any(|sign| sign.is_ascii_digit());
    if has_digit && is_ordinal(part) {
        return out.extend(part.chars().flat_map(char::to_lowercase));
    }
    if has_digit || is_initials(part) || is_roman(part) {
        return out.extend(part.chars().flat_map(char::to_uppercase));
    }
    // PJ's
    if let Some((head, tail)) = part.split_once(is_apostrophe)
        && head.len() > 1
        && is_initials(head)
    {
        out.extend(head.chars().flat_map(char::to_uppercase));
        out.push_str(&part[head.len()..part.len() - tail.len()]);
        return out.extend(tail.chars().flat_map(char::to_lowercase));
    }
    // The letters so far in small, as long as there are few: an initial before an apostrophe, or MC.
    let (mut before, mut count) = ([' '; 2], 0);
    let mut capital = true;
    let mut signs = part.chars();
    while let Some(sign) = signs.next() {
        let follow = |least: usize| signs.clone().nth(least).is_some();
        if is_apostrophe(sign) {
            out.push(sign);
            // O'Brien, D'Angelo; but Joe's and They'll.
            capital = count == 1 && follow(2);
            continue;
        }
        if sign.is_ascii() {
            out.push(if capital { sign.to_ascii_uppercase() } else { sign.to_ascii_lowercase() });
        } else if capital {
            out.extend(sign.to_uppercase());
        } else {
            out.extend(sign.to_lowercase());
        }
        for small in sign.to_lowercase() {
            if let Some(place) = before.get_mut(count) {
                *place = small;
            }
            count += 1;
        }
        capital = count == 2 && before == ['m', 'c'] && follow(2);
    }
}

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\'' | '’')
}

/// `5TH`, `42ND`.
fn is_ordinal(part: &str) -> bool {
    let Some((number, end)) = part.len().checked_sub(2).and_then(|at| part.split_at_checked(at)) else { return false };
    ["ST", "ND", "RD", "TH"].iter().any(|known| end.eq_ignore_ascii_case(known))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters that are spelled one by one: no vowel among at most four.
fn is_initials(part: &str) -> bool {
    part.len() <= 4
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !part.bytes().any(|byte| b"AEIOUYaeiouy".contains(&byte))
}

fn is_roman(part: &str) -> bool {
    ["II", "III", "IV", "VI", "VII", "VIII", "IX", "XI", "XII"].iter().any(|known| part.eq_ignore_ascii_case(known))
}

fn is_domain(word: &str) -> bool {
    let address = word.split('/').next().unwrap_or_default().trim_end_matches(',');
    let Some((head, tail)) = address.rsplit_once('.') else { return false };
    (2..=6).contains(&tail.len())
        && tail.bytes().all(|byte| byte.is_ascii_alphabetic())
        && head.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && head.len() > 2
}

#[cfg(test)]
mod tests {
    use super::push_title;
    use crate::engine::Engine;

    fn title(raw: &str) -> String {
        let mut out = String::new();
        push_title(&Engine::builtin().knowledge.words, raw, &mut out);
        out
    }

    #[test]
    fn names_are_written_as_people_do() {
        for (raw, written) in [
            ("BLUE BOTTLE COFFEE", "Blue Bottle Coffee"),
            ("JOE'S BAR & GRILL", "Joe's Bar & Grill"),
            ("HERR\0\0AMIENTAS DEL NORTE", "Herr Amientas del Norte"),
            ("O'BRIEN AND SONS", "O'Brien and Sons"),
            ("MCGREGOR HARDWARE", "McGregor Hardware"),
            ("BP PULSE", "BP Pulse"),
            ("HENRY VIII PUB", "Henry VIII Pub"),
            ("CORNERSHOP.COM", "cornershop.com"),
            ("BÄCKEREI MÜLLER GMBH", "Bäckerei Müller GmbH"),
            ("iTunes Store", "iTunes Store"),
            ("5TH AVENUE DELI", "5th Avenue Deli"),
            ("ПЯТЁРОЧКА", "Пятёрочка"),
            ("THE CORNER SHOP LTD", "The Corner Shop Ltd"),
            ("LA TAQUERIA", "La Taqueria"),
            ("CAFE DE LA PAIX", "Cafe de la Paix"),
            ("CAFÉ DE L'ÉTOILE", "Café de l'Étoile"),
            ("ENERGIE VAN HET NOORDEN", "Energie van het Noorden"),
            ("Corner * ESPORTS; #", "Corner Esports"),
            ("USPS PO", "USPS PO"),
            ("PJ'S PET CENTRES", "PJ's Pet Centres"),
            ("WWW.ANIXTER.COM", "anixter.com"),
            ("KRAMER EQUIPMENTLTD", "Kramer Equipment Ltd"),
        ] {
            assert_eq!(title(raw), written);
        }
    }
}
