//! Names as sources write them: tidied, and judged for how far they may be trusted.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::table::{Outcome, Table, tables};
use crate::text::{Text, key};

/// The longest key the engine takes, in bytes.
const LONGEST: usize = 64;
/// Keys with fewer letters than this need a code beside them.
const VERY_SHORT: usize = 4;
/// Keys with fewer letters than this must stand alone.
const SHORT: usize = 5;
/// A place of this size makes a name ambiguous.
const TOWN: u32 = 5_000;
/// A measured agreement of fewer percent than this distrusts a name; of at least the other, by two merchants, trusts it.
const POOR: f32 = 60.0;
const GOOD: f32 = 90.0;

/// How a name must stand in a text to be believed, the weakest demand first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// Anywhere in the text.
    Nothing,
    /// Alone.
    Alone,
    /// Alone, in one of the merchant's countries.
    Country,
    /// Alone, with a merchant category code of its trade.
    Code,
    /// Says only a trade: never.
    Never,
}

/// What is known of words and names, to judge others by.
pub struct Judge {
    keywords: HashSet<String>,
    /// Kinds of generic words.
    words: HashMap<String, String>,
    surnames: HashSet<String>,
    towns: HashSet<String>,
    /// Computed risk by key, and whether shortness is its only reason.
    risks: HashMap<String, (f32, bool)>,
    /// Measured agreement by key: percent, and number of merchants.
    measured: HashMap<String, (f32, u32)>,
    groups: HashMap<String, Vec<String>>,
    abbreviations: HashMap<String, String>,
}

impl Judge {
    /// Reads the lists of words; `words.csv` and the places must have been written before.
    pub fn read(sources: &Path, data: &Path) -> Outcome<Self> {
        let mut judge = Self {
            keywords: HashSet::new(),
            words: HashMap::new(),
            surnames: HashSet::new(),
            towns: HashSet::new(),
            risks: HashMap::new(),
            measured: HashMap::new(),
            groups: HashMap::new(),
            abbreviations: HashMap::new(),
        };
        judge.read_words(sources, data)?;
        judge.read_risks(sources)?;
        for row in Table::read(&sources.join("name_words.csv"))?.rows() {
            let words = row.cell("words").split_whitespace().map(str::to_owned).collect();
            judge.groups.insert(row.cell("group").to_owned(), words);
        }
        for row in Table::read(&sources.join("abbreviations.csv"))?.rows() {
            judge.abbreviations.insert(row.cell("short").to_owned(), row.cell("long").to_owned());
        }
        Ok(judge)
    }

    fn read_words(&mut self, sources: &Path, data: &Path) -> Outcome<()> {
        for table in std::iter::once(Table::read(&sources.join("keywords.csv"))).chain(tables(&data.join("keywords"))) {
            self.keywords.extend(table?.rows().map(|row| key(row.cell("keyword"))));
        }
        for row in Table::read(&data.join("words.csv"))?.rows() {
            self.words.insert(row.cell("word").to_owned(), row.cell("kind").to_owned());
        }
        for row in Table::read(&sources.join("words_hand.csv"))?.rows().filter(|row| row.cell("reason") == "surname") {
            self.surnames.extend(row.cell("words").split_whitespace().map(str::to_owned));
        }
        for file in ["us.csv", "world.csv"] {
            for row in Table::read(&data.join("places").join(file))?.rows() {
                if row.cell("population").parse().unwrap_or(0) >= TOWN {
                    self.towns.insert(key(row.cell("name")));
                }
            }
        }
        Ok(())
    }

    fn read_risks(&mut self, sources: &Path) -> Outcome<()> {
        for row in Table::read(&sources.join("ambiguous_names.csv"))?.rows() {
            let short_only = row.list("reasons").all(|reason| reason == "short");
            self.risks.insert(key(row.cell("normalized_name")), (row.cell("risk_score").parse()?, short_only));
        }
        for row in Table::read(&sources.join("pattern_precision.csv"))?.rows() {
            let percent = row.cell("agree_group_pct").parse()?;
            self.measured.insert(key(row.cell("pattern")), (percent, row.cell("distinct_merchants").parse()?));
        }
        Ok(())
    }

