//! Spans of one trace in OTLP. Their ids are made from that of the trace, so that a repeated write
//! replaces them.
use std::time::Instant;

use kansoku_model::TimestampMs;
use kansoku_otlp::{Span, TracesData};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Status};
use xxhash_rust::xxh3::xxh3_64;

use super::StartTime;
use crate::judges::Timing;

/// The most spans of one trace.
const SPANS_MAX: usize = 1_000;
const NS_PER_MS: u64 = 1_000_000;

pub(super) struct SpanList {
    trace: u128,
    start: StartTime,
    spans: Vec<Span>,
}

pub(super) struct SpanText<'a> {
    pub(super) name: &'a str,
    pub(super) span_type: &'static str,
    pub(super) attributes: Vec<(&'static str, String)>,
}

impl SpanList {
    pub(super) fn new(trace: u128, start: StartTime) -> Self {
        Self { trace, start, spans: Vec::new() }
    }

    /// Adds a span: the root first, then spans below it.
    pub(super) fn push(&mut self, text: SpanText<'_>, timing: Timing, error: Option<String>) {
        if SPANS_MAX <= self.spans.len() {
            return;
        }
        let SpanText { name, span_type, attributes } = text;
        let attributes = [("mlflow.spanType", span_type.to_owned())].into_iter().chain(attributes);
        let root = self.spans.first().map(|root| root.span_id.clone());
        let id = xxh3_64(format!("{:x} {}", self.trace, self.spans.len()).as_bytes());
        let code = if error.is_some() { StatusCode::Error } else { StatusCode::Ok };
        self.spans.push(Span {
            trace_id: self.trace.to_be_bytes().to_vec(),
            // Zero is not an id.
            span_id: id.max(1).to_be_bytes().to_vec(),
            parent_span_id: root.unwrap_or_default(),
            name: name.to_owned(),
            start_time_unix_nano: self.unix_ns(timing.start),
            end_time_unix_nano: self.unix_ns(timing.end),
            attributes: attributes.map(|(key, text)| attribute(key, text)).collect(),
            status: Some(Status { code: code.into(), message: error.unwrap_or_default() }),
            ..Span::default()
        });
    }

    fn unix_ns(&self, instant: Instant) -> u64 {
        let StartTime { at: TimestampMs(at_ms), instant: start } = self.start;
        let since = instant.saturating_duration_since(start).as_nanos();
        let start_ns = u64::try_from(at_ms).unwrap_or_default().saturating_mul(NS_PER_MS);
        start_ns.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    }

    pub(super) fn into_export(self) -> TracesData {
        let scope_spans = ScopeSpans { spans: self.spans, ..ScopeSpans::default() };
        let resource = ResourceSpans { scope_spans: vec![scope_spans], ..ResourceSpans::default() };
        TracesData { resource_spans: vec![resource] }
    }
}

fn attribute(key: &str, text: String) -> KeyValue {
    let value = Some(AnyValue { value: Some(Any::StringValue(text)) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_has_a_maximum_of_spans() {
        let start = StartTime { at: TimestampMs(1_000), instant: Instant::now() };
        let mut list = SpanList::new(7, start);
        let timing = Timing { start: start.instant, end: start.instant };
        for count in 1..=SPANS_MAX + 1 {
            let span = SpanText { name: "x", span_type: "TOOL", attributes: Vec::new() };
            list.push(span, timing, None);
            assert_eq!(list.spans.len(), count.min(SPANS_MAX));
        }
        assert_eq!(list.spans[0].start_time_unix_nano, 1_000_000_000);
    }
}
