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

/// A city.
#[derive(Clone, Copy, Debug)]
pub struct City<'e> {
    /// Its number in the gazetteer.
    pub number: u32,
    pub name: &'e str,
    pub region: &'e str,
    pub country: [u8; 2],
    pub latitude: f32,
    pub longitude: f32,
    pub population: u32,
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
    pub fn city(&self, at: u32) -> City<'_> {
        let field = |number: usize| word(self.layout.section(&self.bytes, 0), at as usize * PLACE_WORDS + number);
        let string = |number: usize| arena_string(self.layout.section(&self.bytes, 1), field(number));
        let [first, second, ..] = field(2).to_le_bytes();
        City {
            number: at,
            name: string(0),
            region: string(1),
            country: [first, second],
            latitude: f32::from_bits(field(3)),
            longitude: f32::from_bits(field(4)),
            population: field(5),
        }
    }
}
