//! First stage: what each word of the raw text is. Takes off what banks and networks wrap around a name, and keeps it as
//! typed details; what is left is the name of somebody.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use crate::data::tables::{DescriptorKind, DescriptorRow, Position, Slot, WordKind};
use crate::knowledge::Knowledge;
use crate::knowledge::descriptors::{Capture, Match, Matches};
use crate::model::names::TransferMethod;
use crate::model::transaction::{Country, Direction, Transaction};
use crate::privacy::Secrets;
use crate::stages::{place, shapes};
use crate::text::{Gap, Text, TokenKind};

impl Secrets {
    /// Those that are no part of a name: what they are, and where.
    fn named(&self) -> impl Iterator<Item = (Role, &Range<usize>)> {
        let of = |role: Role| move |span| (role, span);
        self.cards.iter().map(of(Role::Card)).chain(self.accounts.iter().map(of(Role::Account)))
    }
}

/// Only this much of a description is analysed; no institution prints more.
const MOST_BYTES: usize = 2048;

/// Where the account's country is not told, a phrase of certain countries must show this many letters.
const LEAST_FOREIGN: u32 = 7;

/// A phrase of this many letters or fewer is a bare code.
const BARE_CODE: u32 = 2;

/// What a token is to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Part of somebody's name.
    Name,
    /// Wrapping of a bank, network or authority.
    Envelope,
    /// A processor, marketplace or app in between.
    Intermediary,
    /// A person's name.
    Person,
    /// The name of the account's own holder.
    Holder,
    /// What the payment is for: no name, but its words tell the category.
    Purpose,
    /// An address on the web beside the name.
    Url,
    /// A street or terminal; a place may stand in it.
    Address,
    /// Taken off without a meaning of its own.
    Noise,
    Date,
    Time,
    Card,
    /// An IBAN, or an address of mail.
    Account,
    Reference,
    Mandate,
    Check,
    Store,
    Amount,
    Currency,
    Phone,
    City,
    Region,
    PostalCode,
    Country,
}

impl Role {
    /// All of them, each at its own number.
    pub const ALL: [Self; 24] = {
        use Role::*;
        [
            Name,
            Envelope,
            Intermediary,
            Person,
            Holder,
            Purpose,
            Url,
            Address,
            Noise,
            Date,
            Time,
            Card,
            Account,
            Reference,
            Mandate,
            Check,
            Store,
            Amount,
            Currency,
            Phone,
            City,
            Region,
            PostalCode,
            Country,
        ]
    };
}

// A role that is added without a place in the list does not compile.
const _: () = {
    assert!(Role::ALL.len() == Role::Country as usize + 1);
    let mut at = 0;
    while at < Role::ALL.len() {
        assert!(Role::ALL[at] as usize == at);
        at += 1;
    }
};

/// Tokens that got a role, and the descriptor that gave it (shapes and places need none).
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub tokens: Range<usize>,
    pub role: Role,
    pub descriptor: Option<u32>,
}

/// A descriptor that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub descriptor: u32,
    pub words: Range<usize>,
    pub letters: u32,
}

/// What the first stage found. Reused from row to row.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub text: Text,
    pub roles: Vec<Role>,
    pub marks: Vec<Mark>,
    pub accepted: Vec<Accepted>,
    pub place: Option<place::Found>,
    /// An address on the web, in the name or beside it.
    pub url: Option<Range<usize>>,
    /// The text with everything masked that must not be given out, empty if there is none; spans fit both.
    masked: String,
    secrets: Secrets,
    matches: Matches,
    /// Places of matches: in the order in which they are judged, and those that were accepted.
    order: Vec<usize>,
    taken: Vec<usize>,
    /// The memo and the word for the booking, read in the same way; empty where a transaction has neither.
    pub beside: Vec<Reading>,
}

impl Reading {
    /// Splits a text into words that are all part of a name so far, and looks for secrets.
    fn split(&mut self, raw: &str) {
        let raw = head(raw);
        self.text.read(raw);
        self.roles.clear();
        self.roles.resize(self.text.tokens().len(), Role::Name);
        self.marks.clear();
        self.accepted.clear();
        self.place = None;
        self.url = None;
        self.masked.clear();
        if self.secrets.read(raw) {
            self.secrets.mask(raw, &mut self.masked);
        }
    }

