//! Builders of traces for the test cases.
use std::collections::BTreeMap;
use std::time::Duration;

use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, DurationMs, ExperimentId,
    TimestampMs, TraceId, TraceInfo, TraceSpans, TraceState,
};
use serde_json::{Value, json};

use super::Stores;
use crate::{NewExperiment, SearchPage, TraceSearch};

/// 2026-11-21, in nanoseconds; the spans of the test cases begin here.
pub const START_NS: u64 = 1_795_237_452_000_000_000;

pub fn trace_id(n: u64) -> TraceId {
    TraceId::from_otel(u128::from(n).to_be_bytes())
}

/// One span of trace `n`, as OTLP/JSON; its times are in milliseconds after `START_NS`.
pub struct SpanSpec(Value);

pub fn span(n: u64, id: u64, parent: Option<u64>, from_ms: u64, to_ms: u64) -> SpanSpec {
    SpanSpec(json!({
        "traceId": format!("{n:032x}"),
        "spanId": format!("{id:016x}"),
        "parentSpanId": parent.map_or(String::new(), |id| format!("{id:016x}")),
        "name": format!("span-{id}"),
        "startTimeUnixNano": (START_NS + from_ms * 1_000_000).to_string(),
        "endTimeUnixNano": (START_NS + to_ms * 1_000_000).to_string(),
        "attributes": [],
        "status": {},
    }))
}

impl SpanSpec {
    pub fn name(mut self, name: &str) -> Self {
        self.0["name"] = name.into();
        self
    }

    /// Sets any field of OTLP/JSON.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }

    pub fn failed(mut self) -> Self {
        self.0["status"] = json!({ "code": 2, "message": "failed" });
        self
    }

    pub fn attribute(mut self, key: &str, value: &str) -> Self {
        let attribute = json!({ "key": key, "value": { "stringValue": value } });
        self.0["attributes"].as_array_mut().expect("a list").push(attribute);
        self
    }
}

/// The argument of `append`: spans of one resource.
pub fn batch(spans: impl IntoIterator<Item = SpanSpec>) -> Vec<TraceSpans> {
    batch_of("agent", spans)
}

pub fn batch_of(service: &str, spans: impl IntoIterator<Item = SpanSpec>) -> Vec<TraceSpans> {
    let spans: Vec<Value> = spans.into_iter().map(|SpanSpec(span)| span).collect();
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes":
            [{ "key": "service.name", "value": { "stringValue": service } }] },
        "scopeSpans": [{ "scope": { "name": "suite" }, "spans": spans }],
    }]});
    let data = kansoku_otlp::decode_json(body.to_string().as_bytes()).expect("valid OTLP/JSON");
    let split = kansoku_otlp::split(data);
    assert!(split.rejected.is_empty(), "the suite sends valid spans");
    split.traces
}

/// A trace with a root and one model call.
pub fn small_trace(n: u64, from_ms: u64) -> Vec<TraceSpans> {
    batch([
        span(n, 1, None, from_ms, from_ms + 20).name("root").attribute("mlflow.spanType", "AGENT"),
        span(n, 2, Some(1), from_ms + 1, from_ms + 9)
            .name("call")
            .attribute("mlflow.spanType", "LLM"),
    ])
}

pub fn info(n: u64, experiment: ExperimentId) -> TraceInfo {
    TraceInfo {
        trace_id: trace_id(n),
        experiment_id: experiment,
        client_request_id: Some(format!("req-{n}")),
        request_time: TimestampMs(START_NS as i64 / 1_000_000),
        execution_duration: Some(DurationMs(20)),
        state: TraceState::Ok,
        name: Some("ask".to_owned()),
        request_preview: Some("question".to_owned()),
        response_preview: None,
        metadata: BTreeMap::from([("mlflow.trace.session".to_owned(), format!("s-{n}"))]),
        tags: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
        assessments: Vec::new(),
        span_count: 0,
        finalized: false,
    }
}

pub fn feedback(n: u64, name: &str, value: impl Into<Value>) -> Assessment {
    Assessment {
        assessment_id: AssessmentId::random(),
        assessment_name: name.to_owned(),
        trace_id: trace_id(n),
        span_id: None,
        source: AssessmentSource { source_type: "HUMAN".to_owned(), source_id: None },
        create_time: TimestampMs(1),
        last_update_time: TimestampMs(1),
        value: AssessmentValue::Feedback { value: value.into(), error: None },
        rationale: None,
        metadata: BTreeMap::new(),
        overrides: None,
        valid: true,
    }
}

pub async fn experiment(stores: &Stores, name: &str) -> ExperimentId {
    let new = NewExperiment { name: name.to_owned(), artifact_location: None, tags: Vec::new() };
    stores.meta.create_experiment(new).await.expect("a fresh name")
}

pub fn query(experiments: &[ExperimentId], filter: &str) -> TraceSearch {
    TraceSearch {
        experiments: experiments.to_vec(),
        filter: Filter::parse(filter).unwrap_or_else(|e| panic!("{e}")),
        order_by: Vec::new(),
        max_results: 500,
        page_token: None,
        deadline: Duration::from_secs(30),
    }
}

pub fn ordered(search: TraceSearch, order_by: &[&str]) -> TraceSearch {
    let items: Vec<String> = order_by.iter().map(|item| (*item).to_owned()).collect();
    TraceSearch { order_by: OrderBy::parse_list(&items).expect("a valid order"), ..search }
}

/// The numbers of the traces that match a filter, in the order of the result.
pub async fn found(stores: &Stores, experiment: ExperimentId, filter: &str) -> Vec<u64> {
    let page = stores.traces.search(query(&[experiment], filter)).await;
    numbers(&page.unwrap_or_else(|e| panic!("{filter}: {e}")))
}

pub fn numbers(page: &SearchPage) -> Vec<u64> {
    page.traces.iter().map(|info| number(&info.trace_id)).collect()
}

pub fn number(trace: &TraceId) -> u64 {
    u64::from_str_radix(&trace.as_str()[19..], 16).expect("an id of the suite")
}
