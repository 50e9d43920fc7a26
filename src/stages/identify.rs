//! Second stage: who was paid. Every dictionary name in the text is a candidate; one function ranks them.

use std::cell::RefCell;
use std::ops::Range;

use super::clean::{Reading, Role};
use super::{misspelt, place, reclaim};
use crate::data::phrases::Hit;
use crate::data::tables::{AliasMode, Condition, DescriptorKind, DescriptorRow, WordKind};
use crate::knowledge::Knowledge;
use crate::knowledge::merchants::{Alias, MerchantTable};
use crate::knowledge::trades;
use crate::model::names::TransferMethod;
use crate::model::transaction::{Country, Transaction};
use crate::text::{Gap, TokenKind};

/// Keys of this many letters or fewer match only as they are written, never glued from other words.
pub const SHORT_KEY: usize = 3;
/// A name cut short must show at least this many letters; more if they are one word.
const LEAST_CUT: usize = 10;
const LEAST_CUT_WORD: usize = 12;
/// As many tokens beside the name may belong to it after all.
const MOST_REACH: usize = 4;
/// The number of a branch has at least this many digits.
const BRANCH_DIGITS: usize = 3;
/// The narrowest column that cuts names, in bytes.
const NARROWEST: usize = 20;
/// More names than this that go on in different ways tell nothing.
const MOST_CUT: u32 = 64;
/// How sure a word must be of its trade, in percent, to say that a name is another's.
const SURE_TRADE: u8 = 50;

/// Where a name stands to what the first stage left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// It holds a word of the name.
    Named,
    /// It lies in wrapping, and nothing else is left that could be a name.
    Wrapped,
    /// It has no part in the name.
    Apart,
}

/// Which dictionary a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    Imported,
    Curated,
    Own,
}

/// A merchant whose name stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub tier: Tier,
    pub merchant: u32,
    pub tokens: Range<usize>,
    /// Letters of the name.
    pub letters: usize,
    /// Whether the text shows only the beginning of the name, or shows it with a slip of the pen.
    pub cut: bool,
    /// Whether nothing but numbers, places and generic words stands beside it.
    pub alone: bool,
    /// Whether a condition of the data beside the words was met.
    pub confirmed: bool,
    /// How many kinds of conditions its row puts on the name.
    pub demands: u8,
    /// Whether nothing of a name stands before it.
    pub at_start: bool,
    /// Whether it counts only because its words are those of a phrase that decides, and so is no evidence beside it.
    pub said: bool,
}

/// How a name stands among the other words of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing but numbers, places and generic words beside it.
    Alone,
    /// A number behind it, and then the name of its branch: `AMC 9640 METREON`.
    Branch,
    Among,
}

/// How much of a name a text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Whole,
    /// Only its beginning, or all of it with a slip.
    Nearly,
}

/// Trade words of a name, looked up when somebody asks.
#[derive(Clone, Debug, Default)]
struct Trades {
    read: bool,
    found: Vec<Trade>,
}

/// A word or more that tell a trade.
#[derive(Clone, Debug)]
struct Trade {
    tokens: Range<usize>,
    category: u16,
    /// Whether they tell it by themselves.
    sure: bool,
}

/// Buffers of the stage.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    hits: Vec<Hit>,
    trades: Trades,
    spans: Vec<(Range<usize>, usize)>,
    near: Vec<u32>,
    /// Every candidate that met its conditions, the best first.
    pub candidates: Vec<Candidate>,
}