    /// Numbers of cards, IBANs and addresses of mail: what they are, and the bytes of the raw text they stand at.
    pub fn secrets(&self) -> impl Iterator<Item = (Role, &Range<usize>)> {
        self.secrets.named()
    }

    /// What stands beside the description: first the memo, then the institution's word for the booking, as far as there is
    /// anything in them that the description does not say.
    pub fn beside(&self) -> impl Iterator<Item = &Self> {
        self.beside.iter().filter(|other| !other.roles.is_empty())
    }

    /// Where somebody is named: in the memo if nobody is in the description, as where that says `CARD PURCHASE` and no more.
    pub fn naming(&self) -> &Self {
        let memo = self.beside.first().filter(|memo| memo.names_somebody() && !self.names_somebody());
        memo.unwrap_or(self)
    }

    /// The text in which somebody is named, and its reading.
    pub fn named<'t>(&self, transaction: &'t Transaction) -> (&'t str, &Self) {
        let naming = self.naming();
        let in_memo = !std::ptr::eq(naming, self);
        let memo = transaction.memo.as_deref().filter(|_| in_memo);
        (memo.unwrap_or(&transaction.original_description), naming)
    }

    /// The same, to be written to.
    pub fn naming_mut(&mut self) -> &mut Self {
        let in_memo = !std::ptr::eq(self.naming(), self);
        if in_memo { &mut self.beside[0] } else { self }
    }

    fn names_somebody(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Name | Role::Person))
    }

    /// The descriptors of the description, then those beside it.
    pub fn all_accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.accepted.iter().chain(self.beside().flat_map(|other| &other.accepted))
    }

    /// Gives tokens a role, as far as they have none; what stands in an address may be something more certain.
    pub fn mark(&mut self, tokens: Range<usize>, role: Role, descriptor: Option<u32>) {
        let tokens = tokens.start..tokens.end.min(self.roles.len());
        let mut any = false;
        let details = !matches!(role, Role::Address | Role::Noise | Role::Purpose | Role::Name);
        for at in tokens.clone() {
            if self.roles[at] == Role::Name || self.roles[at] == Role::Address && details {
                self.roles[at] = role;
                any = true;
            }
        }
        if any {
            self.marks.push(Mark { tokens, role, descriptor });
        }
    }

    /// Whether the text begins as the use of a card at a shop, and part of its name stands before a token.
    fn card_shop_before(&self, knowledge: &Knowledge, end: usize) -> bool {
        let by_card = |accepted: &Accepted| {
            let row = knowledge.descriptors.row(accepted.descriptor);
            let method = row.method.map(|method| TransferMethod::ALL[usize::from(method)]);
            let wraps = row.kind == DescriptorKind::Envelope && row.position == Position::Start;
            wraps && method == Some(TransferMethod::Card) && accepted.words.start < end
        };
        let named = |at: usize| self.roles[at] == Role::Name && self.text.tokens()[at].kind == TokenKind::Word;
        (0..end).any(named) && self.accepted.iter().any(by_card)
    }

    /// The first stretch of tokens with a role.
    pub fn first(&self, role: Role) -> Option<Range<usize>> {
        let start = self.roles.iter().position(|other| *other == role)?;
        let length = self.roles[start..].iter().take_while(|other| **other == role).count();
        Some(start..start + length)
    }

    /// Bytes of the raw text that name a person.
    pub fn persons(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let named = self.marks.iter().filter(|mark| matches!(mark.role, Role::Person | Role::Holder));
        named.map(|mark| self.text.raw_span(mark.tokens.clone()))
    }

    /// Stretches of tokens that are part of a name.
    pub fn name_runs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at + self.roles[at..].iter().position(|role| *role == Role::Name)?;
            at = start + self.roles[start..].iter().take_while(|role| **role == Role::Name).count();
            Some(start..at)
        })
    }

    /// The raw words of a stretch of tokens, for matching; what is given out comes from [`shown`](Self::shown).
    pub fn raw<'t>(&self, raw: &'t str, tokens: Range<usize>) -> &'t str {
        &raw[self.text.raw_span(tokens)]
    }

    /// The words of a stretch of tokens as they may be given out: account numbers and the like are masked in them.
    pub fn shown<'t>(&self, raw: &'t str, tokens: Range<usize>) -> Cow<'t, str> {
        let plain = self.raw(raw, tokens.clone());
        let masked = self.printed(raw, tokens);
        if masked == plain { Cow::Borrowed(plain) } else { Cow::Owned(masked.to_owned()) }
    }

    /// The same, to be read at once.
    pub fn printed<'s>(&'s self, raw: &'s str, tokens: Range<usize>) -> &'s str {
        let span = self.text.raw_span(tokens);
        self.masked.get(span.clone()).unwrap_or(&raw[span])
    }
}

