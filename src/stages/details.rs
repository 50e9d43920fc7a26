//! Last stage: what else the text holds, as typed fields: parties, channel, method, place, numbers, dates and amounts.

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::clean::{Reading, Role};
use super::shapes;
use crate::data::compile::NAMESPACE;
use crate::data::tables::{DescriptorKind, DescriptorRow};
use crate::knowledge::Knowledge;
use crate::model::category::Category;
use crate::model::enriched::{Counterparties, Counterparty, Details, Place};
use crate::model::flags::{Flag, Flags};
use crate::model::merchant::Merchant;
use crate::model::names::{Channel, CounterpartyKind, Nature, TransferMethod};
use crate::model::transaction::{Country, Transaction};
use crate::privacy::redact;

/// Digits of a card's number that are told.
const CARD_TAIL: usize = 4;

/// Everybody between the account and the goods, then who stands behind them. `name` is the tidied name of the person, or of
/// whom no dictionary knows.
pub fn counterparties<'e>(
    knowledge: &'e Knowledge,
    reading: &Reading,
    merchant: Option<Merchant<'e>>,
    category: &Category,
    flags: &Flags,
    description: &str,
    name: &str,
) -> Counterparties<'e> {
    let mut parties = Counterparties::default();
    for (kind, name) in rows(knowledge, reading).filter_map(|row| row.party.as_ref()) {
        if !parties.iter().any(|party| party.name == name.as_str()) {
            parties.push(Counterparty { kind: CounterpartyKind::ALL[usize::from(*kind)], name: Cow::Borrowed(name) });
        }
    }
    if reading.first(Role::Person).is_some() {
        parties.push(Counterparty { kind: CounterpartyKind::Person, name: Cow::Owned(redact(name).into_owned()) });
    } else if let Some(merchant) = merchant
        && !parties.iter().any(|party| party.name == merchant.name())
    {
        parties.push(Counterparty { kind: merchant.kind(), name: Cow::Borrowed(merchant.name()) });
    } else if merchant.is_none() && reading.name_runs().next().is_some() {
        // Whom no dictionary knows is a party all the same, if it is the name that the description tells.
        let name = redact(name);
        if name.chars().any(char::is_alphabetic) && (description == name || description.contains(&*name)) {
            let kind = match category.nature {
                Nature::Income if !flags.contains(Flag::Refund) => CounterpartyKind::IncomeSource,
                _ => CounterpartyKind::Merchant,
            };
            parties.push(Counterparty { kind, name: Cow::Owned(name.into_owned()) });
        }
    }
    parties
}

/// The accepted descriptors, in order of the text.
fn rows<'k>(knowledge: &'k Knowledge, reading: &Reading) -> impl Iterator<Item = &'k DescriptorRow> {
    reading.accepted.iter().map(|accepted| knowledge.descriptors.row(accepted.descriptor))
}

/// How the parties met; a telephone number or address on the web in the place of a city means they did not.
pub fn channel(knowledge: &Knowledge, reading: &Reading) -> Option<Channel> {
    let told = rows(knowledge, reading).find_map(|row| row.channel).map(|channel| Channel::ALL[usize::from(channel)]);
    told.or_else(|| {
        let bought = reading.accepted.is_empty()
            || rows(knowledge, reading).any(|row| row.method == Some(TransferMethod::Card as u8))
            || rows(knowledge, reading).any(|row| row.kind == DescriptorKind::Intermediary);
        let remote = reading.url.is_some() || reading.first(Role::Phone).is_some();
        let local =
            || reading.first(Role::Store).is_some() && reading.place.as_ref().is_some_and(|place| place.city.is_some());
        match (bought, remote) {
            (true, true) => Some(Channel::Online),
            (true, false) if local() => Some(Channel::InStore),
            _ => None,
        }
    })
}

/// The rail the money took: what says what the transaction is speaks before what merely wraps it.
pub fn transfer_method(knowledge: &Knowledge, reading: &Reading) -> Option<TransferMethod> {
    let transaction =
        rows(knowledge, reading).find(|row| row.kind == DescriptorKind::Transaction && row.method.is_some());
    transaction
        .or_else(|| rows(knowledge, reading).find(|row| row.method.is_some()))
        .and_then(|row| row.method)
        .map(|method| TransferMethod::ALL[usize::from(method)])
}

/// The place, spelled out.
pub fn place<'e>(knowledge: &'e Knowledge, transaction: &'e Transaction, reading: &Reading) -> Option<Place<'e>> {
    let found = reading.place.as_ref()?;
    let raw = transaction.original_description.as_str();
    let city = found.city.map(|number| knowledge.gazetteer.city(number));
    Some(Place {
        city: city.map(|city| city.name()),
        region: city.map(|city| city.region()).filter(|region| !region.is_empty()).or_else(|| {
            let printed = raw.get(found.region.clone()?)?;
            let code = match printed.bytes().any(|byte| byte.is_ascii_lowercase()) {
                true => Cow::Owned(printed.to_ascii_uppercase()),
                false => Cow::Borrowed(printed),
            };
            let usual = knowledge.regions.region(&*code);
            let usual = usual.iter().find(|(country, _)| Some(*country) == found.country);
            Some(usual.map_or(printed, |(_, code)| code.as_str()))
        }),
        postal_code: found.postal_code.clone().map(|tokens| reading.raw(raw, tokens)),
        country: found.country,
        coordinates: city.map(|city| city.coordinates()),
    })
}

