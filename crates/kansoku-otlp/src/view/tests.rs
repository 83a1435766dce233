use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};

use serde_json::Value;

use super::*;
use crate::tests::{data, entry, span, text, trace};
use crate::value::{any, from_json_text};

/// A root and the model call under it, as MLflow's Python client sends them.
fn chunk() -> Vec<u8> {
    let root =
        span(1, &[("mlflow.traceRequestId", "tr-of-another-server"), ("mlflow.spanType", "AGENT")]);
    let typed = |text: &str| from_json_text(text.to_owned());
    let llm = Span {
        parent_span_id: 1u64.to_be_bytes().to_vec(),
        name: "llm".to_owned(),
        start_time_unix_nano: 1_795_237_452_267_757_789,
        end_time_unix_nano: 1_795_237_452_268_021_812,
        attributes: vec![
            entry("mlflow.spanType", text("CHAT_MODEL")),
            entry(
                "mlflow.spanInputs",
                typed(r#"{"messages": [{"role": "user", "content": "hé"}], "n": 1}"#),
            ),
            entry("mlflow.spanOutputs", text(r#"{"choices": [], "meta": {}, "score": 0.5}"#)),
            entry("temperature", any(Any::DoubleValue(0.7))),
            entry("stream", any(Any::BoolValue(false))),
            entry("stop", text("first")),
            entry("image", any(Any::BytesValue(b"hello".to_vec()))),
            entry("seed", opentelemetry_proto::tonic::common::v1::AnyValue { value: None }),
            entry("stop", text("second")),
        ],
        events: vec![Event {
            time_unix_nano: 1_795_237_452_267_894_016,
            name: "exception".to_owned(),
            attributes: vec![
                entry("exception.message", text("bad \"input\"")),
                entry("n", any(Any::IntValue(1))),
            ],
            ..Event::default()
        }],
        links: vec![
            Link {
                trace_id: vec![2; 16],
                span_id: vec![0, 0, 0, 0, 0, 0, 0, 0xa1],
                attributes: vec![entry("k", text("v"))],
                ..Link::default()
            },
            Link { trace_id: vec![2; 3], ..Link::default() },
        ],
        status: Some(Status { code: 2, message: "ValueError: bad".to_owned() }),
        ..span(2, &[])
    };
    data(vec![llm, root]).encode_to_vec()
}

#[test]
fn spans_are_shown_as_traces_json() {
    let set = SpanSet::from_chunks(&[chunk()]).unwrap();
    let file: Value = serde_json::from_slice(&set.traces_json(&trace())).unwrap();
    insta::assert_json_snapshot!(file);
}

#[test]
fn spans_are_shown_as_protobuf_json() {
    let set = SpanSet::from_chunks(&[chunk()]).unwrap();
    let spans: Value = serde_json::from_slice(&set.proto_json(&trace())).unwrap();
    insta::assert_json_snapshot!(spans);
}

#[test]
fn a_later_chunk_replaces_a_span_of_an_earlier_one() {
    let renamed = Span { name: "renamed".to_owned(), ..span(1, &[]) };
    let chunks = [chunk(), data(vec![renamed]).encode_to_vec()];
    let set = SpanSet::from_chunks(&chunks).unwrap();
    let names: Vec<_> = set.spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!((set.len(), names), (2, vec!["renamed", "llm"]));
}

#[test]
fn a_chunk_answers_for_single_spans() {
    let view = ChunkView::decode(&chunk()).unwrap();
    let attribute = |key| view.attribute(SpanId(2), key);
    assert_eq!(attribute("mlflow.spanType").unwrap(), "CHAT_MODEL");
    assert_eq!(attribute("temperature").unwrap(), "0.7");
    assert_eq!(attribute("stop").unwrap(), "second");
    assert_eq!(attribute("image").unwrap(), "aGVsbG8=");
    assert_eq!(
        attribute("mlflow.spanInputs").unwrap(),
        r#"{"messages": [{"role": "user", "content": "hé"}], "n": 1}"#
    );
    assert_eq!(attribute("absent"), None);
    assert_eq!(view.attribute(SpanId(3), "stop"), None);
    assert!(view.json(SpanId(2)).unwrap().contains(r#""name": "llm", "start_time_unix_nano": "#));
    assert!(view.json(SpanId(1)).unwrap().contains("tr-of-another-server"));
    assert_eq!(view.json(SpanId(3)), None);
}

#[test]
fn bytes_that_are_no_otlp_are_an_error() {
    assert!(ChunkView::decode(b"\xff\xff").is_err());
    assert!(SpanSet::from_chunks(&[b"\xff\xff".to_vec()]).is_err());
    assert!(SpanSet::from_chunks(&[]).unwrap().is_empty());
}

#[test]
fn a_span_of_other_conventions_is_shown_in_mlflows_words() {
    let other = span(
        1,
        &[
            ("openinference.span.kind", "LLM"),
            ("input.value", "hi"),
            ("llm.model_name", "gpt-4o"),
            ("llm.token_count.prompt", "3"),
            ("llm.token_count.completion", "4"),
        ],
    );
    let view = ChunkView::decode(&data(vec![other]).encode_to_vec()).unwrap();
    let attribute = |key| view.attribute(SpanId(1), key).unwrap_or_default();
    assert_eq!(attribute("mlflow.spanType"), "LLM");
    assert_eq!(attribute("mlflow.spanInputs"), "hi");
    assert_eq!(attribute("mlflow.llm.model"), "gpt-4o");
    assert_eq!(
        attribute("mlflow.chat.tokenUsage"),
        r#"{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}"#
    );
    assert_eq!(attribute("openinference.span.kind"), "LLM");
}

#[test]
fn the_words_that_rendering_adds_are_all_listed() {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
    let ids = (0x11u128.to_be_bytes().to_vec(), 0x22u64.to_be_bytes().to_vec());
    let values = [
        Some(Any::BoolValue(true)),
        Some(Any::BoolValue(false)),
        Some(Any::DoubleValue(f64::NAN)),
        Some(Any::DoubleValue(f64::INFINITY)),
        Some(Any::DoubleValue(f64::NEG_INFINITY)),
        Some(Any::DoubleValue(0.5)),
        Some(Any::IntValue(1)),
        Some(Any::StringValue("1".to_owned())),
        None,
    ];
    let values: Vec<AnyValue> = values.into_iter().map(|value| AnyValue { value }).collect();
    let mut attributes: Vec<_> = values.iter().map(|value| entry("1", value.clone())).collect();
    attributes.push(entry("2", any(Any::ArrayValue(ArrayValue { values: values.clone() }))));
    let (trace_id, span_id) = ids;
    let mut words = std::collections::BTreeSet::new();
    for code in 0..3 {
        let spans = [None, Some(2)].map(|end: Option<u64>| Span {
            trace_id: trace_id.clone(),
            span_id: span_id.clone(),
            parent_span_id: if end.is_some() { span_id.clone() } else { Vec::new() },
            name: "1".to_owned(),
            end_time_unix_nano: end.unwrap_or(0),
            attributes: attributes.clone(),
            events: vec![Event { attributes: attributes.clone(), ..Event::default() }],
            links: vec![Link {
                trace_id: trace_id.clone(),
                span_id: span_id.clone(),
                attributes: attributes.clone(),
                ..Link::default()
            }],
            status: Some(Status { code, message: "1".to_owned() }),
            ..Span::default()
        });
        for span in &spans {
            let mut json = Vec::new();
            stored::span(&mut json, span, None);
            let mut json: Value = serde_json::from_slice(&json).unwrap();
            for id in ["trace_id", "span_id", "parent_span_id"] {
                if json[id].is_string() {
                    json[id] = "".into();
                }
            }
            let json = json.to_string();
            let is_of_words = |c: char| c.is_ascii_alphabetic() || c == '_';
            let found = json.split(|c| !is_of_words(c)).filter(|word| !word.is_empty());
            words.extend(found.map(str::to_owned));
        }
    }
    let listed = RENDERED_WORDS.iter().map(|word| (*word).to_owned()).collect();
    assert_eq!(words, listed);
}
