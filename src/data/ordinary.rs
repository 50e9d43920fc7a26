//! Which names are made of nothing but ordinary words, so that a local firm of another trade may bear them too.

use std::collections::HashSet;

use super::tables::{PlaceRow, Tables};
use crate::text::Text;

/// A town of this many people lends its name to firms.
const TOWN: u32 = 15_000;

/// Everyday words, names of people and towns, and words of trades.
pub struct Ordinary {
    words: HashSet<String>,
}

impl Ordinary {
    /// Collects the words of the data.
    pub fn new(everyday: &[String], tables: &Tables, places: &[PlaceRow]) -> Self {
        let mut words: HashSet<String> = everyday.iter().cloned().collect();
        words.extend(tables.words.iter().map(|row| row.word.clone()));
        let whole = tables.keywords.iter().filter(|row| !row.open_start && !row.open_end);
        words.extend(whole.flat_map(|row| row.phrase.split(' ')).map(str::to_owned));
        for place in places.iter().filter(|place| place.population >= TOWN) {
            let name = Text::of(&place.name);
            words.extend((0..name.tokens().len()).map(|at| name.word(at).to_owned()));
        }
        Self { words }
    }

    /// Whether every word of a name is ordinary; single letters and numbers tell nothing either.
    pub fn is(&self, name: &str) -> bool {
        let text = Text::of(name);
        (0..text.tokens().len()).all(|at| {
            let word = text.word(at);
            word.len() == 1 || word.bytes().all(|byte| byte.is_ascii_digit()) || self.words.contains(word)
        })
    }
}
