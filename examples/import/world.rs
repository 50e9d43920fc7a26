//! Merchant category codes, countries, regions and places.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::table::{Outcome, Table, write};
use crate::text::key;

/// Letters that only a scientific transliteration writes; no English text spells a city with them.
const TRANSLITERATION: [char; 12] = ['ā', 'ē', 'ī', 'ō', 'ū', 'Ā', 'Ī', 'Ū', 'ḩ', 'ẕ', 'ḑ', 'Ḩ'];
/// Countries whose own spelling has such letters.
const OWN_MACRONS: [&str; 2] = ["LV", "NZ"];

/// Writes `mcc.csv`.
pub fn mcc(sources: &Path, data: &Path, categories: &HashMap<String, String>) -> Outcome<()> {
    let overrides = Table::read(&sources.join("mcc_overrides.csv"))?;
    let overrides: HashMap<&str, _> = overrides.rows().map(|row| (row.cell("mcc"), row)).collect();
    let mut rows = Vec::new();
    for row in Table::read(&sources.join("mcc.csv"))?.rows() {
        let unassigned = row.cell("description").starts_with("Unassigned");
        let grade = if unassigned { "unassigned" } else { row.cell("reliability") };
        let own = overrides.get(row.cell("mcc"));
        let written = |column: &str| own.map(|own| own.cell(column)).filter(|cell| !cell.is_empty());
        let category = match written("category") {
            Some(path) => path,
            None => categories
                .get(row.cell("suggested_category"))
                .ok_or_else(|| format!("mcc.csv: {} has an unknown category", row.cell("mcc")))?,
        };
        let strength =
            written("strength").unwrap_or_else(|| overrides.get(grade).map_or("0.5", |row| row.cell("strength")));
        let description = written("description").map_or_else(|| tidy(row.cell("description")), str::to_owned);
        let outranks = written("outranks").unwrap_or_default();
        rows.push([row.cell("mcc"), &description, category, strength, outranks].map(str::to_owned));
    }
    rows.sort();
    write(&data.join("mcc.csv"), ["mcc", "description", "category", "strength", "outranks"], &rows)
}

/// A description without the signs that lists of codes leave in it.
fn tidy(description: &str) -> String {
    let spaced = description.replace("- ", " – ").replace(" -", " – ").replace("( ", "(").replace('’', "'");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").replace("– –", "–")
}

/// Writes `countries.csv`; of several telephone prefixes the first is kept, digits only.
pub fn countries(sources: &Path, data: &Path) -> Outcome<()> {
    let mut rows = Vec::new();
    for row in Table::read(&sources.join("gazetteer_countries.csv"))?.rows() {
        let phone = row.cell("phone").split(" and ").next().unwrap_or_default();
        let phone = phone.chars().filter(char::is_ascii_digit).collect();
        let cell = |column: &str| row.cell(column).to_owned();
        rows.push([cell("iso2"), cell("iso3"), cell("name"), cell("currency"), phone]);
    }
    rows.sort();
    write(&data.join("countries.csv"), ["iso2", "iso3", "name", "currency", "phone"], &rows)
}

/// Country and region as statements print them, by country and code of the gazetteer.
pub struct Regions {
    printed: HashMap<(String, String), (String, String)>,
}

impl Regions {
    fn read(sources: &Path) -> Outcome<Self> {
        let table = Table::read(&sources.join("region_codes.csv"))?;
        let printed = table.rows().map(|row| {
            let from = (row.cell("country").to_owned(), row.cell("code").to_owned());
            (from, (row.cell("region_country").to_owned(), row.cell("region").to_owned()))
        });
        Ok(Self { printed: printed.collect() })
    }

    /// The printed country and region; the region is empty where none is printed.
    fn of(&self, country: &str, code: &str) -> (String, String) {
        let find = |code: &str| self.printed.get(&(country.to_owned(), code.to_owned()));
        find(code).or_else(|| find("*")).cloned().unwrap_or_else(|| (country.to_owned(), String::new()))
    }
}

