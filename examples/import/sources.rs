//! Reads every table that `merchant_tables.csv` lists into drafts of merchants, all alike.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::names::{self, Judge};
use crate::table::{Outcome, Row, Table};
use crate::text::key;

/// A merchant as one source has it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Number of the table it comes from.
    pub table: usize,
    /// How far the table is trusted: 1 most.
    pub rank: u8,
    pub name: String,
    pub category: String,
    pub credit: String,
    /// In upper case, with whether they always demand a code.
    pub aliases: Vec<(String, bool)>,
    /// Empty = anywhere.
    pub countries: BTreeSet<String>,
    pub mcc: Vec<String>,
    pub site: String,
    pub wikidata: String,
    pub kind: String,
    pub biller: String,
    pub subscription: String,
    /// Whether the name itself must always have a code beside it.
    pub doubtful: bool,
    /// Whether the name means one merchant in all countries.
    pub across: bool,
}

/// What goes with a category.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub mcc: Vec<String>,
    kind: String,
    biller: String,
    credit: String,
}

/// One row of `kind_map.csv`.
#[derive(Clone, Default)]
struct Kind {
    category: String,
    credit: String,
    kind: String,
    biller: String,
}

/// What is needed to read the tables.
pub struct Reader<'r> {
    folder: &'r Path,
    judge: &'r Judge,
    /// Category of the common vocabulary to ours.
    categories: &'r HashMap<String, String>,
    /// OSM tag to category of the common vocabulary.
    osm: HashMap<String, String>,
    kinds: HashMap<(String, String), Kind>,
    facts: HashMap<String, Facts>,
    countries: BTreeSet<String>,
    groups: HashMap<String, Vec<String>>,
    /// Category and name to put instead, by key.
    overrides: HashMap<String, (String, String)>,
    dropped_aliases: BTreeSet<(String, String)>,
    english: HashMap<(String, String), String>,
}

/// How many rows of a table became drafts.
pub struct Count {
    pub file: String,
    pub rows: usize,
    pub drafts: usize,
}

impl<'r> Reader<'r> {
    /// Reads the tables that say how to read the others.
    pub fn new(folder: &'r Path, judge: &'r Judge, categories: &'r HashMap<String, String>) -> Outcome<Self> {
        let table = |name: &str| Table::read(&folder.join(name));
        let osm = table("osm_category_map.csv")?;
        let kinds = table("kind_map.csv")?;
        let countries = table("gazetteer_countries.csv")?;
        let groups = table("country_groups.csv")?;
        let overrides = table("merchant_overrides.csv")?;
        let english = table("brand_english.csv")?;
        let own = |cell: &str| cell.to_owned();
        let facts = facts(&table("category_facts.csv")?);
        Ok(Self {
            folder,
            judge,
            categories,
            osm: osm.rows().map(|row| (own(row.cell("osm_category")), own(row.cell("suggested_category")))).collect(),
            kinds: kinds.rows().map(|row| ((own(row.cell("file")), own(row.cell("value"))), Kind::of(&row))).collect(),
            facts,
            countries: countries.rows().map(|row| own(row.cell("iso2"))).collect(),
            groups: groups
                .rows()
                .map(|row| (own(row.cell("group")), row.cell("countries").split(' ').map(own).collect()))
                .collect(),
            overrides: overrides
                .rows()
                .filter(|row| row.cell("alias").is_empty())
                .map(|row| (key(row.cell("name")), (own(row.cell("category")), own(row.cell("rename")))))
                .collect(),
            dropped_aliases: overrides
                .rows()
                .filter(|row| !row.cell("alias").is_empty())
                .map(|row| (key(row.cell("name")), key(row.cell("alias"))))
                .collect(),
            english: english
                .rows()
                .map(|row| ((own(row.cell("wikidata")), own(row.cell("name"))), own(row.cell("name_en"))))
                .collect(),
        })
    }

