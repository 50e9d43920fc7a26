//! Generic words: legal forms, shop words, first names, and words that equal a brand without naming it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::table::{Outcome, Table, write};
use crate::text::Text;

/// From this computed risk on a word alone names no merchant.
const RISKY: f32 = 2.0;
/// Shorter words are never trusted alone, listed or not.
const SHORT: usize = 4;
/// Reasons that make a word common; being short or shared by several brands does not.
const COMMON_REASONS: [&str; 4] = ["english_word", "first_name", "surname", "place"];

/// Writes `words.csv`. A word keeps the first kind that `words_hand.csv` gives it.
pub fn words(sources: &Path, data: &Path) -> Outcome<()> {
    let hand = Table::read(&sources.join("words_hand.csv"))?;
    let mut words: BTreeMap<String, (&str, String)> = BTreeMap::new();
    let mut of_countries = Vec::new();
    let mut taken_back = HashSet::new();
    for row in hand.rows() {
        for word in row.cell("words").split_whitespace() {
            match row.cell("kind") {
                "not_common" => drop(taken_back.insert(word)),
                kind if !row.cell("countries").is_empty() => {
                    of_countries.push([word, kind, row.cell("reason"), row.cell("countries")].map(str::to_owned));
                }
                kind => drop(words.entry(word.to_owned()).or_insert((kind, row.cell("reason").to_owned()))),
            }
        }
    }
    let ambiguous = Table::read(&sources.join("ambiguous_names.csv"))?;
    for row in ambiguous.rows() {
        let Some(word) = single_word(row.cell("normalized_name")) else { continue };
        let reasons: Vec<_> = row.list("reasons").filter(|reason| COMMON_REASONS.contains(reason)).collect();
        let risk: f32 = row.cell("risk_score").parse()?;
        if risk >= RISKY && word.len() >= SHORT && !reasons.is_empty() && !taken_back.contains(word.as_str()) {
            let kind = if reasons.first() == Some(&"surname") { "surname" } else { "common" };
            words.entry(word).or_insert((kind, reasons.join(", ").replace('_', " ")));
        }
    }
    let row = |(word, (kind, reason)): (String, (&str, String))| [word, kind.to_owned(), reason, String::new()];
    let mut rows: Vec<_> = words.into_iter().map(row).chain(of_countries).collect();
    rows.sort_by(|one, other| (&one[1], &one[0]).cmp(&(&other[1], &other[0])));
    write(&data.join("words.csv"), ["word", "kind", "reason", "countries"], &rows)
}

/// The normalised form of a name of one word.
fn single_word(name: &str) -> Option<String> {
    let text = Text::of(name);
    (text.tokens().len() == 1).then(|| text.word(0).to_owned())
}
