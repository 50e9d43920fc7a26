//! Strict reading of the data: every problem of every file, each with its line and what would mend it.

use std::collections::HashMap;

use serde::Deserialize;

use super::ordinary::Ordinary;
use super::pattern;
use super::source::{Source, SourceKind};
use super::tables::*;
use crate::error::{ParseError, Problem};
use crate::model::flags::{Flag, INTERNATIONAL};
use crate::model::names::{BillerKind, Channel, CounterpartyKind, Nature, TransferMethod};
use crate::text::{self, Text};

/// All rows of some sources.
#[derive(Default)]
pub struct Rows {
    pub tables: Tables,
    pub merchants: Vec<MerchantRow>,
    pub places: Vec<PlaceRow>,
    pub examples: Vec<ExampleRow>,
    pub flag_examples: Vec<FlagExampleRow>,
    /// Everyday words, in the form in which names are matched.
    pub everyday: Vec<String>,
}

/// Reads sources on top of the categories a base engine already has; category numbers continue behind them.
pub fn load(sources: &[Source], base_categories: &[String]) -> Result<Rows, Vec<Problem>> {
    let mut loader =
        Loader { rows: Rows::default(), problems: Vec::new(), categories: HashMap::new(), place_names: Vec::new() };
    for (number, path) in base_categories.iter().enumerate() {
        loader.categories.insert(path.clone(), number as u16);
    }
    // Categories come first: every other table names them.
    let (first, rest): (Vec<_>, Vec<_>) = sources.iter().partition(|source| source.kind() == SourceKind::Categories);
    for source in first.into_iter().chain(rest) {
        let file = loader.rows.tables.files.len() as u16;
        loader.rows.tables.files.push(source.name.to_string());
        match source.kind() {
            SourceKind::Categories => loader.categories(source, file),
            SourceKind::Taxonomy => loader.taxonomy(source),
            SourceKind::Merchants => loader.merchants(source, file, false),
            SourceKind::Imported => loader.merchants(source, file, true),
            SourceKind::Keywords => loader.keywords(source, file),
            SourceKind::Descriptors => loader.descriptors(source, file),
            SourceKind::Mcc => loader.mcc(source, file),
            SourceKind::Words => loader.words(source, file),
            SourceKind::Everyday => loader.everyday(source),
            SourceKind::WholeFirms => loader.whole_firms(source),
            SourceKind::Spelling => loader.spellings(source),
            SourceKind::Places => loader.places(source),
            SourceKind::Regions => loader.regions(source),
            SourceKind::Compatibility => loader.compatibility(source),
            SourceKind::Flags => loader.flags(source, file),
            SourceKind::Rules => {}
        }
    }
    loader.tidy_aliases();
    loader.name_places();
    loader.problems.sort();
    if loader.problems.is_empty() { Ok(loader.rows) } else { Err(loader.problems) }
}

struct Loader {
    rows: Rows,
    problems: Vec<Problem>,
    categories: HashMap<String, u16>,
    /// Other names of places: what is wrong if there is no such place, the place's name, region and country, and the names.
    place_names: Vec<(Problem, [String; 3], Vec<String>)>,
}

/// One row of a CSV table, its cells reached by column name.
struct Row<'r> {
    source: &'r Source,
    columns: &'r HashMap<String, usize>,
    record: &'r csv::StringRecord,
    line: u64,
}

impl<'r> Row<'r> {
    fn cell(&self, column: &str) -> &'r str {
        self.columns.get(column).and_then(|at| self.record.get(*at)).unwrap_or("").trim()
    }

    fn list(&self, column: &str, separator: char) -> Vec<&'r str> {
        self.cell(column).split(separator).map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.source.name.clone(), self.line, message)
    }

    fn at(&self, file: u16) -> At {
        At { file, line: self.line as u32 }
    }
}

