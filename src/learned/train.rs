//! Fitting of the model: multinomial logistic regression by AdaGrad, in a fixed order from a seed. The same data give the same
//! bytes on every machine of one architecture, as one thread does it all.

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
    /// Number of the category in the engine.
    pub category: u16,
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
    /// Classes with fewer examples are left out.
    pub least: usize,
    /// Weights that are kept, the greatest first.
    pub most_weights: usize,
    /// Order of the examples.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { epochs: 20, rate: 1.0, decay: 1e-6, least: 12, most_weights: 1_200_000, seed: 1 }
    }
}

/// A prepared example: class, weight, buckets.
struct Prepared {
    class: usize,
    weight: f32,
    buckets: Vec<u32>,
}

/// Fits a model and lays it out; nothing if no category has enough examples.
pub fn train(engine: &Engine, examples: &[Example], settings: Settings) -> Vec<u8> {
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    examples.iter().for_each(|example| *counts.entry(example.category).or_default() += 1);
    let mut kept: Vec<(usize, u16)> = counts
        .iter()
        .filter(|(_, count)| **count >= settings.least)
        .map(|(category, count)| (*count, *category))
        .collect();
    kept.sort_by(|one, other| other.cmp(one));
    kept.truncate(256);
    let mut classes: Vec<u16> = kept.into_iter().map(|(_, category)| category).collect();
    classes.sort_unstable();
    if classes.is_empty() {
        return Vec::new();
    }
    let prepared = prepare(engine, examples, &classes);
    let (weights, bias) = fit(&prepared, classes.len(), settings);
    let paths: Vec<String> =
        classes.iter().map(|number| engine.categories()[usize::from(*number)].path().to_owned()).collect();
    quantise(&weights, &bias, &paths, settings.most_weights)
}

fn prepare(engine: &Engine, examples: &[Example], classes: &[u16]) -> Vec<Prepared> {
    let mut reading = Reading::default();
    let mut features = Features::default();
    let mut prepared = Vec::with_capacity(examples.len());
    for example in examples {
        let Ok(class) = classes.binary_search(&example.category) else { continue };
        clean::clean(&engine.knowledge, &Transaction::new(example.text.as_str()), None, &mut reading);
        features.read(&engine.knowledge, &reading);
        if !features.buckets().is_empty() {
            prepared.push(Prepared { class, weight: example.weight, buckets: features.buckets().to_vec() });
        }
    }
    prepared
}

/// Weights by bucket and class, and the bias of each class.
fn fit(examples: &[Prepared], classes: usize, settings: Settings) -> (Vec<f32>, Vec<f32>) {
    let mut weights = vec![0_f32; BUCKETS * classes];
    let mut squares = vec![0_f32; BUCKETS];
    let mut bias = vec![0_f32; classes];
    let mut order: Vec<u32> = (0..examples.len() as u32).collect();
    let mut random = settings.seed.wrapping_mul(2).wrapping_add(1);
    let mut scores = vec![0_f32; classes];
    for _ in 0..settings.epochs {
        shuffle(&mut order, &mut random);
        for at in &order {
            let example = &examples[*at as usize];
            let share = 1.0 / (example.buckets.len() as f32).sqrt();
            scores.copy_from_slice(&bias);
            for bucket in &example.buckets {
                let row = &weights[*bucket as usize * classes..][..classes];
                scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight * share);
            }
            softmax(&mut scores);
            scores[example.class] -= 1.0;
            let norm: f32 = scores.iter().map(|error| error * error).sum();
            let length = share * example.weight;
            for bucket in &example.buckets {
                let square = &mut squares[*bucket as usize];
                *square += norm * length * length;
                let step = settings.rate / (square.sqrt() + 1e-4).max(0.05) * length;
                let row = &mut weights[*bucket as usize * classes..][..classes];
                row.iter_mut()
                    .zip(&scores)
                    .for_each(|(weight, error)| *weight -= step * error + settings.decay * *weight);
            }
            bias.iter_mut()
                .zip(&scores)
                .for_each(|(bias, error)| *bias -= 0.01 * settings.rate * example.weight * error);
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
fn quantise(weights: &[f32], bias: &[f32], classes: &[String], most: usize) -> Vec<u8> {
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).filter(|size| *size > 1e-3).collect();
    sizes.sort_by(|one, other| other.total_cmp(one));
    let least = sizes.get(most).copied().unwrap_or(1e-3);
    // A few giants must not coarsen all the others.
    let highest = sizes.get(sizes.len() / 2000).copied().unwrap_or(1.0);
    let scale = highest / 127.0;
    let whole = |weight: f32| (weight / scale).round().clamp(-127.0, 127.0) as i8;
    let rows: Vec<Vec<(u8, i8)>> = weights
        .chunks_exact(classes.len())
        .map(|row| {
            let kept = row.iter().enumerate().filter(|(_, weight)| weight.abs() > least);
            kept.map(|(class, weight)| (class as u8, whole(*weight))).filter(|(_, weight)| *weight != 0).collect()
        })
        .collect();
    Model::lay_out(scale, classes, &bias.iter().map(|bias| whole(*bias)).collect::<Vec<_>>(), &rows)
}

/// Fisher and Yates, from xorshift.
fn shuffle(order: &mut [u32], random: &mut u64) {
    for at in (1..order.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        order.swap(at, (*random % (at as u64 + 1)) as usize);
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
