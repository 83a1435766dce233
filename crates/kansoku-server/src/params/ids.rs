//! Ids of traces and experiments in a request.
use kansoku_model::{ExperimentId, TraceId};

use crate::{ApiError, Fields};

/// The trace that a request is about.
pub(crate) fn trace_id(fields: &Fields) -> Result<TraceId, ApiError> {
    TraceId::try_from(fields.required_str("trace_id")?).map_err(ApiError::invalid)
}

/// Ids that no trace can have are left out: they ask for nothing.
pub(crate) fn possible_ids(texts: Vec<String>) -> Vec<TraceId> {
    texts.into_iter().filter_map(|text| TraceId::try_from(text).ok()).collect()
}

/// The experiment that a request is about.
pub(crate) fn experiment_id(fields: &Fields) -> Result<ExperimentId, ApiError> {
    fields.required_str("experiment_id")?.parse().map_err(ApiError::invalid)
}

/// A list field of experiment ids; `None` where the field is absent.
pub(crate) fn experiment_ids(
    fields: &Fields,
    name: &str,
) -> Result<Option<Vec<ExperimentId>>, ApiError> {
    if !fields.has(name)? {
        return Ok(None);
    }
    let parse = |text: String| text.parse().map_err(ApiError::invalid);
    fields.list_str(name)?.into_iter().map(parse).collect::<Result<_, _>>().map(Some)
}