/// Numbers, dates and amounts of the text.
pub fn details<'e>(
    knowledge: &Knowledge,
    transaction: &'e Transaction,
    home: Option<Country>,
    reading: &Reading,
) -> Details<'e> {
    let raw = transaction.original_description.as_str();
    let of = |role: Role| reading.first(role).map(|tokens| reading.shown(raw, tokens));
    let plain = |role: Role| reading.first(role).map(|tokens| reading.raw(raw, tokens));
    let day_first = home.is_some_and(|home| home.as_str() != "US" && knowledge.regions.currency(home).is_some());
    Details {
        store_number: of(Role::Store),
        check_number: transaction.check_number_string.as_deref().map(Cow::Borrowed).or_else(|| of(Role::Check)),
        phone: phone(knowledge, home, reading),
        url: reading.url.clone().map(|tokens| reading.shown(raw, tokens)),
        date: reading
            .first(Role::Date)
            .and_then(|tokens| shapes::date_of(&reading.text, tokens, day_first, transaction.date)),
        foreign_currency: plain(Role::Currency)
            .and_then(|code| code.to_ascii_uppercase().parse().ok())
            .filter(|currency| Some(*currency) != transaction.currency_code),
        foreign_amount: plain(Role::Currency).and_then(|_| plain(Role::Amount)).and_then(amount),
        card_digits: plain(Role::Card).and_then(last_digits),
        reference: of(Role::Reference),
        mandate: of(Role::Mandate),
    }
}

/// The last four digits of a card's number, masked or not; a shorter number as it is.
fn last_digits(number: &str) -> Option<&str> {
    let tail = number.rsplit(|sign: char| !sign.is_ascii_digit()).next()?;
    (!tail.is_empty()).then(|| &tail[tail.len().saturating_sub(CARD_TAIL)..])
}

/// A telephone number in E.164 form, where it is certain: whole, valid in its plan, and of a country that is known. That of a
/// person is nobody's business.
fn phone(knowledge: &Knowledge, home: Option<Country>, reading: &Reading) -> Option<String> {
    if reading.first(Role::Person).is_some() {
        return None;
    }
    let tokens = reading.first(Role::Phone)?;
    let international = reading.text.tokens()[tokens.start].gap.has(crate::text::Gap::PLUS);
    // Ten digits in one are an account's number as well, unless they stand where card networks print the place.
    let in_place = reading.roles.get(tokens.end) == Some(&Role::Region);
    if tokens.len() == 1 && !international && !in_place {
        return None;
    }
    let words = || tokens.clone().map(|at| reading.text.word(at));
    if words().any(|word| !word.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let length: usize = words().map(str::len).sum();
    let written = |prefix: &str, skipped: usize| {
        let mut number = String::with_capacity(prefix.len() + length);
        words().for_each(|word| number.push_str(word));
        number.replace_range(..skipped, prefix);
        number
    };
    if international {
        return (8..=15).contains(&length).then(|| written("+", 0));
    }
    let mut signs = words().flat_map(str::bytes);
    let skipped = usize::from(length == 11);
    if skipped == 1 && signs.next() != Some(b'1') {
        return None;
    }
    // Area code and exchange of the North American plan begin with 2 to 9.
    let (area, exchange) = (signs.next()?, signs.nth(2)?);
    let valid = length - skipped == 10 && area > b'1' && exchange > b'1';
    let place = reading.place.as_ref().and_then(|place| place.country).or(home)?;
    let of_plan = knowledge.regions.phone(place).is_some_and(|prefix| prefix.starts_with('1'));
    (valid && of_plan).then(|| written("+1", skipped))
}

/// `1,234.56` or `1.234,56` as a number.
fn amount(written: &str) -> Option<Decimal> {
    let decimals = written.rfind(['.', ',']).filter(|at| written.len() - at == 3);
    let mut plain: String = written[..decimals.unwrap_or(written.len())].chars().filter(char::is_ascii_digit).collect();
    if let Some(at) = decimals {
        plain.push('.');
        plain.push_str(&written[at + 1..]);
    }
    plain.parse().ok()
}

/// The id of a merchant's store: of its number, and of its city where that is all there is.
pub fn location(
    merchant: Merchant<'_>,
    details: &Details<'_>,
    place: Option<Place<'_>>,
    key: &mut String,
) -> Option<Uuid> {
    let city = place.and_then(|place| Some((place.city?, place.region.unwrap_or_default())));
    key.clear();
    key.push_str("location:");
    key.push_str(merchant.guid().hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    match (&details.store_number, city) {
        (Some(store), _) => key.extend([":#", store.trim_start_matches('0')]),
        (None, Some((city, region))) => key.extend([":", city, ":", region]),
        (None, None) => return None,
    }
    Some(Uuid::new_v5(&NAMESPACE, key.as_bytes()))
}
