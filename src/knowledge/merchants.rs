//! The merchant dictionary: facts read in place, names found by index or automaton.

use aho_corasick::{AhoCorasick, MatchKind};
use uuid::Uuid;

use crate::data::compile::{ALIAS_WORDS, MERCHANT_WORDS, NONE, ORDINARY};
use crate::data::flat::{Bytes, Layout, word};
use crate::data::phrases::{Hit, Phrases};
use crate::data::tables::{AliasMode, At, Condition};
use crate::model::names::{BillerKind, CounterpartyKind};
use crate::text::Text;

/// One dictionary: the built-in one, or the user's own.
pub struct MerchantTable {
    bytes: Bytes,
    layout: Layout,
    names: Phrases,
    automaton: Option<AhoCorasick>,
    conditions: Vec<Condition>,
}

/// A name of a merchant and how it must stand in the text.
#[derive(Clone, Copy, Debug)]
pub struct Alias<'e> {
    pub merchant: u32,
    pub mode: AliasMode,
    /// How many words it was written with.
    pub words: u8,
    /// Whether a local firm of another trade may bear it too.
    pub ordinary: bool,
    pub condition: Option<&'e Condition>,
}

impl MerchantTable {
    /// A dictionary laid out ahead; its names are found by the stored index.
    pub fn stored(bytes: Bytes, names: Bytes, conditions: Vec<Condition>) -> Self {
        Self { layout: Layout::of(&bytes), bytes, names: Phrases::new(names), automaton: None, conditions }
    }

    /// A dictionary of a user's own, made at run time; its names are found by an Aho-Corasick automaton.
    pub fn automaton(bytes: Bytes, names: Bytes, conditions: Vec<Condition>) -> Self {
        let mut table = Self::stored(bytes, names, conditions);
        let keys = (0..table.names.len() as u32).map(|phrase| table.names.key(phrase).to_vec());
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(keys)
            .expect("the dictionary is far below the automaton's limit of two billion states");
        table.automaton = Some(automaton);
        table
    }

    /// Number of merchants.
    pub fn len(&self) -> u32 {
        (self.section(0).len() / 4 / MERCHANT_WORDS) as u32
    }

    /// The index of its names.
    pub fn names(&self) -> &Phrases {
        &self.names
    }

    /// What names demand beside their words.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Appends every name of the dictionary that stands in the tokens on word boundaries, overlapping ones included.
    pub fn search(&self, text: &Text, tokens: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
        match &self.automaton {
            None => self.names.search(text, tokens, hits),
            Some(automaton) => automaton_search(automaton, text, tokens, hits),
        }
    }

