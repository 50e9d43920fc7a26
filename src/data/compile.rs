//! Turns rows into what the engine reads in place: small tables as one block, merchants and places laid out flat.

use std::collections::HashMap;

use uuid::Uuid;

use super::flat::Writer;
use super::load::Rows;
use super::phrases;
use super::source::Source;
use super::tables::{AliasMode, Condition, MerchantRow, PlaceRow, Tables};
use crate::text;

/// The namespace of every id that is derived from a key.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x6f0d_5a3e_9c1b_4c57_8e52_7a1f_3d90_b4c6);

/// Words of one merchant record.
pub const MERCHANT_WORDS: usize = 15;
/// Words of one alias record.
pub const ALIAS_WORDS: usize = 2;
/// Beside the mode of an alias: its name is made of ordinary words.
pub const ORDINARY: u8 = 0x80;
/// Words of one place record.
pub const PLACE_WORDS: usize = 6;
/// Stands for "none" where a half word holds a number.
pub const NONE: u16 = u16::MAX;

/// The compiled form of some sources.
pub struct Compiled {
    pub tables: Vec<u8>,
    pub merchants: Vec<u8>,
    pub merchant_names: Vec<u8>,
    pub places: Vec<u8>,
    pub place_names: Vec<u8>,
}

/// Compiles checked rows. Deterministic: the same rows give the same bytes.
pub fn compile(rows: Rows) -> Compiled {
    let Rows { mut tables, merchants, places, .. } = rows;
    let (merchant_names, merchants) = self::merchants(&merchants, &mut tables);
    let (place_names, places) = self::places(&places);
    tables.fingerprint = fingerprint(&tables, &[&merchants, &merchant_names, &places]);
    let tables = postcard::to_allocvec(&tables).expect("plain rows can always be serialised");
    Compiled { tables, merchants, merchant_names, places, place_names }
}

/// An id of everything that was compiled.
fn fingerprint(tables: &Tables, flat: &[&Vec<u8>]) -> String {
    let mut bytes = postcard::to_allocvec(tables).expect("plain rows can always be serialised");
    flat.iter().for_each(|part| bytes.extend(part.iter()));
    Uuid::new_v5(&NAMESPACE, &bytes).simple().to_string()[..16].to_owned()
}