impl Loader {
    /// Reads a CSV table, telling of unknown or missing columns and of ragged rows.
    fn csv(&mut self, source: &Source, required: &[&str], optional: &[&str], mut each: impl FnMut(&mut Self, Row<'_>)) {
        let mut reader =
            csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(source.text.as_bytes());
        let headers = match reader.headers() {
            Ok(headers) => headers.clone(),
            Err(error) => return self.problems.push(Problem::new(source.name.clone(), 1, error.to_string())),
        };
        let mut columns = HashMap::new();
        for (at, name) in headers.iter().enumerate() {
            let name = name.trim().trim_start_matches('\u{feff}');
            if !required.contains(&name) && !optional.contains(&name) {
                let known = [required, optional].concat().join(", ");
                self.problems.push(Problem::new(
                    source.name.clone(),
                    1,
                    format!("unknown column `{name}`: use {known}"),
                ));
            }
            columns.insert(name.to_owned(), at);
        }
        for name in required {
            if !columns.contains_key(*name) {
                self.problems.push(Problem::new(
                    source.name.clone(),
                    1,
                    format!("column `{name}` is missing: add it to the header"),
                ));
                return;
            }
        }
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    self.problems.push(Problem::new(source.name.clone(), line, error.to_string()));
                    continue;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() > headers.len() {
                let message =
                    format!("{} cells under {} columns: quote a cell that holds a comma", record.len(), headers.len());
                self.problems.push(Problem::new(source.name.clone(), line, message));
                continue;
            }
            each(self, Row { source, columns: &columns, record: &record, line });
        }
    }

    fn category(&mut self, row: &Row<'_>, path: &str) -> Option<u16> {
        let found = self.categories.get(path).copied();
        if found.is_none() {
            self.problems.push(row.problem(format!("`{path}` is no category: use a path of categories.csv")));
        }
        found
    }

    fn categories(&mut self, source: &Source, file: u16) {
        self.csv(source, &["path", "name", "nature", "mx", "plaid"], &["description"], |loader, row| {
            let path = row.cell("path").to_owned();
            if let Some((parent, _)) = path.rsplit_once('.')
                && !loader.categories.contains_key(parent)
            {
                loader.problems.push(
                    row.problem(format!(
                        "`{path}` stands before or without its parent `{parent}`: add the parent above"
                    )),
                );
            }
            if let Err(message) = row.cell("nature").parse::<Nature>() {
                loader.problems.push(row.problem(message));
            }
            let number = loader.categories.len() as u16;
            if loader.categories.insert(path.clone(), number).is_some() {
                loader.problems.push(row.problem(format!("`{path}` stands twice: remove one")));
                return;
            }
            loader.rows.tables.categories.push(CategoryRow {
                at: row.at(file),
                path,
                name: row.cell("name").to_owned(),
                nature: row.cell("nature").to_owned(),
                mx: row.cell("mx").to_owned(),
                plaid: row.cell("plaid").to_owned(),
                description: row.cell("description").to_owned(),
            });
        });
    }

    fn compatibility(&mut self, source: &Source) {
        self.csv(source, &["category", "direction", "account", "reason"], &[], |loader, row| {
            let path = row.cell("category");
            if loader.category(&row, path).is_none() {
                return;
            }
            let credit = match row.cell("direction") {
                "" => None,
                "debit" => Some(false),
                "credit" => Some(true),
                other => {
                    return loader
                        .problems
                        .push(row.problem(format!("`{other}` is no direction: use debit, credit or nothing")));
                }
            };
            let class = match row.cell("account") {
                "" => None,
                "deposit" => Some(AccountClass::Deposit),
                "card" => Some(AccountClass::Card),
                "debt" => Some(AccountClass::Debt),
                "investment" => Some(AccountClass::Investment),
                other => {
                    return loader.problems.push(row.problem(format!(
                        "`{other}` is no class of accounts: use deposit, card, debt, investment or nothing"
                    )));
                }
            };
            loader.rows.tables.compatibility.push(CompatibilityRow { category: path.to_owned(), credit, class });
        });
    }

