use kansoku_model::{TraceState, tag_key};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

use super::*;
use crate::tests::{data, entry, span, text, trace};

fn of_trace(trace: u8, id: u64) -> Span {
    Span { trace_id: vec![trace; 16], ..span(id, &[]) }
}

#[test]
fn spans_are_sorted_by_trace_with_their_resource_and_scope() {
    let scope = |name: &str, spans| ScopeSpans {
        scope: Some(InstrumentationScope { name: name.to_owned(), ..Default::default() }),
        spans,
        ..ScopeSpans::default()
    };
    let resource = |name: &str, scope_spans| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![entry("service.name", text(name))],
            ..Default::default()
        }),
        scope_spans,
        ..ResourceSpans::default()
    };
    let resource_spans = vec![
        resource(
            "a",
            vec![
                scope("s1", vec![of_trace(1, 1), of_trace(2, 2), of_trace(1, 3)]),
                scope("s2", vec![of_trace(1, 4)]),
            ],
        ),
        resource("b", vec![scope("s3", vec![of_trace(1, 5)])]),
    ];
    let split = split(TracesData { resource_spans });
    let shapes: Vec<_> = split.traces.iter().map(shape).collect();
    assert_eq!(
        shapes,
        [
            "tr-01010101010101010101010101010101 a/s1:1 a/s1:3 a/s2:4 b/s3:5",
            "tr-02020202020202020202020202020202 a/s1:2",
        ]
    );
    assert!(split.had_resources && split.rejected.is_empty());
}

fn shape(trace: &TraceSpans) -> String {
    let mut shape = trace.trace_id.to_string();
    for resource in TracesData::decode(trace.otlp.as_slice()).unwrap().resource_spans {
        let service = resource.resource.unwrap().attributes.remove(0).value;
        for scope in resource.scope_spans {
            let scope_name = scope.scope.unwrap().name;
            for span in scope.spans {
                let service = crate::value::plain_text(service.as_ref());
                shape += &format!(" {service}/{scope_name}:{}", span.span_id[7]);
            }
        }
    }
    shape
}

#[test]
fn a_bad_span_is_named_and_leaves_its_neighbours_alone() {
    let bad = |name: &str, change: fn(&mut Span)| {
        let mut span = Span { name: name.to_owned(), ..span(9, &[]) };
        change(&mut span);
        span
    };
    let bad_ones = [
        bad("a", |span| span.trace_id.clear()),
        bad("b", |span| span.trace_id = vec![0; 16]),
        bad("c", |span| span.span_id = vec![1; 9]),
        bad("d", |span| span.span_id = vec![0; 8]),
        bad("e", |span| span.parent_span_id = vec![1]),
        bad("f", |span| span.attributes = vec![entry("session.id", text(&"s".repeat(251)))]),
    ];
    let reasons = bad_ones.map(|bad| {
        let split = split(data(vec![span(1, &[]), bad, span(2, &[])]));
        assert_eq!(split.traces[0].rows.len(), 2);
        let [rejected] = split.rejected.samples() else { panic!("{:?}", split.rejected) };
        format!("{}: {}", rejected.span_name, rejected.reason)
    });
    assert_eq!(
        reasons,
        [
            "a: it has no trace id",
            "b: its trace id is all zeros",
            "c: its span id has 9 bytes instead of 8",
            "d: its span id is all zeros",
            "e: its parent span id has 1 bytes instead of 8",
            "f: its session id is longer than 250 characters",
        ]
    );
}

#[test]
fn of_a_span_sent_twice_in_one_request_the_last_counts() {
    let mut again = span(1, &[]);
    again.name = "renamed".to_owned();
    let trace = split(data(vec![span(1, &[]), span(2, &[]), again])).traces.remove(0);
    let names: Vec<_> = trace.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["renamed", "span-2"]);
}

#[test]
fn a_parent_of_zeros_is_no_parent() {
    let root = Span { parent_span_id: vec![0; 8], ..span(1, &[]) };
    let trace = split(data(vec![root])).traces.remove(0);
    assert_eq!(trace.rows[0].parent_id, None);
    assert_eq!(trace.fold.state(), TraceState::Ok);
}

#[test]
fn an_upload_belongs_to_the_trace_it_was_uploaded_to() {
    let given = TraceId::try_from("4c4bd9f1a1e64b6d8f4b3a0e1c2d3e4f".to_owned()).unwrap();
    let without_id = Span { trace_id: vec![], ..span(2, &[]) };
    let split = split_as(data(vec![span(1, &[]), without_id]), &given);
    assert_eq!(split.traces.len(), 1);
    assert_eq!((&split.traces[0].trace_id, split.traces[0].rows.len()), (&given, 2));

    let no_hex = TraceId::try_from("request-1".to_owned()).unwrap();
    let without_id = Span { trace_id: vec![], ..span(2, &[]) };
    assert_eq!(
        split_as(data(vec![without_id]), &no_hex).rejected.samples()[0].reason,
        "it has no trace id"
    );
}

#[test]
fn a_resource_tags_the_traces_of_its_spans() {
    let mut data = data(vec![span(1, &[("mlflow.traceTag.env", "root"), ("other", "x")])]);
    data.resource_spans[0].resource = Some(Resource {
        attributes: vec![
            entry("service.name", text("shop")),
            entry("env", text("resource")),
            entry("pods", crate::value::from_json_text("[1, 2]".to_owned())),
            entry("telemetry.sdk.name", text("opentelemetry")),
            entry("mlflow.secret", text("x")),
        ],
        ..Default::default()
    });
    let fold = split(data).traces.remove(0).fold;
    let tags: Vec<_> = fold
        .attached
        .iter()
        .map(|((_, key), tag)| (key.as_str(), tag.value.as_deref().unwrap(), tag.rank.layer))
        .collect();
    assert_eq!(
        tags,
        [
            ("env", "root", Layer::Span),
            ("pods", "[1, 2]", Layer::Resource),
            ("service.name", "shop", Layer::Resource),
        ]
    );
}

#[test]
fn the_root_names_the_trace() {
    let name = |attributes: &[(&str, &str)]| {
        let fold = split(data(vec![span(1, attributes)])).traces.remove(0).fold;
        assert!(fold.attached.is_empty());
        fold.root.unwrap().name
    };
    assert_eq!(name(&[]), "span-1");
    let key = format!("mlflow.traceTag.{}", tag_key::TRACE_NAME);
    assert_eq!(name(&[(&key, "checkout")]), "checkout");
}

#[test]
fn nothing_at_all_is_nothing_at_all() {
    let empty = split(TracesData::default());
    assert!(!empty.had_resources && empty.traces.is_empty());
    let no_spans = split(data(vec![]));
    assert!(no_spans.had_resources && no_spans.traces.is_empty());
    assert_eq!(split_as(data(vec![]), &trace()).traces.len(), 0);
}
