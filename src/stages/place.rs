//! Where it happened: city, region, postal code and country at the end of the text, as far as the gazetteer makes it certain.

use std::ops::Range;

use super::clean::{Accepted, Reading, Role};
use crate::data::tables::{DescriptorKind, WordKind};
use crate::knowledge::Knowledge;
use crate::knowledge::places::City;
use crate::model::transaction::Country;
use crate::text::{Gap, TokenKind};

/// The most words a city's name has.
const MOST_WORDS: usize = 5;
/// A cut name of a city has at least this many letters.
const LEAST_CUT: usize = 5;
/// A city without a region is believed from this many people on;
const LEAST_PEOPLE: u32 = 15_000;
/// behind it the country's code, from this many on;
const LEAST_TOWN: u32 = 2_000;
/// and without anything that sets it apart from the name, from this many on.
const LEAST_CITY: u32 = 100_000;
/// Letters that a name must have for a city to follow it with nothing between.
const LEAST_NAME: usize = 5;

/// A place in a text, by tokens and by what the gazetteer knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
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
    // An address may be a city and nothing else, and so may what is left of a text that has told what it is.
    let told = |accepted: &Accepted| knowledge.descriptors.row(accepted.descriptor).kind == DescriptorKind::Transaction;
    let free = reading.roles[first] == Role::Address
        || first > 0 && reading.roles[first] == Role::Name && reading.accepted.iter().any(told);
    let floor = if free { first } else { first + 1 };
    let search = Search { knowledge, home, reading, first, floor };
    let Some((found, marks)) = search.run() else { return };
    for (tokens, role) in marks.list.into_iter().take(marks.count) {
        reading.roles[tokens.clone()].fill(Role::Name);
        reading.mark(tokens, role, None);
    }
    reading.place = Some(found);
}

/// The tokens of the place that is all there is from a token on; empty where there is none.
pub fn behind(knowledge: &Knowledge, home: Option<Country>, reading: &Reading, from: usize) -> Range<usize> {
    let found = Search { knowledge, home, reading, first: from, floor: from }.run();
    let Some((_, marks)) = found else { return 0..0 };
    let tokens = || marks.list[..marks.count].iter().map(|(tokens, _)| tokens);
    let start = tokens().map(|tokens| tokens.start).min().unwrap_or(0);
    start..tokens().map(|tokens| tokens.end).max().unwrap_or(0)
}

/// Tokens of a place: country, postal code, region and city at most.
struct Marks {
    list: [(Range<usize>, Role); 4],
    count: usize,
}

impl Marks {
    fn new() -> Self {
        Self { list: std::array::from_fn(|_| (0..0, Role::Name)), count: 0 }
    }

    fn push(&mut self, tokens: Range<usize>, role: Role) {
        self.list[self.count] = (tokens, role);
        self.count += 1;
    }
}

/// A city that was found: its first token, its country, its number.
type Hit = (usize, Country, u32);

/// What a search looks at. All its questions are about the tokens before some end.
struct Search<'s> {
    knowledge: &'s Knowledge,
    home: Option<Country>,
    reading: &'s Reading,
    /// The first token of the name.
    first: usize,
    /// The first token that a place may take: behind the first word of a name.
    floor: usize,
}