/// Writes `regions.csv`.
pub fn regions(sources: &Path, data: &Path) -> Outcome<()> {
    let gazetteer = Table::read(&sources.join("gazetteer_admin1.csv"))?;
    let names: HashMap<_, _> =
        gazetteer.rows().map(|row| ((row.cell("country"), row.cell("code")), row.cell("name"))).collect();
    let mut rows = BTreeMap::new();
    for row in Table::read(&sources.join("region_codes.csv"))?.rows() {
        let code = (row.cell("region_country").to_owned(), row.cell("region").to_owned());
        let name = match row.cell("name") {
            "" => names.get(&(row.cell("country"), row.cell("code"))).copied().unwrap_or_default(),
            name => name,
        };
        if !code.1.is_empty() && !name.is_empty() {
            rows.insert(code, name.to_owned());
        }
    }
    let also = Table::read(&sources.join("region_also.csv"))?;
    let also: HashMap<_, _> =
        also.rows().map(|row| ((row.cell("country"), row.cell("code")), row.cell("also"))).collect();
    let with_others = |((country, code), name): ((String, String), String)| {
        let others = also.get(&(country.as_str(), code.as_str())).copied().unwrap_or_default().to_owned();
        [country, code, name, others]
    };
    let rows: Vec<_> = rows.into_iter().map(with_others).collect();
    write(&data.join("regions.csv"), ["country", "code", "name", "also"], &rows)
}

/// A place before it is written.
struct Place {
    name: String,
    latitude: String,
    longitude: String,
    population: u32,
}

/// Writes `places/us.csv` and `places/world.csv`: one row for each name, region and country, the biggest place of it.
pub fn places(sources: &Path, data: &Path) -> Outcome<()> {
    let regions = Regions::read(sources)?;
    let mut places: BTreeMap<(String, String, String), Place> = BTreeMap::new();
    for file in ["gazetteer_cities.csv", "gazetteer_cities_small.csv", "gazetteer_us_postal_places.csv"] {
        for row in Table::read(&sources.join(file))?.rows() {
            let postal = !row.cell("state").is_empty();
            let (country, code) =
                if postal { ("US", row.cell("state")) } else { (row.cell("country"), row.cell("admin1")) };
            let name = if postal { row.cell("city") } else { row.cell("name") };
            let place = Place {
                name: spelled(name, row.cell("ascii_name"), country),
                latitude: row.cell("lat").to_owned(),
                longitude: row.cell("lon").to_owned(),
                population: row.cell("population").parse().unwrap_or(0),
            };
            let (country, region) = regions.of(country, code);
            let known = places.entry((country, region, key(&place.name)));
            let bigger = |other: &Place| place.population > other.population;
            match known {
                std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(place)),
                std::collections::btree_map::Entry::Occupied(mut slot) if bigger(slot.get()) => {
                    drop(slot.insert(place))
                }
                std::collections::btree_map::Entry::Occupied(_) => {}
            }
        }
    }
    let (us, world): (Vec<_>, Vec<_>) = places.into_iter().partition(|((country, ..), _)| country == "US");
    write_places(&data.join("places/us.csv"), us)?;
    write_places(&data.join("places/world.csv"), world)
}

fn write_places(path: &Path, places: Vec<((String, String, String), Place)>) -> Outcome<()> {
    let mut rows: Vec<_> = places
        .into_iter()
        .filter(|((.., key), _)| !key.is_empty())
        .map(|((country, region, _), place)| {
            let population = if place.population == 0 { String::new() } else { place.population.to_string() };
            [place.name, region, country, place.latitude, place.longitude, population]
        })
        .collect();
    rows.sort_by(|one, other| (&one[2], &one[1], &one[0]).cmp(&(&other[2], &other[1], &other[0])));
    write(path, ["name", "region", "country", "latitude", "longitude", "population"], &rows)
}

/// A city as English texts spell it: with the accents of Latin scripts, without those of transliterations.
fn spelled(name: &str, ascii: &str, country: &str) -> String {
    let transliterated = name.contains(TRANSLITERATION) && !OWN_MACRONS.contains(&country);
    let name = if transliterated && !ascii.is_empty() { ascii } else { name };
    name.replace(['’', '‘'], "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cities_keep_the_accents_of_latin_scripts_only() {
        assert_eq!(spelled("Bānswāra", "Banswara", "IN"), "Banswara");
        assert_eq!(spelled("Łódź", "Lodz", "PL"), "Łódź");
        assert_eq!(spelled("D’Aguilar", "D'Aguilar", "AU"), "D'Aguilar");
    }

    #[test]
    fn descriptions_are_tidied() {
        assert_eq!(tidy("Direct Marketing- Insurance  Service"), "Direct Marketing – Insurance Service");
        assert_eq!(tidy("Men’s Shops ( not new)"), "Men's Shops (not new)");
    }
}
