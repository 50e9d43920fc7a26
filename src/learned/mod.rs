//! A small linear model over the words and letters of a name, for the local merchant that no dictionary knows.
//!
//! Features are hashed: each word, each pair of neighbouring words, and every run of three to five letters, word ends included.
//! A category's score is the sum of its own weights and those of the categories above it. Weights are whole numbers of one
//! byte, most of them zero and left out. The model only proposes; every firmer evidence outranks it.

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
<<<<<<< HEAD
    /// Category of each node; those that no longer exist are never given.
    nodes: Vec<Option<u16>>,
    /// The node above each; parents stand before children.
    parents: Vec<Option<usize>>,
=======
    /// Category of each class; classes whose category no longer exists are never given.
    classes: Vec<Option<u16>>,
    rows: Rows,
>>>>>>> main
    scale: f32,
}

/// Buffers of a prediction.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    features: Features,
<<<<<<< HEAD
    sums: Vec<i32>,
    /// Probability of each node.
    shares: Vec<f32>,
=======
    sums: sums::Scratch,
>>>>>>> main
    /// Category and probability, the likeliest first; at most [`BEST`].
    pub best: Vec<(u16, f32)>,
}

/// Categories a prediction names.
pub const BEST: usize = 6;

/// The nearest of the paths above each path, by position; paths in ascending order.
fn parents(paths: &[String]) -> Vec<Option<usize>> {
    let above = |path: &str| {
        let ends = path.rmatch_indices('.').map(|(end, _)| end);
        ends.into_iter().find_map(|end| paths.iter().position(|other| other == &path[..end]))
    };
    paths.iter().map(|path| above(path)).collect()
}

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
<<<<<<< HEAD
        let paths = std::str::from_utf8(layout.section(&bytes, 1)).expect("categories are written as text");
        let paths: Vec<String> = paths.lines().map(str::to_owned).collect();
        let nodes = paths.iter().map(|path| knowledge.category(path).map(|category| category.id().0)).collect();
        Self { bytes, layout, nodes, parents: parents(&paths), scale }
=======
        let names = std::str::from_utf8(layout.section(&bytes, 1)).expect("classes are written as text");
        let classes: Vec<_> =
            names.lines().map(|path| knowledge.category(path).map(|category| category.id().0)).collect();
        let rows = Rows::new(layout.section(&bytes, 3), layout.section(&bytes, 4), classes.len());
        Self { bytes, layout, classes, rows, scale }
>>>>>>> main
    }

    /// A model made by [`train::train`] for an engine's categories.
    pub fn of(engine: &crate::Engine, bytes: Vec<u8>) -> Self {
        Self::new(bytes.into(), &engine.knowledge)
    }

    /// Lays a model out: a scale, one category a line, and for each bucket its categories and weights.
    pub fn lay_out(scale: f32, nodes: &[String], bias: &[i8], rows: &[Vec<(u8, i8)>]) -> Vec<u8> {
        let mut starts = vec![0_u32];
        let mut entries = Vec::new();
        for row in rows {
            entries.extend(row.iter().flat_map(|(node, weight)| [*node, *weight as u8]));
            starts.push((entries.len() / 2) as u32);
        }
        let mut writer = Writer::default();
        writer.words([scale.to_bits()]);
        writer.bytes(nodes.join("\n").into_bytes());
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
        if scratch.features.buckets().is_empty() {
            return;
        }
<<<<<<< HEAD
        let Scratch { features, sums, shares, best } = scratch;
        sums.clear();
        sums.resize(self.nodes.len(), 0);
        let starts = self.layout.section(&self.bytes, 3);
        let entries = self.layout.section(&self.bytes, 4);
        let mut known = 0_u32;
        for bucket in features.buckets() {
            let range = word(starts, *bucket as usize) as usize * 2..word(starts, *bucket as usize + 1) as usize * 2;
            known += u32::from(!range.is_empty());
            for entry in entries[range].chunks_exact(2) {
                sums[usize::from(entry[0])] += i32::from(entry[1] as i8);
            }
        }
=======
        let bias = self.layout.section(&self.bytes, 2);
        let known = self.rows.add(self.layout.section(&self.bytes, 4), buckets, &mut scratch.sums);
>>>>>>> main
        if known == 0 {
            return;
        }
        let share = self.scale / (known as f32).sqrt();
<<<<<<< HEAD
        let bias = self.layout.section(&self.bytes, 2);
        shares.clear();
        for ((sum, bias), parent) in sums.iter().zip(bias).zip(&self.parents) {
            let above = parent.map_or(0.0, |parent| shares[parent]);
            shares.push(*sum as f32 * share + f32::from(*bias as i8) * self.scale + above);
        }
        let highest = shares.iter().copied().fold(f32::MIN, f32::max);
        shares.iter_mut().for_each(|share| *share = (*share - highest).exp());
        let total: f32 = shares.iter().sum();
        let mut top = [(0.0_f32, usize::MAX); BEST];
        for (node, share) in shares.iter_mut().enumerate() {
            *share /= total;
            if *share > top[BEST - 1].0 {
                top[BEST - 1] = (*share, node);
=======
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
>>>>>>> main
                for at in (1..BEST).rev() {
                    if top[at].0 > top[at - 1].0 {
                        top.swap(at, at - 1);
                    }
                }
            }
        }
<<<<<<< HEAD
        let named = top.iter().filter(|(_, node)| *node != usize::MAX);
        best.extend(named.filter_map(|(share, node)| Some((self.nodes[*node]?, *share))));
    }

    /// What the last prediction gave a category; `None` if there was none, or the category is not the model's.
    pub fn probability(&self, category: u16, scratch: &Scratch) -> Option<f32> {
        let known = (!scratch.best.is_empty()).then_some(&self.nodes)?;
        scratch.shares.get(known.iter().position(|node| *node == Some(category))?).copied()
=======
        scores.iter_mut().for_each(|score| *score = sums::exp(*score - highest));
        let total: f32 = scores.iter().sum();
        let named = top.iter().filter(|(_, class)| *class != usize::MAX);
        scratch.best.extend(
            named.filter_map(|(value, class)| Some((self.classes[*class]?, sums::exp(value - highest) / total))),
        );
>>>>>>> main
    }
}
