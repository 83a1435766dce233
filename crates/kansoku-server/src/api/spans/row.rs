//! A span as a row of a list, with the data that identifies its trace.
use std::{collections::BTreeMap, time::Duration};

use kansoku_model::metadata_key;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ApiError, App, rendering::value_columns::ValueColumns};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundSpan {
    pub(super) trace_id: String,
    pub(super) span_id: String,
    pub(super) parent_span_id: Option<String>,
    pub(super) name: String,
    pub(super) r#type: Option<String>,
    /// `OK`, `ERROR` or `UNSET`.
    pub(super) status: &'static str,
    pub(super) error: Option<String>,
    pub(super) start_time_ms: i64,
    /// `null` while it is open.
    pub(super) duration_ms: Option<f64>,
    pub(super) first_token_ms: Option<f64>,
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) total_tokens: Option<u64>,
    pub(super) cached_tokens: Option<u64>,
    /// In US dollars.
    pub(super) cost: Option<f64>,
    pub(super) trace_name: Option<String>,
    pub(super) trace_state: &'static str,
    pub(super) request_time_ms: i64,
    pub(super) session: Option<String>,
    pub(super) user: Option<String>,
    pub(super) version: Option<String>,
    pub(super) environment: Option<String>,
    /// The values of `columns` by the requested names; absent if none were requested, or if the trace
    /// is too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) values: Option<BTreeMap<String, Value>>,
}

/// Converts spans to rows with their values, as far as these are read before the deadline.
pub(super) async fn span_rows(
    app: &App,
    columns: &ValueColumns,
    spans: Vec<kansoku_store::FoundSpan>,
    deadline: Duration,
) -> Result<Vec<FoundSpan>, ApiError> {
    let id = |found: &kansoku_store::FoundSpan| (found.trace.trace_id.clone(), found.span.span_id);
    let mut values = columns.of_spans(app, spans.iter().map(id).collect(), deadline).await?;
    let row = |found: kansoku_store::FoundSpan| {
        let values = values.remove(&id(&found));
        FoundSpan { values, ..FoundSpan::from(found) }
    };
    Ok(spans.into_iter().map(row).collect())
}

impl From<kansoku_store::FoundSpan> for FoundSpan {
    fn from(kansoku_store::FoundSpan { span, trace }: kansoku_store::FoundSpan) -> Self {
        let (usage, metadata) = (span.usage, |key: &str| trace.metadata.get(key).cloned());
        let ms_after_start = |ns: i64| ns.saturating_sub(span.start_ns) as f64 / 1e6;
        Self {
            trace_id: trace.trace_id.to_string(),
            span_id: span.span_id.to_string(),
            parent_span_id: span.parent_id.map(|id| id.to_string()),
            duration_ms: span.duration_us().map(|us| us as f64 / 1000.0),
            first_token_ms: span.first_token_ns.map(ms_after_start),
            start_time_ms: span.start_ns.div_euclid(1_000_000),
            name: span.name,
            r#type: span.span_type,
            status: span.status.as_str(),
            error: span.error,
            model: span.model,
            provider: span.provider,
            input_tokens: usage.map(|usage| usage.input_tokens),
            output_tokens: usage.map(|usage| usage.output_tokens),
            total_tokens: usage.map(|usage| usage.total_tokens),
            cached_tokens: usage.and_then(|usage| usage.cache_read_input_tokens),
            cost: span.cost.map(|cost| cost.total.as_dollars()),
            trace_name: trace.name.clone(),
            trace_state: trace.state.as_str(),
            request_time_ms: trace.request_time.0,
            session: metadata(metadata_key::SESSION),
            user: metadata(metadata_key::USER),
            version: trace.version().map(str::to_owned),
            environment: trace.environment().map(str::to_owned),
            values: None,
        }
    }
}
