//! Generic words, regions and countries.

use std::collections::HashMap;

use crate::data::phrases::{self, Phrases};
use crate::data::tables::{CountryRow, RegionRow, WordKind, WordRow};
use crate::model::transaction::Country;

/// Words that alone name nobody, by glued form.
pub struct Words {
    index: Phrases,
    kinds: Vec<WordKind>,
    spellings: HashMap<String, String>,
}

impl Words {
    pub fn new(rows: &[WordRow], spellings: Vec<(String, String)>) -> Self {
        let mut sorted: Vec<(&str, WordKind)> =
            rows.iter().filter(|row| !row.word.is_empty()).map(|row| (row.word.as_str(), row.kind)).collect();
        // A word of two kinds keeps the first that was written.
        sorted.sort_by_key(|(word, _)| *word);
        sorted.dedup_by_key(|(word, _)| *word);
        let keys: Vec<String> = sorted.iter().map(|(word, _)| (*word).to_owned()).collect();
        Self {
            index: Phrases::new(phrases::build(&keys).into()),
            kinds: sorted.into_iter().map(|(_, kind)| kind).collect(),
            spellings: spellings.into_iter().collect(),
        }
    }

    /// How a word is written, if not by the rules of titles.
    pub fn spelling(&self, word: &str) -> Option<&str> {
        self.spellings.get(word).map(String::as_str)
    }

    /// What kind of generic word this is, if any.
    pub fn kind(&self, word: &str) -> Option<WordKind> {
        self.index.find(word.as_bytes()).map(|at| self.kinds[at as usize])
    }
}

/// Regions and countries, by what descriptors print of them.
pub struct Regions {
    /// Region code, usual or not, to the countries that have it and the usual code.
    codes: HashMap<String, Vec<(Country, String)>>,
    /// Normalised country name, two-letter and three-letter code.
    countries: HashMap<String, Country>,
    currencies: HashMap<Country, String>,
    phones: HashMap<Country, String>,
}

impl Regions {
    pub fn new(regions: &[RegionRow], countries: &[CountryRow]) -> Self {
        let mut codes: HashMap<String, Vec<(Country, String)>> = HashMap::new();
        for row in regions {
            if let Ok(country) = row.country.parse() {
                for code in std::iter::once(&row.code).chain(&row.also) {
                    codes.entry(code.clone()).or_default().push((country, row.code.clone()));
                }
            }
        }
        let mut names = HashMap::new();
        let (mut currencies, mut phones) = (HashMap::new(), HashMap::new());
        for row in countries {
            if let Ok(country) = row.iso2.parse::<Country>() {
                for name in [crate::text::key(&row.name), row.iso3.clone(), row.iso2.clone()] {
                    names.entry(name).or_insert(country);
                }
                currencies.insert(country, row.currency.clone());
                phones.insert(country, row.phone.clone());
            }
        }
        Self { codes, countries: names, currencies, phones }
    }

    /// The countries that have a region of this code, each with the region's usual code.
    pub fn region(&self, code: &str) -> &[(Country, String)] {
        self.codes.get(code).map_or(&[], Vec::as_slice)
    }

    /// The country of a name or an ISO code of two or three letters, glued and in upper case.
    pub fn country(&self, glued: &str) -> Option<Country> {
        self.countries.get(glued).copied()
    }

    /// The currency of a country.
    pub fn currency(&self, country: Country) -> Option<&str> {
        self.currencies.get(&country).map(String::as_str)
    }

    /// The telephone prefix of a country, digits only.
    pub fn phone(&self, country: Country) -> Option<&str> {
        self.phones.get(&country).map(String::as_str)
    }
}