    /// What a name demands.
    pub fn demand(&self, name: &str) -> Demand {
        let text = Text::of(name);
        let glued = key(name);
        let words: Vec<&str> = (0..text.tokens().len()).map(|at| text.word(at)).collect();
        if self.keywords.contains(&glued) || words.iter().all(|word| self.says_trade(word)) {
            return Demand::Never;
        }
        match self.measured.get(&glued) {
            Some((percent, _)) if *percent < POOR => return Demand::Code,
            Some((percent, merchants)) if *percent >= GOOD && *merchants >= 2 => return by_length(&glued),
            _ => {}
        }
        by_length(&glued).max(self.by_risk(&glued)).max(self.by_words(&glued, &words))
    }

    /// Whether one of the words of a name is a trade's.
    pub fn holds_trade(&self, name: &str) -> bool {
        let text = Text::of(name);
        (0..text.tokens().len()).any(|at| self.keywords.contains(text.word(at)))
    }

    /// Whether a name holds a word of a group of `name_words.csv`.
    pub fn tells(&self, name: &str, group: &str) -> bool {
        let text = Text::of(name);
        let glued = key(name);
        let fits = |pattern: &str| {
            (0..text.tokens().len()).any(|at| matches(text.word(at), pattern)) || glued.starts_with(pattern)
        };
        self.groups.get(group).is_some_and(|words| words.iter().any(|pattern| fits(pattern)))
    }

    /// A name with abbreviations written out and legal forms at its end left out.
    pub fn written_out(&self, name: &str) -> String {
        let long = |word: &str| {
            let bare = word.trim_end_matches(['.', ',']);
            self.abbreviations.get(bare).cloned().unwrap_or_else(|| word.to_owned())
        };
        let words: Vec<_> = self.without_legal_form(name).split_whitespace().map(long).collect();
        let name = words.join(" ");
        match name.chars().any(char::is_lowercase) || words.len() < 2 || !name.is_ascii() {
            true => name,
            false => words.iter().map(|word| title(word)).collect::<Vec<_>>().join(" "),
        }
    }

    /// A name without the legal form at its end.
    pub fn without_legal_form<'n>(&self, name: &'n str) -> &'n str {
        let mut name = name.trim();
        while let Some((head, last)) = name.rsplit_once([' ', ',']) {
            let legal = self.words.get(&key(last)).is_some_and(|kind| kind == "legal");
            // Registers of a fixed width cut the legal form: `Mohave Electric Cooperative, I`.
            let cut = last.len() <= 2 && head.trim_end() != head.trim_end_matches([' ', ',']);
            if !(legal || cut || last.is_empty()) || head.trim().is_empty() {
                break;
            }
            name = head.trim_end_matches([' ', ',']);
        }
        name
    }

    fn is_kind(&self, word: &str, kinds: &[&str]) -> bool {
        self.words.get(word).is_some_and(|kind| kinds.contains(&kind.as_str()))
    }

    /// Whether a word names a trade or says "shop" and nothing else.
    fn says_trade(&self, word: &str) -> bool {
        self.keywords.contains(word) || self.is_kind(word, &["shop", "legal"]) || word == "AND" || word == "THE"
    }

    fn by_risk(&self, glued: &str) -> Demand {
        match self.risks.get(glued) {
            Some((risk, _)) if *risk >= 3.0 => Demand::Code,
            Some((risk, false)) if *risk >= 2.0 => Demand::Country,
            Some((risk, _)) if *risk >= 1.5 => Demand::Alone,
            _ => Demand::Nothing,
        }
    }

    fn by_words(&self, glued: &str, words: &[&str]) -> Demand {
        let first_name = |word: &str| self.is_kind(word, &["first_name"]);
        let surname = |word: &str| self.surnames.contains(word);
        let generic = |word: &&str| {
            self.says_trade(word) || self.words.contains_key(*word) || self.towns.contains(*word) || word.len() < 3
        };
        match words {
            [first, last] if first_name(first) && (surname(last) || first_name(last)) => Demand::Code,
            [_] if self.words.contains_key(glued) => Demand::Country,
            _ if self.towns.contains(glued) => Demand::Country,
            [_, _, ..] if words.iter().all(generic) => Demand::Country,
            _ => Demand::Nothing,
        }
    }
}