    /// The facts of a category, or of the nearest one above it that has some.
    pub fn facts(&self, category: &str) -> Facts {
        let mut path = category;
        loop {
            match (self.facts.get(path), path.rsplit_once('.')) {
                (Some(facts), _) => return facts.clone(),
                (None, Some((above, _))) => path = above,
                (None, None) => return Facts::default(),
            }
        }
    }

    /// Every draft of every table, the most trusted tables first.
    pub fn drafts(&self) -> Outcome<(Vec<Draft>, Vec<Count>)> {
        let (mut drafts, mut counts) = (Vec::new(), Vec::new());
        for (number, table) in Table::read(&self.folder.join("merchant_tables.csv"))?.rows().enumerate() {
            let (before, mut rows) = (drafts.len(), 0);
            for row in Table::read(&self.folder.join(table.cell("file")))?.rows() {
                rows += 1;
                drafts.extend(self.draft(number, &table, &row)?);
            }
            counts.push(Count { file: table.cell("file").to_owned(), rows, drafts: drafts.len() - before });
        }
        Ok((drafts, counts))
    }

    fn draft(&self, number: usize, table: &Row<'_>, row: &Row<'_>) -> Outcome<Option<Draft>> {
        let cell = |column: &str| match table.cell(column) {
            "" => "",
            name => row.cell(name),
        };
        let rank: u8 = table.cell("rank").parse()?;
        let (written, other) = parts(cell("name"), rank);
        let Some(name) = written.and_then(names::name) else { return Ok(None) };
        let Some(kind) = self.kind(table.cell("file"), cell("kind"), cell("category"), &name) else { return Ok(None) };
        let telling = table.cell("telling");
        let silent = !telling.is_empty() && !self.judge.tells(cell("name"), telling);
        let authority = self.judge.tells(&name, "authority");
        if silent && table.cell("authorities") == "-" && (authority || self.judge.holds_trade(&name)) {
            return Ok(None);
        }
        let doubtful = silent || telling.is_empty() && authority;
        let across = table.cell("across") == "yes";
        let mut draft = Draft { table: number, rank, name, doubtful, across, ..Draft::default() };
        let facts = self.facts(&kind.category);
        draft.category = kind.category;
        draft.credit = or(kind.credit, &facts.credit);
        draft.kind = or(kind.kind, &facts.kind);
        draft.biller = or(kind.biller, &facts.biller);
        draft.countries = self.countries(cell("countries"));
        draft.site = site(cell("site"));
        draft.wikidata = cell("wikidata").split('|').next().unwrap_or_default().to_owned();
        draft.subscription = cell("subscription").to_owned();
        if !table.cell("mcc").is_empty() {
            draft.mcc.extend((!cell("mcc").is_empty()).then(|| cell("mcc").to_owned()));
            draft.mcc.extend(facts.mcc.iter().filter(|code| *code != cell("mcc")).cloned());
        }
        let risky: BTreeSet<_> = cell("risky").split('|').map(key).collect();
        let english = self.english.get(&(draft.wikidata.clone(), draft.name.clone())).map(String::as_str);
        let listed = cell("aliases").split('|').chain(other).chain(english);
        let aliases = listed.filter_map(names::alias).map(|alias| (risky.contains(&key(&alias)), alias));
        draft.aliases = aliases.map(|(risky, alias)| (alias, risky)).collect();
        draft.doubtful |= risky.contains(&key(&draft.name));
        if rank > 2 {
            self.write_out(&mut draft);
        }
        if silent && !table.cell("silent").is_empty() {
            draft.category = table.cell("silent").to_owned();
            draft.biller = self.facts(&draft.category).biller;
        }
        if let Some((_, name)) = self.overrides.get(&key(&draft.name)).filter(|(_, name)| !name.is_empty()) {
            draft.name = name.clone();
        }
        let dropped = |alias: &str| self.dropped_aliases.contains(&(key(&draft.name), key(alias)));
        draft.aliases.retain(|(alias, _)| !dropped(alias));
        Ok(Some(draft))
    }

    /// Writes out the abbreviations of a register's name and keeps the short form as an alias.
    fn write_out(&self, draft: &mut Draft) {
        let long = self.judge.written_out(&draft.name);
        let short = self.judge.without_legal_form(&draft.name);
        if key(&long) != key(short) {
            draft.aliases.extend(names::alias(short).map(|alias| (alias, false)));
        }
        draft.name = long;
    }

