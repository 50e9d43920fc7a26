//! Sums of weights, the innermost loop of a prediction.

use std::ops::Range;

/// Bits for where a list begins; the upper ones hold its length.
const START_BITS: u32 = 24;
/// Numbers of classes are one byte.
const CLASSES: usize = 256;
/// Buckets of one word of bits.
const BITS: usize = u64::BITS as usize;

/// Where the list of each bucket is. Most buckets have none, which a bit of each tells: what is asked for nearly every letter
/// stays near.
pub struct Rows {
    /// For each so many buckets a bit of each that has a list, and how many have one before.
    known: Vec<(u64, u32)>,
    /// Where the lists are, of the buckets that have one.
    places: Vec<u32>,
    width: usize,
}

impl Rows {
    /// Reads the lengths of lists of class and weight, a byte for each bucket.
    ///
    /// # Panics
    /// If there are more than sixteen million entries.
    pub fn new(lengths: &[u8], width: usize) -> Self {
        let mut rows = Self { known: Vec::with_capacity(lengths.len() / BITS), places: Vec::new(), width };
        let mut start = 0_u32;
        for lengths in lengths.chunks(BITS) {
            let before = rows.places.len() as u32;
            let mut bits = 0;
            for (at, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
                bits |= 1 << at;
                rows.places.push(start | u32::from(*length) << START_BITS);
                start += u32::from(*length);
            }
            rows.known.push((bits, before));
        }
        assert!(start < 1 << START_BITS, "a model has fewer weights");
        rows
    }

    /// Adds up the lists of buckets by class; gives how many of them have any weight.
    pub fn add(&self, lists: &[u8], buckets: &[u32], scratch: &mut Scratch) -> u32 {
        let Scratch { places, sums } = scratch;
        // Each step only looks up, in loops that decide nothing: the processor waits for many places at once.
        places.clear();
        places.resize(buckets.len(), 0);
        let mut count = 0;
        for bucket in buckets {
            let (bits, before) = self.known[*bucket as usize / BITS];
            let at = *bucket as usize % BITS;
            places[count] = before + (bits & ((1 << at) - 1)).count_ones();
            count += (bits >> at & 1) as usize;
        }
        places.truncate(count);
        places.iter_mut().for_each(|place| *place = self.places[*place as usize]);
        let near = places.iter().fold(0, |near, place| {
            let Range { start, end } = bytes(*place);
            near ^ lists[start] ^ lists[end - 1]
        });
        std::hint::black_box(near);
        // A class is one byte: no sum lies outside.
        sums.clear();
        sums.resize(CLASSES, 0);
        let all: &mut [i32; CLASSES] = sums.first_chunk_mut().expect("it has this very length");
        for place in places.iter() {
            for [class, weight] in lists[bytes(*place)].as_chunks().0 {
                all[usize::from(*class)] += i32::from(*weight as i8);
            }
        }
        sums.truncate(self.width);
        places.len() as u32
    }
}

/// The bytes of a list.
fn bytes(place: u32) -> Range<usize> {
    let (start, length) = ((place & ((1 << START_BITS) - 1)) as usize, (place >> START_BITS) as usize);
    start * 2..(start + length) * 2
}

/// Buffers of an addition.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    places: Vec<u32>,
    /// What was added up, by class.
    pub sums: Vec<i32>,
}

/// Folds numbers in an order of its own, several at a time.
pub fn fold(numbers: &[f32], first: f32, take: impl Fn(f32, f32) -> f32) -> f32 {
    let (eights, rest) = numbers.as_chunks::<8>();
    let mut lanes = [first; 8];
    for eight in eights {
        lanes.iter_mut().zip(eight).for_each(|(lane, number)| *lane = take(*lane, *number));
    }
    lanes.iter().chain(rest).fold(first, |one, other| take(one, *other))
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
    fn lists_add_up() {
        let width = 213_usize;
        let mut draw = 1_u32;
        let mut next = || {
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (draw >> 16) as usize
        };
        // More buckets than two words have bits, most of them empty.
        let lengths: Vec<u8> = (0..150).map(|at| if at % 3 == 0 { next() as u8 % 200 } else { 0 }).collect();
        let (mut starts, mut lists) = (vec![0], Vec::new());
        for length in &lengths {
            lists.extend((0..*length).flat_map(|_| [(next() % width) as u8, next() as u8]));
            starts.push(lists.len());
        }
        let rows = Rows::new(&lengths, width);
        let buckets: Vec<u32> = (0..150).chain([3, 147, 149]).collect();
        let mut expected = vec![0_i32; width];
        for bucket in &buckets {
            for entry in lists[starts[*bucket as usize]..starts[*bucket as usize + 1]].chunks_exact(2) {
                expected[usize::from(entry[0])] += i32::from(entry[1] as i8);
            }
        }
        let known = buckets.iter().filter(|bucket| lengths[**bucket as usize] > 0).count();
        let mut scratch = Scratch::default();
        for _ in 0..2 {
            assert_eq!(rows.add(&lists, &buckets, &mut scratch), known as u32);
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
        let numbers: Vec<f32> = (0..213).map(|number| number as f32).collect();
        assert_eq!(fold(&numbers, 0.0, |one, other| one + other), 212.0 * 213.0 / 2.0);
    }
}
