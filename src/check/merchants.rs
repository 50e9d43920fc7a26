//! Merchants: rows that stand twice, names that two claim, names that never win, and names that say too little.

use super::Findings;
use crate::data::load::{self, Rows};
use crate::data::source::{Source, SourceKind};
use crate::data::tables::{AliasMode, AliasRow, At, MerchantRow};
use crate::engine::Engine;
use crate::error::Problem;
use crate::model::names::Method;
use crate::model::transaction::Transaction;
use crate::stages::identify::SHORT_KEY;
use crate::text;

/// A name of a merchant as a transaction shows it that meets all its row demands: the words it asks for stand behind the name,
/// code and country are told. Countries are the first that the name or its merchant lists.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShownName {
    /// The text alone; envelopes can be put around it.
    pub text: String,
    /// The merchant that is meant.
    pub merchant: String,
    /// Whether it was taken from an open source.
    pub imported: bool,
    /// The same as a transaction.
    pub transaction: Transaction,
}

impl ShownName {
    fn of(row: &MerchantRow, alias: &AliasRow) -> Self {
        let condition = alias.condition.as_ref();
        let word = condition.and_then(|condition| condition.with.first()).map_or("", |word| word.trim_end());
        let text =
            format!("{}{}{word}", alias.written, if word.is_empty() || word.starts_with(' ') { "" } else { " " });
        let country = condition.and_then(|condition| condition.country.first()).or(row.countries.first());
        let mcc = condition.and_then(|condition| condition.mcc.first());
        let mut transaction = Transaction::new(text.as_str());
        transaction.country = country.and_then(|country| country.parse().ok());
        transaction.merchant_category_code = mcc.and_then(|mcc| format!("{mcc:04}").parse().ok());
        Self { text, merchant: row.name.clone(), imported: row.imported, transaction }
    }
}

/// Every name of the merchants in some sources, ready to be put into envelopes.
pub fn shown_names(sources: &[Source], engine: &Engine) -> Vec<ShownName> {
    let base: Vec<String> = engine.categories().iter().map(|category| category.path().to_owned()).collect();
    let with_merchants = |source: &&Source| matches!(source.kind(), SourceKind::Merchants | SourceKind::Imported);
    let merchants: Vec<Source> = sources.iter().filter(with_merchants).cloned().collect();
    let rows = load::load(&merchants, &base).map(|rows| rows.merchants).unwrap_or_default();
    rows.iter().flat_map(|row| row.aliases.iter().map(|alias| ShownName::of(row, alias))).collect()
}

pub(super) fn check(engine: &Engine, rows: &Rows, findings: &mut Findings) {
    let file = |at: At| rows.tables.files[usize::from(at.file)].as_str();
    let mut tell = |at: At, message: String| {
        findings.problems.push(Problem::new(file(at).to_owned(), u64::from(at.line), message));
    };
    let place = |at: At| format!("{}:{}", file(at), at.line);
    twice(&rows.merchants, &place, &mut tell);
    let mut count = 0;
    for row in &rows.merchants {
        count += row.aliases.len();
        for (number, alias) in row.aliases.iter().enumerate() {
            if !row.imported {
                repeated(row, number, alias, &mut tell);
                never_found(engine, row, alias, &mut tell);
            }
            // Built-in names of this sort are held back by the loader.
            if !file(row.at).starts_with("data/") {
                too_little(engine, row, alias, &mut tell);
            }
        }
    }
    findings.names = count;
}