impl Search<'_> {
    fn run(&self) -> Option<(Found, Marks)> {
        let mut end = self.trimmed(self.reading.roles.len());
        if end <= self.floor {
            return None;
        }
        let mut marks = Marks::new();
        let mut sure = false;
        let mut country = self.country_at(end);
        if let Some((_, certain)) = country {
            sure = certain;
            marks.push(end - 1..end, Role::Country);
            end = self.trimmed(end - 1);
        }
        let known = country.map(|(country, _)| country);
        let mut found = self.behind(end, known, &mut marks);
        if found.is_none() && country.is_some() && !sure {
            // No country after all: MEX of a kitchen, FIN of a fish.
            marks.count = 0;
            country = None;
            end = self.trimmed(self.reading.roles.len());
            found = self.behind(end, None, &mut marks);
        }
        let mut found = match (found, country) {
            (Some(found), _) => found,
            (None, Some(_)) => Found::default(),
            (None, None) => return None,
        };
        found.country = found.country.or(country.map(|(country, _)| country));
        Some((found, marks))
    }

    /// The end of what is left before `end` without references and other things that stand behind places.
    fn trimmed(&self, mut end: usize) -> usize {
        while end > self.floor {
            let token = self.reading.text.tokens()[end - 1];
            let long = token.kind == TokenKind::Digits && token.norm().len() > 5 && token.norm().len() != 9;
            let code = token.kind == TokenKind::Mixed && token.norm().len() > 8;
            if is_name(self.reading, end - 1) && !long && !code {
                break;
            }
            end -= 1;
        }
        end
    }

    /// A country at the end, and whether it is one whatever stands before it: by three letters, or by two behind a region.
    fn country_at(&self, end: usize) -> Option<(Country, bool)> {
        let (text, regions) = (&self.reading.text, &self.knowledge.regions);
        let (token, word) = (text.tokens()[end - 1], text.key(end - 1));
        if end <= self.first + 1 || token.kind != TokenKind::Word || !is_name(self.reading, end - 1) {
            return None;
        }
        let country = regions.country(word)?;
        let tight = token.gap.has(Gap::DOT) && !token.gap.has(Gap::BLANK);
        match word.text.len() {
            3 if !tight => {
                let apart =
                    token.gap.has(Gap::WIDE.with(Gap::COMMA)) || end < 2 || !in_reach(self.reading.roles[end - 2]);
                let known = self.knowledge.words.kind(word).is_some();
                let named = end >= self.first + 4 && !known && token.gap.has(Gap::BLANK) && self.home != Some(country);
                Some((country, apart && !known || named))
            }
            2 if end >= self.floor + 2 && is_name(self.reading, end - 2) => {
                let before = text.key(end - 2);
                if regions.region(before).iter().any(|(of, _)| *of == country) {
                    return Some((country, true));
                }
                // BERLIN DE: unless DE is a region that has such a city.
                let in_region = self.city_before(end - 1, regions.region(word), None).is_some();
                let is_city = |(start, of, number): Hit| {
                    let big = self.knowledge.gazetteer.city(number).population() >= LEAST_PEOPLE;
                    of == country && big && start >= self.floor
                };
                (!in_region && self.bare_city(end - 1, Some(country)).is_some_and(is_city)).then_some((country, false))
            }
            _ => None,
        }
    }

    /// City, region and postal code before `end`.
    fn behind(&self, end: usize, known: Option<Country>, marks: &mut Marks) -> Option<Found> {
        let before = marks.count;
        if let Some(length) = self.postal_length(end)
            && let Some(found) = self.city_or_region(end - length, known, marks, true)
            && self.postal_fits(end, length, &found)
        {
            let tokens = end - length..end;
            marks.push(tokens.clone(), Role::PostalCode);
            return Some(Found { postal_code: Some(tokens), ..found });
        }
        marks.count = before;
        // A number behind the place that is no postal code is the shop's or the terminal's.
        let number = end > self.floor + 1 && self.reading.text.tokens()[end - 1].kind == TokenKind::Digits;
        let end = if number { self.trimmed(end - 1) } else { end };
        self.city_or_region(end, known, marks, number)
    }

    fn city_or_region(&self, end: usize, known: Option<Country>, marks: &mut Marks, postal: bool) -> Option<Found> {
        if end <= self.floor || !is_name(self.reading, end - 1) {
            return None;
        }
        let fits = |country: Country| known.is_none_or(|known| known == country);
        let text = &self.reading.text;
        let word = text.key(end - 1);
        let of_city = |(start, country, city): Hit, tokens: Range<usize>, marks: &mut Marks| {
            marks.push(start..tokens.end, Role::City);
            Found { city: Some(city), country: Some(country), ..Found::default() }
        };
        let regions = self.knowledge.regions.region(word);
        let is_region = regions.iter().any(|(country, _)| fits(*country));
        if is_region && text.tokens()[end - 1].kind == TokenKind::Word && word.text.len() <= 3 {
            if let Some(hit) = self.city_before(end - 1, regions, known) {
                marks.push(end - 1..end, Role::Region);
                return Some(of_city(hit, hit.0..end - 1, marks));
            }
            if let Some(country) = self.sure_region(regions, end - 1, known) {
                marks.push(end - 1..end, Role::Region);
                let region = Some(text.raw_span(end - 1..end));
                return Some(Found { region, country: Some(country), ..Found::default() });
            }
        }
        // Region and country in one word behind a city: TORONTO ONCA.
        if let Some(region) = self.glued_codes(word.text).filter(|(country, _)| fits(*country))
            && let Some(hit) = self.city_before(end - 1, std::slice::from_ref(region), known)
        {
            marks.push(end - 1..end, Role::Region);
            return Some(of_city(hit, hit.0..end - 1, marks));
        }
        if let Some(hit) = self.glued_city(end, known) {
            return Some(of_city(hit, hit.0..end, marks));
        }
        if let Some(country) = self.glued_region(end - 1, known) {
            let token = text.raw_span(end - 1..end);
            marks.push(end - 1..end, Role::Region);
            let region = Some(token.start..token.start + 2);
            return Some(Found { region, country: Some(country), ..Found::default() });
        }
        let hit = self.bare_city(end, known)?;
        // Digits behind a city are a postal code only where something tells that the city is one.
        (!postal || self.is_apart(hit.0) || known.is_some() || Some(hit.1) == self.home)
            .then(|| of_city(hit, hit.0..end, marks))
    }

    /// A region with no known city before it is believed if something sets it apart from the name, or if it is no word and
    /// the name before it is long enough to stand without it.
    fn sure_region(&self, regions: &[(Country, String)], at: usize, known: Option<Country>) -> Option<Country> {
        let reading = self.reading;
        let country = regions.iter().map(|(country, _)| *country).find(|country| match known.or(self.home) {
            Some(wanted) => wanted == *country,
            None => true,
        })?;
        if at == 0 {
            return None;
        }
        let (token, before) = (reading.text.tokens()[at], reading.text.tokens()[at - 1]);
        let apart = token.gap.has(Gap::WIDE.with(Gap::STAR).with(Gap::COMMA))
            || !in_reach(reading.roles[at - 1])
            || before.has_digit()
            || before.gap.has(Gap::DOT) && !before.gap.has(Gap::BLANK);
        let named = || (self.first..at).filter(|at| reading.text.word(*at).len() > 1).count() >= 2;
        let is_word = self.knowledge.words.kind(reading.text.key(at)).is_some();
        (apart && at >= self.floor || !is_word && self.home.is_some() && named()).then_some(country)
    }

    /// The longest city of one of the regions that ends at `end`, a word of the name left before it.
    fn city_before(&self, end: usize, regions: &[(Country, String)], known: Option<Country>) -> Option<Hit> {
        let of_region = |city: &City<'_>| {
            regions.iter().any(|(country, code)| {
                known.is_none_or(|known| known == *country)
                    && country.as_str().as_bytes() == city.country()
                    && city.region() == code
            })
        };
        for start in self.starts(end) {
            if let Some(city) = self.knowledge.gazetteer.find(self.glued(start..end)).find(of_region) {
                return Some((start, country(city)?, city.number));
            }
        }
        // Names are cut to a column's width: WEST SPRINGFI MA. A guess, so only at home.
        for start in self.starts(end) {
            let name = self.glued(start..end);
            let whole = end - start < 2 && self.knowledge.words.kind(self.reading.text.key(start)).is_some();
            if name.len() >= LEAST_CUT && !whole {
                let mut cities = self.knowledge.gazetteer.starting_with(name, 64).filter(of_region);
                if let (Some(city), None) = (cities.next(), cities.next()) {
                    let hit = (start, country(city)?, city.number);
                    return self.home.is_none_or(|home| home == hit.1).then_some(hit);
                }
            }
        }
        None
    }

    /// Region and country that are glued: `CAUS`, `ONCA`.
    fn glued_codes(&self, word: &str) -> Option<&(Country, String)> {
        if !matches!(word.len(), 4..=6) || !word.is_ascii() {
            return None;
        }
        [2, 3].into_iter().find_map(|length| {
            let (region, code) = word.split_at(length);
            let country = self.knowledge.regions.country(code)?;
            self.knowledge.regions.region(region).iter().find(|(of, _)| *of == country)
        })
    }

    /// A city with its region, and perhaps the country, glued behind: `SAN FRANCISCOCA`, `LOS GATOSCAUS`.
    fn glued_city(&self, end: usize, known: Option<Country>) -> Option<Hit> {
        let word = self.reading.text.word(end - 1);
        if !word.is_ascii() || self.reading.text.tokens()[end - 1].kind != TokenKind::Word {
            return None;
        }
        let last = self.reading.text.tokens()[end - 1].glue();
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
            for (of, usual) in self.knowledge.regions.region(region) {
                let named = country_code.is_empty() || self.knowledge.regions.country(country_code) == Some(*of);
                // Where nothing but two letters tell it, a city abroad is not certain.
                let near = with_country || self.home.is_none_or(|home| home == *of);
                if !named || !near || known.is_some_and(|known| known != *of) {
                    continue;
                }
                for start in self.starts(end) {
                    // The words before stand right before the last one's head.
                    let from = self.reading.text.tokens()[start].glue().start;
                    let Some(name) = self.reading.text.glued().get(from..last.start + head.len()) else { continue };
                    if name.len() < 3 {
                        continue;
                    }
                    let city = self
                        .knowledge
                        .gazetteer
                        .find(name)
                        .find(|city| city.country() == of.as_str().as_bytes() && city.region() == usual);
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
    fn glued_region(&self, at: usize, known: Option<Country>) -> Option<Country> {
        let apart =
            self.reading.text.tokens()[at].gap.has(Gap::WIDE) || at > 0 && !in_reach(self.reading.roles[at - 1]);
        let word = self.reading.text.word(at);
        if !apart || !matches!(word.len(), 4 | 5) {
            return None;
        }
        let country = self.glued_codes(word)?.0;
        known.is_none_or(|known| known == country).then_some(country)
    }

    /// A city without a region. One that something sets apart from the name is believed at home if it is big, and abroad if it
    /// is very big; one behind a country's code if it is of that country; one that simply ends the name only if it is a big
    /// city at home, and nothing speaks for its being part of the name.
    fn bare_city(&self, end: usize, known: Option<Country>) -> Option<Hit> {
        for start in self.starts(end) {
            let apart = self.is_apart(start);
            let name = self.glued(start..end);
            let wanted = known.or(self.home);
            let least = if apart || known.is_some() { LEAST_PEOPLE } else { LEAST_CITY };
            let city = self.knowledge.gazetteer.find(name).find(|city| {
                (city.population() >= least || known.is_some() && city.population() >= LEAST_TOWN)
                    && wanted.is_some_and(|country| country.as_str().as_bytes() == city.country())
            });
            let abroad = || {
                let mut cities = self.knowledge.gazetteer.find(name);
                cities.next().filter(|city| city.population() >= 20 * LEAST_PEOPLE && apart && known.is_none())
            };
            if let Some(city) = city.or_else(abroad)
                && (apart || known.is_some() || self.ends_name(start, end))
            {
                return Some((start, country(city)?, city.number));
            }
        }
        None
    }

    /// Whether something sets the token apart from the name before it.
    fn is_apart(&self, at: usize) -> bool {
        let reading = self.reading;
        if at == 0 {
            return true;
        }
        let token = reading.text.tokens()[at];
        token.gap.has(Gap::WIDE.with(Gap::COMMA).with(Gap::SLASH))
            || !in_reach(reading.roles[at - 1])
            || reading.roles[at] == Role::Address
            || reading.text.tokens()[at - 1].kind == TokenKind::Digits
    }

    /// Whether a city that nothing sets apart stands behind a whole name: two words or a long one, the last of them neither
    /// small (BANK OF LONDON) nor such that the dictionary knows the name with the city (UNIVERSITY COLLEGE LONDON).
    fn ends_name(&self, start: usize, end: usize) -> bool {
        let (reading, words) = (self.reading, &self.knowledge.words);
        if reading.roles[self.first..end].iter().any(|role| *role != Role::Name) {
            return false;
        }
        if start == self.first {
            return true;
        }
        let before = reading.text.word(start - 1);
        let small = before.len() < 3 || words.spelling(before).is_some_and(|word| word.starts_with(char::is_lowercase));
        let letters: usize = (self.first..start).map(|at| reading.text.word(at).len()).sum();
        let given = words.kind(reading.text.key(start)) == Some(WordKind::FirstName);
        !small
            && !given
            && letters >= LEAST_NAME
            && (self.first..start).all(|from| !self.knowledge.names_merchant(&reading.text, from..end))
    }

    /// Where a city that ends at `end` may begin, the longest first; at least one word before it is left.
    fn starts(&self, end: usize) -> impl Iterator<Item = usize> + use<'_> {
        let mut least = end;
        while least > self.floor
            && end - least < MOST_WORDS
            && in_reach(self.reading.roles[least - 1])
            && self.reading.text.tokens()[least - 1].kind != TokenKind::Digits
        {
            least -= 1;
        }
        // A lone letter at its end is the rest of a cut word rather than part of a city.
        let scrap = end > least && end - least > 1 && self.reading.text.word(end - 1).len() == 1;
        if scrap { end..end } else { least..end }
    }

    fn glued(&self, tokens: Range<usize>) -> &str {
        let slice = &self.reading.text.tokens()[tokens];
        match (slice.first(), slice.last()) {
            (Some(first), Some(last)) => &self.reading.text.glued()[first.glue().start..last.glue().end],
            _ => "",
        }
    }

    /// Tokens at the end that look like a postal code.
    fn postal_length(&self, end: usize) -> Option<usize> {
        if end < self.floor + 2 || !is_name(self.reading, end - 1) {
            return None;
        }
        let text = &self.reading.text;
        let word = text.word(end - 1);
        match text.tokens()[end - 1].kind {
            TokenKind::Digits => matches!(word.len(), 4 | 5 | 9).then_some(1),
            TokenKind::Mixed => {
                let inner = word.len() == 3 && word.as_bytes()[0].is_ascii_digit();
                if inner && text.tokens()[end - 2].kind == TokenKind::Mixed && end > self.floor + 2 {
                    return Some(2);
                }
                (is_outward(word) || (5..=7).contains(&word.len()) && uk_whole(word)).then_some(1)
            }
            _ => None,
        }
    }

    /// Whether a postal code has the shape of the place's country.
    fn postal_fits(&self, end: usize, length: usize, found: &Found) -> bool {
        let token = self.reading.text.tokens()[end - 1];
        let Some(country) = found.country else { return false };
        let plan = self.knowledge.regions.phone(country).unwrap_or_default();
        match (token.kind, token.norm().len()) {
            // The countries of the North American telephone plan have five digits, or letters.
            (TokenKind::Digits, 4) => {
                !plan.starts_with('1') && plan != "44" && !self.reading.text.word(end - 1).starts_with('0')
            }
            (TokenKind::Digits, 5) => plan != "44",
            (TokenKind::Digits, _) => plan == "1",
            _ => length == 2 || plan == "44" || plan == "353",
        }
    }
}

/// Whether a place may stand here: in a name, behind a person's name, or in an address.
fn in_reach(role: Role) -> bool {
    matches!(role, Role::Name | Role::Person | Role::Address)
}

fn is_name(reading: &Reading, at: usize) -> bool {
    in_reach(reading.roles[at])
}

fn country(city: City<'_>) -> Option<Country> {
    std::str::from_utf8(&city.country()).ok()?.parse().ok()
}

/// The first half of a British postal code: `NW11`, `EC1A`.
fn is_outward(word: &str) -> bool {
    let bytes = word.as_bytes();
    let letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    (2..=4).contains(&bytes.len())
        && (1..=2).contains(&letters)
        && bytes.get(letters).is_some_and(u8::is_ascii_digit)
        && bytes.len() <= letters + 2
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
