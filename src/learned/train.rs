//! Fitting of the model: multinomial logistic regression by AdaGrad, in a fixed order from a seed. The same data give the same
//! bytes on every machine of one architecture, as one thread does it all.
//!
//! A label may be coarse: an example accepts several categories, and what is made likelier is their sum. A category's score is
//! the sum of its own weights and those of the categories above it, so that rare ones learn from their kin.

use std::collections::BTreeMap;

use super::features::{BUCKETS, Features};
use super::{Model, Scratch};
use crate::engine::Engine;
use crate::model::transaction::Transaction;
use crate::stages::clean::{self, Reading};

/// A name and what it sells.
#[derive(Clone, Debug)]
pub struct Example {
    /// The text as a statement shows it.
    pub text: String,
    /// Numbers of the categories that are right, in the engine.
    pub categories: Vec<u16>,
    /// How much it counts, usually 1.
    pub weight: f32,
    /// Names the merchant, so that one merchant never stands on both sides of a split.
    pub merchant: u64,
}

/// How the model is fitted.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Times every example is seen.
    pub epochs: usize,
    /// First step length.
    pub rate: f32,
    /// Pull towards zero at each step.
    pub decay: f32,
    /// Share of a name's features that is hidden each time it is seen, so that none is relied on alone.
    pub hidden: f32,
    /// Features of fewer merchants are left out: they tell nothing about others.
    pub least_merchants: u32,
    /// Classes with fewer examples are left out.
    pub least: usize,
    /// Weights that are kept, the greatest first.
    pub most_weights: usize,
    /// Order of the examples, and what is hidden.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epochs: 8,
            rate: 1.0,
            decay: 1e-5,
            hidden: 0.3,
            least_merchants: 2,
            least: 12,
            most_weights: 1_200_000,
            seed: 1,
        }
    }
}

/// Errors smaller than this change nothing.
const LEAST_ERROR: f32 = 1e-3;

/// Nodes have a number of one byte, and so has how many of them a bucket weighs for.
const MOST_NODES: usize = 255;

/// A prepared example: right nodes, weight, buckets.
struct Prepared {
    right: Vec<usize>,
    weight: f32,
    merchant: u64,
    buckets: Vec<u32>,
}

/// Fits a model and lays it out; nothing if no category has enough examples.
pub fn train(engine: &Engine, examples: &[Example], settings: Settings) -> Vec<u8> {
    let nodes = Nodes::of(engine, examples, settings.least);
    if nodes.categories.is_empty() {
        return Vec::new();
    }
    let mut prepared = prepare(engine, examples, &nodes.categories);
    drop_rare(&mut prepared, settings.least_merchants);
    let used = number_used(&mut prepared);
    let (weights, bias) = fit(&prepared, used.len(), &nodes, settings);
    quantise(&weights, &bias, &used, &nodes.paths, settings.most_weights)
}

/// The categories with enough examples, and those above them; parents stand before children.
struct Nodes {
    categories: Vec<u16>,
    paths: Vec<String>,
    parents: Vec<Option<usize>>,
}

impl Nodes {
    fn of(engine: &Engine, examples: &[Example], least: usize) -> Self {
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        // A coarse label is no reason for a class of its own.
        let firsts = examples.iter().filter_map(|example| example.categories.first());
        firsts.for_each(|category| *counts.entry(*category).or_default() += 1);
        let mut kept: Vec<(usize, u16)> = counts
            .into_iter()
            .filter(|(_, count)| *count >= least)
            .map(|(category, count)| (count, category))
            .collect();
        kept.sort_by(|one, other| other.cmp(one));
        let mut paths: Vec<String> = Vec::new();
        for (_, category) in kept {
            let path = engine.categories()[usize::from(category)].path();
            let above = path.match_indices('.').map(|(end, _)| &path[..end]).chain([path]);
            let new: Vec<String> =
                above.filter(|path| !paths.iter().any(|other| other == path)).map(str::to_owned).collect();
            if paths.len() + new.len() <= MOST_NODES {
                paths.extend(new);
            }
        }
        paths.sort();
        let number = |path: &String| engine.category(path).expect("a category's parents are categories").id().0;
        Self { categories: paths.iter().map(number).collect(), parents: super::parents(&paths), paths }
    }
}

fn prepare(engine: &Engine, examples: &[Example], nodes: &[u16]) -> Vec<Prepared> {
    let mut reading = Reading::default();
    let mut features = Features::default();
    let mut prepared = Vec::with_capacity(examples.len());
    for example in examples {
        let right: Vec<usize> = (0..nodes.len()).filter(|node| example.categories.contains(&nodes[*node])).collect();
        if right.is_empty() {
            continue;
        }
        clean::clean(&engine.knowledge, &Transaction::new(example.text.as_str()), None, &mut reading);
        features.read(&engine.knowledge, &reading);
        let buckets = features.buckets().to_vec();
        prepared.push(Prepared { right, weight: example.weight, merchant: example.merchant, buckets });
    }
    prepared
}

/// Leaves out the features of fewer than `least` merchants, and the examples that have no others.
fn drop_rare(examples: &mut Vec<Prepared>, least: u32) {
    let mut merchants = vec![0_u32; BUCKETS];
    let mut last = vec![u64::MAX; BUCKETS];
    let mut order: Vec<&Prepared> = examples.iter().collect();
    order.sort_by_key(|example| example.merchant);
    for example in order {
        for bucket in &example.buckets {
            let at = *bucket as usize;
            if example.merchant == u64::MAX || last[at] != example.merchant {
                merchants[at] += 1;
                last[at] = example.merchant;
            }
        }
    }
    for example in &mut *examples {
        example.buckets.retain(|bucket| merchants[*bucket as usize] >= least);
    }
    examples.retain(|example| !example.buckets.is_empty());
}

