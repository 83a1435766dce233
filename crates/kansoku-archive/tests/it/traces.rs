//! Rows of traces and of annotations.
use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, RecordBatch};
use kansoku_archive::tables::{
    Annotation, AnnotationRows, ArchivedTrace, Change, Layout, PayloadBytes, SpanSummary,
    TraceRecord, TraceRows, read_traces,
};
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, Cost, DurationMs, ExperimentId,
    FeedbackError, Money, RunId, SpanId, SpanRow, SpanStatus, TimestampMs, TokenUsage, TraceId,
    TraceInfo, TraceState,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::archive::LAYOUTS;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

fn any_time() -> impl Strategy<Value = TimestampMs> {
    let limit = i64::MAX / 1000;
    (-limit..limit).prop_map(TimestampMs)
}

fn any_texts() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map("\\PC{0,5}", "\\PC{0,5}", 0..4)
}

fn any_feedback_error() -> impl Strategy<Value = FeedbackError> {
    let text = || option::of("\\PC{0,5}");
    (text(), text(), text()).prop_map(|(error_code, error_message, stack_trace)| FeedbackError {
        error_code,
        error_message,
        stack_trace,
    })
}

fn any_assessment_value() -> impl Strategy<Value = AssessmentValue> {
    prop_oneof![
        (any_json(), option::of(any_feedback_error()))
            .prop_map(|(value, error)| AssessmentValue::Feedback { value, error }),
        any_json().prop_map(AssessmentValue::Expectation),
        "\\PC{0,5}".prop_map(|issue_name| AssessmentValue::Issue { issue_name }),
    ]
}

fn any_trace_id() -> impl Strategy<Value = TraceId> {
    "[a-f0-9=:-]{1,34}".prop_map(|id| TraceId::try_from(id).unwrap())
}

prop_compose! {
    fn any_assessment()(
        ids in ("[a-z]{1,5}", any_trace_id(), option::of("[a-f0-9]{16}"), option::of("[a-z]{1,5}")),
        name in "\\PC{0,5}", source in ("[A-Z]{1,5}", option::of("\\PC{0,5}")),
        times in (any_time(), any_time()), value in any_assessment_value(),
        rationale in option::of("\\PC{0,5}"), metadata in any_texts(), valid in any::<bool>(),
    ) -> Assessment {
        Assessment {
            assessment_id: AssessmentId(ids.0), assessment_name: name, trace_id: ids.1,
            span_id: ids.2, source: AssessmentSource { source_type: source.0, source_id: source.1 },
            create_time: times.0, last_update_time: times.1, value, rationale, metadata,
            overrides: ids.3.map(AssessmentId), valid,
        }
    }
}

