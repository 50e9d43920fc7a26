//! What was met last, found again by a hash: a bounded memory that asks the allocator once.

/// The last values, each with bytes beside it. All is written one behind the other and over the oldest, so that remembering
/// what never comes again costs little.
pub struct Recent<V> {
    /// How many values are kept at most, a power of two.
    most: usize,
    /// How many of their bytes.
    room: usize,
    /// By the hash: more of the hash, and the number of the value.
    slots: Vec<(u32, u32)>,
    entries: Vec<Entry<V>>,
    next: usize,
    bytes: Vec<u8>,
    /// Bytes that were ever written.
    written: u64,
}

struct Entry<V> {
    /// Where its bytes begin, counted over all that were ever written, and how many they are.
    start: u64,
    length: usize,
    value: V,
}

impl<V> Recent<V> {
    /// Remembers so many values and bytes; nothing is allocated before the first of them.
    pub const fn new(most: usize, room: usize) -> Self {
        let most = most.next_power_of_two();
        Self { most, room, slots: Vec::new(), entries: Vec::new(), next: 0, bytes: Vec::new(), written: 0 }
    }

    /// The bytes and the value last put under a hash, if neither was written over; whoever asks compares what the hash was of.
    pub fn find(&self, hash: u64) -> Option<(&[u8], &V)> {
        self.number(hash).map(|number| self.get(number))
    }

    /// The number under which [`get`](Self::get) has them, until the next is put.
    pub fn number(&self, hash: u64) -> Option<usize> {
        let (tag, number) = *self.slots.get(hash as usize & (2 * self.most - 1))?;
        let entry = self.entries.get(number as usize).filter(|_| tag == (hash >> 32) as u32)?;
        (self.written - entry.start <= self.room as u64).then_some(number as usize)
    }

    /// The bytes and the value of a number.
    pub fn get(&self, number: usize) -> (&[u8], &V) {
        let entry = &self.entries[number];
        let start = (entry.start % self.room as u64) as usize;
        (&self.bytes[start..start + entry.length], &entry.value)
    }

    /// Puts a value under a hash, with parts of bytes one behind the other. What would take more than its share of the room
    /// is forgotten at once.
    pub fn put(&mut self, hash: u64, parts: &[&[u8]], value: V) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > self.room / 256 {
            return;
        }
        if self.slots.is_empty() {
            self.slots = vec![(0, 0); 2 * self.most];
            self.entries.reserve_exact(self.most);
            self.bytes.reserve_exact(self.room);
        }
        let at = (self.written % self.room as u64) as usize;
        // No value's bytes go on at the beginning.
        let left = self.room - at;
        let at = if left < length { 0 } else { at };
        self.written += if left < length { left as u64 } else { 0 };
        let entry = Entry { start: self.written, length, value };
        self.written += length as u64;
        let mut end = at;
        for part in parts {
            let held = self.bytes.len().saturating_sub(end).min(part.len());
            self.bytes[end..end + held].copy_from_slice(&part[..held]);
            self.bytes.extend_from_slice(&part[held..]);
            end += part.len();
        }
        self.slots[hash as usize & (2 * self.most - 1)] = ((hash >> 32) as u32, self.next as u32);
        match self.entries.get_mut(self.next) {
            Some(oldest) => *oldest = entry,
            None => self.entries.push(entry),
        }
        self.next = (self.next + 1) & (self.most - 1);
    }
}

/// Eight bytes at a time; that they are the same is seen when they are compared.
pub fn hash(seed: u64, bytes: &[u8]) -> u64 {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (eights, rest) = bytes.as_chunks::<8>();
    let spread = |hash: u64, part: u64| (hash.rotate_left(5) ^ part).wrapping_mul(SPREAD);
    let hash = eights.iter().fold(seed ^ bytes.len() as u64, |hash, eight| spread(hash, u64::from_le_bytes(*eight)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = spread(hash, u64::from_le_bytes(last));
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What was put last is found, and nothing is found that was not put as it is.
        #[test]
        fn what_is_found_was_put(puts in prop::collection::vec((0_u64..40, 0_usize..12), 0..300)) {
            let room = 2560;
            let mut recent = Recent::new(8, room);
            let hash = |key: u64| super::hash(key, b"");
            let mut all: Vec<Vec<u8>> = Vec::new();
            for (number, (key, length)) in puts.into_iter().enumerate() {
                let bytes: Vec<u8> = (0..length).map(|at| (number + at) as u8).collect();
                let (first, second) = bytes.split_at(length / 2);
                recent.put(hash(key), &[first, second], number);
                all.push(bytes);
                let last = recent.find(hash(key)).map(|(_, value)| *value);
                prop_assert!(last == Some(number) || length > room / 256);
                for (bytes, value) in (0..40).filter_map(|key| recent.find(hash(key))) {
                    prop_assert_eq!(bytes, &all[*value]);
                }
            }
        }
    }
}