/// Most buckets are empty: numbers those of the examples without a gap, and gives them in ascending order.
fn number_used(examples: &mut [Prepared]) -> Vec<u32> {
    let mut used: Vec<u32> = examples.iter().flat_map(|example| &example.buckets).copied().collect();
    used.sort_unstable();
    used.dedup();
    let numbers = examples.iter_mut().flat_map(|example| &mut example.buckets);
    numbers.for_each(|bucket| *bucket = used.partition_point(|other| other < bucket) as u32);
    used
}

/// Weights by used bucket and node, and the bias of each node.
fn fit(examples: &[Prepared], buckets: usize, nodes: &Nodes, settings: Settings) -> (Vec<f32>, Vec<f32>) {
    let count = nodes.categories.len();
    let mut weights = vec![0_f32; buckets * count];
    let mut squares = vec![0_f32; buckets];
    let mut bias = vec![0_f32; count];
    let mut order: Vec<u32> = (0..examples.len() as u32).collect();
    let mut random = Random(settings.seed.wrapping_mul(2).wrapping_add(1));
    let mut scores = vec![0_f32; count];
    let mut errors: Vec<(usize, f32)> = Vec::with_capacity(count);
    let mut seen: Vec<u32> = Vec::new();
    let hidden = (settings.hidden * 65_536.0) as u64;
    for _ in 0..settings.epochs {
        random.shuffle(&mut order);
        for at in &order {
            let example = &examples[*at as usize];
            seen.clear();
            seen.extend(example.buckets.iter().filter(|_| random.next() & 0xFFFF >= hidden));
            if seen.is_empty() {
                continue;
            }
            let share = 1.0 / (seen.len() as f32).sqrt();
            scores.fill(0.0);
            for bucket in &seen {
                let row = &weights[*bucket as usize * count..][..count];
                scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight);
            }
            scores.iter_mut().zip(&bias).for_each(|(score, bias)| *score = *score * share + bias);
            for node in 0..count {
                if let Some(parent) = nodes.parents[node] {
                    scores[node] += scores[parent];
                }
            }
            softmax(&mut scores);
            let right: f32 = example.right.iter().map(|node| scores[*node]).sum::<f32>().max(1e-9);
            example.right.iter().for_each(|node| scores[*node] -= scores[*node] / right);
            // What is wrong with a category is wrong with all above it.
            for node in (0..count).rev() {
                if let Some(parent) = nodes.parents[node] {
                    scores[parent] += scores[node];
                }
            }
            errors.clear();
            errors.extend(scores.iter().copied().enumerate().filter(|(_, error)| error.abs() > LEAST_ERROR));
            let norm: f32 = errors.iter().map(|(_, error)| error * error).sum();
            let length = share * example.weight;
            for bucket in &seen {
                let square = &mut squares[*bucket as usize];
                *square += norm * length * length;
                let step = settings.rate / (square.sqrt() + 1e-4).max(0.05) * length;
                let row = &mut weights[*bucket as usize * count..][..count];
                for (node, error) in &errors {
                    row[*node] -= step * error + settings.decay * row[*node];
                }
            }
            for (node, error) in &errors {
                bias[*node] -= 0.01 * settings.rate * example.weight * error;
            }
        }
    }
    (weights, bias)
}

fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
    let total: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= total);
}

/// Keeps the greatest weights, as whole numbers from -127 to 127.
fn quantise(weights: &[f32], bias: &[f32], used: &[u32], nodes: &[String], most: usize) -> Vec<u8> {
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).filter(|size| *size > 1e-3).collect();
    sizes.sort_by(|one, other| other.total_cmp(one));
    let least = sizes.get(most).copied().unwrap_or(1e-3);
    // A few giants must not coarsen all the others.
    let highest = sizes.get(sizes.len() / 2000).copied().unwrap_or(1.0);
    let scale = highest / 127.0;
    let whole = |weight: f32| (weight / scale).round().clamp(-127.0, 127.0) as i8;
    let mut rows: Vec<Vec<(u8, i8)>> = vec![Vec::new(); BUCKETS];
    for (row, bucket) in weights.chunks_exact(nodes.len()).zip(used) {
        let kept = row.iter().enumerate().filter(|(_, weight)| weight.abs() > least);
        let kept = kept.map(|(node, weight)| (node as u8, whole(*weight))).filter(|(_, weight)| *weight != 0);
        rows[*bucket as usize].extend(kept);
    }
    Model::lay_out(scale, nodes, &bias.iter().map(|bias| whole(*bias)).collect::<Vec<_>>(), &rows)
}

/// Xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    /// Fisher and Yates.
    fn shuffle(&mut self, order: &mut [u32]) {
        for at in (1..order.len()).rev() {
            order.swap(at, (self.next() % (at as u64 + 1)) as usize);
        }
    }
}

/// Category and probability the model gives a text, the likeliest first.
pub fn predict(engine: &Engine, model: &Model, text: &str) -> Vec<(u16, f32)> {
    let mut reading = Reading::default();
    let mut scratch = Scratch::default();
    clean::clean(&engine.knowledge, &Transaction::new(text), None, &mut reading);
    model.predict(&engine.knowledge, &reading, &mut scratch);
    scratch.best
}