/// Fills `scratch.candidates`, the best first. What the best one holds is part of its name, whatever it was taken for before.
pub fn identify(
    knowledge: &Knowledge,
    transaction: &Transaction,
    home: Option<Country>,
    reading: &mut Reading,
    scratch: &mut Scratch,
) {
    let Scratch { hits, candidates, trades, spans, near } = scratch;
    candidates.clear();
    trades.read = false;
    let context = Context { knowledge, transaction, home, reading: &*reading, trades: RefCell::new(trades) };
    for own in [true, false] {
        let Some(table) = (if own { knowledge.own_merchants.as_ref() } else { Some(&knowledge.merchants) }) else {
            continue;
        };
        for stretch in stretches(context.reading) {
            hits.clear();
            table.search(&context.reading.text, stretch, hits);
            for hit in &*hits {
                let tokens = hit.first as usize..hit.end as usize;
                context.collect(table, own, hit.phrase, tokens, Shown::Whole, candidates);
            }
        }
        context.cut_name(table, own, candidates);
        if candidates.is_empty() && !own {
            misspelt::search(&context, table, near, candidates);
        }
    }
    drop_nested(context.reading, candidates, spans);
    candidates.sort_by(|one, other| rank(other).cmp(&rank(one)).then(one.merchant.cmp(&other.merchant)));
    if let Some(best) = candidates.first() {
        let unread = reading.place.is_none() && !reading.roles[best.tokens.clone()].contains(&Role::Name);
        reclaim::reclaim(reading, best.tokens.clone());
        // Behind a name that was taken for something else no place was looked for.
        if unread {
            place::find(knowledge, home, reading);
        }
    }
}

/// The order of precedence: the user's own dictionary; then names that stand alone or are confirmed by their conditions;
/// then names at the start; then curated ones before imported ones; then the longer, the more demanding, the earlier.
pub fn rank(candidate: &Candidate) -> (bool, bool, bool, Tier, usize, u8, std::cmp::Reverse<usize>) {
    (
        candidate.tier == Tier::Own,
        candidate.alone || candidate.confirmed,
        candidate.at_start,
        candidate.tier,
        candidate.letters,
        candidate.demands,
        std::cmp::Reverse(candidate.tokens.start),
    )
}

/// A name inside a longer one is not the one that was meant, nor is one that the text repeats at greater length
/// (`MICROSOFT*MICROSOFT 365`), unless it is the user's own.
fn drop_nested(reading: &Reading, candidates: &mut Vec<Candidate>, spans: &mut Vec<(Range<usize>, usize)>) {
    if candidates.len() < 2 {
        return;
    }
    let name = |tokens: &Range<usize>| {
        let slice = &reading.text.tokens()[tokens.clone()];
        slice
            .first()
            .zip(slice.last())
            .map_or("", |(first, last)| &reading.text.glued()[first.glue().start..last.glue().end])
    };
    spans.clear();
    spans.extend(candidates.iter().map(|candidate| (candidate.tokens.clone(), candidate.letters)));
    candidates.retain(|candidate| {
        let tokens = &candidate.tokens;
        let inside = |span: &Range<usize>, letters: usize| {
            span.start <= tokens.start
                && tokens.end <= span.end
                && (span.len() > tokens.len() || letters > candidate.letters)
        };
        let repeated = |span: &Range<usize>| {
            span.start >= tokens.end && name(span).len() > name(tokens).len() && name(span).starts_with(name(tokens))
        };
        candidate.tier == Tier::Own || !spans.iter().any(|(span, letters)| inside(span, *letters) || repeated(span))
    });
}

/// Stretches of tokens in which a merchant's name may stand: what is left of the text with a few tokens on both sides that
/// were taken for something else; if nothing is left, all of it. Persons and what they pay for bear no merchant's name.
fn stretches(reading: &Reading) -> impl Iterator<Item = Range<usize>> + '_ {
    let closed = |role: &Role| matches!(role, Role::Person | Role::Purpose | Role::Mandate);
    let roles = &reading.roles;
    let is_word = |at: usize| roles[at] == Role::Name && reading.text.tokens()[at].kind == TokenKind::Word;
    let first = (0..roles.len()).find(|at| is_word(*at));
    let last = (0..roles.len()).rfind(|at| is_word(*at));
    let (mut at, end) = match first.zip(last) {
        Some((first, last)) => (first.saturating_sub(MOST_REACH), (last + 1 + MOST_REACH).min(roles.len())),
        None => (0, roles.len()),
    };
    std::iter::from_fn(move || {
        let start = at + roles[at..end].iter().position(|role| !closed(role))?;
        at = start + roles[start..end].iter().take_while(|role| !closed(role)).count();
        Some(start..at)
    })
}

pub(super) struct Context<'c> {
    pub knowledge: &'c Knowledge,
    transaction: &'c Transaction,
    home: Option<Country>,
    pub reading: &'c Reading,
    trades: RefCell<&'c mut Trades>,
}

