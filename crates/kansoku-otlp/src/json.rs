//! Reading protobuf's JSON straight into messages, with the path of whatever does not fit.
//!
//! `null` is absent, numbers may be text, and a value of the wrong type is an error that names its path. No tree
//! is built: what a text becomes is charged while it is read, and ends the reading beyond a limit.
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

/// A text may become this many times its size, and at least so much.
const READ_TIMES: usize = 6;
const READ_BYTES_MIN: usize = 4 << 20;

/// Why a text could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Shape(#[from] UnexpectedType),
    /// It becomes more than so many bytes.
    #[error("it takes more than {0} bytes")]
    TooLarge(usize),
}

/// A value that is not what its place asks for.
#[derive(Debug, thiserror::Error)]
#[error("`{at}` must be {expected}")]
pub struct UnexpectedType {
    at: String,
    expected: &'static str,
}

/// Reads a text that holds one message.
pub(crate) fn read<T: Message>(json: &[u8]) -> Result<T, ReadError> {
    let charge = Charge::up_to((READ_TIMES * json.len()).max(READ_BYTES_MIN));
    let at = At::root(&charge);
    let mut reader = serde_json::Deserializer::from_slice(json);
    // What is too deep is refused by `At`, in protobuf's measure.
    reader.disable_recursion_limit();
    let read = Place::<Option<T>>::new(at).deserialize(&mut reader).and_then(|message| {
        reader.end()?;
        message.ok_or_else(|| at.unexpected("an object"))
    });
    read.map_err(|error| charge.why(error))
}

/// What a text becomes when its messages are read, as an estimate to reserve memory by. At the
/// most it is what [`read`] allows.
pub fn json_decoded_bytes(json: &[u8]) -> usize {
    /// A value in a list, or an attribute, in a list that is half full.
    const NODE_BYTES: usize = 2 * size_of::<KeyValue>();
    let nodes = count_nodes(json);
    let bytes = json.len().saturating_add(nodes.saturating_mul(NODE_BYTES));
    bytes.min((READ_TIMES * json.len()).max(READ_BYTES_MIN))
}

/// How many objects a text has.
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

/// What can stand in a place.
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
