//! OTLP and tables that nobody should have written.
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use kansoku_archive::tables::{
    Layout, LogRows, RepeatedSpans, SpanRows, TableError, read_logs, read_spans, read_traces,
};
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use proptest::prelude::*;
use prost::Message;

use crate::archive::LAYOUTS;

fn trace() -> TraceId {
    TraceId::from_otel([1; 16])
}

fn otlp(span: Span) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

fn with_value(value: AnyValue) -> Span {
    let attribute = KeyValue { key: "k".to_owned(), value: Some(value), ..KeyValue::default() };
    Span {
        trace_id: vec![1; 16],
        span_id: vec![1; 8],
        attributes: vec![attribute],
        ..Span::default()
    }
}

fn round_trip(layout: Layout, otlp: &[u8]) -> Vec<u8> {
    let mut rows = SpanRows::new(layout);
    let mut batches = rows.append(&trace(), otlp, &mut RepeatedSpans::default()).unwrap();
    batches.extend(rows.finish());
    batches.iter().map(|batch| read_spans(batch, &trace()).unwrap()).collect::<Vec<_>>().concat()
}

#[test]
fn a_text_of_20_mb_comes_back() {
    let text = AnyValue { value: Some(Any::StringValue("é\u{1}".repeat(7_000_000))) };
    let sent = otlp(with_value(text));
    for layout in LAYOUTS {
        assert!(round_trip(layout, &sent) == sent, "{layout:?}");
    }
}

/// Protobuf's readers accept 100 nested messages, so nothing deeper is stored.
#[test]
fn the_deepest_value_that_protobuf_has_comes_back() {
    let nested = |levels: usize| {
        let mut value = AnyValue { value: Some(Any::IntValue(1)) };
        for level in 0..levels {
            let inner = match level % 2 {
                0 => Any::ArrayValue(ArrayValue { values: vec![value] }),
                _ => {
                    let key = "k".to_owned();
                    let entry = KeyValue { key, value: Some(value), ..KeyValue::default() };
                    Any::KvlistValue(KeyValueList { values: vec![entry] })
                }
            };
            value = AnyValue { value: Some(inner) };
        }
        otlp(with_value(value))
    };
    let accepted = |levels: &usize| TracesData::decode(nested(*levels).as_slice()).is_ok();
    let deepest = (1..100).rev().find(accepted).unwrap();
    assert!(30 < deepest, "{deepest}");
    for layout in LAYOUTS {
        assert_eq!(round_trip(layout, &nested(deepest)), nested(deepest), "{layout:?}");
        let mut rows = SpanRows::new(layout);
        let refused = rows.append(&trace(), &nested(deepest + 1), &mut RepeatedSpans::default());
        assert!(matches!(refused, Err(TableError::MalformedOtlp { .. })));
        assert!(rows.finish().is_none());
    }
}

#[test]
fn times_at_the_limits_come_back() {
    for time in [0, 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        let span = Span {
            start_time_unix_nano: time,
            end_time_unix_nano: u64::MAX - time,
            ..with_value(AnyValue { value: Some(Any::BoolValue(true)) })
        };
        let sent = otlp(span);
        for layout in LAYOUTS {
            assert_eq!(round_trip(layout, &sent), sent);
        }
    }
}

#[test]
fn a_chunk_above_the_maximum_is_refused() {
    let mut rows = SpanRows::new(Layout::V2);
    let too_large = vec![0; (256 << 20) + 1];
    let refused = rows.append(&trace(), &too_large, &mut RepeatedSpans::default());
    assert!(
        matches!(refused, Err(TableError::ChunkTooLarge { bytes, .. }) if bytes == too_large.len())
    );
    let malformed = rows.append(&trace(), &too_large[1..], &mut RepeatedSpans::default());
    assert!(matches!(malformed, Err(TableError::MalformedOtlp { .. })));
}

#[test]
fn columns_of_another_type_are_named() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let key: ArrayRef = Arc::new(StringArray::from(vec!["01".repeat(16)]));
    let batch = RecordBatch::try_from_iter([("trace_id", key.clone()), ("name", numbers)]).unwrap();
    let message = read_spans(&batch, &trace()).unwrap_err().to_string();
    assert!(message.contains("`name`") && message.contains("otel_spans"), "{message}");
    // A missing column is NULL.
    let batch = RecordBatch::try_from_iter([("trace_id", key.clone())]).unwrap();
    assert!(!read_spans(&batch, &trace()).unwrap().is_empty());
    assert!(!read_logs(&batch, &trace()).unwrap().is_empty());
    assert!(read_traces(&batch).is_err());
    let damaged: ArrayRef = Arc::new(StringArray::from(vec!["xyz"]));
    let batch = RecordBatch::try_from_iter([("trace_id", key), ("span_id", damaged)]).unwrap();
    assert!(matches!(
        read_spans(&batch, &trace()),
        Err(TableError::DamagedValue { column: "span_id", .. })
    ));
}

proptest! {
    #[test]
    fn no_bytes_make_the_builders_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        for layout in LAYOUTS {
            let mut repeated = RepeatedSpans::default();
            let _ = repeated.add(&trace(), &bytes);
            let _ = SpanRows::new(layout).append(&trace(), &bytes, &mut repeated);
            let _ = LogRows::new(layout).append(&trace(), &bytes);
        }
    }
}