/// Reads a transaction's description, and what stands beside it: the second line of text, and the institution's own word for
/// the booking. What the description says already is not read twice.
pub fn clean(knowledge: &Knowledge, transaction: &Transaction, home: Option<Country>, reading: &mut Reading) {
    split(transaction, reading);
    mark(knowledge, transaction, home, reading);
}

/// The first half of [`clean`]: the words of the description and its secrets.
pub fn split(transaction: &Transaction, reading: &mut Reading) {
    reading.split(&transaction.original_description);
    reading.beside.iter_mut().for_each(|other| other.roles.clear());
}

/// The second half: what each word is, beside the description too.
pub fn mark(knowledge: &Knowledge, transaction: &Transaction, home: Option<Country>, reading: &mut Reading) {
    mark_text(knowledge, transaction, home, reading);
    let mut beside = std::mem::take(&mut reading.beside);
    for (at, text) in texts_beside(transaction).enumerate() {
        let Some(text) = text else { continue };
        if beside.len() <= at {
            beside.resize_with(at + 1, Reading::default);
        }
        beside[at].split(text);
        mark_text(knowledge, transaction, home, &mut beside[at]);
    }
    reading.beside = beside;
}

/// The memo and the word for the booking, as far as they say anything that the description does not.
pub fn texts_beside(transaction: &Transaction) -> impl Iterator<Item = Option<&str>> {
    let description = &transaction.original_description;
    let texts = [&transaction.memo, &transaction.extended_transaction_type];
    texts.into_iter().map(|text| text.as_deref().filter(|text| !description.contains(text.trim())))
}

fn mark_text(knowledge: &Knowledge, transaction: &Transaction, home: Option<Country>, reading: &mut Reading) {
    descriptors(knowledge, transaction, home, reading);
    mark_secrets(reading);
    mark_shapes(reading);
    mark_url(knowledge, reading);
    place::find(knowledge, home, reading);
    mark_store_numbers(knowledge, reading);
    mark_legal_form(knowledge, home, reading);
    mark_repetition(reading);
}

/// The part of a description that is analysed.
pub fn head(raw: &str) -> &str {
    let mut end = raw.len().min(MOST_BYTES);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    &raw[..end]
}

