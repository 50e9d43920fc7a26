//! Generic words, regions and countries.

use std::collections::BTreeMap;

use crate::data::phrases::{self, Phrases};
use crate::data::tables::{CountryRow, RegionRow, WordKind, WordRow};
use crate::model::transaction::Country;
use crate::text::Key;

/// Values by name, found faster than by a hash that withstands attacks.
struct Index<V> {
    names: Phrases,
    values: Vec<V>,
}

impl<V> Index<V> {
    fn new(entries: BTreeMap<String, V>) -> Self {
        let (names, values): (Vec<String>, Vec<V>) = entries.into_iter().filter(|(name, _)| !name.is_empty()).unzip();
        Self { names: Phrases::new(phrases::build(&names).into()), values }
    }

    fn get<'k>(&self, name: impl Into<Key<'k>>) -> Option<&V> {
        self.names.find(name).map(|at| &self.values[at as usize])
    }
}

/// Words that alone name nobody, by glued form.
pub struct Words {
    kinds: Index<WordKind>,
    /// Legal forms of some countries only: SPA.
    legal_in: Index<Vec<String>>,
    spellings: Index<String>,
}

impl Words {
    pub fn new(rows: &[WordRow], spellings: Vec<(String, String)>) -> Self {
        let mut kinds = BTreeMap::new();
        let mut legal_in = BTreeMap::new();
        for row in rows {
            if row.countries.is_empty() {
                // A word of two kinds keeps the first that was written.
                kinds.entry(row.word.clone()).or_insert(row.kind);
            } else {
                legal_in.insert(row.word.clone(), row.countries.clone());
            }
        }
        Self {
            kinds: Index::new(kinds),
            legal_in: Index::new(legal_in),
            spellings: Index::new(spellings.into_iter().collect()),
        }
    }

    /// The indexes of all words.
    pub fn names(&self) -> [&Phrases; 3] {
        [&self.kinds.names, &self.legal_in.names, &self.spellings.names]
    }

    /// How a word is written, if not by the rules of titles.
    pub fn spelling<'k>(&self, word: impl Into<Key<'k>>) -> Option<&str> {
        self.spellings.get(word).map(String::as_str)
    }

    /// What kind of generic word this is, if any.
    pub fn kind<'k>(&self, word: impl Into<Key<'k>>) -> Option<WordKind> {
        self.kinds.get(word).copied()
    }

    /// Whether a word that means something elsewhere is a legal form in this country.
    pub fn is_legal_in<'k>(&self, word: impl Into<Key<'k>>, country: Country) -> bool {
        self.legal_in.get(word).is_some_and(|countries| countries.iter().any(|other| other == country.as_str()))
    }
}

/// Regions and countries, by what descriptors print of them.
pub struct Regions {
    /// Region code, usual or not, to the countries that have it and the usual code.
    codes: Index<Vec<(Country, String)>>,
    /// Normalised country name, two-letter and three-letter code.
    countries: Index<Country>,
    currencies: Index<String>,
    phones: Index<String>,
}

impl Regions {
    pub fn new(regions: &[RegionRow], countries: &[CountryRow]) -> Self {
        let mut codes: BTreeMap<String, Vec<(Country, String)>> = BTreeMap::new();
        for row in regions {
            if let Ok(country) = row.country.parse() {
                for code in std::iter::once(&row.code).chain(&row.also) {
                    codes.entry(code.clone()).or_default().push((country, row.code.clone()));
                }
            }
        }
        let mut names = BTreeMap::new();
        let (mut currencies, mut phones) = (BTreeMap::new(), BTreeMap::new());
        for row in countries {
            if let Ok(country) = row.iso2.parse::<Country>() {
                for name in [crate::text::key(&row.name), row.iso3.clone(), row.iso2.clone()] {
                    names.entry(name).or_insert(country);
                }
                currencies.insert(country.as_str().to_owned(), row.currency.clone());
                phones.insert(country.as_str().to_owned(), row.phone.clone());
            }
        }
        Self {
            codes: Index::new(codes),
            countries: Index::new(names),
            currencies: Index::new(currencies),
            phones: Index::new(phones),
        }
    }

    /// The indexes of all codes.
    pub fn names(&self) -> [&Phrases; 4] {
        [&self.codes.names, &self.countries.names, &self.currencies.names, &self.phones.names]
    }

    /// The countries that have a region of this code, each with the region's usual code.
    pub fn region<'k>(&self, code: impl Into<Key<'k>>) -> &[(Country, String)] {
        self.codes.get(code).map_or(&[], Vec::as_slice)
    }

    /// The country of a name or an ISO code of two or three letters, glued and in upper case.
    pub fn country<'k>(&self, glued: impl Into<Key<'k>>) -> Option<Country> {
        self.countries.get(glued).copied()
    }

    /// The currency of a country.
    pub fn currency(&self, country: Country) -> Option<&str> {
        self.currencies.get(country.as_str()).map(String::as_str)
    }

    /// The telephone prefix of a country, digits only.
    pub fn phone(&self, country: Country) -> Option<&str> {
        self.phones.get(country.as_str()).map(String::as_str)
    }
}