prop_compose! {
    fn any_info()(
        trace_id in any_trace_id(), experiment_id in any::<i64>(),
        texts in [option::of("\\PC{0,9}"), option::of("\\PC{0,9}"), option::of("\\PC{0,9}"), option::of("\\PC{0,9}")],
        request_time in any_time(), duration in option::of(0..1i64 << 53), state in 0..4usize,
        maps in (any_texts(), any_texts()), assessments in vec(any_assessment(), 0..3),
        span_count in 0..1u64 << 40, finalized in any::<bool>(),
    ) -> TraceInfo {
        use TraceState::{Error, InProgress, Ok, Unspecified};
        let [client_request_id, name, request_preview, response_preview] = texts;
        TraceInfo {
            trace_id, experiment_id: ExperimentId(experiment_id), client_request_id, request_time,
            execution_duration: duration.map(DurationMs),
            state: [Unspecified, Ok, Error, InProgress][state], name, request_preview,
            response_preview, metadata: maps.0, tags: maps.1, assessments, span_count, finalized,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_record_of_a_trace_comes_back_exactly(
        info in any_info(), run_ids in vec("[a-f0-9]{1,8}".prop_map(RunId), 0..3),
        tokens in option::of(any::<[u32; 3]>()), cost in option::of(any::<[u32; 3]>()),
        texts in (option::of("\\PC{0,5}"), option::of("\\PC{0,5}")), batch in any::<i64>(),
        error_count in any::<u32>(),
    ) {
        let money = |picos: u32| Money(picos.into());
        let spans = SpanSummary {
            service_name: texts.0, first_error: texts.1, span_count: info.span_count,
            error_count: error_count.into(),
            usage: tokens.map(|[input, output, total]| TokenUsage {
                input_tokens: input.into(), output_tokens: output.into(), total_tokens: total.into(),
                ..TokenUsage::default()
            }),
            cost: cost.map(|[input, output, total]| Cost {
                input: money(input), output: money(output), total: money(total),
            }),
        };
        for layout in LAYOUTS {
            let mut rows = TraceRows::new(layout);
            let span_rows = [SpanRow::default(), span_row()];
            let payload = PayloadBytes { spans: 7, logs: u64::from(u32::MAX) };
            let record = TraceRecord { info: &info, spans: &spans, span_rows: &span_rows, run_ids: &run_ids, batch, payload };
            prop_assert!(rows.append(&record).is_none());
            let read = read_traces(&rows.finish().unwrap()).unwrap();
            let expected = ArchivedTrace {
                span_rows: span_rows.to_vec(), payload,
                info: info.clone(), spans: spans.clone(), run_ids: run_ids.clone(), batch,
            };
            prop_assert_eq!(&read, &[expected]);
        }
    }
}

fn info() -> TraceInfo {
    let trace_id = TraceId::from_otel([0xab; 16]);
    let feedback = Assessment {
        assessment_id: AssessmentId("a-1".to_owned()),
        assessment_name: "correct".to_owned(),
        trace_id: trace_id.clone(),
        span_id: Some("00000000000000ff".to_owned()),
        source: AssessmentSource {
            source_type: "HUMAN".to_owned(),
            source_id: Some("ann".to_owned()),
        },
        create_time: TimestampMs(20),
        last_update_time: TimestampMs(30),
        value: AssessmentValue::Feedback { value: json!("yes"), error: None },
        rationale: Some("well said".to_owned()),
        metadata: BTreeMap::from([("run".to_owned(), "7".to_owned())]),
        overrides: None,
        valid: true,
    };
    TraceInfo {
        trace_id,
        experiment_id: ExperimentId(3),
        client_request_id: None,
        request_time: TimestampMs(10),
        execution_duration: None,
        state: TraceState::Ok,
        name: Some("chat".to_owned()),
        request_preview: None,
        response_preview: None,
        metadata: BTreeMap::new(),
        tags: BTreeMap::from([("stage".to_owned(), "beta".to_owned())]),
        assessments: vec![feedback],
        span_count: 1,
        finalized: true,
    }
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

#[test]
fn a_trace_has_a_row_per_annotation() {
    for layout in LAYOUTS {
        let mut rows = AnnotationRows::new(layout);
        let runs = [RunId("r-1".to_owned())];
        assert!(rows.append_trace(&info(), &runs, TimestampMs(40)).is_empty());
        let batch = rows.finish().unwrap();
        let flat = |column| texts(&batch, column).into_iter().flatten().collect::<Vec<_>>();
        let types = ["METADATA", "TAG", "TAG", "RUN_LINK", "FEEDBACK"];
        assert_eq!(flat("annotation_type"), types);
        let key = "ab".repeat(16);
        let key = key.as_str();
        let on_span = format!("{key}:00000000000000ff");
        assert_eq!(flat("target_id"), [key, key, key, key, &on_span]);
        assert_eq!(flat("target_type")[3..], ["TRACE", "SPAN"]);
        assert_eq!(flat("name"), ["stage", "mlflow.traceName", "correct"]);
        assert_eq!(flat("comment"), ["well said"]);
        assert_eq!(flat("created_by"), ["ann"]);
        let times = batch.column_by_name("updated_at").unwrap();
        let times = times.as_primitive::<TimestampMicrosecondType>().values();
        assert_eq!(times[..], [40_000, 40_000, 40_000, 40_000, 30_000]);
        assert_eq!(batch.column_by_name("deleted_at").unwrap().null_count(), 5);
    }
}

#[test]
fn the_rows_of_one_annotation_have_one_id() {
    let trace = TraceId::from_otel([1; 16]);
    let other = TraceId::from_otel([2; 16]);
    let mut rows = AnnotationRows::new(Layout::V2);
    let change = |updated_at| Change {
        created_at: TimestampMs(1),
        updated_at: TimestampMs(updated_at),
        is_deleted: false,
    };
    for (trace, key, value, at) in [
        (&trace, "a", Some("1"), 1),
        (&trace, "a", None, 2),
        (&trace, "b", Some("1"), 3),
        (&other, "a", Some("1"), 4),
    ] {
        assert!(rows.append(trace, Annotation::Tag { key, value }, change(at)).is_none());
    }
    let batch = rows.finish().unwrap();
    let ids = texts(&batch, "annotation_id");
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), 3);
    let deleted = batch.column_by_name("deleted_at").unwrap();
    assert_eq!((deleted.is_null(0), deleted.is_valid(1)), (true, true));
}

/// A span with a value in each column.
fn span_row() -> SpanRow {
    let cost = Cost { input: Money(1), output: Money(20_000_000), total: Money(20_000_001) };
    SpanRow {
        span_id: SpanId(u64::MAX),
        parent_id: Some(SpanId(1)),
        name: "call".to_owned(),
        span_type: Some("LLM".to_owned()),
        status: SpanStatus::Error,
        start_ns: i64::MIN,
        end_ns: Some(i64::MAX),
        model: Some("m".to_owned()),
        provider: Some("p".to_owned()),
        usage: Some(TokenUsage {
            input_tokens: 1,
            output_tokens: 2,
            total_tokens: 3,
            cache_read_input_tokens: Some(4),
            cache_creation_input_tokens: Some(5),
            cache_creation_input_tokens_above_1hr: Some(6),
            reasoning_output_tokens: Some(7),
        }),
        cost: Some(cost),
        cost_given: true,
        service_tier: Some("batch".to_owned()),
        first_token_ns: Some(8),
        error: Some("TimeoutError: é".to_owned()),
    }
}
