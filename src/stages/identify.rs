//! Second stage: who was paid. Every dictionary name in the text is a candidate; one function ranks them.

use std::ops::Range;

use super::clean::{Reading, Role};
use crate::data::phrases::{Hit, Rolling};
use crate::data::tables::{AliasMode, Condition, WordKind};
use crate::knowledge::Knowledge;
use crate::knowledge::merchants::{Alias, MerchantTable};
use crate::model::transaction::{Country, Transaction};
use crate::text::{Gap, TokenKind};

/// Keys of this many letters or fewer match only as they are written, never glued from other words.
const SHORT_KEY: usize = 3;
/// A name cut short must show at least this many letters.
const LEAST_CUT: usize = 10;

/// Which dictionary a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    Imported,
    Curated,
    Own,
}

/// A merchant whose name stands in the text.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub tier: Tier,
    pub merchant: u32,
    pub tokens: Range<usize>,
    /// Letters of the name.
    pub letters: usize,
    /// Whether the text shows only the beginning of the name.
    pub cut: bool,
    /// Whether nothing but numbers, places and generic words stands beside it.
    pub alone: bool,
    /// Whether a condition of the data beside the words was met.
    pub confirmed: bool,
    /// Whether nothing of a name stands before it.
    pub at_start: bool,
}

/// Buffers of the stage.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    rolling: Rolling,
    hits: Vec<Hit>,
    spans: Vec<(Range<usize>, usize)>,
    /// Every candidate that met its conditions, the best first.
    pub candidates: Vec<Candidate>,
}

/// Fills `scratch.candidates`, the best first.
pub fn identify(
    knowledge: &Knowledge,
    transaction: &Transaction,
    home: Option<Country>,
    reading: &Reading,
    scratch: &mut Scratch,
) {
    scratch.candidates.clear();
    let context = Context { knowledge, transaction, home, reading };
    for own in [true, false] {
        let Some(table) = (if own { knowledge.own_merchants.as_ref() } else { Some(&knowledge.merchants) }) else {
            continue;
        };
        for run in reading.name_runs() {
            scratch.hits.clear();
            table.search(&reading.text, run.clone(), &mut scratch.rolling, &mut scratch.hits);
            for hit in &scratch.hits {
                let tokens = hit.first as usize..hit.end as usize;
                context.collect(table, own, hit.phrase, tokens, false, &mut scratch.candidates);
            }
        }
        if scratch.candidates.is_empty() {
            context.cut_name(table, own, &mut scratch.candidates);
        }
    }
    let candidates = &mut scratch.candidates;
    drop_nested(candidates, &mut scratch.spans);
    candidates.sort_by(|one, other| rank(other).cmp(&rank(one)).then(one.merchant.cmp(&other.merchant)));
}

/// The order of precedence: the user's own dictionary; then names that stand alone or are confirmed by their conditions;
/// then names at the start; then curated ones before imported ones; then the longer, the earlier.
pub fn rank(candidate: &Candidate) -> (bool, bool, bool, Tier, usize, std::cmp::Reverse<usize>) {
    (
        candidate.tier == Tier::Own,
        candidate.alone || candidate.confirmed,
        candidate.at_start,
        candidate.tier,
        candidate.letters,
        std::cmp::Reverse(candidate.tokens.start),
    )
}

/// A name inside a longer one is not the one that was meant, unless it is the user's own.
fn drop_nested(candidates: &mut Vec<Candidate>, spans: &mut Vec<(Range<usize>, usize)>) {
    spans.clear();
    spans.extend(candidates.iter().map(|candidate| (candidate.tokens.clone(), candidate.letters)));
    candidates.retain(|candidate| {
        candidate.tier == Tier::Own
            || !spans.iter().any(|(span, letters)| {
                span.start <= candidate.tokens.start
                    && candidate.tokens.end <= span.end
                    && (span.len() > candidate.tokens.len() || *letters > candidate.letters)
            })
    });
}

struct Context<'c> {
    knowledge: &'c Knowledge,
    transaction: &'c Transaction,
    home: Option<Country>,
    reading: &'c Reading,
}

