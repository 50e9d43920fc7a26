//! Sums of weights, the innermost loop of a prediction.
//!
//! Frequent runs of letters have a weight for many classes: their rows are spread out and added as a whole, many bytes at a time.
//! The rows of rare ones stay lists of class and weight.

/// Rows with at least this many weights are spread out.
const LEAST_SPREAD: usize = 32;
/// Numbers of classes are one byte.
const CLASSES: usize = 256;
/// Marks the place of a row that is spread out; else the place holds the length of its list in the upper bits.
const SPREAD: u32 = 1 << 31;
/// Bits for where a list begins.
const START_BITS: u32 = 26;
/// So many rows of bytes may be added before sixteen bits could overflow.
const MOST_ROWS: usize = i16::MAX as usize / 128;

/// Where the row of each bucket is, and the spread ones themselves.
pub struct Rows {
    places: Vec<u32>,
    spread: Vec<i8>,
    width: usize,
}

impl Rows {
    /// Reads lists of class and weight, one after the other: `lengths` has a byte for each bucket.
    pub fn new(lengths: &[u8], lists: &[u8], width: usize) -> Self {
        let mut spread: Vec<i8> = Vec::new();
        let mut start = 0;
        let places = lengths.iter().map(|length| {
            if *length == 0 {
                return 0;
            }
            let end = start + usize::from(*length);
            let list = &lists[start * 2..end * 2];
            let place = if list.len() < 2 * LEAST_SPREAD {
                start as u32 | u32::from(*length) << START_BITS
            } else {
                let row = spread.len();
                spread.resize(row + width, 0);
                for entry in list.chunks_exact(2) {
                    spread[row + usize::from(entry[0])] += entry[1] as i8;
                }
                (row / width) as u32 | SPREAD
            };
            start = end;
            place
        });
        let places = places.collect();
        Self { places, spread, width }
    }

    /// Adds up the rows of buckets by class; gives how many of them have any weight.
    pub fn add(&self, lists: &[u8], buckets: &[u32], scratch: &mut Scratch) -> u32 {
        let Scratch { places, sums, partial } = scratch;
        // One loop that only looks up: the processor waits for many places at once.
        places.clear();
        places.extend(
            buckets.iter().map(|bucket| self.places[*bucket as usize]).filter(|place| *place >> START_BITS != 0),
        );
        // A class is one byte: no sum lies outside.
        sums.clear();
        sums.resize(CLASSES, 0);
        let all: &mut [i32; CLASSES] = sums.first_chunk_mut().expect("it has this very length");
        partial.clear();
        partial.resize(self.width, 0);
        let mut added = 0;
        for place in places.iter().copied() {
            if place & SPREAD == 0 {
                let (start, length) = (place & ((1 << START_BITS) - 1), place >> START_BITS);
                let list = &lists[start as usize * 2..(start + length) as usize * 2];
                for [class, weight] in list.as_chunks().0 {
                    all[usize::from(*class)] += i32::from(*weight as i8);
                }
                continue;
            }
            let row = (place & !SPREAD) as usize * self.width;
            for (sum, weight) in partial.iter_mut().zip(&self.spread[row..row + self.width]) {
                *sum += i16::from(*weight);
            }
            added += 1;
            if added % MOST_ROWS == 0 {
                carry(partial, all);
            }
        }
        carry(partial, all);
        sums.truncate(self.width);
        places.len() as u32
    }
}

fn carry(partial: &mut [i16], sums: &mut [i32]) {
    for (sum, partial) in sums.iter_mut().zip(partial) {
        *sum += i32::from(std::mem::take(partial));
    }
}

/// Buffers of an addition.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    places: Vec<u32>,
    partial: Vec<i16>,
    /// What was added up, by class.
    pub sums: Vec<i32>,
}

/// The exponential of a number that is not above zero, to within two units in the last place. The same on every machine,
/// which the mathematics of the system are not; and in a loop, several at a time.
#[inline]
pub fn exp(number: f32) -> f32 {
    // Adding this leaves no bits behind the point: the nearest whole number stands in the lowest bits.
    const WHOLE: f32 = 12_582_912.0;
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // The natural logarithm of two in two parts, of which the first has few bits.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let number = number.clamp(-87.0, 0.0);
    let shifted = number * LOG2_E + WHOLE;
    let power = shifted.to_bits().wrapping_sub(WHOLE.to_bits()).wrapping_add(127) << 23;
    let whole = shifted - WHOLE;
    let rest = number - whole * LN_2[0] - whole * LN_2[1];
    let mut sum = 1.987_569_1e-4;
    for factor in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * rest + factor;
    }
    (sum * rest * rest + rest + 1.0) * f32::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_rows_and_lists_add_up_alike() {
        // Buckets with 0, 3, 31, 32 and 200 weights.
        let width = 213_usize;
        let mut draw = 1_u32;
        let mut next = || {
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            draw >> 16
        };
        let (lengths, mut starts, mut lists) = ([0, 3, 31, 32, 200], vec![0], Vec::new());
        for length in lengths.map(usize::from) {
            let first = next() as usize % (width - length);
            lists.extend((first..first + length).flat_map(|class| [class as u8, (next() as u8).max(1)]));
            starts.push(lists.len());
        }
        let rows = Rows::new(&lengths, &lists, width);
        // Often enough for sixteen bits to overflow.
        let buckets: Vec<u32> = (0..2000).map(|at| at % 5).collect();
        let mut expected = vec![0_i32; width];
        for bucket in &buckets {
            for entry in lists[starts[*bucket as usize]..starts[*bucket as usize + 1]].chunks_exact(2) {
                expected[usize::from(entry[0])] += i32::from(entry[1] as i8);
            }
        }
        let mut scratch = Scratch::default();
        for _ in 0..2 {
            assert_eq!(rows.add(&lists, &buckets, &mut scratch), 1600);
            assert_eq!(scratch.sums, expected);
        }
    }

    #[test]
    fn exponentials_are_near_enough() {
        for step in 0..8700 {
            let number = -(step as f32) / 100.0;
            let exact = f64::from(number).exp();
            assert!((f64::from(exp(number)) - exact).abs() <= exact * 3e-7, "{number}");
        }
        assert_eq!(exp(0.0), 1.0);
    }
}
