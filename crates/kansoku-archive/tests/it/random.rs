//! Any spans and log records come back exactly, except what the layouts cannot say.
use kansoku_archive::tables::{Layout, LogRows, RepeatedSpans, SpanRows, read_logs, read_spans};
use kansoku_model::TraceId;
use kansoku_otlp::LogsData;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use crate::archive::LAYOUTS;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        "\\PC{0,8}",
        Just("kansoku.archive.types".to_owned()),
        Just("kansoku.archive.otel_trace_id".to_owned()),
        Just("kansoku.archive.sent.x".to_owned()),
        Just("{\"role\": \"user\"}".to_owned()),
        "x{60,70}",
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(5.0),
        Just(1e300)
    ]
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let scalar = prop_oneof![
        any_text().prop_map(Any::StringValue),
        any::<bool>().prop_map(Any::BoolValue),
        any::<i64>().prop_map(Any::IntValue),
        (-200i64..200).prop_map(Any::IntValue),
        any_number().prop_map(Any::DoubleValue),
        vec(any::<u8>(), 0..8).prop_map(Any::BytesValue),
    ];
    let leaf = prop_oneof![
        9 => scalar.prop_map(|value| AnyValue { value: Some(value) }),
        1 => Just(AnyValue { value: None }),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let list =
            vec(inner.clone(), 0..5).prop_map(|values| Any::ArrayValue(ArrayValue { values }));
        let object =
            any_entries(inner.boxed()).prop_map(|values| Any::KvlistValue(KeyValueList { values }));
        prop_oneof![list, object].prop_map(|value| AnyValue { value: Some(value) })
    })
}

/// Entries with different keys.
fn any_entries(value: BoxedStrategy<AnyValue>) -> impl Strategy<Value = Vec<KeyValue>> {
    let entry = (any_text(), value);
    vec(entry, 0..6).prop_map(|entries| {
        let mut unique: Vec<KeyValue> = Vec::new();
        for (key, value) in entries {
            if unique.iter().all(|entry| entry.key != key) {
                unique.push(KeyValue { key, value: Some(value), ..KeyValue::default() });
            }
        }
        unique
    })
}

fn any_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    any_entries(any_value().boxed())
}

fn any_id(bytes: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), bytes), vec(any::<u8>(), 0..20), Just(vec![0; bytes])]
}

prop_compose! {
    fn any_event()(
        time_unix_nano in any::<u64>(), name in any_text(), attributes in any_attributes(),
        dropped_attributes_count in any::<u32>(),
    ) -> Event {
        Event { time_unix_nano, name, attributes, dropped_attributes_count }
    }
}

prop_compose! {
    fn any_link()(
        trace_id in any_id(16), span_id in any_id(8), trace_state in any_text(),
        attributes in any_attributes(), dropped_attributes_count in any::<u32>(), flags in any::<u32>(),
    ) -> Link {
        Link { trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags }
    }
}

prop_compose! {
    fn any_span()(
        ids in (any_id(16), any_id(8), any_id(8)), texts in (any_text(), any_text(), any_text()),
        times in (any::<u64>(), any::<u64>()), kind in -2..9i32, code in -1..5i32,
        attributes in any_attributes(), events in vec(any_event(), 0..3), links in vec(any_link(), 0..3),
        counts in any::<[u32; 4]>(),
    ) -> Span {
        let status = Status { message: texts.2, code };
        Span {
            trace_id: ids.0, span_id: ids.1, parent_span_id: ids.2,
            name: texts.0, trace_state: texts.1, kind,
            start_time_unix_nano: times.0, end_time_unix_nano: times.1,
            attributes, events, links, flags: counts[0], dropped_attributes_count: counts[1],
            dropped_events_count: counts[2], dropped_links_count: counts[3],
            status: (status != Status::default()).then_some(status),
        }
    }
}

type Origin = (Option<Resource>, Option<InstrumentationScope>, String);

prop_compose! {
    fn any_origin()(
        attributes in any_attributes(), scope_attributes in any_attributes(),
        texts in (any_text(), any_text(), any_text()), is_present in any::<[bool; 2]>(),
        dropped_attributes_count in any::<u32>(),
    ) -> Origin {
        let resource = Resource { attributes, dropped_attributes_count, ..Resource::default() };
        let scope = InstrumentationScope {
            name: texts.0, version: texts.1, attributes: scope_attributes, dropped_attributes_count,
        };
        (is_present[0].then_some(resource), is_present[1].then_some(scope), texts.2)
    }
}

prop_compose! {
    fn any_record()(
        ids in (any_id(16), any_id(8)), texts in (any_text(), any_text()),
        times in (any::<u64>(), any::<u64>()), severity_number in -1..30i32,
        body in proptest::option::of(any_value()), attributes in any_attributes(),
        counts in any::<[u32; 2]>(),
    ) -> LogRecord {
        LogRecord {
            trace_id: ids.0, span_id: ids.1, event_name: texts.0, severity_text: texts.1,
            time_unix_nano: times.0, observed_time_unix_nano: times.1, severity_number, body,
            attributes, flags: counts[0], dropped_attributes_count: counts[1],
        }
    }
}

fn any_trace_id() -> impl Strategy<Value = TraceId> {
    prop_oneof![
        any::<[u8; 16]>().prop_map(TraceId::from_otel),
        "[0-9a-f=]{1,32}".prop_map(|id| TraceId::try_from(id).unwrap()),
    ]
}

