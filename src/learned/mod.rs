//! A small linear model over the words and letters of a name, for the local merchant that no dictionary knows.
//!
//! Features are hashed: each word, the last once more, each pair of neighbouring words, every run of three to five letters of a
//! word, its ends included, the legal form, and the categories of the trade words: the model learns how far each is to be trusted.
//! So are the processor or app in between, and whether a store's number or an address on the web is shown. The amount is none of
//! them: what it tells of one kind of account misleads on others.
//! A category's score is the sum of its own weights and those of the categories above it. Weights are whole numbers of one
//! byte, most of them zero and left out. The model only proposes; every firmer evidence outranks it.

pub mod calibrate;
mod examples;
mod features;
mod sums;
pub mod train;

use std::ops::Range;

use crate::data::flat::{Bytes, Layout, Writer, word};
use crate::knowledge::Knowledge;
use crate::stages::clean::Reading;

pub(crate) use features::is_between;
pub use features::{BUCKETS, Features};
use sums::Rows;

/// A fitted model, read in place.
pub struct Model {
    bytes: Bytes,
    layout: Layout,
    /// Category of each node; those that no longer exist are never given.
    nodes: Vec<Option<u16>>,
    /// What speaks for each node before anything is known.
    bias: Vec<f32>,
    /// Stretches of nodes that have the same one above them, with that one; parents stand before children.
    parents: Vec<(Range<usize>, usize)>,
    rows: Rows,
    scale: f32,
}

/// Buffers of a prediction.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    features: Features,
    sums: sums::Scratch,
    /// Probability of each node.
    shares: Vec<f32>,
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
        let paths = std::str::from_utf8(layout.section(&bytes, 1)).expect("categories are written as text");
        let paths: Vec<String> = paths.lines().map(str::to_owned).collect();
        let nodes = paths.iter().map(|path| knowledge.category(path).map(|category| category.id().0)).collect();
        let rows = Rows::new(layout.section(&bytes, 3), paths.len());
        let bias = layout.section(&bytes, 2).iter().map(|bias| f32::from(*bias as i8) * scale).collect();
        let above = parents(&paths);
        let stretches = above.chunk_by(|one, other| one == other).scan(0, |start, nodes| {
            let stretch = *start..*start + nodes.len();
            *start = stretch.end;
            Some((stretch, nodes[0]))
        });
        let parents = stretches.filter_map(|(nodes, parent)| Some((nodes, parent?))).collect();
        Self { parents, bytes, layout, nodes, bias, rows, scale }
    }

    /// A model made by [`train::train`] for an engine's categories.
    pub fn of(engine: &crate::Engine, bytes: Vec<u8>) -> Self {
        Self::new(bytes.into(), &engine.knowledge)
    }

    /// Lays a model out: a scale, one category a line, and for each bucket its categories and weights.
    pub fn lay_out(scale: f32, nodes: &[String], bias: &[i8], rows: &[Vec<(u8, i8)>]) -> Vec<u8> {
        let entries = rows.iter().flatten().flat_map(|(node, weight)| [*node, *weight as u8]).collect();
        let mut writer = Writer::default();
        writer.words([scale.to_bits()]);
        writer.bytes(nodes.join("\n").into_bytes());
        writer.bytes(bias.iter().map(|weight| *weight as u8).collect());
        writer.bytes(rows.iter().map(|row| row.len() as u8).collect());
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
        if !self.share(scratch) {
            return;
        }
        let mut top = [(0.0_f32, usize::MAX); BEST];
        for (node, share) in scratch.shares.iter().enumerate() {
            if *share > top[BEST - 1].0 {
                top[BEST - 1] = (*share, node);
                for at in (1..BEST).rev() {
                    if top[at].0 > top[at - 1].0 {
                        top.swap(at, at - 1);
                    }
                }
            }
        }
        let named = top.iter().filter(|(_, node)| *node != usize::MAX);
        scratch.best.extend(named.filter_map(|(share, node)| Some((self.nodes[*node]?, *share))));
    }

    /// Fills `scratch.shares`; `false` if none of the features is known.
    fn share(&self, scratch: &mut Scratch) -> bool {
        let Scratch { features, sums, shares, .. } = scratch;
        if features.buckets().is_empty() {
            return false;
        }
        shares.clear();
        let known = self.rows.add(self.layout.section(&self.bytes, 4), features.buckets(), sums);
        if known == 0 {
            return false;
        }
        let share = self.scale / (known as f32).sqrt();
        shares.extend(sums.sums.iter().zip(&self.bias).map(|(sum, bias)| *sum as f32 * share + *bias));
        for (nodes, parent) in &self.parents {
            let above = shares[*parent];
            shares[nodes.clone()].iter_mut().for_each(|share| *share += above);
        }
        let highest = sums::fold(shares, f32::MIN, |one, other| if one > other { one } else { other });
        shares.iter_mut().for_each(|share| *share = sums::exp(*share - highest));
        let total = sums::fold(shares, 0.0, |one, other| one + other);
        shares.iter_mut().for_each(|share| *share /= total);
        true
    }

    /// What the last prediction gave a category; `None` if there was none, or the category is not the model's.
    pub fn probability(&self, category: u16, scratch: &Scratch) -> Option<f32> {
        let known = (!scratch.best.is_empty()).then_some(&self.nodes)?;
        scratch.shares.get(known.iter().position(|node| *node == Some(category))?).copied()
    }
}
