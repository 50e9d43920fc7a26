//! Where it happened: city, region, postal code and country at the end of the text, as far as the gazetteer makes it certain.

use std::ops::Range;

use super::clean::{Reading, Role};
use crate::knowledge::Knowledge;
use crate::knowledge::places::City;
use crate::model::transaction::Country;
use crate::text::{Gap, TokenKind};

/// The most words a city's name has.
const MOST_WORDS: usize = 5;
/// A cut name of a city has at least this many letters.
const LEAST_CUT: usize = 5;
/// A city without a region is believed from this many people on.
const LEAST_PEOPLE: u32 = 15_000;

/// A place in a text, by tokens and by what the gazetteer knows of it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Number of the city in the gazetteer.
    pub city: Option<u32>,
    /// Bytes of the region's code in the raw text, where no city tells it.
    pub region: Option<Range<usize>>,
    pub postal_code: Option<Range<usize>>,
    pub country: Option<Country>,
}

/// Looks for a place behind the name, and marks its tokens.
pub fn find(knowledge: &Knowledge, home: Option<Country>, reading: &mut Reading) {
    let Some(first) = reading.roles.iter().position(|role| in_reach(*role)) else { return };
    let Some(last) = reading.roles.iter().rposition(|role| in_reach(*role)) else { return };
    let mut found = Found::default();
    let mut end = last + 1;
    // Country, postal code, region and city at most.
    let mut marks: [(Range<usize>, Role); 4] = std::array::from_fn(|_| (0..0, Role::Name));
    let mut count = 0;
    let mut note = |tokens: Range<usize>, role| {
        marks[count] = (tokens, role);
        count += 1;
    };

    // Country at the very end, by three letters, or by two behind a region or one of its cities.
    let word = reading.text.word(end - 1);
    let gap = reading.text.tokens()[end - 1].gap;
    let address = gap.has(Gap::DOT) && !gap.has(Gap::BLANK);
    if end - 1 > first && word.len() == 3 && reading.text.tokens()[end - 1].kind == TokenKind::Word && !address {
        if let Some(country) = knowledge.regions.country(word) {
            found.country = Some(country);
            note(end - 1..end, Role::Country);
            end -= 1;
        }
    } else if end >= first + 3 && word.len() == 2 {
        let before = reading.text.word(end - 2);
        if let (Some(country), true) = (knowledge.regions.country(word), is_name(reading, end - 2))
            && (knowledge.regions.region(before).iter().any(|(of, _)| *of == country)
                || is_country_of_city(knowledge, home, reading, first, end, country))
        {
            found.country = Some(country);
            note(end - 1..end, Role::Country);
            end -= 1;
        }
    }
    while end > first + 1 && !is_name(reading, end - 1) {
        end -= 1;
    }
    // A postal code behind city and region.
    if end > first + 2 && is_postal_code(reading, end - 1) && is_name(reading, end - 1) {
        let length = postal_length(reading, end);
        if knowledge.regions.region(reading.text.word(end - 1 - length)).iter().any(|_| true) || length == 2 {
            found.postal_code = Some(end - length..end);
            note(end - length..end, Role::PostalCode);
            end -= length;
        }
    }
    if end > first + 1 && is_name(reading, end - 1) {
        let word = reading.text.word(end - 1);
        let known = found.country;
        let regions = || {
            let all = knowledge.regions.region(word).iter().map(|(country, _)| *country);
            all.filter(move |country| known.is_none_or(|known| known == *country))
        };
        if regions().next().is_some() && reading.text.tokens()[end - 1].kind == TokenKind::Word && word.len() <= 3 {
            if let Some((start, country, city)) = city_before(knowledge, reading, first, end - 1, regions, word) {
                found.country = Some(country);
                found.city = Some(city);
                note(end - 1..end, Role::Region);
                note(start..end - 1, Role::City);
            } else if let Some(country) = sure_region(knowledge, regions(), home, reading, end - 1, first) {
                found.country = Some(country);
                found.region = Some(reading.text.raw_span(end - 1..end));
                note(end - 1..end, Role::Region);
            }
        } else if let Some((start, country, city)) = glued_city(knowledge, reading, first, end, found.country) {
            found.country = Some(country);
            found.city = Some(city);
            note(start..end, Role::City);
        } else if let Some(country) = glued_region(knowledge, reading, end - 1, found.country) {
            let token = reading.text.raw_span(end - 1..end);
            found.country = Some(country);
            found.region = Some(token.start..token.start + 2);
            note(end - 1..end, Role::Region);
        } else if let Some((start, country, city)) = bare_city(knowledge, home, reading, first, end, found.country) {
            found.country = Some(country);
            found.city = Some(city);
            note(start..end, Role::City);
        }
    }
    if found.city.is_none() && found.region.is_none() && found.country.is_none() {
        return;
    }
    for (tokens, role) in marks.into_iter().take(count) {
        reading.roles[tokens.clone()].fill(Role::Name);
        reading.mark(tokens, role, None);
    }
    reading.place = Some(found);
}

