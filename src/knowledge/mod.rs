//! What an engine knows: the linked, searchable form of the data. Immutable once built.

pub mod categories;
pub mod compatibility;
pub mod descriptors;
pub mod flags;
pub mod keywords;
pub mod merchants;
pub mod numbers;
pub mod places;
pub mod trades;
pub mod words;

use std::collections::HashMap;
use std::ops::Range;

use once_cell::sync::OnceCell;

use crate::data::compile::{self, Compiled};
use crate::data::flat::Bytes;
use crate::data::load::{self, Rows};
use crate::data::source::{Source, SourceKind};
use crate::data::tables::{At, MccRow, Tables};
use crate::error::Problem;
use crate::model::category::Category;
use crate::model::enriched::RuleRef;
use crate::model::merchant::Merchant;
use crate::model::names::Nature;
use crate::rules::{self, Rules};
use crate::stages::identify::Tier;
use crate::text::Text;

use compatibility::Compatibility;
use descriptors::Descriptors;
use flags::FlagRules;
use keywords::Keywords;
use merchants::MerchantTable;
use numbers::Numbers;
use places::Gazetteer;
use trades::Trades;
use words::{Regions, Words};

/// Everything an engine knows.
pub struct Knowledge {
    pub files: Vec<String>,
    pub categories: Vec<Category>,
    by_path: HashMap<String, u16>,
    mcc: Vec<MccRow>,
    pub merchants: MerchantTable,
    /// The user's own dictionary, which outranks the built-in one.
    pub own_merchants: Option<MerchantTable>,
    /// The user's own rules.
    pub rules: Option<Rules>,
    pub gazetteer: Gazetteer,
    pub descriptors: Descriptors,
    keyword_rows: Vec<crate::data::tables::KeywordRow>,
    keywords: OnceCell<Keywords>,
    numbers: OnceCell<Numbers>,
    pub words: Words,
    pub regions: Regions,
    pub compatibility: Compatibility,
    pub trades: Trades,
    fallback: u16,
    /// The flags' rules, and which categories set them.
    pub flags: FlagRules,
    /// Names the data this was built from.
    pub fingerprint: String,
}

/// The data laid out ahead by the build.
fn embedded() -> (Tables, [&'static [u8]; 4]) {
    let tables = postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/tables.bin")))
        .expect("the build wrote the tables in this very form");
    let flat: [&'static [u8]; 4] = [
        include_bytes!(concat!(env!("OUT_DIR"), "/merchants.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/merchant_names.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/places.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/place_names.bin")),
    ];
    (tables, flat)
}

/// The hand-written data files as they stood when the program was built.
pub fn builtin_sources() -> Vec<Source> {
    const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));
    FILES.iter().map(|(name, text)| Source::new(*name, *text)).collect()
}

impl Knowledge {
    /// The built-in data, with the user's own sources on top.
    pub fn builtin(own: &[Source]) -> Result<Self, Vec<Problem>> {
        let (tables, flat) = embedded();
        Self::link(tables, flat.map(Bytes::Borrowed), own)
    }

    /// Only the given data, laid out now.
    pub fn from_sources(sources: &[Source], own: &[Source]) -> Result<Self, Vec<Problem>> {
        let Compiled { tables, merchants, merchant_names, places, place_names } =
            compile::compile(load::load(sources, &[])?);
        let tables = postcard::from_bytes(&tables).expect("the tables were written a moment ago");
        Self::link(tables, [merchants, merchant_names, places, place_names].map(Bytes::Owned), own)
    }

    fn link(
        mut tables: Tables,
        [merchants, merchant_names, places, place_names]: [Bytes; 4],
        own: &[Source],
    ) -> Result<Self, Vec<Problem>> {
        let merchants = MerchantTable::stored(merchants, merchant_names, std::mem::take(&mut tables.conditions));
        let fallback =
            tables.categories.iter().position(|row| row.nature == Nature::None.as_str()).ok_or_else(|| {
                vec![Problem::new(
                    "data/categories.csv",
                    0,
                    "no category has the nature `none`: one must stand for what is not known",
                )]
            })?;
        let own = if own.is_empty() { Own::default() } else { absorb(&mut tables, &merchants, fallback as u16, own)? };
        let mut problems = Vec::new();
        let categories = categories::link(&tables, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        tables.mcc.sort_by_key(|row| row.mcc);
        Ok(Self {
            compatibility: Compatibility::new(&tables.compatibility, &categories),
            trades: Trades::new(tables.whole_firms),
            fallback: fallback as u16,
            flags: FlagRules::new(tables.flags, &categories),
            by_path: categories.iter().map(|category| (category.path.clone(), category.id.0)).collect(),
            categories,
            mcc: tables.mcc,
            merchants,
            own_merchants: own.merchants,
            rules: own.rules,
            gazetteer: Gazetteer::new(places, place_names),
            descriptors: Descriptors::new(tables.descriptors),
            keyword_rows: tables.keywords,
            keywords: OnceCell::new(),
            numbers: OnceCell::new(),
            words: Words::new(&tables.words, tables.spellings),
            regions: Regions::new(&tables.regions, &tables.countries),
            fingerprint: tables.fingerprint,
            files: tables.files,
        })
    }

    /// The category of a path.
    pub fn category(&self, path: &str) -> Option<&Category> {
        self.by_path.get(path).map(|number| &self.categories[usize::from(*number)])
    }

    /// The category of what is not known.
    pub fn fallback(&self) -> u16 {
        self.fallback
    }

    /// The dictionary of a tier.
    pub fn table(&self, tier: Tier) -> &MerchantTable {
        match (tier, &self.own_merchants) {
            (Tier::Own, Some(own)) => own,
            _ => &self.merchants,
        }
    }

    /// The user's own dictionary or the built-in one.
    pub fn dictionary(&self, own: bool) -> &MerchantTable {
        self.own_merchants.as_ref().filter(|_| own).unwrap_or(&self.merchants)
    }

    /// Whether the tokens of a range are a name of the built-in dictionary.
    pub fn names_merchant(&self, text: &Text, tokens: Range<usize>) -> bool {
        let tokens = &text.tokens()[tokens];
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return false };
        self.merchants.names().find(&text.glued()[first.glue().start..last.glue().end]).is_some()
    }