fn descriptors(knowledge: &Knowledge, transaction: &Transaction, home: Option<Country>, reading: &mut Reading) {
    let mut matches = std::mem::take(&mut reading.matches);
    matches.clear();
    knowledge.descriptors.find(&reading.text, home.is_some(), &mut matches);
    let (mut order, mut taken) = (std::mem::take(&mut reading.order), std::mem::take(&mut reading.taken));
    order.clear();
    taken.clear();
    let list = &matches.list;
    // Wrapping comes off from the left, then from the right; what must be the whole text is judged by what is left.
    let position = |at: &usize| knowledge.descriptors.row(list[*at].descriptor).position;
    order.extend((0..list.len()).filter(|at| matches!(position(at), Position::Any | Position::Start)));
    let leading = order.len();
    order.extend((0..list.len()).filter(|at| position(at) == Position::End));
    order[leading..].sort_unstable_by_key(|at| {
        (Reverse(list[*at].tokens.end), Reverse(list[*at].letters), list[*at].tokens.start, *at)
    });
    order.extend((0..list.len()).filter(|at| position(at) == Position::Whole));
    for &at in &order {
        let found = &list[at];
        let row = knowledge.descriptors.row(found.descriptor);
        if taken.iter().any(|other| matches.collide(&list[*other], found))
            || !allowed(knowledge, transaction, home, reading, found, matches.captures(found))
        {
            continue;
        }
        // A longer phrase that begins inside this one says more.
        let outdone = list[at + 1..].iter().take_while(|other| other.words.start < found.tokens.end).any(|other| {
            other.letters > found.letters
                && other.words.start > found.words.start
                && matches.collide(other, found)
                && allowed(knowledge, transaction, home, reading, other, matches.captures(other))
        });
        if outdone {
            continue;
        }
        taken.push(at);
        accept(knowledge, row, found, matches.captures(found), reading);
    }
    for &at in &taken {
        for (_, tokens) in matches.captures(&list[at]).iter().filter(|(slot, _)| *slot == Slot::Payee) {
            let named = |at: &usize| reading.roles[*at] == Role::Name;
            let Some(start) = tokens.clone().find(|at| named(at) && reading.text.tokens()[*at].kind == TokenKind::Word)
            else {
                continue;
            };
            let end = (start..tokens.end).find(|at| !named(at)).unwrap_or(tokens.end);
            if let Some(person) = payee(knowledge, reading, start..end) {
                let descriptor = Some(list[at].descriptor);
                reading.mark(person.end..end, Role::Purpose, descriptor);
                reading.mark(person, Role::Person, descriptor);
            }
        }
    }
    (reading.matches, reading.order, reading.taken) = (matches, order, taken);
}

/// Whether the conditions of a descriptor beside its words hold.
fn allowed(
    knowledge: &Knowledge,
    transaction: &Transaction,
    home: Option<Country>,
    reading: &Reading,
    found: &Match,
    captures: &[Capture],
) -> bool {
    let row = knowledge.descriptors.row(found.descriptor);
    if let (Some(credit_only), Some(direction)) = (row.credit_only, transaction.direction)
        && credit_only != (direction == Direction::Credit)
    {
        return false;
    }
    if !row.countries.is_empty() {
        let fits = match home {
            Some(home) => row.countries.iter().any(|country| country == home.as_str()),
            None => found.letters >= LEAST_FOREIGN,
        };
        if !fits {
            return false;
        }
    }
    let spaced = reading.text.spaced();
    let holds = |words: &String| spaced.contains(words.as_str());
    if row.not.iter().any(holds) || !(row.with.is_empty() || row.with.iter().any(holds)) {
        return false;
    }
    // Two letters before a word that tells a trade begin a firm's name (SO COFFEE, but SO J SMITH), unless they are set apart.
    let trade = |(slot, tokens): &Capture| {
        let word = reading.text.tokens()[tokens.start].norm();
        let spaced = &reading.text.spaced()[word.start - 1..word.end + 1];
        *slot == Slot::Payee && knowledge.keywords().find(spaced).next().is_some()
    };
    let apart = || reading.text.gap_after(found.words.end - 1) != Gap::BLANK;
    if found.letters <= BARE_CODE && captures.iter().any(trade) && !apart() {
        return false;
    }
    // Behind the name of a shop where a card was shown stands no booking of a bank: KARTENZAHLUNG CAFE FINANZAMT.
    if row.kind == DescriptorKind::Transaction && reading.card_shop_before(knowledge, found.words.start) {
        return false;
    }
    let only_wrapping = |tokens: Range<usize>| {
        reading.roles[tokens.clone()]
            .iter()
            .zip(&reading.text.tokens()[tokens])
            .all(|(role, token)| *role != Role::Name || token.has_digit())
    };
    let at_start = || only_wrapping(0..found.tokens.start);
    let at_end = || only_wrapping(found.tokens.end..reading.roles.len());
    match row.position {
        Position::Any => true,
        Position::Start => at_start(),
        Position::End => at_end(),
        Position::Whole => at_start() && at_end(),
    }
}

