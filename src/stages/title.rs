//! Title case as a person writes names.

/// Appends a name in title case. A name that already has small letters is kept as it was written.
///
/// Words without a vowel and of at most three letters stay capital (`BP`, `HMV`), so do Roman numerals; `MCX` becomes `McX`;
/// `O'BRIEN` `O'Brien`, `JOE'S` `Joe's`; small words inside stay small; domains are written small.
pub fn push_title(raw: &str, out: &mut String) {
    if raw.chars().any(char::is_lowercase)
        && raw.split_ascii_whitespace().next().is_some_and(|word| word.chars().any(char::is_uppercase))
    {
        return push_words(raw, out, |word, _, out| out.push_str(word));
    }
    push_words(raw, out, push_word);
}

/// Splits at blanks, and hands over each word with whether it is the first.
fn push_words(raw: &str, out: &mut String, mut push: impl FnMut(&str, bool, &mut String)) {
    let mut first = true;
    for word in raw.split_whitespace() {
        if !first {
            out.push(' ');
        }
        push(word, first, out);
        first = false;
    }
}

/// Words that stay small inside a name.
const SMALL: [&str; 14] = ["and", "of", "the", "for", "at", "in", "on", "de", "du", "la", "del", "von", "van", "y"];

fn push_word(word: &str, first: bool, out: &mut String) {
    let small = word.to_lowercase();
    if !first && SMALL.contains(&small.as_str()) {
        return out.push_str(&small);
    }
    if is_domain(&small) {
        return out.push_str(&small);
    }
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !sign.is_alphanumeric() && !is_apostrophe(sign)).unwrap_or(rest.len());
        push_part(&rest[..end], out);
        let after = rest[end..].chars().next().map_or(rest.len(), |sign| end + sign.len_utf8());
        out.push_str(&rest[end..after]);
        rest = &rest[after..];
    }
}

fn push_part(part: &str, out: &mut String) {
    let has_digit = part.chars().any(|sign| sign.is_ascii_digit());
    let ordinal = has_digit
        && ["ST", "ND", "RD", "TH"].iter().any(|end| {
            part.to_uppercase()
                .strip_suffix(end)
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        });
    if ordinal {
        return out.extend(part.chars().flat_map(char::to_lowercase));
    }
    if has_digit || is_initials(part) || is_roman(part) {
        return out.extend(part.chars().flat_map(char::to_uppercase));
    }
    let mut capital = true;
    let mut signs = part.chars().peekable();
    let mut before = String::new();
    while let Some(sign) = signs.next() {
        if is_apostrophe(sign) {
            out.push(sign);
            // O'Brien, D'Angelo; but Joe's and They'll.
            capital = before.chars().count() == 1 && signs.clone().count() > 2;
            continue;
        }
        if capital {
            out.extend(sign.to_uppercase());
        } else {
            out.extend(sign.to_lowercase());
        }
        before.extend(sign.to_lowercase());
        capital = before == "mc" && signs.clone().count() > 2;
    }
}

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\'' | '’')
}

/// Letters that are spelled one by one: no vowel among at most four.
fn is_initials(part: &str) -> bool {
    part.len() <= 4
        && part.is_ascii()
        && !part.bytes().any(|byte| b"AEIOUYaeiouy".contains(&byte))
        && !matches!(part.to_ascii_uppercase().as_str(), "ST" | "MR" | "DR" | "MRS" | "JR" | "SR" | "MT" | "FT")
}

fn is_roman(part: &str) -> bool {
    matches!(part.to_ascii_uppercase().as_str(), "II" | "III" | "IV" | "VI" | "VII" | "VIII" | "IX" | "XI" | "XII")
}

fn is_domain(small: &str) -> bool {
    let Some((head, tail)) = small.trim_end_matches(['/', ',']).rsplit_once('.') else { return false };
    !head.is_empty()
        && (2..=6).contains(&tail.len())
        && tail.bytes().all(|byte| byte.is_ascii_lowercase())
        && head.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && head.len() > 2
}

#[cfg(test)]
mod tests {
    use super::push_title;

    #[test]
    fn names_are_written_as_people_do() {
        for (raw, title) in [
            ("BLUE BOTTLE COFFEE", "Blue Bottle Coffee"),
            ("JOE'S BAR & GRILL", "Joe's Bar & Grill"),
            ("O'BRIEN AND SONS", "O'Brien and Sons"),
            ("MCGREGOR HARDWARE", "McGregor Hardware"),
            ("BP PULSE", "BP Pulse"),
            ("HENRY VIII PUB", "Henry VIII Pub"),
            ("NETFLIX.COM", "netflix.com"),
            ("BÄCKEREI MÜLLER", "Bäckerei Müller"),
            ("iTunes Store", "iTunes Store"),
            ("5TH AVENUE DELI", "5th Avenue Deli"),
            ("ПЯТЁРОЧКА", "Пятёрочка"),
        ] {
            let mut out = String::new();
            push_title(raw, &mut out);
            assert_eq!(out, title);
        }
    }
}
