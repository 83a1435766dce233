//! Ids in hex, and ids that are computed, so that the same row written twice has the same id.
use xxhash_rust::xxh3::xxh3_128;

/// Lower-case hex.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: Vec<u8> = pairs.map(|digit| DIGITS[usize::from(digit)]).collect();
    String::from_utf8(hex).expect("digits are ASCII")
}

/// `None` if `text` is not hex of whole bytes.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match *pair {
            [high, low] => Some((digit(high)? << 4 | digit(low)?) as u8),
            _ => None,
        })
        .collect()
}

/// The id of a row: a UUID of version 7 with the time of the row and a hash of `parts` instead of
/// random bits.
pub(super) fn record_id(time_ns: u64, parts: &[&[u8]]) -> String {
    const VERSION: u128 = 7 << 76;
    const VARIANT: u128 = 2 << 62;
    let hash = hash(parts) & !(0xf << 76) & !(3 << 62) & ((1 << 80) - 1);
    let millis = u128::from(time_ns / 1_000_000) & ((1 << 48) - 1);
    uuid_text(millis << 80 | VERSION | VARIANT | hash)
}

/// The id of an annotation that has no id of its own.
pub(super) fn annotation_id(parts: &[&[u8]]) -> String {
    uuid_text(hash(parts))
}

/// These bits in the form of a UUID.
fn uuid_text(bits: u128) -> String {
    let hex = to_hex(&bits.to_be_bytes());
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The hash of the parts with their lengths, so that no two lists of parts look the same.
fn hash(parts: &[&[u8]]) -> u128 {
    let mut whole = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        whole.extend_from_slice(&(part.len() as u64).to_le_bytes());
        whole.extend_from_slice(part);
    }
    xxh3_128(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_of_any_bytes_comes_back() {
        for bytes in [&[][..], &[0], &[0xff, 0x0a, 0x10]] {
            assert_eq!(from_hex(&to_hex(bytes)).as_deref(), Some(bytes));
        }
        assert_eq!(from_hex("abc"), None);
        assert_eq!(from_hex("zz"), None);
    }

    #[test]
    fn record_ids_sort_by_time_and_depend_on_the_parts() {
        let early = record_id(1_000_000, &[b"a", b"b"]);
        assert_eq!(early, record_id(1_000_000, &[b"a", b"b"]));
        assert_ne!(early, record_id(1_000_000, &[b"ab", b""]));
        assert!(early < record_id(2_000_000, &[b"a", b"b"]));
        assert_eq!((&early[14..15], early.len()), ("7", 36));
        record_id(u64::MAX, &[]);
    }
}
