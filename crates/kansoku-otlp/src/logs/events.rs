//! Converts log records to the span events that they represent.
use std::collections::{HashMap, HashSet};

use kansoku_model::SpanId;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use prost::Message;
use xxhash_rust::xxh3::xxh3_128;

use super::attribute;
use crate::DecodeError;
use crate::id::span_id;
use crate::value::json_text;

/// The attribute in which older senders write the name of an event.
pub(super) const NAME_ATTRIBUTE: &str = "event.name";

/// The name of the record's event: its event name, or the older attribute, or a body that is a
/// single word.
pub(super) fn name(record: &LogRecord) -> String {
    // Rust's `tracing` names an event by the source line that writes it.
    if !record.event_name.is_empty() && !record.event_name.contains(char::is_whitespace) {
        return record.event_name.clone();
    }
    let body = match record.body.as_ref().and_then(|body| body.value.as_ref()) {
        // The full name, such as `claude_code.api_request`, of which the attribute has only the
        // last part.
        Some(Any::StringValue(text)) if !text.contains(char::is_whitespace) => Some(text.clone()),
        _ => None,
    };
    match (attribute(record, NAME_ATTRIBUTE), body) {
        (Some(name), Some(body)) if body.ends_with(&format!(".{name}")) => body,
        (Some(name), _) => name,
        (None, body) => body.unwrap_or_default(),
    }
}

/// The time of the event, or else the time it was observed, in nanoseconds of the Unix epoch; 0 if
/// it has neither.
pub(super) fn time_ns(record: &LogRecord) -> u64 {
    match record.time_unix_nano {
        0 => record.observed_time_unix_nano,
        at => at,
    }
}

/// The events of each span from log records, sorted by time. A record that was sent twice counts
/// once. Fails if a chunk cannot be decoded.
pub(crate) fn events_by_span(logs: &[Vec<u8>]) -> Result<HashMap<SpanId, Vec<Event>>, DecodeError> {
    let mut events: HashMap<SpanId, Vec<Event>> = HashMap::new();
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    for chunk in logs {
        let data = LogsData::decode(chunk.as_slice())?;
        let scopes = data.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
        for record in scopes.flat_map(|scope| scope.log_records) {
            let Some(span) = span_id(&record.span_id) else { continue };
            if seen.insert(record.encode_to_vec()) {
                events.entry(span).or_default().push(event(record));
            }
        }
    }
    for events in events.values_mut() {
        events.sort_by_key(|event| event.time_unix_nano);
    }
    Ok(events)
}

/// The events that these log records of one span represent, sorted by time.
pub(crate) fn events_of<'a>(
    records: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<Event>, DecodeError> {
    let events = records.map(|record| Ok(event(LogRecord::decode(record)?)));
    let mut events = events.collect::<Result<Vec<_>, DecodeError>>()?;
    events.sort_by_key(|event| event.time_unix_nano);
    Ok(events)
}

/// The span of a log record, and a digest that identifies the record.
pub(crate) fn record_key(record: &[u8]) -> Result<(Option<SpanId>, u128), DecodeError> {
    let record = LogRecord::decode(record)?;
    Ok((span_id(&record.span_id), xxh3_128(&record.encode_to_vec())))
}

fn event(record: LogRecord) -> Event {
    let (name, time_unix_nano) = (name(&record), time_ns(&record));
    let mut attributes = record.attributes;
    attributes.retain(|entry| entry.key != NAME_ATTRIBUTE);
    attributes.extend(body_fields(record.body));
    let dropped_attributes_count = record.dropped_attributes_count;
    Event { time_unix_nano, name, attributes, dropped_attributes_count }
}

/// The fields of the body as attributes. Nested values become JSON text, because attributes of
/// events are flat.
fn body_fields(body: Option<AnyValue>) -> Vec<KeyValue> {
    match body.and_then(|body| body.value) {
        None => Vec::new(),
        Some(Any::KvlistValue(fields)) => {
            let field = |entry: KeyValue| KeyValue { value: entry.value.map(flat), ..entry };
            fields.values.into_iter().map(field).collect()
        }
        Some(other) => {
            let value = Some(flat(AnyValue { value: Some(other) }));
            vec![KeyValue { key: "body".to_owned(), value, ..KeyValue::default() }]
        }
    }
}

fn flat(value: AnyValue) -> AnyValue {
    match value.value {
        Some(Any::KvlistValue(_) | Any::ArrayValue(_)) => {
            let text = json_text(Some(&value)).into_owned();
            AnyValue { value: Some(Any::StringValue(text)) }
        }
        _ => value,
    }
}
