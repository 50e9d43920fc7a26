//! A small linear model over the words and letters of a name, for the local merchant that no dictionary knows.
//!
//! Features are hashed: each word, each pair of neighbouring words, and every run of three to five letters, word ends included.
//! Weights are whole numbers of one byte, most of them zero and left out. The model only proposes; every firmer
//! evidence outranks it.

pub mod calibrate;
mod examples;
mod features;
mod sums;
pub mod train;

use crate::data::flat::{Bytes, Layout, Writer, word};
use crate::knowledge::Knowledge;
use crate::stages::clean::Reading;

pub use features::{BUCKETS, Features};
use sums::Rows;

/// A fitted model, read in place.
pub struct Model {
    bytes: Bytes,
    layout: Layout,
    /// Category of each class; classes whose category no longer exists are never given.
    classes: Vec<Option<u16>>,
    rows: Rows,
    scale: f32,
}

/// Buffers of a prediction.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    features: Features,
    sums: sums::Scratch,
    /// Category and probability, the likeliest first; at most [`BEST`].
    pub best: Vec<(u16, f32)>,
}

/// Classes a prediction names.
pub const BEST: usize = 5;

impl Model {
    /// The model the program carries; none if it was built without.
    pub fn embedded(knowledge: &Knowledge) -> Option<Self> {
        #[cfg(feature = "model")]
        let bytes: &'static [u8] = include_bytes!("../../data/model/categories.bin");
        #[cfg(not(feature = "model"))]
        let bytes: &'static [u8] = &[];
        (!bytes.is_empty()).then(|| Self::new(Bytes::Borrowed(bytes), knowledge))
    }

    /// A model laid out by [`lay_out`](Self::lay_out).
    pub fn new(bytes: Bytes, knowledge: &Knowledge) -> Self {
        let layout = Layout::of(&bytes);
        let scale = f32::from_bits(word(layout.section(&bytes, 0), 0));
        let names = std::str::from_utf8(layout.section(&bytes, 1)).expect("classes are written as text");
        let classes: Vec<_> =
            names.lines().map(|path| knowledge.category(path).map(|category| category.id().0)).collect();
        let rows = Rows::new(layout.section(&bytes, 3), layout.section(&bytes, 4), classes.len());
        Self { bytes, layout, classes, rows, scale }
    }

    /// A model made by [`train::train`] for an engine's categories.
    pub fn of(engine: &crate::Engine, bytes: Vec<u8>) -> Self {
        Self::new(bytes.into(), &engine.knowledge)
    }

    /// Lays a model out: a scale, one class a line, and for each bucket its classes and weights.
    pub fn lay_out(scale: f32, classes: &[String], bias: &[i8], rows: &[Vec<(u8, i8)>]) -> Vec<u8> {
        let mut starts = vec![0_u32];
        let mut entries = Vec::new();
        for row in rows {
            entries.extend(row.iter().flat_map(|(class, weight)| [*class, *weight as u8]));
            starts.push((entries.len() / 2) as u32);
        }
        let mut writer = Writer::default();
        writer.words([scale.to_bits()]);
        writer.bytes(classes.join("\n").into_bytes());
        writer.bytes(bias.iter().map(|weight| *weight as u8).collect());
        writer.words(starts);
        writer.bytes(entries);
        writer.finish()
    }

    /// Fills `scratch.best` for the name a reading has left. Empty if the name has no letters.
    pub fn predict(&self, knowledge: &Knowledge, reading: &Reading, scratch: &mut Scratch) {
        scratch.best.clear();
        scratch.features.read(knowledge, reading);
        self.rank(scratch);
    }

    fn rank(&self, scratch: &mut Scratch) {
        let buckets = scratch.features.buckets();
        if buckets.is_empty() {
            return;
        }
        let bias = self.layout.section(&self.bytes, 2);
        let known = self.rows.add(self.layout.section(&self.bytes, 4), buckets, &mut scratch.sums);
        if known == 0 {
            return;
        }
        let share = self.scale / (known as f32).sqrt();
        let mut scores = [0_f32; 256];
        let scores = &mut scores[..self.classes.len()];
        for ((score, sum), bias) in scores.iter_mut().zip(&scratch.sums.sums).zip(bias) {
            *score = *sum as f32 * share + f32::from(*bias as i8) * self.scale;
        }
        let mut top = [(f32::MIN, usize::MAX); BEST];
        let mut highest = f32::MIN;
        for (class, value) in scores.iter().copied().enumerate() {
            highest = highest.max(value);
            if value > top[BEST - 1].0 {
                top[BEST - 1] = (value, class);
                for at in (1..BEST).rev() {
                    if top[at].0 > top[at - 1].0 {
                        top.swap(at, at - 1);
                    }
                }
            }
        }
        scores.iter_mut().for_each(|score| *score = sums::exp(*score - highest));
        let total: f32 = scores.iter().sum();
        let named = top.iter().filter(|(_, class)| *class != usize::MAX);
        scratch.best.extend(
            named.filter_map(|(value, class)| Some((self.classes[*class]?, sums::exp(value - highest) / total))),
        );
    }
}