/// Merchants of one name, and names that two merchants claim under the same conditions.
fn twice(merchants: &[MerchantRow], place: &dyn Fn(At) -> String, tell: &mut dyn FnMut(At, String)) {
    let together = |one: &MerchantRow, other: &MerchantRow| {
        one.imported == other.imported
            && (one.countries.is_empty()
                || other.countries.is_empty()
                || one.countries.iter().any(|country| other.countries.contains(country)))
    };
    let mut named: Vec<(String, &MerchantRow)> = merchants.iter().map(|row| (text::key(&row.name), row)).collect();
    named.sort_by(|(one, row), (other, twin)| one.cmp(other).then(row.at.cmp(&twin.at)));
    for pair in named.windows(2) {
        let [(key, row), (other, twin)] = pair else { continue };
        if key == other && row.name == twin.name && !row.imported && together(row, twin) {
            let message = format!("`{}` stands twice, here and in {}: make one row of both", twin.name, place(row.at));
            tell(twin.at, message);
        }
    }
    let mut names: Vec<(&AliasRow, &MerchantRow)> =
        merchants.iter().flat_map(|row| row.aliases.iter().map(move |alias| (alias, row))).collect();
    names.sort_by(|(one, row), (other, twin)| one.key.cmp(&other.key).then(row.at.cmp(&twin.at)));
    for pair in names.windows(2) {
        let [(one, row), (other, twin)] = pair else { continue };
        let same = one.key == other.key && one.condition == other.condition;
        if same && row.at != twin.at && row.name != twin.name && together(row, twin) {
            let message = format!(
                "`{}` is a name of `{}` and, in {}, of `{}`: keep it once, or tell them apart by a condition",
                one.key,
                twin.name,
                place(row.at),
                row.name
            );
            tell(twin.at, message);
        }
    }
}

/// A name that the row has already.
fn repeated(row: &MerchantRow, number: usize, alias: &AliasRow, tell: &mut dyn FnMut(At, String)) {
    // The shortest names count by words too: HEB is not H E B.
    let words = |alias: &AliasRow| if alias.key.len() <= SHORT_KEY { alias.words } else { 0 };
    let same = |other: &&AliasRow| {
        other.key == alias.key
            && other.mode == alias.mode
            && other.condition == alias.condition
            && words(other) == words(alias)
    };
    if let Some(other) = row.aliases[..number].iter().find(same) {
        let message = format!("`{}` matches what `{}` matches: leave one of them out", alias.written, other.written);
        tell(row.at, message);
    }
}

/// A name that is one generic word or very short, and would be found wherever the word stands.
fn too_little(engine: &Engine, row: &MerchantRow, alias: &AliasRow, tell: &mut dyn FnMut(At, String)) {
    if alias.mode == AliasMode::Alone || alias.condition.is_some() {
        return;
    }
    let knowledge = &engine.knowledge;
    let spaced = format!(" {} ", alias.key);
    let generic = alias.key.chars().count() < 4
        || alias.words == 1
            && (knowledge.words.kind(&*alias.key).is_some() || knowledge.keywords().find(&spaced).next().is_some());
    if generic {
        let message = format!(
            "`{0}` is too common a word to be a name wherever it stands: write `~{0}`, or add a condition",
            alias.written
        );
        tell(row.at, message);
    }
}

/// A name that leads to another merchant, or to none, even where all its row demands is met.
fn never_found(engine: &Engine, row: &MerchantRow, alias: &AliasRow, tell: &mut dyn FnMut(At, String)) {
    let shown = ShownName::of(row, alias);
    let enriched = engine.enrich(&shown.transaction);
    let party = enriched.counterparties.iter().any(|party| party.name == row.name);
    match enriched.merchant {
        Some(found) if found.name() == row.name || party => {}
        Some(found) => {
            let (other, rule) = (found.name(), found.rule());
            let message =
                format!("`{}` is never found: `{other}` ({rule}) has the text; tell them apart", alias.written);
            tell(row.at, message);
        }
        None if party => {}
        None if enriched.categorized_by == Method::Descriptor => {
            let phrase = enriched.evidence.rule.map(|rule| rule.to_string()).unwrap_or_default();
            let message = format!(
                "`{}` is never found: a phrase of a bank ({phrase}) has the text; let it name the party, or add a condition",
                alias.written
            );
            tell(row.at, message);
        }
        None => {
            let message = format!(
                "`{}` is never found, as nothing of `{}` is taken for a name: write more of what statements show",
                alias.written, shown.text
            );
            tell(row.at, message);
        }
    }
}
