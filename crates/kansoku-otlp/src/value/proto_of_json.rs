//! Converts JSON text to protobuf's JSON of the same value, in one pass and without a tree.
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::DEPTH_MAX;
use crate::write;

/// Writes `text` in protobuf's JSON. Returns whether it was the JSON of a string, list or object;
/// if not, the caller must discard the output.
pub(super) fn write(out: &mut Vec<u8>, text: &str) -> bool {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    if !start.starts_with(['"', '{', '[']) {
        return false;
    }
    let mut json = serde_json::Deserializer::from_str(start);
    ProtoValue { out, depth: DEPTH_MAX }.deserialize(&mut json).is_ok() && json.end().is_ok()
}

/// Writes the next value.
struct ProtoValue<'o> {
    out: &'o mut Vec<u8>,
    /// How many more levels of lists and objects are allowed.
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for ProtoValue<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ProtoValue<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.extend_from_slice(b"{}");
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.out.extend_from_slice(b"{\"bool_value\":");
        write::whole(self.out, flag);
        self.out.push(b'}');
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.out.extend_from_slice(b"{\"int_value\":");
        write::whole(self.out, number);
        self.out.push(b'}');
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.out.extend_from_slice(b"{\"double_value\":");
        write::double(self.out, number);
        self.out.push(b'}');
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.out.extend_from_slice(b"{\"string_value\":");
        write::string(self.out, text);
        self.out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let (out, depth) = self.deeper()?;
        out.extend_from_slice(b"{\"array_value\":{");
        let mut separator: &[u8] = b"\"values\":[";
        while list.next_element_seed(Item { out, depth, separator })?.is_some() {
            separator = b",";
        }
        close(out, separator);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let (out, depth) = self.deeper()?;
        out.extend_from_slice(b"{\"kvlist_value\":{");
        let mut separator: &[u8] = b"\"values\":[";
        while object.next_key_seed(Key { out, separator })?.is_some() {
            separator = b",";
            object.next_value_seed(ProtoValue { out, depth })?;
            out.push(b'}');
        }
        close(out, separator);
        Ok(())
    }
}

impl<'o> ProtoValue<'o> {
    fn deeper<E: Error>(self) -> Result<(&'o mut Vec<u8>, usize), E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok((self.out, depth))
    }
}

/// An empty list of values has no opening bracket.
fn close(out: &mut Vec<u8>, separator: &[u8]) {
    out.extend_from_slice(if separator == b"," { b"]}}" } else { b"}}" });
}

struct Item<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
    separator: &'static [u8],
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.out.extend_from_slice(self.separator);
        ProtoValue { out: self.out, depth: self.depth }.deserialize(json)
    }
}

struct Key<'o> {
    out: &'o mut Vec<u8>,
    separator: &'static [u8],
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<(), E> {
        self.out.extend_from_slice(self.separator);
        self.out.extend_from_slice(b"{\"key\":");
        write::string(self.out, key);
        self.out.extend_from_slice(b",\"value\":");
        Ok(())
    }
}