/// The spans through rows and back. NaN equals nothing, so bytes are compared.
fn span_round_trip(layout: Layout, trace: &TraceId, otlp: &[u8]) -> Vec<u8> {
    let mut rows = SpanRows::new(layout);
    let mut batches = rows.append(trace, otlp, &mut RepeatedSpans::default()).unwrap();
    batches.extend(rows.finish());
    let chunks = batches.iter().map(|batch| read_spans(batch, trace).unwrap());
    chunks.collect::<Vec<_>>().concat()
}

fn log_round_trip(layout: Layout, trace: &TraceId, otlp: &[u8]) -> Vec<u8> {
    let mut rows = LogRows::new(layout);
    let mut batches = rows.append(trace, otlp).unwrap();
    batches.extend(rows.finish());
    let chunks = batches.iter().map(|batch| read_logs(batch, trace).unwrap());
    chunks.collect::<Vec<_>>().concat()
}

/// Replaces what no layout tells apart: no value, and a value without content.
fn normalize_entries(entries: &mut [KeyValue]) {
    for entry in entries {
        if entry.value.as_ref().is_some_and(|value| value.value.is_none()) {
            entry.value = None;
        }
        if let Some(value) = &mut entry.value {
            normalize_value(value);
        }
    }
}

fn normalize_value(value: &mut AnyValue) {
    match &mut value.value {
        Some(Any::KvlistValue(object)) => normalize_entries(&mut object.values),
        Some(Any::ArrayValue(list)) => list.values.iter_mut().for_each(normalize_value),
        _ => {}
    }
}

fn normalize_origin(resource: &mut Option<Resource>, scope: &mut Option<InstrumentationScope>) {
    resource.iter_mut().for_each(|it| normalize_entries(&mut it.attributes));
    scope.iter_mut().for_each(|it| normalize_entries(&mut it.attributes));
}

fn normalized_spans(otlp: &[u8]) -> String {
    let mut data = TracesData::decode(otlp).unwrap();
    for resource in &mut data.resource_spans {
        for scope in &mut resource.scope_spans {
            normalize_origin(&mut resource.resource, &mut scope.scope);
            for span in &mut scope.spans {
                normalize_entries(&mut span.attributes);
                span.events.iter_mut().for_each(|it| normalize_entries(&mut it.attributes));
                span.links.iter_mut().for_each(|it| normalize_entries(&mut it.attributes));
            }
        }
    }
    format!("{data:#?}")
}

fn normalized_logs(otlp: &[u8]) -> String {
    let mut data = LogsData::decode(otlp).unwrap();
    for resource in &mut data.resource_logs {
        for scope in &mut resource.scope_logs {
            normalize_origin(&mut resource.resource, &mut scope.scope);
            for record in &mut scope.log_records {
                normalize_entries(&mut record.attributes);
                record.body.iter_mut().for_each(normalize_value);
            }
        }
    }
    format!("{data:#?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn spans_come_back_exactly(
        trace in any_trace_id(), spans in vec(any_span(), 1..5), origin in any_origin(),
    ) {
        let (resource, scope, schema_url) = origin;
        let mut spans = spans;
        spans.sort_by_key(|span| span.start_time_unix_nano);
        let scope_spans = vec![ScopeSpans { scope, spans, schema_url: schema_url.clone() }];
        let data = TracesData { resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url }] };
        let otlp = data.encode_to_vec();
        for layout in LAYOUTS {
            let back = span_round_trip(layout, &trace, &otlp);
            prop_assert_eq!(normalized_spans(&back), normalized_spans(&otlp), "{:?}", layout);
        }
    }

    #[test]
    fn log_records_come_back_exactly(
        trace in any_trace_id(), log_records in vec(any_record(), 1..5), origin in any_origin(),
    ) {
        let (resource, scope, schema_url) = origin;
        let scope_logs = vec![ScopeLogs { scope, log_records, schema_url: schema_url.clone() }];
        let data = LogsData { resource_logs: vec![ResourceLogs { resource, scope_logs, schema_url }] };
        let otlp = data.encode_to_vec();
        for layout in LAYOUTS {
            let back = log_round_trip(layout, &trace, &otlp);
            prop_assert_eq!(normalized_logs(&back), normalized_logs(&otlp), "{:?}", layout);
        }
    }
}

#[test]
fn the_last_value_of_a_repeated_key_counts_at_the_place_of_the_first() {
    let entry = |key: &str, number| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Any::IntValue(number)) }),
        ..KeyValue::default()
    };
    let trace = TraceId::from_otel([1; 16]);
    let with = |attributes: Vec<KeyValue>| {
        let spans = vec![Span { trace_id: vec![1; 16], attributes, ..Span::default() }];
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        TracesData { resource_spans }.encode_to_vec()
    };
    for layout in LAYOUTS {
        for filler in [0, 40] {
            let others: Vec<KeyValue> = (0..filler).map(|n| entry(&format!("k{n}"), n)).collect();
            let sent = [vec![entry("b", 1), entry("a", 2), entry("b", 3)], others.clone()].concat();
            let kept = [vec![entry("b", 3), entry("a", 2)], others].concat();
            assert_eq!(span_round_trip(layout, &trace, &with(sent)), with(kept));
        }
    }
}
