//! A compact column of integers: each as its distance from the smallest one, compressed with zstd.
//!
//! ```text
//! stored := count u32, zstd(base i64, width u8, count × width bytes), all little-endian
//! ```
//! A stored 0 is NULL; the smallest number is stored as 1.
use zstd::bulk::Decompressor;

use crate::StoreError;

/// Represents NULL; no stored number is this small.
pub const NONE: i64 = i64::MIN;

const ZSTD_LEVEL: i32 = 3;
const HEAD_BYTES: usize = 9;
/// More numbers than any block has; bounds the memory of decoding.
const NUMBERS_MAX: usize = 1 << 22;

pub fn encode(numbers: &[i64]) -> Result<Vec<u8>, StoreError> {
    let present = || numbers.iter().copied().filter(|number| *number != NONE);
    let (least, most) = (present().min().unwrap_or(0), present().max().unwrap_or(0));
    let distance = |number: i64| match number {
        NONE => 0,
        number => number.wrapping_sub(least).cast_unsigned() + 1,
    };
    let width = match distance(most) {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    let mut raw = Vec::with_capacity(HEAD_BYTES + numbers.len() * width);
    raw.extend(least.to_le_bytes());
    raw.push(width as u8);
    for number in numbers {
        raw.extend(&distance(*number).to_le_bytes()[..width]);
    }
    let packed = zstd::bulk::compress(&raw, ZSTD_LEVEL)
        .map_err(|e| StoreError::backend("pack a column", e))?;
    let count = u32::try_from(numbers.len()).map_err(|e| StoreError::backend("pack", e))?;
    Ok([&count.to_le_bytes()[..], &packed].concat())
}

/// Decodes columns. Its buffers are reused from column to column.
pub struct Decoder(Decompressor<'static>);

impl Decoder {
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self(Decompressor::new().map_err(|e| StoreError::backend("unpack a column", e))?))
    }

    pub fn decode(&mut self, stored: &[u8]) -> Result<Vec<i64>, StoreError> {
        decode(&mut self.0, stored)
    }
}

fn decode(zstd: &mut Decompressor<'static>, stored: &[u8]) -> Result<Vec<i64>, StoreError> {
    let (count, packed) = stored.split_first_chunk().ok_or_else(damaged)?;
    let count = u32::from_le_bytes(*count) as usize;
    if NUMBERS_MAX < count {
        return Err(damaged());
    }
    let raw = zstd
        .decompress(packed, HEAD_BYTES + count * 8)
        .map_err(|e| StoreError::backend("unpack a column", e))?;
    let (least, rest) = raw.split_first_chunk().ok_or_else(damaged)?;
    let (width, bytes) = rest.split_first().ok_or_else(damaged)?;
    let least = i64::from_le_bytes(*least);
    let width = usize::from(*width);
    if bytes.len() != count * width {
        return Err(damaged());
    }
    let number = |distance: u64| match distance {
        0 => NONE,
        distance => least.wrapping_add((distance - 1).cast_signed()),
    };
    Ok(match width {
        1 => bytes.iter().map(|b| number(u64::from(*b))).collect(),
        2 => words(bytes).map(|b| number(u64::from(u16::from_le_bytes(b)))).collect(),
        4 => words(bytes).map(|b| number(u64::from(u32::from_le_bytes(b)))).collect(),
        8 => words(bytes).map(|b| number(u64::from_le_bytes(b))).collect(),
        _ => return Err(damaged()),
    })
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}

pub fn damaged() -> StoreError {
    StoreError::backend("unpack a column", "its bytes are damaged")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back_as_they_were(
            numbers in prop::collection::vec(
                prop_oneof![any::<i64>(), -300..300_i64, Just(NONE)], 0..50
            ),
        ) {
            let mut decoder = Decoder::new().unwrap();
            prop_assert_eq!(decoder.decode(&encode(&numbers).unwrap()).unwrap(), numbers);
        }

        #[test]
        fn damaged_bytes_are_an_error_and_no_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let _ = Decoder::new().unwrap().decode(&bytes);
        }
    }

    #[test]
    fn a_small_column_takes_a_byte_a_number_at_most() {
        let numbers: Vec<i64> = (0..2048).map(|n| 1_795_237_452_000 + n * 7 % 250).collect();
        assert!(encode(&numbers).unwrap().len() < 2048 + 64);
    }
}
