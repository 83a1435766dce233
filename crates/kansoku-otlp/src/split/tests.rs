use kansoku_model::{TraceState, tag_key};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message as _;
use prost::encoding;

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
        .tags_and_metadata
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
        assert!(fold.tags_and_metadata.is_empty());
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

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["", "[a-z]{1,9}", "é{90,200}"]
}

fn any_span() -> impl Strategy<Value = Span> {
    (vec((any_text(), any_text()), 0..4), 1u64..9).prop_map(|(attributes, id)| {
        let attributes = attributes.iter().map(|(key, value)| entry(key, text(value)));
        Span { attributes: attributes.collect(), ..span(id, &[]) }
    })
}

fn any_scope() -> impl Strategy<Value = ScopeSpans> {
    (option::of(any_text()), vec(any_span(), 1..4), any_text()).prop_map(
        |(name, spans, schema_url)| {
            let scope = name.map(|name| InstrumentationScope { name, ..Default::default() });
            ScopeSpans { scope, spans, schema_url }
        },
    )
}

fn any_resource() -> impl Strategy<Value = ResourceSpans> {
    (option::of(any_text()), vec(any_scope(), 1..4), any_text()).prop_map(
        |(name, scope_spans, schema_url)| {
            let attributes = |name: String| vec![entry("service.name", text(&name))];
            let resource = |name| Resource { attributes: attributes(name), ..Default::default() };
            ResourceSpans { resource: name.map(resource), scope_spans, schema_url }
        },
    )
}

/// Encodes a span in protobuf as other libraries might.
fn any_spelling() -> impl Strategy<Value = fn(&Span) -> Vec<u8>> {
    let from_behind = |span: &Span| {
        let mut name = Vec::new();
        encoding::string::encode(5, &span.name, &mut name);
        [name, Span { name: String::new(), ..span.clone() }.encode_to_vec()].concat()
    };
    let with_unknown_field = |span: &Span| {
        let mut bytes = span.encode_to_vec();
        encoding::string::encode(99, &"from a later version".to_owned(), &mut bytes);
        bytes
    };
    let with_a_name_that_is_replaced = |span: &Span| {
        let mut bytes = Vec::new();
        encoding::string::encode(5, &"first".to_owned(), &mut bytes);
        bytes.extend(span.encode_to_vec());
        bytes
    };
    let with_zeros_for_a_parent =
        |span: &Span| Span { parent_span_id: vec![0; 8], ..span.clone() }.encode_to_vec();
    prop_oneof![
        Just((|span: &Span| span.encode_to_vec()) as fn(&Span) -> Vec<u8>),
        Just(from_behind as fn(&Span) -> Vec<u8>),
        Just(with_unknown_field as fn(&Span) -> Vec<u8>),
        Just(with_a_name_that_is_replaced as fn(&Span) -> Vec<u8>),
        Just(with_zeros_for_a_parent as fn(&Span) -> Vec<u8>),
    ]
}

fn only_batch(body: Vec<u8>) -> Split {
    let body = Bytes::from(body);
    let mut export = crate::Export::open(crate::Signal::Traces, crate::Encoding::Protobuf, body);
    export.as_mut().unwrap().next_split().unwrap().unwrap()
}

proptest! {
    #[test]
    fn the_bytes_of_a_trace_are_those_of_prost(resource_spans in vec(any_resource(), 1..4)) {
        let data = TracesData { resource_spans };
        let bytes = data.encode_to_vec();
        let sent = only_batch(bytes.clone());
        prop_assert_eq!(&sent.traces[0].otlp, &bytes);
        prop_assert_eq!(&split(data).traces[0].otlp, &bytes);
        prop_assert_eq!(sent.traces.len(), 1);
    }

    #[test]
    fn spans_are_kept_as_they_are_meant_however_they_are_spelled(
        spans in vec((any_span(), any_spelling()), 1..6),
    ) {
        let mut scope = Vec::new();
        for (span, spell) in &spans {
            encoding::bytes::encode(2, &spell(span), &mut scope);
        }
        let mut resource = Vec::new();
        encoding::bytes::encode(2, &scope, &mut resource);
        let mut body = Vec::new();
        encoding::bytes::encode(1, &resource, &mut body);
        let kept = only_batch(body).traces.remove(0).otlp;
        let spans: Vec<_> = spans.into_iter().map(|(span, _)| span).collect();
        let meant = data(spans);
        let scopes = &TracesData::decode(kept.as_slice()).unwrap().resource_spans[0].scope_spans;
        prop_assert_eq!(&scopes[0].spans, &meant.resource_spans[0].scope_spans[0].spans);
    }
}

#[test]
fn an_id_that_a_trace_lends_to_a_span_is_kept_with_it() {
    let given = TraceId::try_from("tr-0102030405060708090a0b0c0d0e0f10".to_owned()).unwrap();
    let with_zeros = Span { trace_id: vec![0; 16], ..span(1, &[]) };
    let data = data(vec![with_zeros]);
    let body = Bytes::from(data.encode_to_vec());
    let range =
        body.len() - data.resource_spans[0].scope_spans[0].spans[0].encoded_len()..body.len();
    let sent = SentSpans { body, ranges: vec![range] };
    let trace = split_sent(data, Some(&given), sent).traces.remove(0);
    let kept = TracesData::decode(trace.otlp.as_slice()).unwrap();
    assert_eq!(kept.resource_spans[0].scope_spans[0].spans[0].trace_id[..3], [1, 2, 3]);
}

/// A child that is a model call.
fn call(id: u64, from_ns: u64, to_ns: u64, asked: &str, answered: &str) -> Span {
    Span {
        parent_span_id: 1_u64.to_be_bytes().to_vec(),
        start_time_unix_nano: from_ns,
        end_time_unix_nano: to_ns,
        ..span(
            id,
            &[
                ("mlflow.spanType", "LLM"),
                ("mlflow.spanInputs", asked),
                ("mlflow.spanOutputs", answered),
            ],
        )
    }
}

#[test]
fn a_root_without_texts_leaves_the_word_to_its_first_and_last_call() {
    let calls = || {
        let chat = r#"{"messages": [{"role": "user", "content": "then"}, {"role": "user", "content": "now"}]}"#;
        [
            call(2, 40, 90, "later", "the last"),
            call(3, 10, 20, chat, "first"),
            call(4, 50, 0, "open", "x"),
        ]
    };
    let fold =
        |root: Span| split(data(calls().into_iter().chain([root]).collect())).traces.remove(0).fold;
    let text =
        |said: Option<kansoku_model::CallText>| said.map(|said| (said.call.at_ns, said.text));
    let silent = fold(span(1, &[]));
    assert_eq!(text(silent.request), Some((10, "now".to_owned())));
    assert_eq!(text(silent.response), Some((90, "the last".to_owned())));
    let asked = fold(span(1, &[("mlflow.spanInputs", "the root's")]));
    assert_eq!(text(asked.request), None);
    assert_eq!(text(asked.response), Some((90, "the last".to_owned())));
}
