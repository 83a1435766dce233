//! Properties of the whole crate: nothing panics, and no conversion changes a trace.
use kansoku_model::{SpanRow, TraceFold, TraceId};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use prost::Message;

use crate::{
    ChunkView, SpanSet, Split, decode_json, decode_protobuf, split, split_as, traces_json,
};

pub(crate) fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(Any::StringValue(text.to_owned())) }
}

pub(crate) fn entry(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), key_strindex: 0 }
}

/// A root span of the trace `tr-0101…` from 1 s to 2 s.
pub(crate) fn span(id: u64, attributes: &[(&str, &str)]) -> Span {
    Span {
        trace_id: vec![1; 16],
        span_id: id.to_be_bytes().to_vec(),
        name: format!("span-{id}"),
        start_time_unix_nano: 1_000_000_000,
        end_time_unix_nano: 2_000_000_000,
        attributes: attributes.iter().map(|(key, value)| entry(key, text(value))).collect(),
        ..Span::default()
    }
}

pub(crate) fn data(spans: Vec<Span>) -> TracesData {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

pub(crate) fn trace() -> TraceId {
    TraceId::from_otel([1; 16])
}

/// Texts that are JSON, look like JSON, or contain JSON.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        Just(r#"{"a": 1}"#.to_owned()),
        Just(r#" {"a":1.50,"a":2} "#.to_owned()),
        Just(r#""\u00e9""#.to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just(r#""{\"a\": 1}""#.to_owned()),
        Just(r#"[1, 18446744073709551616, 1e-06, -0.0]"#.to_owned()),
        Just(r#"{"a": NaN}"#.to_owned()),
        Just("NaN".to_owned()),
        Just("1".to_owned()),
        Just("\"\"".to_owned()),
        Just("[".repeat(200) + &"]".repeat(200)),
        Just(r#"{"input_tokens": "3", "output_tokens": 4.0}"#.to_owned()),
        Just(r#"{"messages": [{"role": "user", "content": "hi"}]}"#.to_owned()),
    ]
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        any_text().prop_map(Any::StringValue),
        any::<bool>().prop_map(Any::BoolValue),
        any::<i64>().prop_map(Any::IntValue),
        proptest::num::f64::NORMAL.prop_map(Any::DoubleValue),
        vec(any::<u8>(), 0..5).prop_map(Any::BytesValue),
    ];
    let leaf = proptest::option::of(leaf).prop_map(|value| AnyValue { value });
    leaf.prop_recursive(4, 24, 4, |inner| {
        let array = vec(inner.clone(), 0..4).prop_map(|values| ArrayValue { values });
        let object = entries("[a-z{\"]{0,4}", inner).prop_map(|values| KeyValueList { values });
        prop_oneof![array.prop_map(Any::ArrayValue), object.prop_map(Any::KvlistValue)]
            .prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn entries(
    keys: &'static str,
    values: impl Strategy<Value = AnyValue>,
) -> impl Strategy<Value = Vec<KeyValue>> {
    btree_map(keys, values, 0..5)
        .prop_map(|map| map.into_iter().map(|(key, value)| entry(&key, value)).collect())
}

const MEANINGFUL: &str = "(mlflow\\.(spanType|spanInputs|spanOutputs|chat\\.tokenUsage|llm\\.model|\
    traceRequestId|traceTag\\.[ab])|session\\.id|user\\.id|input\\.value|openinference\\.span\\.kind|\
    gen_ai\\.(operation\\.name|usage\\.input_tokens)|[a-z]{1,3})";

fn any_span() -> impl Strategy<Value = Span> {
    let time = || prop_oneof![Just(0), Just(u64::MAX), 0..4_000_000_000_000_000_000u64];
    let event = (time(), ".{0,5}", entries("[a-z]{1,3}", any_value())).prop_map(
        |(time_unix_nano, name, attributes)| Event {
            time_unix_nano,
            name,
            attributes,
            ..Event::default()
        },
    );
    let link = (vec(any::<u8>(), 16), vec(any::<u8>(), 8)).prop_map(|(trace_id, span_id)| Link {
        trace_id,
        span_id,
        ..Link::default()
    });
    (
        (1u64..5, 0u64..5, ".{0,8}", time(), time()),
        entries(MEANINGFUL, any_value()),
        vec(event, 0..2),
        vec(link, 0..2),
        proptest::option::of((0..3i32, ".{0,5}")),
    )
        .prop_map(|((id, parent, name, start, end), attributes, events, links, status)| Span {
            trace_id: vec![1; 16],
            span_id: id.to_be_bytes().to_vec(),
            parent_span_id: if parent == 0 { vec![] } else { parent.to_be_bytes().to_vec() },
            name,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            attributes,
            events,
            links,
            status: status.map(|(code, message)| Status { code, message }),
            ..Span::default()
        })
}

fn only_trace(split: Split) -> (Vec<SpanRow>, TraceFold, Vec<Vec<u8>>) {
    let mut chunks = Vec::new();
    let (mut rows, mut fold) = (Vec::new(), TraceFold::default());
    for trace in split.traces {
        chunks.push(trace.otlp);
        rows.extend(trace.rows);
        fold = fold.merge(trace.fold);
    }
    rows.sort_by_key(|row| row.span_id);
    (rows, fold, chunks)
}

proptest! {
    /// Clients of the plain and of the Databricks form must see the same trace.
    #[test]
    fn a_trace_is_the_same_after_a_trip_through_traces_json(spans in vec(any_span(), 0..4)) {
        let mut unique = std::collections::BTreeMap::new();
        for span in spans {
            unique.insert(span.span_id.clone(), span);
        }
        let (rows, fold, chunks) = only_trace(split(data(unique.into_values().collect())));
        let set = SpanSet::from_chunks(&chunks).unwrap();
        let file = set.traces_json(&trace());
        let uploaded = split_as(traces_json::parse(&file).unwrap(), &trace());
        prop_assert!(uploaded.rejected.is_empty());
        let (rows_again, fold_again, chunks) = only_trace(uploaded);
        let set_again = SpanSet::from_chunks(&chunks).unwrap();
        prop_assert_eq!(rows, rows_again);
        prop_assert_eq!(fold, fold_again);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        prop_assert_eq!(text(file), text(set_again.traces_json(&trace())));
        prop_assert_eq!(text(set.proto_json(&trace())), text(set_again.proto_json(&trace())));
    }

    /// The stored bytes contain the spans as sent, even if other spans are rejected.
    #[test]
    fn nothing_of_a_span_is_dropped(spans in vec(any_span(), 0..4)) {
        let kept: Vec<Span> = split(data(spans.clone())).traces.into_iter().flat_map(|trace| {
            ChunkView::decode(&trace.otlp).unwrap();
            let data = TracesData::decode(trace.otlp.as_slice()).unwrap();
            data.resource_spans.into_iter().flat_map(|r| r.scope_spans).flat_map(|s| s.spans)
        }).collect();
        let is_good = |span: &Span| split(data(vec![span.clone()])).rejected.is_empty();
        prop_assert_eq!(spans.into_iter().filter(is_good).collect::<Vec<_>>(), kept);
    }

    #[test]
    fn arbitrary_protobuf_is_an_error_or_spans(body in vec(any::<u8>(), 0..200)) {
        if let Ok(data) = decode_protobuf(&body) {
            split(data);
        }
    }

    #[test]
    fn damaged_protobuf_is_an_error_or_spans(
        spans in vec(any_span(), 1..3),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut body = data(spans).encode_to_vec();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Ok(data) = decode_protobuf(&body) {
            for trace in split(data).traces {
                let set = SpanSet::from_chunks(&[trace.otlp]).unwrap();
                for json in [set.proto_json(&trace.trace_id), set.traces_json(&trace.trace_id)] {
                    serde_json::from_slice::<serde_json::Value>(&json).unwrap();
                }
            }
        }
    }

    #[test]
    fn arbitrary_json_is_an_error_or_spans(body in ".{0,80}") {
        let _ = decode_json(body.as_bytes()).map(split);
        let _ = traces_json::parse(body.as_bytes()).map(|data| split_as(data, &trace()));
    }

    #[test]
    fn json_of_the_right_words_is_an_error_or_spans(body in any_json()) {
        let body = body.to_string();
        let _ = decode_json(body.as_bytes()).map(split);
        let _ = traces_json::parse(body.as_bytes()).map(|data| split_as(data, &trace()));
    }
}

/// JSON with field names that the readers accept, in places where they may not belong.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9a-f]{0,34}".prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    let key = "(resourceSpans|scopeSpans|spans|traceId|spanId|trace_id|span_id|context|attributes|\
        key|value|values|stringValue|kvlistValue|arrayValue|intValue|status|code|events|links|name)";
    leaf.prop_recursive(8, 64, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(key, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