impl Context<'_> {
    fn collect(
        &self,
        table: &MerchantTable,
        own: bool,
        phrase: u32,
        tokens: Range<usize>,
        cut: bool,
        out: &mut Vec<Candidate>,
    ) {
        let letters = table.names().key(phrase).len();
        let at_start = self.nothing_before(tokens.start);
        let mut alone = None;
        for alias in table.aliases(phrase) {
            if letters <= SHORT_KEY && visible(self.reading, &tokens) != usize::from(alias.words.max(1)) {
                continue;
            }
            if alias.mode == AliasMode::Start && !at_start {
                continue;
            }
            let alone = *alone.get_or_insert_with(|| self.is_alone(&tokens));
            if alias.mode == AliasMode::Alone && (!alone || cut) {
                continue;
            }
            if !self.holds(alias.condition) || !self.country_fits(table, &alias) {
                continue;
            }
            let tier = match (own, table.is_imported(alias.merchant)) {
                (true, _) => Tier::Own,
                (false, false) => Tier::Curated,
                (false, true) => Tier::Imported,
            };
            out.push(Candidate {
                tier,
                merchant: alias.merchant,
                tokens: tokens.clone(),
                letters,
                cut,
                alone,
                confirmed: alias
                    .condition
                    .is_some_and(|condition| !(condition.mcc.is_empty() && condition.with.is_empty())),
                at_start,
            });
        }
    }

    /// The last words of the name, when they are the beginning of exactly one dictionary name.
    fn cut_name(&self, table: &MerchantTable, own: bool, out: &mut Vec<Candidate>) {
        let Some(run) = self.reading.name_runs().next() else { return };
        let tokens = &self.reading.text.tokens()[run.clone()];
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let glued = &self.reading.text.glued()[first.glue().start..last.glue().end];
        if glued.len() < LEAST_CUT || run.len() < 2 || last.kind != TokenKind::Word {
            return;
        }
        if let Some(phrase) = table.names().only_with_prefix(glued.as_bytes())
            && table.names().key(phrase).len() > glued.len()
        {
            self.collect(table, own, phrase, run, true, out);
        }
    }

    fn nothing_before(&self, first: usize) -> bool {
        (0..first)
            .all(|at| self.reading.roles[at] != Role::Name || self.reading.text.tokens()[at].kind == TokenKind::Digits)
    }

    /// Whether all other words of the name are numbers, generic words or a city.
    fn is_alone(&self, tokens: &Range<usize>) -> bool {
        let reading = self.reading;
        let mut rest =
            (0..reading.roles.len()).filter(|at| reading.roles[*at] == Role::Name && !tokens.contains(at)).peekable();
        let mut tail_start = None;
        for at in rest.by_ref() {
            let word = reading.text.word(at);
            let generic = reading.text.tokens()[at].has_digit()
                || matches!(self.knowledge.words.kind(word), Some(WordKind::Legal | WordKind::Shop))
                || word.len() == 1
                || reading.text.tokens()[at].glue().is_empty();
            if !generic {
                tail_start = Some(at);
                break;
            }
        }
        let Some(start) = tail_start else { return true };
        // What is left may be the shop's city: BOOTS 1234 LONDON.
        start >= tokens.end && self.is_city(start)
    }

    fn is_city(&self, start: usize) -> bool {
        let reading = self.reading;
        let tokens = reading.text.tokens();
        let end = (start..tokens.len())
            .take_while(|at| reading.roles[*at] == Role::Name && tokens[*at].kind == TokenKind::Word)
            .last()
            .map_or(start, |at| at + 1);
        let others = (end..tokens.len()).all(|at| reading.roles[at] != Role::Name || tokens[at].has_digit());
        // Networks print the country behind the city: BOOTS 1234 LONDON GB, HEMA EV123 AMSTERDAM NLD.
        let is_country = |at: usize| {
            let word = reading.text.word(at);
            matches!(word.len(), 2 | 3) && self.countries().any(|country| word.starts_with(country.as_str()))
        };
        let end = if end > start + 1 && is_country(end - 1) { end - 1 } else { end };
        if end == start || !others {
            return false;
        }
        let name = &reading.text.glued()[tokens[start].glue().start..tokens[end - 1].glue().end];
        let home = reading.place.as_ref().and_then(|place| place.country).or(self.home);
        let fits = |country: [u8; 2]| home.is_none_or(|home| home.as_str().as_bytes() == country);
        // A small place has the name of many things: only towns count, and a wide gap before helps nothing here.
        self.knowledge.gazetteer.find(name).any(|city| fits(city.country) && city.population >= 5_000)
            || (tokens[start].gap.has(Gap::WIDE) && self.knowledge.gazetteer.find(name).any(|city| fits(city.country)))
    }

    fn holds(&self, condition: Option<&Condition>) -> bool {
        let Some(condition) = condition else { return true };
        let spaced = self.reading.text.spaced();
        let mcc = || self.transaction.merchant_category_code.is_some_and(|mcc| condition.mcc.contains(&mcc.get()));
        let country =
            || self.countries().any(|country| condition.country.iter().any(|wanted| wanted == country.as_str()));
        (condition.mcc.is_empty() || mcc())
            && (condition.country.is_empty() || country())
            && (condition.with.is_empty() || condition.with.iter().any(|words| spaced.contains(words.as_str())))
            && !condition.not.iter().any(|words| spaced.contains(words.as_str()))
    }

    /// A chain is met in its own countries; elsewhere only by a long and certain name written by hand.
    fn country_fits(&self, table: &MerchantTable, alias: &Alias<'_>) -> bool {
        let countries = table.countries(alias.merchant);
        if countries.is_empty() {
            return true;
        }
        let mut known = false;
        for country in self.countries() {
            known = true;
            if countries.split_ascii_whitespace().any(|other| other == country.as_str()) {
                return true;
            }
        }
        !known
    }

    /// The country of the place, and the account's.
    fn countries(&self) -> impl Iterator<Item = Country> {
        let place = self.reading.place.as_ref().and_then(|place| place.country);
        place.into_iter().chain(self.home)
    }
}

/// Tokens that are not seen through.
fn visible(reading: &Reading, tokens: &Range<usize>) -> usize {
    reading.text.tokens()[tokens.clone()].iter().filter(|token| !token.glue().is_empty()).count()
}
