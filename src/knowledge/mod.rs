//! What an engine knows: the linked, searchable form of the data. Immutable once built.

pub mod categories;
pub mod compatibility;
pub mod descriptors;
pub mod keywords;
pub mod merchants;
pub mod places;
pub mod words;

use std::collections::HashMap;

use once_cell::sync::OnceCell;

use crate::data::compile::{self, Compiled};
use crate::data::flat::Bytes;
use crate::data::load::{self, Rows};
use crate::data::source::Source;
use crate::data::tables::{At, FlagRow, MccRow, Tables};
use crate::error::Problem;
use crate::model::category::Category;
use crate::model::enriched::RuleRef;
use crate::model::merchant::Merchant;
use crate::model::names::Nature;
use crate::stages::identify::Tier;

use compatibility::Compatibility;
use descriptors::Descriptors;
use keywords::Keywords;
use merchants::MerchantTable;
use places::Gazetteer;
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
    pub gazetteer: Gazetteer,
    pub descriptors: Descriptors,
    keyword_rows: Vec<crate::data::tables::KeywordRow>,
    keywords: OnceCell<Keywords>,
    pub words: Words,
    pub regions: Regions,
    pub compatibility: Compatibility,
    fallback: u16,
    /// Flags, their rules and the categories that set them.
    pub flags: Vec<FlagRow>,
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
        let own_merchants = if own.is_empty() { None } else { absorb(&mut tables, own)? };
        let mut problems = Vec::new();
        let categories = categories::link(&tables, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let fallback =
            tables.categories.iter().position(|row| row.nature == Nature::None.as_str()).ok_or_else(|| {
                vec![Problem::new(
                    "data/categories.csv",
                    0,
                    "no category has the nature `none`: one must stand for what is not known",
                )]
            })?;
        tables.mcc.sort_by_key(|row| row.mcc);
        Ok(Self {
            compatibility: Compatibility::new(&tables.compatibility, &categories),
            fallback: fallback as u16,
            flags: tables.flags,
            by_path: categories.iter().map(|category| (category.path.clone(), category.id.0)).collect(),
            categories,
            mcc: tables.mcc,
            merchants,
            own_merchants,
            gazetteer: Gazetteer::new(places, place_names),
            descriptors: Descriptors::new(tables.descriptors),
            keyword_rows: tables.keywords,
            keywords: OnceCell::new(),
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

    /// A row of the data as it is quoted.
    pub fn rule(&self, at: At) -> RuleRef<'_> {
        RuleRef { file: &self.files[usize::from(at.file)], line: at.line }
    }

    /// A merchant of one of the dictionaries.
    pub fn merchant<'e>(&'e self, table: &'e MerchantTable, number: u32) -> Merchant<'e> {
        Merchant { table, number, categories: &self.categories, files: &self.files }
    }
}

/// Adds the user's own rows to the tables; their merchants become a dictionary of their own.
fn absorb(tables: &mut Tables, own: &[Source]) -> Result<Option<MerchantTable>, Vec<Problem>> {
    let paths: Vec<String> = tables.categories.iter().map(|row| row.path.clone()).collect();
    let Rows { tables: mut added, mut merchants, .. } = load::load(own, &paths)?;
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
    if merchants.is_empty() {
        return Ok(None);
    }
    let compiled = compile::compile(Rows { merchants, ..Rows::default() });
    let linked: Tables = postcard::from_bytes(&compiled.tables).expect("the tables were written a moment ago");
    Ok(Some(MerchantTable::automaton(compiled.merchants.into(), compiled.merchant_names.into(), linked.conditions)))
}
