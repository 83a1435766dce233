//! Reads protobuf's JSON directly into messages; errors contain the path of the value that does not
//! fit.
//!
//! `null` means absent, numbers may be strings, and a value of the wrong type is an error. No tree
//! is built. The memory that the result takes is charged while reading, which stops at a limit.
mod at;
mod field;
mod scalar;
mod values;

use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use serde::de::{DeserializeSeed, Deserializer, MapAccess};

use crate::json_tree::skip_string;

pub(crate) use at::At;
use at::Charge;
pub(crate) use field::Field;
use values::Place;
pub(crate) use values::{fields, list_or_else};

/// The messages may take this many times the size of the text, or [`READ_BYTES_MIN`] if that is
/// more.
const READ_TIMES: usize = 6;
const READ_BYTES_MIN: usize = 4 << 20;

/// The reason why a text could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Shape(#[from] UnexpectedType),
    /// The decoded value would take more than this many bytes.
    #[error("it takes more than {0} bytes")]
    TooLarge(usize),
}

/// A value of an unexpected type, with its path.
#[derive(Debug, thiserror::Error)]
#[error("`{at}` must be {expected}")]
pub struct UnexpectedType {
    at: String,
    expected: &'static str,
}

/// Reads a text that contains one message.
pub(crate) fn read<T: Message>(json: &[u8]) -> Result<T, ReadError> {
    let charge = Charge::up_to((READ_TIMES * json.len()).max(READ_BYTES_MIN));
    let at = At::root(&charge);
    let mut reader = serde_json::Deserializer::from_slice(json);
    // `At` limits the depth instead, counted in protobuf messages.
    reader.disable_recursion_limit();
    let read = Place::<Option<T>>::new(at).deserialize(&mut reader).and_then(|message| {
        reader.end()?;
        message.ok_or_else(|| at.unexpected("an object"))
    });
    read.map_err(|error| charge.why(error))
}

/// An estimate of the bytes that a text takes once its messages are read, for reserving memory. It
/// is never more than [`read`] allows.
pub fn json_decoded_bytes(json: &[u8]) -> usize {
    /// A list element or an attribute, in a list that is half full.
    const NODE_BYTES: usize = 2 * size_of::<KeyValue>();
    let nodes = count_nodes(json);
    let bytes = json.len().saturating_add(nodes.saturating_mul(NODE_BYTES));
    bytes.min((READ_TIMES * json.len()).max(READ_BYTES_MIN))
}

/// The number of objects in a text.
fn count_nodes(json: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = json.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'{' => count += 1,
            b'"' => skip_string(&mut rest),
            _ => {}
        }
    }
    count
}

/// A type that can be read from a JSON value.
pub(crate) trait Read: Sized {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error>;
}

/// An object that is read field by field.
pub(crate) trait Message: Default {
    /// Reads the value of a field, or skips it.
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error>;
}
