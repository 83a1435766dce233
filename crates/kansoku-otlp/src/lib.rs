//! OTLP as the stored form of a span, and MLflow's JSON as views of it.
//!
//! Spans of all protocols become [`TracesData`]. [`split`] turns that into narrow rows and bytes to
//! store; [`SpanSet`] turns stored bytes into the responses that clients read. Nothing here does
//! I/O, and no input makes it panic.
mod batches;
mod conventions;
mod decoded_size;
mod error;
mod export;
mod framing;
mod id;
mod json;
mod json_tree;
mod logs;
mod narrow;
mod otlp_json;
pub mod preview;
mod rejections;
mod root_values;
mod split;
pub mod traces_json;
mod value;
mod view;
mod wire;
mod write;

pub use conventions::{
    ChatMessage, CostInDollars, Document, Media, NormalizedSpan, Part, Side, ToolCall,
    ToolDefinition, normalize,
};
pub use error::{DecodeError, TracesJsonError};
pub use export::{Encoding, Export};
pub use framing::each_frame;
pub use json::json_decoded_bytes;
pub use json_tree::tree_bytes;
pub use logs::split_logs;
pub use narrow::{Signal, only_records, only_spans};
pub use opentelemetry_proto::tonic::logs::v1::LogsData;
pub use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
pub use rejections::{Rejected, Rejections};
pub use root_values::{COMPOSED_WORDS, value_at};
pub use split::{Split, service_name, split, split_as};
pub use value::from_json as value_from_json;
pub use view::{
    ChunkNumber, ChunkView, FoundText, InvalidSpanField, RENDERED_WORDS, RawField, SpanField,
    SpanForm, SpanIndex, SpanIndexBuilder, SpanSet, SpanWindow, Words,
};

use prost::Message;

/// Decodes an OTLP export in protobuf. Fails if the body is malformed.
pub fn decode_protobuf(body: &[u8]) -> Result<TracesData, DecodeError> {
    Ok(TracesData::decode(body)?)
}

/// Decodes an OTLP export in JSON as OTLP specifies it: ids in hex, unknown fields are ignored,
/// `null` means absent. Fails if the body is malformed or would take too much memory.
pub fn decode_json(body: &[u8]) -> Result<TracesData, DecodeError> {
    otlp_json::read(body)
}

/// Decodes an OTLP export of log records in protobuf. Fails if the body is malformed.
pub fn decode_logs_protobuf(body: &[u8]) -> Result<LogsData, DecodeError> {
    Ok(LogsData::decode(body)?)
}

/// Decodes an OTLP export of log records in JSON, as [`decode_json`] does for spans.
pub fn decode_logs_json(body: &[u8]) -> Result<LogsData, DecodeError> {
    otlp_json::read(body)
}

/// Writes the resources in `otlp`, which is protobuf, as OTLP/JSON, with a comma between them.
/// Fails if `otlp` cannot be decoded.
pub fn write_json(out: &mut Vec<u8>, signal: Signal, otlp: &[u8]) -> Result<(), DecodeError> {
    match signal {
        Signal::Traces => {
            let resources = TracesData::decode(otlp)?.resource_spans;
            write::items(out, &resources, otlp_json::write::resource_spans);
        }
        Signal::Logs => {
            let resources = LogsData::decode(otlp)?.resource_logs;
            write::items(out, &resources, otlp_json::write::resource_logs);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
