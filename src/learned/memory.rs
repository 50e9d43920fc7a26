//! Predictions remembered: the same name stands in many texts, with other days and numbers beside it.

/// How many are remembered.
const SLOTS: usize = 1 << 12;
/// Names of more features are not remembered.
const MOST_FEATURES: usize = 160;
/// Numbers of classes are one byte.
const CLASSES: usize = 256;

/// The shares of the classes by what was asked: a model and all features of a name.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The model, the number of features and the number of classes of each slot.
    asked: Vec<(u64, u16, u16)>,
    features: Vec<u32>,
    shares: Vec<f32>,
}

impl Memory {
    /// The shares a model has given these features.
    pub fn find(&self, model: u64, features: &[u32]) -> Option<&[f32]> {
        let slot = slot(features);
        let (by, count, classes) = *self.asked.get(slot)?;
        let start = slot * MOST_FEATURES;
        let is_same = by == model && self.features[start..start + usize::from(count)] == *features;
        is_same.then(|| &self.shares[slot * CLASSES..slot * CLASSES + usize::from(classes)])
    }

    /// Remembers the shares in the place of others.
    pub fn put(&mut self, model: u64, features: &[u32], shares: &[f32]) {
        if features.len() > MOST_FEATURES || shares.len() > CLASSES {
            return;
        }
        if self.asked.is_empty() {
            // Pages that are never written take no room.
            self.asked = vec![(0, 0, 0); SLOTS];
            self.features = vec![0; SLOTS * MOST_FEATURES];
            self.shares = vec![0.0; SLOTS * CLASSES];
        }
        let slot = slot(features);
        self.asked[slot] = (model, features.len() as u16, shares.len() as u16);
        self.features[slot * MOST_FEATURES..][..features.len()].copy_from_slice(features);
        self.shares[slot * CLASSES..][..shares.len()].copy_from_slice(shares);
    }
}

/// Where features are remembered; that they are the same is for the caller to see.
fn slot(features: &[u32]) -> usize {
    let spread =
        |hash: u64, feature: &u32| (hash.rotate_left(5) ^ u64::from(*feature)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (features.iter().fold(0, spread) >> 40) as usize % SLOTS
}