    fn taxonomy(&mut self, source: &Source) {
        if source.name.ends_with("_to_v1.csv") {
            self.csv(source, &["v2", "v1"], &[], |loader, row| {
                loader.rows.tables.renamed.push((row.cell("v2").to_owned(), row.cell("v1").to_owned()));
            });
            return;
        }
        let table = match source.name.rsplit('/').next().unwrap_or_default() {
            "mx.csv" => 0,
            "plaid_v2.csv" => 1,
            "plaid_v1.csv" => 2,
            other => {
                let message = format!("`{other}` is no known taxonomy: use mx.csv, plaid_v2.csv or plaid_v1.csv");
                return self.problems.push(Problem::new(source.name.clone(), 0, message));
            }
        };
        self.csv(source, &["category", "top_level"], &["guid"], |loader, row| {
            loader.rows.tables.taxonomies[table].push(TaxonomyRow {
                category: row.cell("category").to_owned(),
                top_level: row.cell("top_level").to_owned(),
                guid: row.cell("guid").to_owned(),
            });
        });
    }

    fn merchants(&mut self, source: &Source, file: u16, imported: bool) {
        const OPTIONAL: &[&str] =
            &["credit", "aliases", "countries", "mcc", "site", "parent", "kind", "biller", "subscription", "wikidata"];
        self.csv(source, &["name", "category"], OPTIONAL, |loader, row| {
            let name = row.cell("name");
            let Some(category) = loader.category(&row, row.cell("category")) else { return };
            let credit = match row.cell("credit") {
                "" => None,
                path => loader.category(&row, path),
            };
            let mut merchant = MerchantRow {
                at: row.at(file),
                name: name.to_owned(),
                category,
                credit,
                aliases: Vec::new(),
                countries: Vec::new(),
                mcc: Vec::new(),
                site: row.cell("site").to_owned(),
                parent: row.cell("parent").to_owned(),
                wikidata: row.cell("wikidata").to_owned(),
                kind: CounterpartyKind::Merchant as u8,
                biller: None,
                subscription: 0,
                imported,
            };
            for country in row.list("countries", ' ') {
                match country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    true => merchant.countries.push(country.to_owned()),
                    false => loader.problems.push(row.problem(format!(
                        "`{country}` is no country: use ISO 3166 codes such as US, separated by blanks"
                    ))),
                }
            }
            for mcc in row.list("mcc", ' ') {
                match mcc.parse() {
                    Ok(code @ 1..=9999) => merchant.mcc.push(code),
                    _ => loader.problems.push(row.problem(format!(
                        "`{mcc}` is no merchant category code: use four digits, separated by blanks"
                    ))),
                }
            }
            match row.cell("kind") {
                "" => {}
                kind => match kind.parse::<CounterpartyKind>() {
                    Ok(kind) => merchant.kind = kind as u8,
                    Err(message) => loader.problems.push(row.problem(message)),
                },
            }
            match row.cell("biller") {
                "" => {}
                biller => match biller.parse::<BillerKind>() {
                    Ok(biller) => merchant.biller = Some(biller as u8),
                    Err(message) => loader.problems.push(row.problem(message)),
                },
            }
            match percent(row.cell("subscription")) {
                Ok(value) => merchant.subscription = value.unwrap_or(0),
                Err(message) => loader.problems.push(row.problem(message)),
            }
            if name.is_empty() {
                loader.problems.push(row.problem("a merchant without a name: fill the column `name`"));
            }
            let implied = alias(name);
            for written in row.list("aliases", '|') {
                match alias(written) {
                    Ok(alias) => merchant.aliases.push(alias),
                    Err(message) => loader.problems.push(row.problem(message)),
                }
            }
            // The name is an alias too, unless one with a mark takes its place. A name of signs only needs another.
            match implied {
                Ok(implied) if merchant.aliases.iter().all(|alias| alias.key != implied.key) => {
                    merchant.aliases.insert(0, implied);
                }
                Err(message) if merchant.aliases.is_empty() => loader.problems.push(row.problem(message)),
                Ok(_) | Err(_) => {}
            }
            loader.rows.merchants.push(merchant);
        });
    }

    /// Notes which names are ordinary, and weakens those that stand for too much: one generic word alone, and an imported
    /// name of ordinary words.
    fn tidy_aliases(&mut self) {
        let Rows { tables, places, everyday, merchants, .. } = &mut self.rows;
        let common: std::collections::HashSet<&str> = tables.words.iter().map(|row| row.word.as_str()).collect();
        let ordinary = Ordinary::new(everyday, tables, places);
        for merchant in merchants {
            for alias in &mut merchant.aliases {
                let says_so = alias.condition.as_ref().is_some_and(|condition| condition.no_other_trade);
                alias.ordinary = says_so || ordinary.is(&alias.written);
                if alias.condition.is_some() || alias.mode == AliasMode::Alone {
                    continue;
                }
                let short = alias.key.chars().count() < 4;
                let one_word = alias.words <= 1;
                if short || common.contains(alias.key.as_str()) || (merchant.imported && alias.ordinary && one_word) {
                    alias.mode = AliasMode::Alone;
                } else if merchant.imported && alias.ordinary {
                    alias.mode = AliasMode::Start;
                }
            }
        }
    }

    fn keywords(&mut self, source: &Source, file: u16) {
        self.csv(source, &["keyword", "category", "strength"], &["not"], |loader, row| {
            let written = row.cell("keyword");
            let text = Text::of(written);
            let phrase = text.spaced().trim().to_owned();
            if phrase.is_empty() {
                return loader.problems.push(row.problem(format!("`{written}` holds no word: write at least one")));
            }
            let Some(category) = loader.category(&row, row.cell("category")) else { return };
            let strength = match percent(row.cell("strength")) {
                Ok(Some(strength)) => strength,
                Ok(None) => return loader.problems.push(row.problem("`strength` is empty: write a share from 0 to 1")),
                Err(message) => return loader.problems.push(row.problem(message)),
            };
            loader.rows.tables.keywords.push(KeywordRow {
                at: row.at(file),
                phrase,
                open_start: written.starts_with('*'),
                open_end: written.ends_with('*'),
                category,
                strength,
                not: row.list("not", '|').into_iter().map(spaced).collect(),
            });
        });
    }

    fn mcc(&mut self, source: &Source, file: u16) {
        self.csv(source, &["mcc", "description", "category", "strength"], &["outranks"], |loader, row| {
            let Some(category) = loader.category(&row, row.cell("category")) else { return };
            let (Ok(mcc @ 1..=9999), Ok(Some(strength))) = (row.cell("mcc").parse(), percent(row.cell("strength")))
            else {
                return loader
                    .problems
                    .push(row.problem("a code of four digits and a strength from 0 to 1 are needed"));
            };
            let description = row.cell("description").to_owned();
            let outranks = row.list("outranks", ' ').into_iter();
            let outranks = outranks.filter_map(|path| loader.category(&row, path)).collect();
            loader.rows.tables.mcc.push(MccRow { at: row.at(file), mcc, description, category, strength, outranks });
        });
    }

    fn words(&mut self, source: &Source, file: u16) {
        self.csv(source, &["word", "kind"], &["reason", "countries"], |loader, row| {
            let kind = match row.cell("kind") {
                "legal" => WordKind::Legal,
                "shop" => WordKind::Shop,
                "common" => WordKind::Common,
                "place" => WordKind::Place,
                "surname" => WordKind::Surname,
                "first_name" => WordKind::FirstName,
                "domain" => WordKind::Domain,
                other => {
                    return loader.problems.push(row.problem(format!(
                        "`{other}` is no kind of word: use legal, shop, common, place, first_name, surname or domain"
                    )));
                }
            };
            let countries: Vec<String> = row.list("countries", ' ').into_iter().map(str::to_owned).collect();
            if !countries.is_empty() && kind != WordKind::Legal {
                return loader.problems.push(row.problem("only legal forms are bound to countries"));
            }
            let word = text::key(row.cell("word"));
            loader.rows.tables.words.push(WordRow { at: row.at(file), word, kind, countries });
        });
    }

    fn whole_firms(&mut self, source: &Source) {
        self.csv(source, &["category", "unless"], &["words"], |loader, row| {
            let category = row.cell("category").to_owned();
            let unless: Vec<String> = row.list("unless", ' ').into_iter().map(str::to_owned).collect();
            let known = |path: &str| loader.categories.keys().any(|known| known == path || is_under(known, path));
            let unknown: Vec<Problem> = unless
                .iter()
                .chain([&category])
                .filter(|path| !known(path))
                .map(|path| row.problem(format!("`{path}` is no category: use a path of categories.csv")))
                .collect();
            loader.problems.extend(unknown);
            let words = row.list("words", ' ').into_iter().map(text::key).collect();
            loader.rows.tables.whole_firms.push(WholeFirmRow { category, words, unless });
        });
    }

    fn everyday(&mut self, source: &Source) {
        self.csv(source, &["word"], &[], |loader, row| loader.rows.everyday.push(text::key(row.cell("word"))));
    }

    fn spellings(&mut self, source: &Source) {
        self.csv(source, &["word", "written"], &["reason"], |loader, row| {
            let (word, written) = (text::key(row.cell("word")), row.cell("written"));
            if word.is_empty() || written.is_empty() {
                return loader.problems.push(row.problem("a word and the way it is written are needed"));
            }
            loader.rows.tables.spellings.push((word, written.to_owned()));
        });
    }

    fn regions(&mut self, source: &Source) {
        if source.name.ends_with("regions.csv") {
            self.csv(source, &["country", "code", "name"], &["also"], |loader, row| {
                loader.rows.tables.regions.push(RegionRow {
                    country: row.cell("country").to_owned(),
                    code: row.cell("code").to_owned(),
                    name: row.cell("name").to_owned(),
                    also: row.list("also", '|').into_iter().map(str::to_owned).collect(),
                });
            });
        } else {
            self.csv(source, &["iso2", "iso3", "name", "currency", "phone"], &[], |loader, row| {
                loader.rows.tables.countries.push(CountryRow {
                    iso2: row.cell("iso2").to_owned(),
                    iso3: row.cell("iso3").to_owned(),
                    name: row.cell("name").to_owned(),
                    currency: row.cell("currency").to_owned(),
                    phone: row.cell("phone").to_owned(),
                });
            });
        }
    }

    fn places(&mut self, source: &Source) {
        if source.name.ends_with("names.csv") {
            return self.csv(source, &["name", "region", "country", "also"], &[], |loader, row| {
                let [name, region, country] = ["name", "region", "country"].map(|column| row.cell(column).to_owned());
                let also = row.list("also", '|').into_iter().map(str::to_owned).collect();
                loader.place_names.push((
                    row.problem("there is no such place: it must be in `places/`"),
                    [name, region, country],
                    also,
                ));
            });
        }
        self.csv(source, &["name", "region", "country", "latitude", "longitude", "population"], &[], |loader, row| {
            let number = |column: &str| row.cell(column).parse::<f32>();
            let (Ok(latitude), Ok(longitude)) = (number("latitude"), number("longitude")) else {
                return loader.problems.push(row.problem("latitude and longitude are decimal degrees"));
            };
            loader.rows.places.push(PlaceRow {
                name: row.cell("name").to_owned(),
                also: Vec::new(),
                region: row.cell("region").to_owned(),
                country: row.cell("country").to_owned(),
                latitude,
                longitude,
                population: row.cell("population").parse().unwrap_or(0),
            });
        });
    }

    /// Gives places their other names, once all of them are read.
    fn name_places(&mut self) {
        let names = std::mem::take(&mut self.place_names);
        if names.is_empty() {
            return;
        }
        let of = |row: &PlaceRow| [row.name.clone(), row.region.clone(), row.country.clone()];
        let index: HashMap<_, _> = self.rows.places.iter().enumerate().map(|(at, row)| (of(row), at)).collect();
        for (problem, place, also) in names {
            match index.get(&place) {
                Some(at) => self.rows.places[*at].also.extend(also),
                None => self.problems.push(problem),
            }
        }
    }

    fn flags(&mut self, source: &Source, file: u16) {
        let parsed: WrittenFlags = match toml::from_str(&source.text) {
            Ok(parsed) => parsed,
            Err(error) => return self.toml_problem(source, &error),
        };
        for written in parsed.flag {
            let line = line_at(&source.text, written.name.span().start);
            let name = written.name.into_inner();
            let flag = match name.parse::<Flag>() {
                Ok(flag) => Some(flag as u8),
                Err(_) if name == INTERNATIONAL => None,
                Err(message) => {
                    self.problems.push(Problem::new(source.name.clone(), line, message));
                    continue;
                }
            };
            let credit = direction(written.direction.as_deref()).unwrap_or_else(|message| {
                self.problems.push(Problem::new(source.name.clone(), line, message));
                None
            });
            let mut methods = Vec::new();
            for method in &written.methods {
                match method.parse::<TransferMethod>() {
                    Ok(method) => methods.push(method as u8),
                    Err(message) => self.problems.push(Problem::new(source.name.clone(), line, message)),
                }
            }
            let paths = || written.categories.iter().chain(&written.on_cards);
            for path in paths().filter(|path| !self.categories.contains_key(*path)) {
                let message = format!("`{path}` is no category: use a path of categories.csv");
                self.problems.push(Problem::new(source.name.clone(), line, message));
            }
            for (texts, positive) in [(&written.examples, true), (&written.counterexamples, false)] {
                for text in texts {
                    let line = line_at(&source.text, text.span().start);
                    let at = At { file, line: line as u32 };
                    let row = self.rows.tables.flags.len() as u16;
                    match flag_example(text.get_ref(), FlagExampleRow { at, row, positive, ..Default::default() }) {
                        Some(example) => self.rows.flag_examples.push(example),
                        None => self.problems.push(Problem::new(
                            source.name.clone(),
                            line,
                            "an example is a signed amount and a text, perhaps after the account's country and kind: \
                             `GB CREDIT_CARD -12.00 MONTHLY FEE`",
                        )),
                    }
                }
            }
            let (rule, categories, on_cards) = (written.rule, written.categories, written.on_cards);
            self.rows.tables.flags.push(FlagRow { name, flag, rule, categories, credit, on_cards, methods });
        }
    }

    fn toml_problem(&mut self, source: &Source, error: &toml::de::Error) {
        let line = error.span().map_or(1, |span| line_at(&source.text, span.start));
        self.problems.push(Problem::new(source.name.clone(), line, error.message().to_owned()));
    }

    fn descriptors(&mut self, source: &Source, file: u16) {
        let parsed: Written = match toml::from_str(&source.text) {
            Ok(parsed) => parsed,
            Err(error) => return self.toml_problem(source, &error),
        };
        for written in parsed.descriptor {
            let line = line_at(&source.text, written.id.span().start);
            let at = At { file, line: line as u32 };
            if self.rows.tables.descriptors.iter().any(|row| row.id == *written.id.get_ref()) {
                let message = format!("`{}` stands twice: give each an id of its own", written.id.get_ref());
                self.problems.push(Problem::new(source.name.clone(), line, message));
            }
            match self.descriptor(&written, at) {
                Ok(row) => self.rows.tables.descriptors.push(row),
                Err(messages) => {
                    self.problems
                        .extend(messages.into_iter().map(|message| Problem::new(source.name.clone(), line, message)));
                    continue;
                }
            }
            let id = written.id.get_ref();
            if written.examples.is_empty() {
                self.problems.push(Problem::new(
                    source.name.clone(),
                    line,
                    format!("`{id}` has no examples: add at least one"),
                ));
            }
            for (texts, positive) in [(&written.examples, true), (&written.counterexamples, false)] {
                for text in texts {
                    self.rows.examples.push(ExampleRow {
                        at: At { file, line: line_at(&source.text, text.span().start) as u32 },
                        id: id.clone(),
                        text: text.get_ref().clone(),
                        positive,
                        credit: written.direction.as_deref().map(|direction| direction == "credit"),
                        country: written.countries.first().cloned(),
                    });
                }
            }
        }
    }

    fn descriptor(&self, written: &WrittenDescriptor, at: At) -> Result<DescriptorRow, Vec<String>> {
        let mut messages = Vec::new();
        let mut sequences = Vec::new();
        for phrase in &written.r#match {
            match pattern::expand(phrase) {
                Ok(expanded) => sequences.extend(expanded),
                Err(message) => messages.push(message),
            }
        }
        sequences.dedup();
        let mut category = |path: &Option<String>| {
            let path = path.as_ref()?;
            let found = self.categories.get(path).copied();
            if found.is_none() {
                messages.push(format!("`{path}` is no category: use a path of categories.csv"));
            }
            found
        };
        let (category, credit) = (category(&written.category), category(&written.credit));
        let mut flags = 0;
        for name in &written.flags {
            match name.parse::<Flag>() {
                Ok(flag) => flags |= 1_u16 << flag as u8,
                Err(message) => messages.push(message.into()),
            }
        }
        let mut named = |parsed: Option<Result<u8, ParseError>>| {
            parsed.transpose().unwrap_or_else(|error| {
                messages.push(error.into());
                None
            })
        };
        let channel = named(written.channel.as_ref().map(|name| name.parse::<Channel>().map(|value| value as u8)));
        let method = named(written.method.as_ref().map(|name| name.parse::<TransferMethod>().map(|value| value as u8)));
        let party_kind =
            named(written.party_kind.as_ref().map(|name| name.parse::<CounterpartyKind>().map(|value| value as u8)));
        let credit_only = direction(written.direction.as_deref()).unwrap_or_else(|message| {
            messages.push(message);
            None
        });
        if written.kind == DescriptorKind::Intermediary && written.party.is_none() {
            messages.push("an intermediary needs its name in `party`".into());
        }
        if matches!(written.kind, DescriptorKind::Transaction | DescriptorKind::Hint)
            && category.is_none()
            && credit.is_none()
        {
            messages.push("a descriptor that says what the transaction is needs a `category`".into());
        }
        let strength = written.strength.unwrap_or(if written.kind == DescriptorKind::Hint { 0.6 } else { 0.95 });
        if !messages.is_empty() {
            return Err(messages);
        }
        Ok(DescriptorRow {
            at,
            id: written.id.get_ref().clone(),
            kind: written.kind,
            position: written.at,
            sequences,
            not: written.not.iter().map(|words| spaced(words)).collect(),
            with: written.with.iter().map(|words| spaced(words)).collect(),
            countries: written.countries.clone(),
            credit_only,
            category,
            credit,
            strength: (strength * 100.0) as u8,
            keep: written.keep,
            flags,
            international: written.international,
            channel,
            method,
            party: written.party.clone().map(|name| (party_kind.unwrap_or(CounterpartyKind::Processor as u8), name)),
            description: written.description.clone(),
            credit_description: written.credit_description.clone(),
        })
    }
}

