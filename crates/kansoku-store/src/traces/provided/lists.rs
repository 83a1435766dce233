//! Traces as list items, and the keys that filters complete.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::eval::{self, NoPayload, TraceView};
use kansoku_filter::{Filter, listed_numbers};
use kansoku_model::{ExperimentId, FeedbackSettings, TraceInfo};

use crate::core::span_rows::{self, totals_of_rows};
use crate::{KeyCount, SearchPage, StoreError, TraceKeys, TraceListItem, TraceReads, TraceSearch};

/// The number of traces per page when keys are counted.
const KEYS_PAGE: usize = 500;
/// The time limit for counting keys.
const KEYS_DEADLINE: Duration = Duration::from_secs(60);

pub(in crate::traces) async fn list_items<S: TraceReads + ?Sized>(
    store: &S,
    infos: Vec<TraceInfo>,
) -> Result<Vec<TraceListItem>, StoreError> {
    let mut items = Vec::with_capacity(infos.len());
    let mut settings: HashMap<ExperimentId, Arc<FeedbackSettings>> = HashMap::new();
    for info in infos {
        let experiment = info.experiment_id;
        let feedback = match settings.get(&experiment) {
            Some(known) => known.clone(),
            None => {
                let read = Arc::new(store.feedback_settings(experiment).await?);
                settings.entry(experiment).or_insert(read).clone()
            }
        };
        let trace = &info.trace_id;
        let links = store.links(std::slice::from_ref(trace)).await?.pop();
        let rows = match store.span_rows(trace).await {
            Ok(rows) => rows,
            // The trace was deleted after the search.
            Err(StoreError::TraceNotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let runs = links.unwrap_or_default().run_ids;
        let summary =
            span_rows::summary(&rows, span_rows::shown_totals(&info, totals_of_rows(&rows)));
        let view = TraceView {
            info: &info,
            usage: summary.usage,
            cost: summary.cost,
            run_ids: &runs,
            prompts: &[],
            spans: &rows,
            session_assessments: &[],
            payload: &NoPayload,
        };
        let numbers = listed_numbers().map(|(_, field)| eval::number(field, &view)).collect();
        let is_archived = false;
        items.push(TraceListItem { summary, numbers, info, runs, feedback, is_archived });
    }
    Ok(items)
}

pub(in crate::traces) async fn keys<S: TraceReads + ?Sized>(
    store: &S,
    experiment: ExperimentId,
) -> Result<TraceKeys, StoreError> {
    let mut counts = Counts::default();
    let (mut left, mut page_token) = (TraceKeys::TRACES_MAX, None);
    while 0 < left {
        let search = TraceSearch {
            experiments: vec![experiment],
            filter: Filter::all(),
            order_by: Vec::new(),
            max_results: left.min(KEYS_PAGE),
            page_token,
            deadline: KEYS_DEADLINE,
        };
        let SearchPage { traces, next_page_token, .. } = store.search(search).await?;
        traces.iter().for_each(|info| counts.add(info));
        left = left.saturating_sub(traces.len());
        page_token = next_page_token;
        if page_token.is_none() {
            break;
        }
    }
    Ok(counts.finish())
}

/// By key, the number of entries and how many of them are numbers.
type KeyCounts = HashMap<String, (u64, u64)>;

#[derive(Default)]
struct Counts {
    tags: KeyCounts,
    metadata: KeyCounts,
    feedback: KeyCounts,
    expectations: KeyCounts,
}

impl Counts {
    fn add(&mut self, info: &TraceInfo) {
        let add = |counts: &mut KeyCounts, key: &String, is_number: bool| {
            let (count, numbers) = counts.entry(key.clone()).or_default();
            *count += 1;
            *numbers += u64::from(is_number);
        };
        info.tags.keys().for_each(|key| add(&mut self.tags, key, false));
        let metadata =
            info.metadata.keys().filter(|key| !TraceKeys::TOTALS.contains(&key.as_str()));
        metadata.for_each(|key| add(&mut self.metadata, key, false));
        for assessment in info.assessments.iter().filter(|assessment| assessment.valid) {
            let counts = match assessment.value.kind() {
                "feedback" => &mut self.feedback,
                "expectation" => &mut self.expectations,
                _ => continue,
            };
            add(counts, &assessment.assessment_name, assessment.value.number().is_some());
        }
    }

    fn finish(self) -> TraceKeys {
        let keys = |counts: KeyCounts| {
            let counts = counts.into_iter();
            let mut keys: Vec<KeyCount> = counts
                .map(|(key, (count, numbers))| KeyCount { key, count, is_number: count == numbers })
                .collect();
            keys.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
            keys.truncate(TraceKeys::KEYS_MAX);
            keys
        };
        TraceKeys {
            tags: keys(self.tags),
            metadata: keys(self.metadata),
            feedback: keys(self.feedback),
            expectations: keys(self.expectations),
        }
    }
}