    /// The aliases that share a name.
    pub fn aliases(&self, phrase: u32) -> impl Iterator<Item = Alias<'_>> {
        let starts = self.section(3);
        let (aliases, conditions) = (self.section(2), &self.conditions);
        (word(starts, phrase as usize)..word(starts, phrase as usize + 1)).map(move |at| {
            let packed = word(aliases, at as usize * ALIAS_WORDS + 1);
            let condition = (packed >> 16) as u16;
            Alias {
                merchant: word(aliases, at as usize * ALIAS_WORDS),
                mode: match packed as u8 & !ORDINARY {
                    0 => AliasMode::Anywhere,
                    1 => AliasMode::Start,
                    _ => AliasMode::Alone,
                },
                words: (packed >> 8) as u8,
                ordinary: packed as u8 & ORDINARY != 0,
                condition: (condition != NONE).then(|| &conditions[usize::from(condition)]),
            }
        })
    }

    pub fn name(&self, merchant: u32) -> &str {
        self.string(merchant, 0)
    }

    pub fn site(&self, merchant: u32) -> &str {
        self.string(merchant, 1)
    }

    pub fn parent(&self, merchant: u32) -> &str {
        self.string(merchant, 2)
    }

    pub fn wikidata(&self, merchant: u32) -> &str {
        self.string(merchant, 3)
    }

    pub fn countries(&self, merchant: u32) -> &str {
        self.string(merchant, 4)
    }

    pub fn category(&self, merchant: u32) -> u16 {
        (self.field(merchant, 5) & 0xFFFF) as u16
    }

    pub fn credit(&self, merchant: u32) -> Option<u16> {
        Some((self.field(merchant, 5) >> 16) as u16).filter(|category| *category != NONE)
    }

    pub fn mcc(&self, merchant: u32) -> [u16; 4] {
        let (first, second) = (self.field(merchant, 6), self.field(merchant, 7));
        [first as u16, (first >> 16) as u16, second as u16, (second >> 16) as u16]
    }

    pub fn kind(&self, merchant: u32) -> CounterpartyKind {
        CounterpartyKind::ALL[usize::from(self.small(merchant)[0])]
    }

    pub fn biller(&self, merchant: u32) -> Option<BillerKind> {
        BillerKind::ALL.get(usize::from(self.small(merchant)[1])).copied()
    }

    pub fn subscription(&self, merchant: u32) -> u8 {
        self.small(merchant)[2]
    }

    pub fn is_imported(&self, merchant: u32) -> bool {
        self.small(merchant)[3] == 1
    }

    pub fn at(&self, merchant: u32) -> At {
        At { file: self.field(merchant, 9) as u16, line: self.field(merchant, 10) }
    }

    pub fn guid(&self, merchant: u32) -> Uuid {
        let mut bytes = [0; 16];
        for (part, chunk) in bytes.chunks_exact_mut(4).enumerate() {
            chunk.copy_from_slice(&self.field(merchant, 11 + part).to_le_bytes());
        }
        Uuid::from_bytes(bytes)
    }

    fn small(&self, merchant: u32) -> [u8; 4] {
        self.field(merchant, 8).to_le_bytes()
    }

    fn section(&self, number: usize) -> &[u8] {
        self.layout.section(&self.bytes, number)
    }

    fn field(&self, merchant: u32, field: usize) -> u32 {
        word(self.section(0), merchant as usize * MERCHANT_WORDS + field)
    }

    fn string(&self, merchant: u32, field: usize) -> &str {
        arena_string(self.section(1), self.field(merchant, field))
    }
}

/// A string of an arena: two bytes of length, then the text.
pub(super) fn arena_string(arena: &[u8], offset: u32) -> &str {
    let at = offset as usize;
    let length = usize::from(u16::from_le_bytes([arena[at], arena[at + 1]]));
    std::str::from_utf8(&arena[at + 2..at + 2 + length])
        .expect("arenas are written from strings and cut on no boundary below 64 KiB")
}

/// What the stored index answers, found by the automaton: overlapping matches in the glued text, kept on word boundaries.
fn automaton_search(automaton: &AhoCorasick, text: &Text, tokens: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
    let slice = &text.tokens()[tokens.clone()];
    let (Some(head), Some(tail)) = (slice.first(), slice.last()) else { return };
    let (start, end) = (head.glue().start, tail.glue().end);
    let before = hits.len();
    for found in automaton.find_overlapping_iter(&text.glued()[start..end]) {
        let first =
            slice.iter().position(|token| !token.glue().is_empty() && token.glue().start == start + found.start());
        let last = slice.iter().position(|token| !token.glue().is_empty() && token.glue().end == start + found.end());
        if let (Some(first), Some(last)) = (first, last) {
            hits.push(Hit {
                first: (tokens.start + first) as u32,
                end: (tokens.start + last + 1) as u32,
                phrase: found.pattern().as_u32(),
            });
        }
    }
    hits[before..].sort_unstable();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::phrases;

    proptest! {
        /// The stored index gives the very answers of the plain automaton.
        #[test]
        fn index_and_automaton_agree(
            keys in proptest::collection::btree_set("[AB1]{1,6}|A{6,8}[AB]{0,6}", 1..60),
            raw in "[aAbB1 '.&*-]{0,40}|([AB]{1,3} ?(AND|THE)? ?){1,8}|(A{1,5} ?){1,20}[aAbB ]{0,9}",
        ) {
            let keys: Vec<String> = keys.into_iter().collect();
            let index = Phrases::new(phrases::build(&keys).into());
            let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&keys).unwrap();
            let text = Text::of(&raw);
            let (mut by_index, mut by_automaton) = (Vec::new(), Vec::new());
            index.search(&text, 0..text.tokens().len(), &mut by_index);
            automaton_search(&automaton, &text, 0..text.tokens().len(), &mut by_automaton);
            by_index.sort_unstable();
            prop_assert_eq!(by_index, by_automaton);
        }
    }
}