    /// What a row's kind and category mean; `None` drops the row.
    fn kind(&self, file: &str, kinds: &str, category: &str, name: &str) -> Option<Kind> {
        let listed = |value: &str| self.kinds.get(&(file.to_owned(), value.to_owned()));
        let mut kind = kinds.split('|').find_map(listed).cloned().unwrap_or_default();
        let known = |pivot: &str| self.categories.get(pivot).cloned();
        let tagged = || self.of_tags(kinds).and_then(known);
        if let Some((category, _)) = self.overrides.get(&key(name)).filter(|(category, _)| !category.is_empty()) {
            kind.category = category.clone();
        }
        if kind.category.is_empty() {
            kind.category = known(category).or_else(tagged)?;
        }
        (kind.category != "-" && !kind.category.starts_with("income")).then_some(kind)
    }

    /// The category of OSM tags, if all of them are of one sort.
    fn of_tags(&self, tags: &str) -> Option<&str> {
        let group = |pivot: &str| pivot.split('.').next().unwrap_or_default().to_owned();
        let found: Vec<_> = tags.split('|').filter_map(|tag| self.osm.get(tag)).collect();
        let (first, rest) = found.split_first()?;
        rest.iter().all(|other| group(other) == group(first)).then_some(first.as_str())
    }

    /// Countries of a cell: subdivisions to their country, groups to their members, worldwide and unknown codes to nothing.
    fn countries(&self, cell: &str) -> BTreeSet<String> {
        let mut countries = BTreeSet::new();
        for code in cell.split(['|', ' ']).map(str::trim).filter(|code| !code.starts_with('-')) {
            if matches!(code, "WW" | "001") {
                return BTreeSet::new();
            }
            let whole = code.split(['-', '(']).next().unwrap_or_default();
            match self.groups.get(whole) {
                Some(members) => countries.extend(members.iter().cloned()),
                None => countries.extend(self.countries.get(whole).cloned()),
            }
        }
        countries
    }
}

impl Kind {
    fn of(row: &Row<'_>) -> Self {
        let cell = |column: &str| row.cell(column).to_owned();
        Self { category: cell("category"), credit: cell("credit"), kind: cell("kind"), biller: cell("biller") }
    }
}

fn facts(table: &Table) -> HashMap<String, Facts> {
    let row = |row: Row<'_>| {
        let cell = |column: &str| row.cell(column).to_owned();
        let mcc = row.cell("mcc").split_whitespace().map(str::to_owned).collect();
        (cell("category"), Facts { mcc, kind: cell("kind"), biller: cell("biller"), credit: cell("credit") })
    };
    table.rows().map(row).collect()
}

fn or(first: String, second: &str) -> String {
    if first.is_empty() { second.to_owned() } else { first }
}

/// The name and a second one behind a slash. Hand-written tables put unlike things together with a slash: those are left out.
fn parts(name: &str, rank: u8) -> (Option<&str>, Option<&str>) {
    match name
        .split_once(" / ")
        .or_else(|| name.split_once('/').filter(|(one, other)| one.len() > 3 && other.len() > 3))
    {
        None => (Some(name), None),
        Some(_) if rank == 1 => (None, None),
        Some((one, other)) => (Some(one), Some(other)),
    }
}

/// A domain without `www` and path.
fn site(cell: &str) -> String {
    let host = cell.split("//").last().unwrap_or_default().split(['/', '|']).next().unwrap_or_default();
    host.trim_start_matches("www.").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_part_names() {
        assert_eq!(parts("Comcel / Tigo", 3), (Some("Comcel"), Some("Tigo")));
        assert_eq!(parts("DMV / DOR", 1), (None, None));
        assert_eq!(parts("1/2 Off", 2), (Some("1/2 Off"), None));
    }

    #[test]
    fn sites_are_hosts() {
        assert_eq!(site("https://www.Canva.com/pricing"), "canva.com");
    }
}
