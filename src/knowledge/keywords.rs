//! Trade words, found by one Aho-Corasick automaton over the spaced text.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::data::tables::KeywordRow;

/// The automaton and its rows.
pub struct Keywords {
    rows: Vec<KeywordRow>,
    automaton: AhoCorasick,
}

impl Keywords {
    pub fn new(rows: &[KeywordRow]) -> Self {
        let mut rows = rows.to_vec();
        rows.sort_by(|one, other| one.phrase.cmp(&other.phrase).then(one.at.cmp(&other.at)));
        let patterns = rows.iter().map(|row| {
            let before = if row.open_start { "" } else { " " };
            let after = if row.open_end { "" } else { " " };
            format!("{before}{}{after}", row.phrase)
        });
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .expect("a few thousand words are far below the automaton's limit");
        Self { rows, automaton }
    }

    /// Every keyword that stands in a spaced text, with the bytes of its words there.
    pub fn find<'k>(&'k self, spaced: &'k str) -> impl Iterator<Item = (&'k KeywordRow, std::ops::Range<usize>)> {
        self.automaton.find_overlapping_iter(spaced).filter_map(move |found| {
            let row = &self.rows[found.pattern().as_usize()];
            let start = found.start() + usize::from(!row.open_start);
            let end = found.end() - usize::from(!row.open_end);
            (!row.not.iter().any(|words| spaced.contains(words.as_str()))).then_some((row, start..end))
        })
    }

    /// Every row, in order of the words.
    pub fn rows(&self) -> &[KeywordRow] {
        &self.rows
    }
}