fn accept(knowledge: &Knowledge, row: &DescriptorRow, found: &Match, captures: &[Capture], reading: &mut Reading) {
    let descriptor = Some(found.descriptor);
    let words_role = if row.kind == DescriptorKind::Intermediary { Role::Intermediary } else { Role::Envelope };
    for (slot, tokens) in captures {
        let role = match slot {
            Slot::Name => continue,
            Slot::Person => {
                if let Some(person) = person(knowledge, reading, tokens.clone()) {
                    reading.mark(person, Role::Person, descriptor);
                }
                continue;
            }
            // Judged when it is known what else of it is no name.
            Slot::Payee => continue,
            Slot::Holder => Role::Holder,
            Slot::Any | Slot::Word => Role::Noise,
            Slot::Purpose => Role::Purpose,
            Slot::Address => Role::Address,
            Slot::Date => Role::Date,
            Slot::Time => Role::Time,
            Slot::Digits | Slot::Ref | Slot::Code => Role::Reference,
            Slot::Card => Role::Card,
            Slot::Mandate => Role::Mandate,
            Slot::Check => Role::Check,
            Slot::Store => Role::Store,
            Slot::Amount => Role::Amount,
            Slot::Currency => Role::Currency,
            Slot::Phone => Role::Phone,
        };
        reading.mark(tokens.clone(), role, descriptor);
    }
    let captured = |at: usize| captures.iter().any(|(_, tokens)| tokens.contains(&at));
    for at in found.tokens.clone().filter(|at| !row.keep && !captured(*at)) {
        reading.mark(at..at + 1, words_role, descriptor);
    }
    reading.accepted.push(Accepted {
        descriptor: found.descriptor,
        words: found.words.clone(),
        letters: found.letters,
    });
}

/// The most words a person's name has.
const MOST_NAMES: usize = 5;

/// The words of a person's name at the head of a slot: up to the first number. `None` for a business.
fn person(knowledge: &Knowledge, reading: &Reading, tokens: Range<usize>) -> Option<Range<usize>> {
    let text = &reading.text;
    let is_number = |at: &usize| match text.tokens()[*at].kind {
        TokenKind::Word => false,
        TokenKind::Mask => text.word(*at).len() > 4,
        TokenKind::Digits | TokenKind::Mixed => true,
    };
    let start = tokens.clone().find(|at| !is_number(at))?;
    let end = (start..tokens.end).find(is_number).unwrap_or(tokens.end).min(start + MOST_NAMES);
    let business = (start..end).any(|at| knowledge.words.kind(text.key(at)) == Some(WordKind::Legal));
    (!business).then_some(start..end)
}

/// The words of a person's name at the head of a slot, if it looks like one: initials or a first name, and a surname; or two
/// surnames. `None` for a business, and for whatever is not certain.
fn payee(knowledge: &Knowledge, reading: &Reading, tokens: Range<usize>) -> Option<Range<usize>> {
    let text = &reading.text;
    let is_word =
        |at: usize| at < tokens.end && text.tokens()[at].kind == TokenKind::Word && reading.roles[at] == Role::Name;
    let kind = |at: usize| knowledge.words.kind(text.key(at));
    let length = |at: usize| text.word(at).chars().count();
    let is_surname = |at: usize| {
        is_word(at)
            && length(at) > 1
            && (kind(at) == Some(WordKind::Surname) || text.word(at).starts_with("MC") && length(at) > 5)
    };
    let start = tokens.clone().find(|at| is_word(*at))?;
    let mut at = start;
    let initials = |at: &mut usize| {
        while is_word(*at) && length(*at) == 1 {
            *at += 1;
        }
    };
    let given = kind(start) == Some(WordKind::FirstName) || is_surname(start) && is_surname(start + 1);
    if given {
        at += 1;
    }
    initials(&mut at);
    if at == start {
        return None;
    }
    // DE, VAN, DER: particles of a surname are written small.
    while is_word(at + 1)
        && knowledge.words.spelling(text.key(at)).is_some_and(|word| word.starts_with(char::is_lowercase))
    {
        at += 1;
    }
    let fits = |at: usize| {
        is_word(at)
            && length(at) > 1
            && match kind(at) {
                None | Some(WordKind::Surname | WordKind::FirstName) => true,
                Some(WordKind::Common | WordKind::Place) => !given,
                Some(_) => false,
            }
    };
    if fits(at) {
        at += 1;
        while is_surname(at) {
            at += 1;
        }
    } else if !given || at < tokens.end {
        return None;
    }
    let business = (at..tokens.end).any(|at| kind(at) == Some(WordKind::Legal));
    (!business).then_some(start..at)
}

