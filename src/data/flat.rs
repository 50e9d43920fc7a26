//! Bytes laid out ahead: written once, read in place without parsing, little-endian on every machine.

use std::borrow::Cow;

/// Bytes that are embedded in the program or were made when the engine was built.
pub type Bytes = Cow<'static, [u8]>;

/// Writes sections one after the other; the head lists where each begins.
#[derive(Default)]
pub struct Writer {
    sections: Vec<Vec<u8>>,
}

impl Writer {
    pub fn bytes(&mut self, bytes: Vec<u8>) {
        self.sections.push(bytes);
    }

    pub fn words(&mut self, words: impl IntoIterator<Item = u32>) {
        self.sections.push(words.into_iter().flat_map(u32::to_le_bytes).collect());
    }

    pub fn finish(self) -> Vec<u8> {
        let mut out = (self.sections.len() as u32).to_le_bytes().to_vec();
        let mut offset = 4 + 4 * (self.sections.len() + 1);
        for section in &self.sections {
            out.extend((offset as u32).to_le_bytes());
            offset += section.len();
        }
        out.extend((offset as u32).to_le_bytes());
        self.sections.iter().for_each(|section| out.extend(section));
        out
    }
}

/// Where the sections of some bytes lie.
#[derive(Clone, Debug)]
pub struct Layout {
    bounds: Vec<u32>,
}

impl Layout {
    /// Reads the head.
    ///
    /// # Panics
    /// If the bytes were not made by [`Writer::finish`].
    pub fn of(bytes: &[u8]) -> Self {
        let count = word(bytes, 0) as usize;
        let bounds: Vec<u32> = (0..=count).map(|at| word(bytes, at + 1)).collect();
        assert_eq!(bounds.last().map(|end| *end as usize), Some(bytes.len()), "the bytes were laid out by Writer");
        Self { bounds }
    }

    /// Where each section begins, and where the last one ends.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn bounds<const COUNT: usize>(&self) -> [usize; COUNT] {
        assert_eq!(self.bounds.len(), COUNT, "the sections are those that were written");
        std::array::from_fn(|at| self.bounds[at] as usize)
    }

    /// The section of this number.
    pub fn section<'b>(&self, bytes: &'b [u8], number: usize) -> &'b [u8] {
        &bytes[self.bounds[number] as usize..self.bounds[number + 1] as usize]
    }
}

/// The `at`-th word of a section.
#[inline]
pub fn word(bytes: &[u8], at: usize) -> u32 {
    let bytes = &bytes[at * 4..at * 4 + 4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
