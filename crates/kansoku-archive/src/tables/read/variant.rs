//! Values of OTLP from the bytes of a `VARIANT`.
//!
//! Lists and objects are read here, for two reasons. An object's values lie in the order in which
//! they were sent, although its fields are sorted by name, and MLflow's JSON shows that order. And
//! in the bytes of a stranger, all fields may point to the same value, which would multiply at every
//! level; here each field gets only the bytes up to the next.
use arrow_array::BinaryArray;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use parquet_variant::{Variant, VariantMetadata};

/// OTLP has at most about 50 levels, because protobuf's readers accept 100 nested messages.
const DEPTH_MAX: usize = 100;

/// The two columns of a `VARIANT`.
#[derive(Clone, Copy)]
pub(super) struct VariantColumns<'a> {
    pub(super) metadata: &'a BinaryArray,
    pub(super) values: &'a BinaryArray,
}

impl VariantColumns<'_> {
    /// Fails with the reason if the bytes are not a `VARIANT`, or are nested too deeply.
    pub(super) fn value(&self, row: usize) -> Result<AnyValue, String> {
        decode(self.metadata.value(row), self.values.value(row))
    }
}

fn decode(metadata: &[u8], value: &[u8]) -> Result<AnyValue, String> {
    let names = VariantMetadata::try_new(metadata).map_err(|error| error.to_string())?;
    read_value(&names, value, DEPTH_MAX)
}

const OBJECT: u8 = 2;
const LIST: u8 = 3;

fn read_value(names: &VariantMetadata<'_>, bytes: &[u8], depth: usize) -> Result<AnyValue, String> {
    let header = *bytes.first().ok_or("a value has no bytes")?;
    let value = match header & 3 {
        OBJECT => {
            let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
            let mut values = Vec::new();
            for (id, bytes) in Container::object(bytes)?.items()? {
                let name = names.get(id as usize).map_err(|error| error.to_string())?;
                let value = Some(read_value(names, bytes, depth)?);
                values.push(KeyValue { key: name.to_owned(), value, ..KeyValue::default() });
            }
            Any::KvlistValue(KeyValueList { values })
        }
        LIST => {
            let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
            let items = Container::list(bytes)?.items()?;
            let values = items.into_iter().map(|(_, bytes)| read_value(names, bytes, depth));
            Any::ArrayValue(ArrayValue { values: values.collect::<Result<_, _>>()? })
        }
        _ => return read_scalar(names, bytes),
    };
    Ok(AnyValue { value: Some(value) })
}

/// Types that the archive never writes become the nearest ones of OTLP.
fn read_scalar(names: &VariantMetadata<'_>, bytes: &[u8]) -> Result<AnyValue, String> {
    let scalar = Variant::try_new_with_metadata(names.clone(), bytes);
    let value = match scalar.map_err(|error| error.to_string())? {
        Variant::Null => return Ok(AnyValue { value: None }),
        Variant::BooleanTrue => Any::BoolValue(true),
        Variant::BooleanFalse => Any::BoolValue(false),
        Variant::Int8(number) => Any::IntValue(number.into()),
        Variant::Int16(number) => Any::IntValue(number.into()),
        Variant::Int32(number) => Any::IntValue(number.into()),
        Variant::Int64(number) => Any::IntValue(number),
        Variant::Float(number) => Any::DoubleValue(number.into()),
        Variant::Double(number) => Any::DoubleValue(number),
        Variant::Binary(bytes) => Any::BytesValue(bytes.to_vec()),
        Variant::String(text) => Any::StringValue(text.to_owned()),
        Variant::ShortString(text) => Any::StringValue(text.as_str().to_owned()),
        Variant::Decimal4(number) => Any::StringValue(number.to_string()),
        Variant::Decimal8(number) => Any::StringValue(number.to_string()),
        Variant::Decimal16(number) => Any::StringValue(number.to_string()),
        Variant::Date(date) => Any::StringValue(date.to_string()),
        Variant::TimestampMicros(time) | Variant::TimestampNanos(time) => {
            Any::StringValue(time.to_rfc3339())
        }
        Variant::TimestampNtzMicros(time) | Variant::TimestampNtzNanos(time) => {
            Any::StringValue(time.to_string())
        }
        Variant::Time(time) => Any::StringValue(time.to_string()),
        Variant::Uuid(id) => Any::StringValue(id.to_string()),
        Variant::Object(_) | Variant::List(_) => return Err("a scalar is a container".to_owned()),
    };
    Ok(AnyValue { value: Some(value) })
}

