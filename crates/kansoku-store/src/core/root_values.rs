//! Reads values of spans from their OTLP.
use kansoku_filter::eval::text_of_value;
use kansoku_model::SpanId;
use kansoku_otlp::ChunkView;
use serde_json::Value;

use crate::{RootValues, RootValuesQuery, StoreError, WantedValues};

/// The wanted values of a span in this OTLP.
pub fn read(otlp: &[u8], root: SpanId, wanted: &WantedValues) -> Result<RootValues, StoreError> {
    Ok(values(&decode(otlp)?, root, wanted).unwrap_or_default())
}

/// The wanted values of those of the spans that are in this OTLP.
pub fn read_spans(
    otlp: &[u8],
    spans: &[SpanId],
    wanted: &WantedValues,
) -> Result<Vec<(SpanId, RootValues)>, StoreError> {
    let chunk = decode(otlp)?;
    let found = spans.iter().filter_map(|span| Some((*span, values(&chunk, *span, wanted)?)));
    Ok(found.collect())
}

fn decode(otlp: &[u8]) -> Result<ChunkView, StoreError> {
    ChunkView::decode(otlp)
        .map_err(|error| StoreError::backend("read the values of a trace", error))
}

fn values(chunk: &ChunkView, span: SpanId, wanted: &WantedValues) -> Option<RootValues> {
    let found: RootValues = match wanted {
        WantedValues::Leaves => chunk.root_leaves(span)?,
        WantedValues::Fields(fields) => {
            let present = fields.iter().cloned().zip(chunk.root_values(span, fields)?);
            present.filter_map(|(field, value)| Some((field, value?))).collect()
        }
    };
    Some(found.into_iter().map(|(field, value)| (field, shortened(value))).collect())
}

fn shortened(value: Value) -> Value {
    match value {
        Value::String(_) | Value::Array(_) | Value::Object(_) => {
            let mut text = text_of_value(&value);
            if let Some((end, _)) = text.char_indices().nth(RootValuesQuery::TEXT_CHARS_MAX) {
                text.truncate(end);
                text.push('…');
            }
            Value::String(text)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}
