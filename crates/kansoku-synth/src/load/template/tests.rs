use std::collections::HashSet;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;

use super::super::plan::Plan;

fn spans(body: &[u8]) -> Vec<Span> {
    let request = TracesData::decode(body).unwrap();
    request
        .resource_spans
        .into_iter()
        .flat_map(|it| it.scope_spans)
        .flat_map(|it| it.spans)
        .collect()
}

fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    match span.attributes.iter().find(|it| it.key == key)?.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[test]
fn a_filled_body_is_what_the_plan_says() {
    let plan = Plan::new(7, 10, 6);
    let mut body = Vec::new();
    plan.body(3, &mut body);
    let spans = spans(&body);
    assert_eq!(spans.len(), 60);
    for (at, trace) in spans.chunks(6).enumerate() {
        let n = 30 + at as u64;
        let root = &trace[0];
        assert!(root.parent_span_id.is_empty());
        assert_eq!(root.start_time_unix_nano, plan.start_ns(n));
        assert_eq!(attribute(root, "session.id"), Some(plan.session(n).as_str()));
        assert_eq!(attribute(root, "user.id"), Some(plan.user(n).as_str()));
        assert_eq!(attribute(root, "mlflow.traceTag.tenant"), Some(plan.tenant(n).as_str()));
        for span in trace {
            assert_eq!(span.trace_id, plan.trace_id(n).to_be_bytes());
            assert_eq!(attribute(span, "mlflow.traceRequestId"), Some(plan.trace_name(n).as_str()));
            assert!(span.start_time_unix_nano < span.end_time_unix_nano);
            assert!(span.end_time_unix_nano <= root.end_time_unix_nano);
        }
        assert!(trace[1..].iter().all(|span| span.parent_span_id == root.span_id));
    }
}

#[test]
fn no_mark_is_left_in_a_body() {
    let plan = Plan::new(1, 1, 1_000);
    let mut body = Vec::new();
    plan.body(0, &mut body);
    assert!(body.windows(4).all(|four| four != super::MARK));
    let ids: HashSet<_> = spans(&body).into_iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), 1_000);
}

#[test]
fn a_seed_makes_the_same_bytes_again_and_another_seed_other_ids() {
    let body = |seed| {
        let mut body = Vec::new();
        Plan::new(seed, 10, 6).body(5, &mut body);
        body
    };
    assert_eq!(body(1), body(1));
    assert_ne!(spans(&body(1))[0].trace_id, spans(&body(2))[0].trace_id);
}

#[test]
fn a_span_is_about_as_big_as_promised() {
    let plan = Plan::new(1, 10, 6);
    let mut body = Vec::new();
    plan.body(0, &mut body);
    let each = body.len() / 60;
    assert!((1_500..2_100).contains(&each), "{each} bytes of OTLP per span");
}
