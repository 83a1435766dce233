//! A trace of either tier.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_filter::{eval, listed_numbers};
use kansoku_model::{ExperimentId, FeedbackSettings, TraceId, TraceInfo};
use kansoku_store::core::list_bounds;
use kansoku_store::core::span_rows;
use kansoku_store::{StoreError, TraceListItem};

use super::Tiers;
use crate::reader::Viewed;
use crate::tables::ArchivedTrace;

pub(super) enum Found {
    /// Its info as in lists.
    Hot(Box<TraceInfo>),
    Archived(Box<ArchivedTrace>),
}

impl Found {
    /// The info as in lists, with long texts truncated.
    pub(super) fn listed(self) -> TraceInfo {
        match self {
            Self::Hot(info) => *info,
            Self::Archived(trace) => list_bounds::listed(trace.info),
        }
    }
}

impl Tiers {
    /// The list items of those traces that still exist, in the given order.
    pub(super) async fn items(&self, found: Vec<Found>) -> Result<Vec<TraceListItem>, StoreError> {
        let hot: Vec<TraceId> = found.iter().filter_map(hot_id).collect();
        let items = self.hot.list_items(&hot).await?;
        let mut hot: HashMap<TraceId, TraceListItem> =
            items.into_iter().map(|item| (item.info.trace_id.clone(), item)).collect();
        let mut settings: HashMap<ExperimentId, Arc<FeedbackSettings>> = HashMap::new();
        let mut items = Vec::with_capacity(found.len());
        for found in found {
            match found {
                Found::Hot(info) => items.extend(hot.remove(&info.trace_id)),
                Found::Archived(trace) => {
                    let experiment = trace.info.experiment_id;
                    let feedback = match settings.get(&experiment) {
                        Some(known) => known.clone(),
                        None => {
                            let read = Arc::new(self.hot.feedback_settings(experiment).await?);
                            settings.entry(experiment).or_insert(read).clone()
                        }
                    };
                    items.push(item(*trace, feedback));
                }
            }
        }
        Ok(items)
    }
}

fn hot_id(found: &Found) -> Option<TraceId> {
    match found {
        Found::Hot(info) => Some(info.trace_id.clone()),
        Found::Archived(_) => None,
    }
}

fn item(trace: ArchivedTrace, feedback: Arc<FeedbackSettings>) -> TraceListItem {
    let viewed = Viewed::new(&trace);
    let view = viewed.view(&[]);
    let numbers = listed_numbers().map(|(_, field)| eval::number(field, &view)).collect();
    let summary = span_rows::summary(&trace.span_rows, trace.totals());
    let runs = trace.links().run_ids;
    drop(viewed);
    let info = list_bounds::listed(trace.info);
    TraceListItem { info, summary, numbers, runs, feedback, is_archived: true }
}