fn by_length(glued: &str) -> Demand {
    match glued.chars().count() {
        ..VERY_SHORT => Demand::Code,
        letters if letters < SHORT || glued.bytes().all(|byte| byte.is_ascii_digit()) => Demand::Alone,
        _ => Demand::Nothing,
    }
}

/// Whether a word fits a pattern with `*` at its ends.
fn matches(word: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => word.contains(pattern.trim_matches('*')),
        (Some(end), None) => word.ends_with(end),
        (None, Some(start)) => word.starts_with(start),
        (None, None) => word == pattern,
    }
}

fn title(word: &str) -> String {
    if word.len() < 4 || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return word.to_owned();
    }
    word[..1].to_owned() + &word[1..].to_ascii_lowercase()
}

/// A merchant's name without remarks in brackets and loose signs; `None` if nothing can be matched of it.
pub fn name(written: &str) -> Option<String> {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for sign in written.chars() {
        match sign {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '|' | '~' | '^' | '"' => {}
            _ if depth == 0 => bare.push(sign),
            _ => {}
        }
    }
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = bare.trim_matches([' ', ',', '-', '–', '—', '*', '#', ':']).to_owned();
    usable(&bare).then_some(bare)
}

/// An alias in upper case; `None` for patterns and for what can never match.
pub fn alias(written: &str) -> Option<String> {
    if written.contains(".*") || written.contains(['\\', '^', '$', '[', ']', '(', ')', '|', '~', ';', '?']) {
        return None;
    }
    let upper = written.to_uppercase();
    let upper = upper.split_whitespace().collect::<Vec<_>>().join(" ");
    let upper = upper.trim_matches([' ', '*', '#', '-', ',', ':', '/', '"']).to_owned();
    usable(&upper).then_some(upper)
}

fn usable(name: &str) -> bool {
    let key = key(name);
    !key.is_empty() && key.len() <= LONGEST && !is_id(&key)
}

/// An id of Wikidata where a name should stand: `Q903198`.
fn is_id(key: &str) -> bool {
    key.strip_prefix('Q').is_some_and(|rest| rest.len() > 3 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_remarks() {
        assert_eq!(name("Glo  Mobile (Lagos)").as_deref(), Some("Glo Mobile"));
        assert_eq!(name("Bank of China [HK]").as_deref(), Some("Bank of China"));
        assert_eq!(name("(?)"), None);
    }

    #[test]
    fn aliases_are_no_patterns() {
        assert_eq!(alias("hlu*hulu *").as_deref(), Some("HLU*HULU"));
        assert_eq!(alias(".*TAXRFD"), None);
        assert_eq!(alias("Q903198"), None);
    }

    #[test]
    fn patterns_are_open_at_stars() {
        assert!(matches("AUTOBUSES", "AUTOBUS*") && matches("STADTBUS", "*BUS") && matches("ELECTRIC", "*ELEC*"));
        assert!(!matches("BUSTER", "BUS") && !matches("BUSY", "*BUS"));
    }

    #[test]
    fn lengths_demand() {
        assert_eq!(by_length("HM"), Demand::Code);
        assert_eq!(by_length("LCBO"), Demand::Alone);
        assert_eq!(by_length("MIGROS"), Demand::Nothing);
        assert_eq!(by_length("大创生活馆"), Demand::Nothing);
    }
}
