//! A span as MLflow stores it and as `traces.json` has it: ids in base64, each
//! attribute as JSON text, events and links with plain values.
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{TRACE_REQUEST_ID, attributes_of};
use crate::id::{self, to_base64};
use crate::value::{JsonObject, json_text};

pub(super) struct TracesJson<'a> {
    pub(super) spans: &'a [Span],
    pub(super) trace: &'a TraceId,
}

impl Serialize for TracesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spans: Vec<StoredSpan<'_>> =
            self.spans.iter().map(|span| StoredSpan { span, trace: Some(self.trace) }).collect();
        let mut file = serializer.serialize_struct("TracesJson", 1)?;
        file.serialize_field("spans", &spans)?;
        file.end()
    }
}

pub(super) struct StoredSpan<'a> {
    pub(super) span: &'a Span,
    /// Shown as `mlflow.traceRequestId`; without it that attribute is as sent.
    pub(super) trace: Option<&'a TraceId>,
}

impl Serialize for StoredSpan<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let span = self.span;
        let parent = (!span.parent_span_id.is_empty()).then(|| to_base64(&span.parent_span_id));
        let end_ns = (span.end_time_unix_nano != 0).then_some(span.end_time_unix_nano);
        let events: Vec<StoredEvent<'_>> = span.events.iter().map(StoredEvent).collect();
        let links: Vec<StoredLink<'_>> = span.links.iter().filter_map(StoredLink::of).collect();
        let mut json = serializer.serialize_struct("StoredSpan", 10)?;
        json.serialize_field("trace_id", &to_base64(&span.trace_id))?;
        json.serialize_field("span_id", &to_base64(&span.span_id))?;
        json.serialize_field("parent_span_id", &parent)?;
        json.serialize_field("name", &span.name)?;
        json.serialize_field("start_time_unix_nano", &span.start_time_unix_nano)?;
        json.serialize_field("end_time_unix_nano", &end_ns)?;
        json.serialize_field("events", &events)?;
        json.serialize_field("status", &StoredStatus(span.status.as_ref()))?;
        json.serialize_field("attributes", &StoredAttributes { span, trace: self.trace })?;
        json.serialize_field("links", &links)?;
        json.end()
    }
}

struct StoredAttributes<'a> {
    span: &'a Span,
    trace: Option<&'a TraceId>,
}

impl Serialize for StoredAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attributes = attributes_of(self.span, self.trace);
        let mut json = serializer.serialize_map(Some(attributes.len() + 1))?;
        if let Some(trace) = self.trace {
            let text = serde_json::Value::from(trace.as_str()).to_string();
            json.serialize_entry(TRACE_REQUEST_ID, &text)?;
        }
        for (key, value) in attributes {
            json.serialize_entry(key, &json_text(value))?;
        }
        json.end()
    }
}

struct StoredStatus<'a>(Option<&'a Status>);

impl Serialize for StoredStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let code = self.0.map(Status::code).unwrap_or_default();
        let mut json = serializer.serialize_struct("StoredStatus", 2)?;
        json.serialize_field("code", code.as_str_name())?;
        json.serialize_field("message", self.0.map_or("", |status| &status.message))?;
        json.end()
    }
}

struct StoredEvent<'a>(&'a Event);

impl Serialize for StoredEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("StoredEvent", 3)?;
        json.serialize_field("name", &self.0.name)?;
        json.serialize_field("time_unix_nano", &self.0.time_unix_nano)?;
        json.serialize_field("attributes", &JsonObject(&self.0.attributes))?;
        json.end()
    }
}

struct StoredLink<'a> {
    trace_id: TraceId,
    span_id: String,
    link: &'a Link,
}

impl<'a> StoredLink<'a> {
    /// A link to nowhere is not shown: readers refuse the whole file for it.
    fn of(link: &'a Link) -> Option<Self> {
        let trace_id = TraceId::from_otel(id::trace_id(&link.trace_id)?);
        Some(Self { trace_id, span_id: id::span_id(&link.span_id)?.to_string(), link })
    }
}

impl Serialize for StoredLink<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("StoredLink", 3)?;
        json.serialize_field("trace_id", self.trace_id.as_str())?;
        json.serialize_field("span_id", &self.span_id)?;
        json.serialize_field("attributes", &JsonObject(&self.link.attributes))?;
        json.end()
    }
}