/// Whether the last word is no region at home, but the country of the city before it: `PARIS FR`.
fn is_country_of_city(
    knowledge: &Knowledge,
    home: Option<Country>,
    reading: &Reading,
    first: usize,
    end: usize,
    country: Country,
) -> bool {
    let regions = knowledge.regions.region(reading.text.word(end - 1));
    let is_region = regions.iter().any(|(of, _)| home.is_none_or(|home| home == *of));
    let of_country = |city: &City<'_>| country.as_str().as_bytes() == city.country;
    let city = |start| knowledge.gazetteer.find(glued(reading, start..end - 1)).any(|city| of_country(&city));
    !is_region && starts(reading, first, end - 1).any(city)
}

/// Whether a place may stand here: in a name, behind a person's name, or in an address.
fn in_reach(role: Role) -> bool {
    matches!(role, Role::Name | Role::Person | Role::Address)
}

fn is_name(reading: &Reading, at: usize) -> bool {
    in_reach(reading.roles[at])
}

/// A region with no known city before it is believed if something sets it apart from the name, or if it is no word and
/// the name before it is long enough to stand without it.
fn sure_region(
    knowledge: &Knowledge,
    mut regions: impl Iterator<Item = Country>,
    home: Option<Country>,
    reading: &Reading,
    at: usize,
    first: usize,
) -> Option<Country> {
    let country = regions.find(|country| home.is_none_or(|home| home == *country))?;
    let (token, before) = (reading.text.tokens()[at], reading.text.tokens()[at - 1]);
    let apart = token.gap.has(Gap::WIDE.with(Gap::STAR).with(Gap::COMMA))
        || !in_reach(reading.roles[at - 1])
        || before.has_digit()
        || before.gap.has(Gap::DOT) && !before.gap.has(Gap::BLANK);
    let named = || (first..at).filter(|at| reading.text.word(*at).len() > 1).count() >= 2;
    let is_word = knowledge.words.kind(reading.text.word(at)).is_some();
    (apart && at > first || !is_word && home.is_some() && named()).then_some(country)
}

/// The longest city of one of the countries and of this region that ends at `end`, a word of the name left before it.
fn city_before<C: Iterator<Item = Country>>(
    knowledge: &Knowledge,
    reading: &Reading,
    first: usize,
    end: usize,
    countries: impl Fn() -> C,
    region: &str,
) -> Option<(usize, Country, u32)> {
    let of_region = |city: &City<'_>| {
        countries().any(|country| country.as_str().as_bytes() == city.country) && city.region == region
    };
    let starts = starts(reading, first, end);
    for start in starts.clone() {
        let name = glued(reading, start..end);
        if let Some(city) = knowledge.gazetteer.find(name).find(of_region) {
            return Some((start, country(city)?, city.number));
        }
    }
    // Names are cut to a column's width: WEST SPRINGFI MA.
    for start in starts {
        let name = glued(reading, start..end);
        if name.len() >= LEAST_CUT {
            let mut cities = knowledge.gazetteer.starting_with(name, 64).filter(of_region);
            if let (Some(city), None) = (cities.next(), cities.next()) {
                return Some((start, country(city)?, city.number));
            }
        }
    }
    None
}

/// A city with its region, and perhaps the country, glued behind: `SAN FRANCISCOCA`, `LOS GATOSCAUS`.
fn glued_city(
    knowledge: &Knowledge,
    reading: &Reading,
    first: usize,
    end: usize,
    known: Option<Country>,
) -> Option<(usize, Country, u32)> {
    let word = reading.text.word(end - 1);
    if !word.is_ascii() || reading.text.tokens()[end - 1].kind != TokenKind::Word {
        return None;
    }
    let last = reading.text.tokens()[end - 1].glue();
    // A word that is seen through is no city's.
    if last.is_empty() {
        return None;
    }
    for (tail, with_country) in [(4, true), (5, true), (2, false), (3, false)] {
        if word.len() < tail {
            continue;
        }
        let (head, code) = word.split_at(word.len() - tail);
        let (region, country_code) = if with_country { code.split_at(2) } else { (code, "") };
        for (of, _) in knowledge.regions.region(region) {
            let named = country_code.is_empty() || knowledge.regions.country(country_code) == Some(*of);
            if !named || known.is_some_and(|known| known != *of) {
                continue;
            }
            for start in starts(reading, first, end) {
                // The words before stand right before the last one's head.
                let Some(from) = reading.text.tokens().get(start).map(|token| token.glue().start) else { continue };
                let Some(name) = reading.text.glued().get(from..last.start + head.len()) else { continue };
                if name.len() < 3 {
                    continue;
                }
                let city = knowledge
                    .gazetteer
                    .find(name)
                    .find(|city| city.country == of.as_str().as_bytes() && city.region == region);
                if let Some(city) = city {
                    // SEVENCA is no city Seven in California: a short one needs the country or another word.
                    if with_country || name.len() >= 5 {
                        return Some((start, *of, city.number));
                    }
                }
            }
        }
    }
    None
}