/// `credit` is `Some(true)`, `debit` is `Some(false)`.
fn direction(written: Option<&str>) -> Result<Option<bool>, String> {
    match written {
        None => Ok(None),
        Some("credit") => Ok(Some(true)),
        Some("debit") => Ok(Some(false)),
        Some(other) => Err(format!("`{other}` is no direction: use debit or credit")),
    }
}

/// Reads `[COUNTRY] [ACCOUNT_TYPE] AMOUNT TEXT` into a row.
fn flag_example(written: &str, mut example: FlagExampleRow) -> Option<FlagExampleRow> {
    let mut rest = written;
    loop {
        let (word, after) = rest.split_once(' ')?;
        rest = after;
        if word.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit()) {
            example.amount = word.to_owned();
            example.text = rest.to_owned();
            return Some(example);
        }
        match word.len() {
            2 => example.country = Some(word.to_owned()),
            _ => example.account_type = Some(word.to_owned()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFlags {
    #[serde(default)]
    flag: Vec<WrittenFlag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFlag {
    name: toml::Spanned<String>,
    rule: String,
    direction: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    on_cards: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    examples: Vec<toml::Spanned<String>>,
    #[serde(default)]
    counterexamples: Vec<toml::Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    descriptor: Vec<WrittenDescriptor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDescriptor {
    id: toml::Spanned<String>,
    r#match: Vec<String>,
    #[serde(default)]
    kind: DescriptorKind,
    #[serde(default)]
    at: Position,
    #[serde(default)]
    not: Vec<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    countries: Vec<String>,
    direction: Option<String>,
    category: Option<String>,
    credit: Option<String>,
    strength: Option<f64>,
    #[serde(default)]
    keep: bool,
    #[serde(default)]
    flags: Vec<String>,
    international: Option<bool>,
    channel: Option<String>,
    method: Option<String>,
    party: Option<String>,
    party_kind: Option<String>,
    description: Option<String>,
    credit_description: Option<String>,
    #[serde(default)]
    examples: Vec<toml::Spanned<String>>,
    #[serde(default)]
    counterexamples: Vec<toml::Spanned<String>>,
}

/// Reads an alias with its mark and conditions: `~BOOTS [country=GB,IE;not=SHOES]`.
pub fn alias(written: &str) -> Result<AliasRow, String> {
    let (name, condition) = match written.split_once('[') {
        None => (written, None),
        Some((name, rest)) => {
            let inner =
                rest.trim_end().strip_suffix(']').ok_or_else(|| format!("`{written}`: `]` is missing at the end"))?;
            (name, Some(condition(inner)?))
        }
    };
    let name = name.trim();
    let (mode, name) = match name.as_bytes().first() {
        Some(b'~') => (AliasMode::Alone, &name[1..]),
        Some(b'^') => (AliasMode::Start, &name[1..]),
        _ => (AliasMode::Anywhere, name),
    };
    let key = text::key(name);
    if key.is_empty() {
        return Err(format!("`{written}` holds no letter or digit: write the name as statements show it"));
    }
    if key.len() > super::phrases::LONGEST {
        return Err(format!(
            "`{written}` is longer than {} letters: no statement shows so much",
            super::phrases::LONGEST
        ));
    }
    let text = Text::of(name);
    let words = text.tokens().iter().filter(|token| !token.glue().is_empty()).count().min(255) as u8;
    Ok(AliasRow { written: name.trim().to_owned(), key, mode, words, ordinary: false, condition })
}

fn condition(inner: &str) -> Result<Condition, String> {
    let mut condition = Condition::default();
    for part in inner.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, values) =
            part.split_once('=').ok_or_else(|| format!("`{part}`: write `mcc=`, `country=`, `with=` or `not=`"))?;
        let values = values.split(',').map(str::trim).filter(|value| !value.is_empty());
        match name.trim() {
            "mcc" => {
                for value in values {
                    condition.mcc.push(value.parse().map_err(|_| format!("`{value}` is no merchant category code"))?);
                }
            }
            "country" => condition.country.extend(values.map(str::to_owned)),
            "with" => condition.with.extend(values.map(|value| {
                let is_open = value.ends_with(|last: char| last == '*' || last.is_ascii_digit());
                let words = spaced(value);
                if is_open { words.trim_end().to_owned() } else { words }
            })),
            "not" => {
                for value in values {
                    match value {
                        "*" => condition.no_other_trade = true,
                        words => condition.not.push(spaced(words)),
                    }
                }
            }
            other => return Err(format!("`{other}` is no condition: use mcc, country, with or not")),
        }
    }
    Ok(condition)
}

/// Whether a category stands somewhere below another.
fn is_under(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

/// Words as they stand in a spaced text, with a blank on both sides.
fn spaced(words: &str) -> String {
    Text::of(words).spaced().to_owned()
}

/// A share from 0 to 1 as hundredths; `None` if empty.
fn percent(cell: &str) -> Result<Option<u8>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(Some((share * 100.0).round() as u8)),
        _ => Err(format!("`{cell}` is no share: write a number from 0 to 1")),
    }
}

pub fn line_at(text: &str, offset: usize) -> u64 {
    1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() as u64
}
