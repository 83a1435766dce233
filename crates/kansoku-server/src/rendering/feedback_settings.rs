//! The feedback settings of the experiments that some traces belong to.
use std::collections::{HashMap, hash_map::Entry};

use kansoku_model::{ExperimentId, FeedbackSettings};
use kansoku_store::TraceListItem;

use super::trace_list_item::{TraceListItemJson, conversion::trace_list_item_json};
use crate::{ApiError, App};

/// Stored traces as rows, their feedback judged by the settings of their experiments.
pub(crate) async fn trace_rows(
    app: &App,
    traces: Vec<TraceListItem>,
) -> Result<Vec<TraceListItemJson>, ApiError> {
    let mut settings: HashMap<ExperimentId, FeedbackSettings> = HashMap::new();
    let mut rows = Vec::with_capacity(traces.len());
    for trace in traces {
        let id = trace.info.experiment_id;
        let settings = match settings.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(of_experiment(app, id).await?),
        };
        rows.push(trace_list_item_json(trace, settings));
    }
    Ok(rows)
}

pub(crate) async fn of_experiment(
    app: &App,
    id: ExperimentId,
) -> Result<FeedbackSettings, ApiError> {
    Ok(FeedbackSettings::from_tags(&app.meta.experiment(id).await?.tags))
}