/// A region with its country glued behind it, set apart from the name: `866-555-0100 CAUS`.
fn glued_region(knowledge: &Knowledge, reading: &Reading, at: usize, known: Option<Country>) -> Option<Country> {
    let word = reading.text.word(at);
    let apart = reading.text.tokens()[at].gap.has(Gap::WIDE) || !in_reach(reading.roles[at - 1]);
    if !apart || !matches!(word.len(), 4 | 5) || !word.is_ascii() {
        return None;
    }
    let (region, code) = word.split_at(2);
    let country = knowledge.regions.country(code).filter(|country| known.is_none_or(|known| known == *country))?;
    knowledge.regions.region(region).iter().any(|(of, _)| *of == country).then_some(country)
}

/// A city without a region: believed at home if it is big and set apart by a wide gap or a number.
fn bare_city(
    knowledge: &Knowledge,
    home: Option<Country>,
    reading: &Reading,
    first: usize,
    end: usize,
    known: Option<Country>,
) -> Option<(usize, Country, u32)> {
    for start in starts(reading, first, end) {
        let apart = reading.text.tokens()[start].gap.has(Gap::WIDE)
            || !in_reach(reading.roles[start - 1])
            || reading.text.tokens()[start - 1].kind == TokenKind::Digits;
        if !apart && known.is_none() {
            continue;
        }
        let name = glued(reading, start..end);
        let wanted = known.or(home);
        let city = knowledge.gazetteer.find(name).find(|city| {
            city.population >= LEAST_PEOPLE && wanted.is_some_and(|country| country.as_str().as_bytes() == city.country)
        });
        let abroad = || {
            knowledge
                .gazetteer
                .find(name)
                .next()
                .filter(|city| city.population >= 20 * LEAST_PEOPLE && apart && known.is_none())
        };
        if let Some(city) = city.or_else(abroad) {
            return Some((start, country(city)?, city.number));
        }
    }
    None
}

/// Where a city that ends at `end` may begin, the longest first; at least one word before it is left.
fn starts(reading: &Reading, first: usize, end: usize) -> Range<usize> {
    let mut least = end;
    while least > first + 1
        && end - least < MOST_WORDS
        && in_reach(reading.roles[least - 1])
        && reading.text.tokens()[least - 1].kind != TokenKind::Digits
    {
        least -= 1;
    }
    least..end
}

fn glued(reading: &Reading, tokens: Range<usize>) -> &str {
    let slice = &reading.text.tokens()[tokens];
    match (slice.first(), slice.last()) {
        (Some(first), Some(last)) => &reading.text.glued()[first.glue().start..last.glue().end],
        _ => "",
    }
}

fn country(city: City<'_>) -> Option<Country> {
    std::str::from_utf8(&city.country).ok()?.parse().ok()
}

fn is_postal_code(reading: &Reading, at: usize) -> bool {
    let word = reading.text.word(at);
    match reading.text.tokens()[at].kind {
        TokenKind::Digits => matches!(word.len(), 4 | 5 | 9),
        // The second half of a British or Canadian code.
        TokenKind::Mixed => {
            word.len() == 3 && word.as_bytes()[0].is_ascii_digit() || (5..=7).contains(&word.len()) && uk_whole(word)
        }
        _ => false,
    }
}

fn postal_length(reading: &Reading, end: usize) -> usize {
    let word = reading.text.word(end - 1);
    let two = word.len() == 3 && reading.text.tokens()[end - 2].kind == TokenKind::Mixed;
    1 + usize::from(two)
}

fn uk_whole(word: &str) -> bool {
    if !word.is_ascii() {
        return false;
    }
    let (out, inner) = word.split_at(word.len() - 3);
    let inner = inner.as_bytes();
    inner[0].is_ascii_digit()
        && inner[1].is_ascii_alphabetic()
        && inner[2].is_ascii_alphabetic()
        && out.as_bytes()[0].is_ascii_alphabetic()
        && out.bytes().any(|byte| byte.is_ascii_digit())
}