/// Numbers of cards, IBANs and addresses of mail are no part of a name, and are masked wherever they stand.
fn mark_secrets(reading: &mut Reading) {
    let secrets = std::mem::take(&mut reading.secrets);
    for (role, span) in secrets.named() {
        let tokens = reading.text.tokens();
        let start = tokens.partition_point(|token| token.raw().end <= span.start);
        let end = tokens.partition_point(|token| token.raw().start < span.end);
        reading.mark(start..end, role, None);
    }
    reading.secrets = secrets;
}

/// Masks, dates, times and telephone numbers that no phrase has taken.
fn mark_shapes(reading: &mut Reading) {
    let mut at = 0;
    while at < reading.roles.len() {
        if !matches!(reading.roles[at], Role::Name | Role::Address) {
            at += 1;
            continue;
        }
        let text = &reading.text;
        let found = if let Some(length) = shapes::card_length(text, at) {
            Some((length, Role::Card))
        } else if text.tokens()[at].kind == TokenKind::Mask {
            Some((1, Role::Reference))
        } else if let Some(length) = shapes::time_length(text, at) {
            Some((length, Role::Time))
        } else if let Some(tokens) = shapes::phone(text, at).filter(|tokens| tokens.len() > 1 || at > 0) {
            Some((tokens.len(), Role::Phone))
        } else {
            // A date of several tokens is certain; four digits in a row are more often a store.
            shapes::date_length(text, at).filter(|length| *length > 1 && at > 0).map(|length| (length, Role::Date))
        };
        match found {
            Some((length, role)) => {
                reading.mark(at..at + length, role, None);
                at += length;
            }
            None => at += 1,
        }
    }
}

/// An address on the web. Behind a name it is no part of it; where nothing else names anybody, it is the name.
fn mark_url(knowledge: &Knowledge, reading: &mut Reading) {
    let text = &reading.text;
    let tight = |at: usize, signs: Gap| {
        text.gap_after(at).has(signs) && !text.gap_after(at).has(Gap::BLANK) && at + 1 < text.tokens().len()
    };
    let ends_address = |at: usize| {
        let word = text.key(at);
        text.tokens()[at].kind == TokenKind::Word
            && (knowledge.words.kind(word) == Some(WordKind::Domain)
                || (word.text.len() == 2 && knowledge.regions.country(word).is_some()))
    };
    let mut at = 0;
    while at < text.tokens().len() {
        let mut end = at;
        while tight(end, Gap::DOT) {
            end += 1;
        }
        if end == at || !ends_address(end) || text.word(at).len() + end - at < 4 {
            // The rest of the address was cut off.
            if end > at && text.word(at) == "WWW" && reading.roles[at] == Role::Name {
                return reading.mark(at..at + 1, Role::Noise, None);
            }
            at = end + 1;
            continue;
        }
        while tight(end, Gap::SLASH) {
            end += 1;
        }
        let tokens = at..end + 1;
        let letters = |at: usize| if reading.roles[at] == Role::Name { text.word(at).len() } else { 0 };
        let behind_name = !text.tokens()[at].gap.has(Gap::STAR) && (0..at).map(letters).sum::<usize>() > 3;
        reading.url = Some(tokens.clone());
        if behind_name {
            reading.mark(tokens, Role::Url, None);
        }
        return;
    }
}

/// A name that is printed twice, as company and again as what it entered (`GUSTO; GUSTO:6HA83`), is one.
fn mark_repetition(reading: &mut Reading) {
    let Some(run) = reading.name_runs().next() else { return };
    let half = run.len() / 2;
    let middle = run.start + half;
    let text = &reading.text;
    let same = half > 0
        && run.len() == 2 * half
        && text.tokens()[middle].gap.has(Gap::COMMA.with(Gap::COLON).with(Gap::SLASH).with(Gap::STAR))
        && (run.start..middle).all(|at| text.word(at) == text.word(at + half));
    if same {
        // What follows goes on from the second: MICROSOFT*MICROSOFT 365.
        reading.mark(run.start..middle, Role::Noise, None);
    }
}