/// The id of data with sources on top.
pub fn fingerprint_with<'s>(base: &str, sources: impl Iterator<Item = &'s Source>) -> String {
    let mut bytes = base.as_bytes().to_vec();
    for source in sources {
        for part in [&source.name, &source.text] {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
    }
    Uuid::new_v5(&NAMESPACE, &bytes).simple().to_string()[..16].to_owned()
}

/// Strings stored once, each behind its length.
#[derive(Default)]
struct Arena {
    bytes: Vec<u8>,
    seen: HashMap<String, u32>,
}

impl Arena {
    fn put(&mut self, text: &str) -> u32 {
        if let Some(offset) = self.seen.get(text) {
            return *offset;
        }
        let offset = self.bytes.len() as u32;
        let cut = text.len().min(usize::from(u16::MAX));
        self.bytes.extend((cut as u16).to_le_bytes());
        self.bytes.extend(&text.as_bytes()[..cut]);
        self.seen.insert(text.to_owned(), offset);
        offset
    }
}

fn merchants(rows: &[MerchantRow], tables: &mut Tables) -> (Vec<u8>, Vec<u8>) {
    let mut conditions: HashMap<Condition, u16> = HashMap::new();
    let mut aliases: Vec<(&str, u32, AliasMode, u8, u16, bool)> = Vec::new();
    let mut arena = Arena::default();
    let mut records = Vec::with_capacity(rows.len() * MERCHANT_WORDS);
    for (number, row) in rows.iter().enumerate() {
        for alias in &row.aliases {
            let condition = match &alias.condition {
                None => NONE,
                Some(condition) => *conditions.entry(condition.clone()).or_insert_with(|| {
                    tables.conditions.push(condition.clone());
                    tables.conditions.len() as u16 - 1
                }),
            };
            aliases.push((&alias.key, number as u32, alias.mode, alias.words, condition, alias.ordinary));
        }
        let strings = [&row.name, &row.site, &row.parent, &row.wikidata].map(|text| arena.put(text));
        let mcc = |at: usize| u32::from(row.mcc.get(at).copied().unwrap_or(0));
        records.extend(strings);
        records.push(arena.put(&row.countries.join(" ")));
        records.push(u32::from(row.category) | u32::from(row.credit.unwrap_or(NONE)) << 16);
        records.push(mcc(0) | mcc(1) << 16);
        records.push(mcc(2) | mcc(3) << 16);
        records.push(u32::from_le_bytes([
            row.kind,
            row.biller.unwrap_or(u8::MAX),
            row.subscription,
            u8::from(row.imported),
        ]));
        records.push(u32::from(row.at.file));
        records.push(row.at.line);
        records.extend(words_of(merchant_uuid(row)));
    }
    aliases.sort();
    aliases.dedup();
    let mut keys: Vec<String> = Vec::new();
    let mut starts = Vec::new();
    for (at, alias) in aliases.iter().enumerate() {
        if keys.last().map(String::as_str) != Some(alias.0) {
            keys.push(alias.0.to_owned());
            starts.push(at as u32);
        }
    }
    starts.push(aliases.len() as u32);
    let alias_words = aliases.iter().flat_map(|(_, merchant, mode, words, condition, ordinary)| {
        let mode = *mode as u8 | if *ordinary { ORDINARY } else { 0 };
        [*merchant, u32::from(mode) | u32::from(*words) << 8 | u32::from(*condition) << 16]
    });
    let mut writer = Writer::default();
    writer.words(records);
    writer.bytes(arena.bytes);
    writer.words(alias_words);
    writer.words(starts);
    (phrases::build(&keys), writer.finish())
}

/// A merchant's id: of its name, and of its countries too where two share the name.
pub fn merchant_uuid(row: &MerchantRow) -> Uuid {
    let key = text::key(&row.name);
    let name = match row.imported && !row.countries.is_empty() && row.wikidata.is_empty() {
        true => format!("merchant:{key}@{}", row.countries.join(" ")),
        false if row.imported && !row.wikidata.is_empty() => format!("merchant:{}", row.wikidata),
        false => format!("merchant:{}", if key.is_empty() { &row.name } else { &key }),
    };
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

fn words_of(uuid: Uuid) -> [u32; 4] {
    let bytes = uuid.into_bytes();
    [0, 4, 8, 12].map(|at| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]))
}

fn places(rows: &[PlaceRow]) -> (Vec<u8>, Vec<u8>) {
    let mut keyed: Vec<(String, &PlaceRow)> = rows
        .iter()
        .flat_map(|row| std::iter::once(&row.name).chain(&row.also).map(move |name| (text::key(name), row)))
        .filter(|(key, _)| !key.is_empty() && key.len() <= phrases::LONGEST)
        .collect();
    // The biggest first, so that the first of a name is the likeliest.
    keyed.sort_by(|(key, row), (other_key, other)| {
        key.cmp(other_key)
            .then(other.population.cmp(&row.population))
            .then_with(|| row.country.cmp(&other.country))
            .then_with(|| row.region.cmp(&other.region))
    });
    keyed.dedup_by(|(key, row), (kept_key, kept)| {
        key == kept_key && row.region == kept.region && row.country == kept.country
    });
    let mut arena = Arena::default();
    let mut records = Vec::with_capacity(keyed.len() * PLACE_WORDS);
    let mut keys: Vec<String> = Vec::new();
    let mut starts = Vec::new();
    for (at, (key, row)) in keyed.iter().enumerate() {
        if keys.last() != Some(key) {
            keys.push(key.clone());
            starts.push(at as u32);
        }
        let country = row.country.as_bytes();
        records.push(arena.put(&row.name));
        records.push(arena.put(&row.region));
        records.push(u32::from_le_bytes([country[0], country[1], 0, 0]));
        records.push(row.latitude.to_bits());
        records.push(row.longitude.to_bits());
        records.push(row.population);
    }
    starts.push(keyed.len() as u32);
    let mut writer = Writer::default();
    writer.words(records);
    writer.bytes(arena.bytes);
    writer.words(starts);
    (phrases::build(&keys), writer.finish())
}
