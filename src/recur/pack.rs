//! Rows as they are kept until all have come: 24 bytes each, in blocks that are never moved.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::row::{Marks, Row};
use super::rules::Expectation;

/// Rows are kept in this many parts, each holding whole accounts, so that a part is sorted in cache and parts in
/// parallel.
const PARTS: usize = 256;

/// Rows of the least and of the greatest block: a part that fills up wastes little, and so does one with a row or two.
const BLOCK: std::ops::RangeInclusive<usize> = 16..=1024;

/// Bits of a packed amount that hold its digits; those above hold its scale.
const DIGITS: u32 = 30;

/// The scale that stands for "too large, or too fine".
const ELSEWHERE: u32 = 3;

/// One row, packed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    pub account: u32,
    pub payee: u32,
    number: u32,
    date: Date,
    amount: u32,
    category: u16,
    expectation: Expectation,
    marks: Marks,
}

impl Packed {
    /// The order in which those of an account, a direction and a payee stand together, by date. Two words are compared
    /// faster than six fields.
    pub fn place(&self) -> (u128, u64) {
        let payee = u64::from(self.marks.has(Marks::CREDIT)) << 32 | u64::from(self.payee);
        let day = i64::from(self.date.year()) << 9 | i64::from(self.date.month()) << 5 | i64::from(self.date.day());
        (u128::from(self.account) << 64 | u128::from(payee), ((day as u64) << 32 | u64::from(self.number)) ^ 1 << 63)
    }
}

/// All rows that were taken.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    parts: Vec<Part>,
    amounts: Amounts,
}

/// Rows of some accounts, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part(Vec<Vec<Packed>>);

/// Amounts that are packed exactly; those that have no room stand apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts(Vec<Decimal>);

impl Default for Shelf {
    fn default() -> Self {
        Self { parts: vec![Part::default(); PARTS], amounts: Amounts::default() }
    }
}

impl Shelf {
    pub fn push(&mut self, row: &Row) {
        let Row { account, payee, number, date, amount, category, expectation, marks } = *row;
        let amount = self.amounts.pack(amount);
        let packed = Packed { account, payee, number, date, amount, category, expectation, marks };
        let Part(blocks) = &mut self.parts[account as usize % PARTS];
        match blocks.last_mut() {
            Some(block) if block.len() < block.capacity() => block.push(packed),
            last => {
                let room = last.map_or(*BLOCK.start(), |block| (block.len() * 4).min(*BLOCK.end()));
                let mut block = Vec::with_capacity(room);
                block.push(packed);
                blocks.push(block);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Every row, packed.
    pub fn rows(&self) -> impl Iterator<Item = &Packed> {
        self.parts.iter().flat_map(Part::rows)
    }

    /// The rows of one account, packed.
    pub fn of_account(&self, account: u32) -> impl Iterator<Item = &Packed> {
        self.parts[account as usize % PARTS].rows().filter(move |row| row.account == account)
    }

    pub fn amounts(&self) -> &Amounts {
        &self.amounts
    }

    pub fn into_parts(self) -> (Vec<Part>, Amounts) {
        (self.parts, self.amounts)
    }
}

impl Part {
    fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    fn rows(&self) -> impl Iterator<Item = &Packed> {
        self.0.iter().flatten()
    }

    /// All rows in one piece.
    pub fn into_rows(self) -> Vec<Packed> {
        let mut rows = Vec::with_capacity(self.len());
        self.0.into_iter().for_each(|block| rows.extend(block));
        rows
    }
}

impl Amounts {
    fn pack(&mut self, amount: Decimal) -> u32 {
        let (digits, scale) = (amount.mantissa(), amount.scale());
        match u32::try_from(digits) {
            Ok(digits) if scale < ELSEWHERE && digits >> DIGITS == 0 => scale << DIGITS | digits,
            _ => {
                self.0.push(amount);
                ELSEWHERE << DIGITS | (self.0.len() - 1) as u32
            }
        }
    }

    fn unpack(&self, amount: u32) -> Decimal {
        let (scale, digits) = (amount >> DIGITS, amount & ((1 << DIGITS) - 1));
        match scale {
            ELSEWHERE => self.0[digits as usize],
            scale => Decimal::new(i64::from(digits), scale),
        }
    }

    /// A row as it was pushed.
    pub fn row(&self, packed: &Packed) -> Row {
        let Packed { account, payee, number, date, amount, category, expectation, marks } = *packed;
        Row { account, payee, number, date, amount: self.unpack(amount), category, expectation, marks }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Packed>() <= 24);
    }

    proptest! {
        #[test]
        fn amounts_come_back_as_they_were(digits in 0_i64.., scale in 0_u32..=28, small: bool) {
            let amount = Decimal::new(if small { digits % 100_000 } else { digits }, if small { scale % 4 } else { scale });
            let mut amounts = Amounts::default();
            let packed = amounts.pack(amount);
            prop_assert_eq!(amounts.unpack(packed).to_string(), amount.to_string());
            prop_assert!(amounts.0.is_empty() || !small || amount.scale() > 2);
        }
    }
}
