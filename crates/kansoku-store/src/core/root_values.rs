//! Reads values of a root span from its OTLP.
use kansoku_filter::eval::text_of_value;
use kansoku_model::SpanId;
use kansoku_otlp::ChunkView;
use serde_json::Value;

use crate::{RootValues, RootValuesQuery, StoreError, WantedValues};

/// The wanted values of a span in this OTLP.
pub fn read(otlp: &[u8], root: SpanId, wanted: &WantedValues) -> Result<RootValues, StoreError> {
    let unreadable = |error| StoreError::backend("read the root of a trace", error);
    let chunk = ChunkView::decode(otlp).map_err(unreadable)?;
    let found: RootValues = match wanted {
        WantedValues::Leaves => chunk.root_leaves(root),
        WantedValues::Fields(fields) => {
            let values = chunk.root_values(root, fields).unwrap_or_default();
            let present = fields.iter().cloned().zip(values);
            present.filter_map(|(field, value)| Some((field, value?))).collect()
        }
    };
    Ok(found.into_iter().map(|(field, value)| (field, shortened(value))).collect())
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