/// What is a word of a trade elsewhere and a legal form here says nothing behind a name: ESSELUNGA SPA.
fn mark_legal_form(knowledge: &Knowledge, home: Option<Country>, reading: &mut Reading) {
    let Some(country) = reading.place.as_ref().and_then(|place| place.country).or(home) else { return };
    let Some(last) = reading.roles.iter().rposition(|role| *role == Role::Name) else { return };
    let behind_name = last > 0 && reading.roles[last - 1] == Role::Name;
    if behind_name && knowledge.words.is_legal_in(reading.text.key(last), country) {
        reading.mark(last..last + 1, Role::Noise, None);
    }
}

/// Numbers behind the first word of the name: a store's if short or marked, else a reference.
fn mark_store_numbers(knowledge: &Knowledge, reading: &mut Reading) {
    let Some(first) = reading.roles.iter().position(|role| *role == Role::Name) else { return };
    let mut store = false;
    for at in first + 1..reading.roles.len() {
        if reading.roles[at] != Role::Name {
            continue;
        }
        let token = reading.text.tokens()[at];
        let word = reading.text.word(at);
        let marked = token.gap.has(Gap::HASH);
        let role = match token.kind {
            TokenKind::Digits if !store && (marked || (2..=8).contains(&word.len())) => Role::Store,
            TokenKind::Mixed if !store && (marked || is_store_code(word)) => Role::Store,
            TokenKind::Digits if word.len() >= 2 => Role::Reference,
            TokenKind::Mixed if is_reference(word) || token.gap.has(Gap::STAR) => Role::Reference,
            TokenKind::Word if token.gap.has(Gap::STAR) && word.len() >= 6 && !pronounceable(word) => Role::Reference,
            _ => continue,
        };
        // A number between two words of a name belongs to it: 24 HOUR FITNESS, STUDIO 54 BAR.
        let inside = token.kind == TokenKind::Digits
            && !marked
            && word.len() <= 2
            && names_something(knowledge, reading, at + 1);
        // So does one that hyphens tie to both sides: 1-800-FLOWERS.
        let tied = |gap: Gap| gap.has(Gap::DASH) && !gap.has(Gap::BLANK);
        // And a small one behind a single word, or where the dictionary has it: STUDIO 54, MITRE 10.
        let small = token.kind == TokenKind::Digits && !marked && word.len() <= 2 && !word.starts_with('0');
        let named = small && token.gap == Gap::BLANK && {
            let run = first..at + 1;
            (first..at).all(|at| reading.roles[at] == Role::Name)
                && (at == first + 1 || knowledge.names_merchant(&reading.text, run))
        };
        let inside = inside
            || named
            || (tied(token.gap) && tied(reading.text.gap_after(at)) && names_something(knowledge, reading, at + 1));
        if inside {
            continue;
        }
        store |= role == Role::Store;
        reading.mark(at..at + 1, role, None);
    }
}

/// Whether the next token is a word of the name that is more than a generic word.
fn names_something(knowledge: &Knowledge, reading: &Reading, at: usize) -> bool {
    reading.roles.get(at) == Some(&Role::Name)
        && reading.text.tokens()[at].kind == TokenKind::Word
        && !matches!(knowledge.words.kind(reading.text.key(at)), Some(WordKind::Legal | WordKind::Shop))
}

/// A letter before a number: `F1234`, `T0512`.
fn is_store_code(word: &str) -> bool {
    if !word.is_ascii() {
        return false;
    }
    let (head, tail) = word.split_at(1);
    head.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tail.len() >= 3
        && tail.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters and digits mixed as in a code: at least five signs with two digits, or three changes between the two.
fn is_reference(word: &str) -> bool {
    let bytes = word.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let changes = bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    bytes.len() >= 5 && (digits >= 2 && (changes >= 2 || digits * 2 >= bytes.len()) || changes >= 3)
}

/// Whether letters could be a word: no more than four consonants in a row.
fn pronounceable(word: &str) -> bool {
    let vowel = |byte: &u8| matches!(byte, b'A' | b'E' | b'I' | b'O' | b'U' | b'Y');
    word.as_bytes().split(|byte| vowel(byte)).all(|run| run.len() <= 4) && word.bytes().any(|byte| vowel(&byte))
}