impl Context<'_> {
    pub fn collect(
        &self,
        table: &MerchantTable,
        own: bool,
        phrase: u32,
        tokens: Range<usize>,
        shown: Shown,
        out: &mut Vec<Candidate>,
    ) {
        let reach = self.reach(&tokens);
        let is_all = reach != Reach::Named && self.is_all(&tokens);
        if reach == Reach::Apart && !is_all {
            return;
        }
        let letters = table.names().key(phrase).len();
        let at_start = self.nothing_before(tokens.start);
        let mut standing = None;
        for alias in table.aliases(phrase) {
            let words = visible(self.reading, &tokens);
            let written = usize::from(alias.words.max(1));
            if letters <= SHORT_KEY && words != written || words > written && self.holds_mark(&tokens) {
                continue;
            }
            if alias.mode == AliasMode::Start && !at_start {
                continue;
            }
            let tier = match (own, table.is_imported(alias.merchant)) {
                (true, _) => Tier::Own,
                (false, false) => Tier::Curated,
                (false, true) => Tier::Imported,
            };
            let says_little = alias.mode == AliasMode::Alone || alias.ordinary && words < 2;
            let borne_out =
                || self.is_slot(&tokens) || self.phrase_category(tokens.start) == Some(table.category(alias.merchant));
            let counts = match reach {
                Reach::Named => true,
                Reach::Wrapped => tier != Tier::Imported && (!says_little || borne_out()),
                Reach::Apart => false,
            };
            let meant = !counts && is_all && self.is_meant(table, &alias, &tokens);
            if !counts && !meant {
                continue;
            }
            let standing = match meant {
                true => Standing::Alone,
                false => *standing.get_or_insert_with(|| self.standing(&tokens)),
            };
            let alone = standing != Standing::Among;
            if alias.mode == AliasMode::Alone && (!alone || shown == Shown::Nearly) {
                continue;
            }
            if !self.holds(alias.condition) || !self.country_fits(table, &alias) {
                continue;
            }
            let confirmed =
                alias.condition.is_some_and(|condition| !(condition.mcc.is_empty() && condition.with.is_empty()));
            let wary = alias.condition.is_some_and(|condition| condition.no_other_trade);
            let sure = standing == Standing::Alone || confirmed || tier == Tier::Own && !wary;
            if !sure && self.is_another(table, &alias, &tokens) {
                continue;
            }
            out.push(Candidate {
                tier,
                merchant: alias.merchant,
                tokens: tokens.clone(),
                letters,
                cut: shown == Shown::Nearly,
                alone,
                confirmed,
                demands: alias.condition.map_or(0, demands),
                at_start,
                said: meant && self.decides(&tokens),
            });
        }
    }

    /// Whether a name stands in what is left of the text, reaches into it, or lies in wrapping that has left nothing else.
    fn reach(&self, tokens: &Range<usize>) -> Reach {
        let reading = self.reading;
        let roles = &reading.roles[tokens.clone()];
        if roles.contains(&Role::Name) {
            return if self.cuts_phrase(tokens) { Reach::Apart } else { Reach::Named };
        }
        let says = |at: usize| {
            reading.text.tokens()[at].kind == TokenKind::Word
                && self.knowledge.words.kind(reading.text.key(at)).is_none()
        };
        let left = (0..reading.roles.len()).any(|at| reading.roles[at] == Role::Name && says(at));
        let only_digits = tokens.clone().all(|at| reading.text.tokens()[at].kind == TokenKind::Digits);
        let place = roles.iter().any(|role| matches!(role, Role::City | Role::Region | Role::Country));
        // The bank's own machines and bookings pay nobody.
        let own_business = |row: &DescriptorRow| {
            let method = row.method.map(|method| TransferMethod::ALL[usize::from(method)]);
            row.party.is_some() && row.kind != DescriptorKind::Intermediary
                || matches!(method, Some(TransferMethod::Atm | TransferMethod::Internal))
        };
        let said = || {
            let mut rows = reading.accepted.iter().map(|accepted| self.knowledge.descriptors.row(accepted.descriptor));
            reading.first(Role::Person).is_some() || rows.any(own_business)
        };
        let phrase = |at: usize| self.phrase(at);
        let within = tokens.start > 0 && phrase(tokens.start) == phrase(tokens.start - 1) && !self.is_slot(tokens);
        if left || only_digits || place || within || said() { Reach::Apart } else { Reach::Wrapped }
    }

    /// Whether a name that was taken for something else is all that the text says: it holds every word of a bank's phrase
    /// (`VENMO CASHOUT`), or is a number (`POS DEBIT 76 1234`), and nothing but a place is left beside it.
    fn is_all(&self, tokens: &Range<usize>) -> bool {
        let reading = self.reading;
        let whole = self.is_number(tokens) || self.whole_phrase(tokens).is_some();
        if !whole || reading.roles[tokens.clone()].contains(&Role::Name) || reading.roles.contains(&Role::Person) {
            return false;
        }
        let named = |at: &usize| {
            let generic =
                || matches!(self.knowledge.words.kind(reading.text.key(*at)), Some(WordKind::Legal | WordKind::Shop));
            reading.roles[*at] == Role::Name && reading.text.tokens()[*at].kind == TokenKind::Word && !generic()
        };
        let count = reading.roles.len();
        if (0..tokens.start).any(|at| named(&at)) {
            return false;
        }
        !(tokens.end..count).any(|at| named(&at)) || {
            let place = place::behind(self.knowledge, self.home, reading, tokens.end);
            (tokens.end..count).filter(named).all(|at| place.contains(&at))
        }
    }

    /// Whether a name that is all a text says is meant by it, and no bare word of the bank, nor a number that happens to be
    /// a name.
    fn is_meant(&self, table: &MerchantTable, alias: &Alias<'_>, tokens: &Range<usize>) -> bool {
        let row = |number: u32| self.knowledge.descriptors.row(number);
        let says = |row: &DescriptorRow| matches!(row.kind, DescriptorKind::Transaction | DescriptorKind::Hint);
        let mut accepted = self.reading.accepted.iter().map(|accepted| accepted.descriptor);
        let code = self.transaction.merchant_category_code.map(|code| code.get());
        let acquired = code.is_some_and(|code| {
            table.mcc(alias.merchant).contains(&code) || alias.condition.is_some_and(|held| held.mcc.contains(&code))
        });
        match self.whole_phrase(tokens) {
            // The dictionary has for a name what the bank says of the row, and the bank says no more.
            Some(phrase) if says(row(phrase)) => {
                let category = table.category(alias.merchant);
                let known = acquired || !table.is_imported(alias.merchant) || row(phrase).category == Some(category);
                known && accepted.filter(|other| says(row(*other))).all(|other| self.holds_phrase(tokens, other))
            }
            _ if accepted.any(|other| says(row(other))) => false,
            // Mere wrapping has to be told from the name by something else.
            Some(phrase) => {
                let here = || alias.condition.is_some_and(|held| !held.country.is_empty());
                acquired || row(phrase).party.is_none() && here()
            }
            None => {
                let roles = &self.reading.roles[tokens.clone()];
                let dated = roles.iter().any(|role| matches!(role, Role::Date | Role::Time));
                let at_home = |home: Country| {
                    table.countries(alias.merchant).split_ascii_whitespace().any(|country| country == home.as_str())
                };
                acquired || !dated && self.home.is_some_and(at_home)
            }
        }
    }

    /// Whether a name holds every word of a phrase that says what the row is.
    fn decides(&self, tokens: &Range<usize>) -> bool {
        let kind = |phrase: u32| self.knowledge.descriptors.row(phrase).kind;
        self.whole_phrase(tokens).is_some_and(|phrase| kind(phrase) == DescriptorKind::Transaction)
    }

    /// A phrase whose every word a name holds.
    fn whole_phrase(&self, tokens: &Range<usize>) -> Option<u32> {
        let mut words = tokens.clone().filter(|at| is_wrapping(&self.reading.roles[*at]));
        words.find_map(|at| self.phrase(at).filter(|phrase| self.holds_phrase(tokens, *phrase)))
    }

    fn holds_phrase(&self, tokens: &Range<usize>, phrase: u32) -> bool {
        let mut words =
            self.reading.marks.iter().filter(|mark| is_wrapping(&mark.role) && mark.descriptor == Some(phrase));
        words.all(|mark| tokens.start <= mark.tokens.start && mark.tokens.end <= tokens.end)
    }

    /// Whether a phrase's slot or a shape has taken all of a name for a number.
    fn is_number(&self, tokens: &Range<usize>) -> bool {
        self.reading.roles[tokens.clone()].iter().all(reclaim::is_number)
    }

    /// The phrase that has taken a token.
    fn phrase(&self, at: usize) -> Option<u32> {
        self.reading.marks.iter().find(|mark| mark.tokens.contains(&at)).and_then(|mark| mark.descriptor)
    }

    /// What the phrase that has taken a token says the payment is for: FINANZAMT is a phrase, and the body that it names.
    fn phrase_category(&self, at: usize) -> Option<u16> {
        self.knowledge.descriptors.row(self.phrase(at)?).category
    }

    /// Whether a name ends in the middle of a bank's phrase, between a word and the number that goes with it: in
    /// `AUTHORIZED ON 03/12 SEARS CARD 1234` nobody speaks of a Sears card.
    fn cuts_phrase(&self, tokens: &Range<usize>) -> bool {
        let reading = self.reading;
        let typed = |role: Role| matches!(role, Role::Card | Role::Date | Role::Time | Role::Reference | Role::Check);
        let phrase = |at: usize| self.phrase(at);
        let cut = |inside: usize, outside: usize| {
            reading.roles[inside] == Role::Envelope
                && reading.roles.get(outside).is_some_and(|role| typed(*role))
                && phrase(inside).is_some()
                && phrase(inside) == phrase(outside)
        };
        // One that wraps what is left on both sides is no accident.
        let (start, last) = (tokens.start, tokens.end - 1);
        let named = |at: usize| reading.roles[at] == Role::Name;
        named(start) && cut(last, tokens.end) || named(last) && start > 0 && cut(start, start - 1)
    }

    /// Whether a name begins in a processor's mark and ends behind it: `SQ *SP` is no SQSP.
    fn holds_mark(&self, tokens: &Range<usize>) -> bool {
        let marked = self.reading.roles[tokens.start] == Role::Intermediary;
        marked && self.phrase(tokens.start) != self.phrase(tokens.end - 1)
    }

    /// Whether the words beside a name tell another trade, where that makes the name another's: one of ordinary words
    /// (`TARGET OPTICIAN`), one that does not stand first (`CAFE HEMA`), one that makes up a place with the word behind it
    /// (`HALFORDS LANE GARAGE`), or beside a trade that no chain of the name's category runs on the side (`TESCO PLUMBING`).
    fn is_another(&self, table: &MerchantTable, alias: &Alias<'_>, tokens: &Range<usize>) -> bool {
        let acquired = table.mcc(alias.merchant);
        if self.transaction.merchant_category_code.is_some_and(|mcc| acquired.contains(&mcc.get())) {
            return false;
        }
        let mut trades = self.trades.borrow_mut();
        if !trades.read {
            trades.read = true;
            self.read_trades(&mut trades.found);
        }
        let (words, text) = (&self.knowledge.words, &self.reading.text);
        // ROBIN HOOD for Robinhood says less than the name does, NOFRILLS for No Frills says more.
        let (shown, written) = (visible(self.reading, tokens), usize::from(alias.words));
        let split = shown > written && tokens.clone().any(|at| words.kind(text.key(at)).is_some());
        let joined = shown == 1 && written > 1 && words.kind(text.key(tokens.start)).is_none();
        let ordinary = alias.ordinary && !joined || split;
        let path = |category: u16| self.knowledge.categories[usize::from(category)].path();
        let own = [Some(table.category(alias.merchant)), table.credit(alias.merchant)];
        let own = || own.into_iter().flatten().map(path);
        // A trade that the name itself tells is its own.
        let of_name = |at: usize| tokens.clone().any(|other| text.word(other) == text.word(at));
        trades.found.iter().filter(|trade| !trade.tokens.clone().all(of_name)).any(|trade| {
            let before = trade.tokens.start < tokens.start;
            let of_place = self.makes_place(tokens.end, trade.tokens.start);
            if !trade.sure && !of_place {
                return false;
            }
            let strict = ordinary && (before || table.is_imported(alias.merchant));
            let other = path(trade.category);
            let foreign = match (strict || of_place, ordinary || before) {
                (true, _) => !own().any(|own| trades::related(own, other)),
                (false, true) => !own().any(|own| trades::same_branch(own, other)),
                (false, false) => false,
            };
            let shown = || trade.tokens.clone().map(|at| text.word(at));
            foreign || own().all(|own| self.knowledge.trades.exclude(own, other, shown()))
        })
    }

    /// Whether one or two words behind a name make it that of a place, and a trade follows.
    fn makes_place(&self, name_end: usize, trade: usize) -> bool {
        let text = &self.reading.text;
        let said = |at: &usize| !text.tokens()[*at].glue().is_empty();
        let mut between = (name_end..trade.max(name_end)).filter(said);
        let last = between.next_back();
        let place = last.is_some_and(|at| self.knowledge.words.kind(text.key(at)) == Some(WordKind::Place));
        place && between.count() < 2
    }

    /// Words of trades in the name, each with the category it tells.
    fn read_trades(&self, found: &mut Vec<Trade>) {
        found.clear();
        let reading = self.reading;
        let text = &reading.text;
        for run in reading.name_runs() {
            // With the blanks on both sides.
            let offset = text.tokens()[run.start].norm().start - 1;
            let spaced = &text.spaced()[offset..text.tokens()[run.end - 1].norm().end + 1];
            let keywords = self.knowledge.keywords();
            keywords.find(spaced).for_each(|(row, bytes)| {
                let row = &keywords.rows()[row];
                let at = |byte: usize| crate::knowledge::descriptors::token_at(text, offset + byte);
                let (start, end) = (at(bytes.start + 1).saturating_sub(1), at(bytes.end));
                let legal = || end == start + 1 && self.knowledge.words.kind(text.key(start)) == Some(WordKind::Legal);
                if run.start <= start && start < end && !legal() {
                    found.push(Trade { tokens: start..end, category: row.category, sure: row.strength >= SURE_TRADE });
                }
            });
        }
    }

    /// The last words of the name, when they are the beginning of one merchant's names.
    fn cut_name(&self, table: &MerchantTable, own: bool, out: &mut Vec<Candidate>) {
        let Some(run) = self.reading.name_runs().next() else { return };
        let tokens = &self.reading.text.tokens()[run.clone()];
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let glued = &self.reading.text.glued()[first.glue().start..last.glue().end];
        let least = if run.len() < 2 { LEAST_CUT_WORD } else { LEAST_CUT };
        let width = last.raw().end - first.raw().start;
        // A shorter name that stands in the text is outdone only where a column's width explains the cut.
        let explained = out.is_empty() || width >= NARROWEST && !out.iter().any(|candidate| candidate.alone);
        if glued.len() < least || last.kind != TokenKind::Word || !explained {
            return;
        }
        let mut found: Option<(u32, u32)> = None;
        let key = |phrase: u32| table.names().key(phrase);
        for phrase in table.names().with_prefix(glued.as_bytes(), MOST_CUT) {
            if key(phrase).len() == glued.len() {
                return;
            }
            // A name that goes on with a city alone is that of the shop there.
            let rest = std::str::from_utf8(&key(phrase)[glued.len()..]).unwrap_or_default();
            if self.knowledge.gazetteer.find(rest).next().is_some() {
                continue;
            }
            for alias in table.aliases(phrase).filter(|alias| self.country_fits(table, alias)) {
                match found {
                    // Names come in order: one that the shortest begins is of its branch or its card.
                    Some((shortest, _)) if shortest != phrase && key(phrase).starts_with(key(shortest)) => {}
                    Some((_, merchant)) if merchant != alias.merchant => return,
                    Some(_) => {}
                    None => found = Some((phrase, alias.merchant)),
                }
            }
        }
        if let Some((phrase, _)) = found {
            let before = out.len();
            self.collect(table, own, phrase, run, Shown::Nearly, out);
            out[before..].iter_mut().for_each(|candidate| candidate.letters = glued.len());
        }
    }

    fn nothing_before(&self, first: usize) -> bool {
        let text = &self.reading.text;
        let says = |at: usize| text.tokens()[at].kind != TokenKind::Digits && !text.tokens()[at].glue().is_empty();
        !(0..first).any(|at| self.reading.roles[at] == Role::Name && says(at))
    }

    /// Whether all other words of the name are numbers, generic words, the rest of its address on the web, or a city.
    pub fn is_alone(&self, tokens: &Range<usize>) -> bool {
        self.standing(tokens) == Standing::Alone
    }

    fn standing(&self, tokens: &Range<usize>) -> Standing {
        let reading = self.reading;
        let generic = |at: &usize| {
            let (word, token) = (reading.text.key(*at), reading.text.tokens()[*at]);
            token.has_digit()
                || word.text.len() == 1
                || token.glue().is_empty()
                || matches!(self.knowledge.words.kind(word), Some(WordKind::Legal | WordKind::Shop))
                || self.ends_address(tokens, *at)
        };
        let named = |at: &usize| reading.roles[*at] == Role::Name && !tokens.contains(at);
        let Some(other) = (0..reading.roles.len()).filter(named).find(|at| !generic(at)) else {
            return Standing::Alone;
        };
        if other < tokens.end {
            return Standing::Among;
        }
        // What is left may be the shop's city: BOOTS 1234 LONDON.
        if self.is_city(other) {
            return Standing::Alone;
        }
        let digits = |at: usize| reading.text.word(at).bytes().take_while(u8::is_ascii_digit).count();
        let number = tokens.end < reading.roles.len()
            && digits(tokens.end) >= BRANCH_DIGITS
            && matches!(reading.roles[tokens.end], Role::Store | Role::Reference | Role::Phone | Role::Name);
        if number && other > tokens.end { Standing::Branch } else { Standing::Among }
    }

    /// Whether a slot of a phrase has taken it for a number: `CARD N26`.
    fn is_slot(&self, tokens: &Range<usize>) -> bool {
        !self.reading.roles[tokens.clone()].iter().any(is_wrapping)
    }

    /// Whether a word belongs to the address on the web that begins with the name: `CALM.COM`, `WWW.CALM.COM`.
    fn ends_address(&self, tokens: &Range<usize>, at: usize) -> bool {
        let text = &self.reading.text;
        let tied = |at: usize, signs: Gap| {
            let gap = text.tokens()[at].gap;
            gap.has(signs) && !gap.has(Gap::BLANK)
        };
        if at < tokens.start {
            return at + 1 == tokens.start && tied(tokens.start, Gap::DOT) && text.word(at) == "WWW";
        }
        let domain = |at: usize| {
            let word = text.key(at);
            tied(at, Gap::DOT)
                && (self.knowledge.words.kind(word) == Some(WordKind::Domain)
                    || word.text.len() == 2 && self.knowledge.regions.country(word).is_some())
        };
        let path = (tokens.end..=at).find(|at| !domain(*at)).unwrap_or(at + 1);
        path > tokens.end && (path..=at).all(|at| tied(at, Gap::SLASH.with(Gap::DOT)))
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
        self.knowledge.gazetteer.find(name).any(|city| fits(city.country()) && city.population() >= 5_000)
            || (tokens[start].gap.has(Gap::WIDE)
                && self.knowledge.gazetteer.find(name).any(|city| fits(city.country())))
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

    /// A chain is met in its own countries only: that of the account, or that of the place.
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

/// Whether a role is that of a phrase's own words.
fn is_wrapping(role: &Role) -> bool {
    matches!(role, Role::Envelope | Role::Intermediary)
}

/// How many kinds of conditions there are.
fn demands(condition: &Condition) -> u8 {
    [!condition.mcc.is_empty(), !condition.country.is_empty(), !condition.with.is_empty()].map(u8::from).iter().sum()
}

/// Tokens that are not seen through.
fn visible(reading: &Reading, tokens: &Range<usize>) -> usize {
    reading.text.tokens()[tokens.clone()].iter().filter(|token| !token.glue().is_empty()).count()
}