/// The encoded numbers and values of an object or list.
struct Container<'a> {
    count: usize,
    /// The ids of the fields' names; empty for lists.
    ids: PackedNumbers<'a>,
    /// The offset of each item in `values`, and the end of the last.
    offsets: PackedNumbers<'a>,
    values: &'a [u8],
}

impl<'a> Container<'a> {
    fn object(bytes: &'a [u8]) -> Result<Self, String> {
        let (flags, rest) = header(bytes)?;
        let id_width = (flags >> 2 & 3) + 1;
        Self::new(rest, flags & 0x10 != 0, Some(id_width), (flags & 3) + 1)
    }

    fn list(bytes: &'a [u8]) -> Result<Self, String> {
        let (flags, rest) = header(bytes)?;
        Self::new(rest, flags & 4 != 0, None, (flags & 3) + 1)
    }

    fn new(
        bytes: &'a [u8],
        is_large: bool,
        id_width: Option<u8>,
        offset_width: u8,
    ) -> Result<Self, String> {
        let (count, rest) = PackedNumbers::split(bytes, 1, if is_large { 4 } else { 1 })?;
        let count = count.get(0) as usize;
        let (ids, rest) = match id_width {
            Some(width) => PackedNumbers::split(rest, count, width)?,
            None => PackedNumbers::split(rest, 0, 1)?,
        };
        let (offsets, values) = PackedNumbers::split(rest, count + 1, offset_width)?;
        let values = values.get(..offsets.get(count) as usize).ok_or(TOO_SHORT)?;
        Ok(Self { count, ids, offsets, values })
    }

    /// The items with the ids of their names, in the order of their values.
    fn items(&self) -> Result<Vec<(u32, &'a [u8])>, String> {
        let id = |item| if self.ids.bytes.is_empty() { 0 } else { self.ids.get(item) };
        let mut items: Vec<(usize, u32)> =
            (0..self.count).map(|item| (self.offsets.get(item) as usize, id(item))).collect();
        items.sort_unstable();
        let ends = items.iter().skip(1).map(|(offset, _)| *offset);
        let ends: Vec<usize> = ends.chain([self.values.len()]).collect();
        let bytes = |((offset, id), end): ((usize, u32), usize)| {
            Ok((id, self.values.get(offset..end).ok_or(TOO_SHORT)?))
        };
        items.into_iter().zip(ends).map(bytes).collect()
    }
}

const TOO_SHORT: &str = "it ends too early";

/// The flags of a container, and the bytes after them.
fn header(bytes: &[u8]) -> Result<(u8, &[u8]), String> {
    let (header, rest) = bytes.split_first().ok_or(TOO_SHORT)?;
    Ok((header >> 2, rest))
}

/// Little-endian numbers of one to four bytes.
struct PackedNumbers<'a> {
    bytes: &'a [u8],
    width: usize,
}

impl<'a> PackedNumbers<'a> {
    /// The first `count` numbers, and the bytes after them.
    fn split(bytes: &'a [u8], count: usize, width: u8) -> Result<(Self, &'a [u8]), String> {
        let width = usize::from(width);
        let length = count.checked_mul(width).ok_or(TOO_SHORT)?;
        let (bytes, rest) = bytes.split_at_checked(length).ok_or(TOO_SHORT)?;
        Ok((Self { bytes, width }, rest))
    }

    fn get(&self, index: usize) -> u32 {
        let bytes = &self.bytes[index * self.width..(index + 1) * self.width];
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }
}

#[cfg(test)]
mod tests;
