//! Ids of traces and experiments in a request.
use kansoku_model::{ExperimentId, TraceId};

use crate::{Fields, RequestError};

/// Reads the required field `trace_id`.
pub fn trace_id(fields: &Fields) -> Result<TraceId, RequestError> {
    TraceId::try_from(fields.required_str("trace_id")?).map_err(RequestError::invalid)
}

/// The valid trace ids among these; no trace has one of the others.
pub fn possible_ids(texts: Vec<String>) -> Vec<TraceId> {
    texts.into_iter().filter_map(|text| TraceId::try_from(text).ok()).collect()
}

/// Reads the required field `experiment_id`.
pub fn experiment_id(fields: &Fields) -> Result<ExperimentId, RequestError> {
    fields.required_str("experiment_id")?.parse().map_err(RequestError::invalid)
}

/// A list of experiment ids; `None` if the field is absent.
pub fn experiment_ids(
    fields: &Fields,
    name: &str,
) -> Result<Option<Vec<ExperimentId>>, RequestError> {
    if !fields.has(name)? {
        return Ok(None);
    }
    let parse = |text: String| text.parse().map_err(RequestError::invalid);
    fields.list_str(name)?.into_iter().map(parse).collect::<Result<_, _>>().map(Some)
}
