//! The gazetteer: cities with region, country and centre.

use super::merchants::arena_string;
use crate::data::compile::PLACE_WORDS;
use crate::data::flat::{Bytes, Layout, word};
use crate::data::phrases::Phrases;
use crate::text::Key;

/// Every known city, found by its glued name.
pub struct Gazetteer {
    bytes: Bytes,
    layout: Layout,
    names: Phrases,
}

/// A city, read field by field: most are looked at for one of them.
#[derive(Clone, Copy)]
pub struct City<'e> {
    gazetteer: &'e Gazetteer,
    pub number: u32,
}

impl<'e> City<'e> {
    pub fn name(&self) -> &'e str {
        self.string(0)
    }

    pub fn region(&self) -> &'e str {
        self.string(1)
    }

    pub fn country(&self) -> [u8; 2] {
        let [first, second, ..] = self.field(2).to_le_bytes();
        [first, second]
    }

    /// Latitude and longitude, in degrees.
    pub fn coordinates(&self) -> (f32, f32) {
        (f32::from_bits(self.field(3)), f32::from_bits(self.field(4)))
    }

    pub fn population(&self) -> u32 {
        self.field(5)
    }

    fn field(&self, number: usize) -> u32 {
        let Gazetteer { layout, bytes, .. } = self.gazetteer;
        word(layout.section(bytes, 0), self.number as usize * PLACE_WORDS + number)
    }

    fn string(&self, number: usize) -> &'e str {
        let Gazetteer { layout, bytes, .. } = self.gazetteer;
        arena_string(layout.section(bytes, 1), self.field(number))
    }
}

impl Gazetteer {
    pub fn new(bytes: Bytes, names: Bytes) -> Self {
        Self { layout: Layout::of(&bytes), bytes, names: Phrases::new(names) }
    }

    /// The index of the cities' names.
    pub fn names(&self) -> &Phrases {
        &self.names
    }

    /// The cities of a glued name, biggest first.
    pub fn find<'k>(&self, glued: impl Into<Key<'k>>) -> impl Iterator<Item = City<'_>> {
        let range = self.names.find(glued).map_or(0..0, |phrase| self.range(phrase));
        range.map(|at| self.city(at))
    }

    /// The cities of the only name that begins with `glued`, biggest first; none if several names do.
    pub fn find_cut(&self, glued: &str) -> impl Iterator<Item = City<'_>> {
        let range = self.names.only_with_prefix(glued.as_bytes()).map_or(0..0, |phrase| self.range(phrase));
        range.map(|at| self.city(at))
    }

    /// The cities whose glued name begins with `glued`; at most `most` names are looked at.
    pub fn starting_with<'s>(&'s self, glued: &'s str, most: u32) -> impl Iterator<Item = City<'s>> {
        self.names.with_prefix(glued.as_bytes(), most).flat_map(|phrase| self.range(phrase)).map(|at| self.city(at))
    }

    fn range(&self, phrase: u32) -> std::ops::Range<u32> {
        let starts = self.layout.section(&self.bytes, 2);
        word(starts, phrase as usize)..word(starts, phrase as usize + 1)
    }

    /// The city of this number.
    pub fn city(&self, number: u32) -> City<'_> {
        City { gazetteer: self, number }
    }
}