    /// What a merchant category code says.
    pub fn mcc(&self, code: u16) -> Option<&MccRow> {
        self.mcc.binary_search_by_key(&code, |row| row.mcc).ok().map(|at| &self.mcc[at])
    }

    /// Every merchant category code, in order.
    pub fn mccs(&self) -> &[MccRow] {
        &self.mcc
    }

    /// The trade words; their automaton is built on first use.
    pub fn keywords(&self) -> &Keywords {
        self.keywords.get_or_init(|| Keywords::new(&self.keyword_rows))
    }

    /// The numbers that any row speaks of, gathered on first use.
    pub fn numbers(&self) -> &Numbers {
        self.numbers.get_or_init(|| Numbers::new(self))
    }

    /// A row of the data as it is quoted.
    pub fn rule(&self, at: At) -> RuleRef<'_> {
        RuleRef { file: &self.files[usize::from(at.file)], line: at.line }
    }

    /// A merchant of one of the dictionaries.
    pub fn merchant<'e>(&'e self, table: &'e MerchantTable, number: u32) -> Merchant<'e> {
        Merchant { table, number, categories: &self.categories, files: &self.files }
    }
}

/// What only the user's own sources bring.
#[derive(Default)]
struct Own {
    merchants: Option<MerchantTable>,
    rules: Option<Rules>,
}

/// Adds the user's own rows to the tables; their merchants become a dictionary of their own. Every problem of every source is
/// told at once.
fn absorb(tables: &mut Tables, builtin: &MerchantTable, fallback: u16, own: &[Source]) -> Result<Own, Vec<Problem>> {
    let (rules_files, own): (Vec<Source>, Vec<Source>) =
        own.iter().cloned().partition(|source| source.kind() == SourceKind::Rules);
    tables.fingerprint = compile::fingerprint_with(&tables.fingerprint, rules_files.iter().chain(&own));
    let mut problems = Vec::new();
    let files = rules::Files::parse(&rules_files, tables.files.len() as u16, &mut problems);
    tables.files.extend(rules_files.iter().map(|source| source.name.to_string()));
    files.categories(&mut tables.categories, &mut problems);

    let paths: Vec<String> = tables.categories.iter().map(|row| row.path.clone()).collect();
    let Rows { tables: mut added, mut merchants, .. } = load::load(&own, &paths).unwrap_or_else(|found| {
        problems.extend(found);
        Rows::default()
    });
    let offset = tables.files.len() as u16;
    let shift = |at: &mut At| at.file += offset;
    added.categories.iter_mut().for_each(|row| shift(&mut row.at));
    added.keywords.iter_mut().for_each(|row| shift(&mut row.at));
    added.descriptors.iter_mut().for_each(|row| shift(&mut row.at));
    added.mcc.iter_mut().for_each(|row| shift(&mut row.at));
    merchants.iter_mut().for_each(|row| shift(&mut row.at));
    tables.files.append(&mut added.files);
    tables.categories.append(&mut added.categories);
    tables.keywords.append(&mut added.keywords);
    tables.descriptors.append(&mut added.descriptors);
    tables.words.append(&mut added.words);
    tables.spellings.append(&mut added.spellings);
    let replaced: Vec<u16> = added.mcc.iter().map(|row| row.mcc).collect();
    tables.mcc.retain(|row| !replaced.contains(&row.mcc));
    tables.mcc.append(&mut added.mcc);

    let rules = files.rules(&tables.categories, fallback, builtin, &mut merchants, &mut problems);
    if !problems.is_empty() {
        problems.sort();
        return Err(problems);
    }
    if merchants.is_empty() {
        return Ok(Own { merchants: None, rules });
    }
    let compiled = compile::compile(Rows { merchants, ..Rows::default() });
    let linked: Tables = postcard::from_bytes(&compiled.tables).expect("the tables were written a moment ago");
    let merchants =
        MerchantTable::automaton(compiled.merchants.into(), compiled.merchant_names.into(), linked.conditions);
    Ok(Own { merchants: Some(merchants), rules })
}
