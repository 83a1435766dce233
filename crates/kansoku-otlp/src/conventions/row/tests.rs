use kansoku_model::{TokenUsage, TraceState};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Status;

use super::*;
use crate::tests::{entry, span};
use crate::value::{any, from_json_text};

fn facts_of(span: &Span) -> (SpanRow, TraceFold) {
    let parent_id = crate::id::span_id(&span.parent_span_id);
    derive(span, Ids { span_id: SpanId(1), parent_id }).unwrap()
}

fn row(attributes: &[(&str, &str)]) -> SpanRow {
    facts_of(&span(1, attributes)).0
}

fn usage(input_tokens: u64, output_tokens: u64, total_tokens: u64) -> Option<TokenUsage> {
    Some(TokenUsage { input_tokens, output_tokens, total_tokens, ..TokenUsage::default() })
}

#[test]
fn a_span_type_is_mlflows_or_else_that_of_conventions() {
    let span_type = |attributes: &[(&str, &str)]| row(attributes).span_type;
    assert_eq!(span_type(&[]), None);
    assert_eq!(span_type(&[("mlflow.spanType", "my kind")]).unwrap(), "my kind");
    assert_eq!(span_type(&[("openinference.span.kind", "llm")]).unwrap(), "LLM");
    assert_eq!(span_type(&[("openinference.span.kind", "other")]), None);
    assert_eq!(span_type(&[("gen_ai.operation.name", "execute_tool")]).unwrap(), "TOOL");
    let chat = ("gen_ai.operation.name", "chat");
    assert_eq!(span_type(&[chat, ("mlflow.spanType", "UNKNOWN")]).unwrap(), "CHAT_MODEL");
    assert_eq!(span_type(&[("mlflow.spanType", "UNKNOWN"), chat]).unwrap(), "CHAT_MODEL");
    assert_eq!(span_type(&[chat, ("mlflow.spanType", "AGENT")]).unwrap(), "AGENT");
    assert_eq!(span_type(&[chat, ("openinference.span.kind", "CHAIN")]).unwrap(), "CHAIN");
    assert_eq!(span_type(&[("mlflow.spanType", "UNKNOWN")]).unwrap(), "UNKNOWN");
    assert_eq!(span_type(&[("mlflow.spanType", "\"TOOL\"")]).unwrap(), "TOOL");
}

#[test]
fn the_first_model_that_says_anything_wins() {
    let gen_ai = [("gen_ai.request.model", "gpt-4o"), ("gen_ai.response.model", "gpt-4o-2024")];
    assert_eq!(row(&gen_ai).model.unwrap(), "gpt-4o-2024");
    assert_eq!(row(&[gen_ai[0], ("gen_ai.response.model", "")]).model.unwrap(), "gpt-4o");
    assert_eq!(row(&[gen_ai[0], ("mlflow.llm.model", "mine")]).model.unwrap(), "mine");
    assert_eq!(row(&[("gen_ai.system", "openai")]).provider.unwrap(), "openai");
    assert_eq!(row(&[("llm.model_name", &"m".repeat(600))]).model.unwrap().len(), 500);
}

#[test]
fn token_usage_is_read_typed_and_as_text() {
    let as_text = r#"{"input_tokens": 3, "output_tokens": "4"}"#;
    assert_eq!(row(&[("mlflow.chat.tokenUsage", as_text)]).usage, usage(3, 4, 7));
    let mut typed = span(1, &[]);
    let value = r#"{"input_tokens": 3, "output_tokens": 4.0, "total_tokens": 9, "cache_read_input_tokens": 2}"#;
    typed.attributes = vec![entry("mlflow.chat.tokenUsage", from_json_text(value.to_owned()))];
    let with_cache =
        usage(3, 4, 9).map(|usage| TokenUsage { cache_read_input_tokens: Some(2), ..usage });
    assert_eq!(facts_of(&typed).0.usage, with_cache);
    for nothing in ["{}", "[]", "many", r#"{"input_tokens": -1, "total_tokens": null}"#] {
        assert_eq!(row(&[("mlflow.chat.tokenUsage", nothing)]).usage, None);
    }
}

#[test]
fn token_counts_of_conventions_are_read_one_by_one() {
    let gen_ai = [("gen_ai.usage.input_tokens", "10"), ("gen_ai.usage.output_tokens", "5")];
    assert_eq!(row(&gen_ai).usage, usage(10, 5, 15));
    assert_eq!(row(&[("llm.token_count.total", "8")]).usage, usage(0, 0, 8));
    let mut typed = span(1, &[]);
    typed.attributes = vec![entry("llm.token_count.prompt", any(Any::IntValue(i64::MAX)))];
    assert_eq!(facts_of(&typed).0.usage, usage(i64::MAX as u64, 0, i64::MAX as u64));
}

#[test]
fn times_are_clamped_and_an_end_of_zero_is_no_end() {
    let of = |start, end| {
        let span = Span { start_time_unix_nano: start, end_time_unix_nano: end, ..span(1, &[]) };
        let row = facts_of(&span).0;
        (row.start_ns, row.end_ns)
    };
    assert_eq!(of(5, 0), (5, None));
    assert_eq!(of(0, 7), (0, Some(7)));
    assert_eq!(of(9, 7), (9, Some(9)));
    assert_eq!(of(u64::MAX, u64::MAX), (i64::MAX, Some(i64::MAX)));
}

#[test]
fn session_and_user_of_any_span_are_metadata_of_the_trace() {
    let mut child =
        span(1, &[("gen_ai.conversation.id", "c"), ("session.id", "s"), ("user.id", "u")]);
    child.parent_span_id = vec![9; 8];
    let fold = facts_of(&child).1;
    let said: Vec<_> = fold
        .tags_and_metadata
        .iter()
        .map(|((kind, key), said)| (*kind, key.as_str(), said.value.as_deref().unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            (TagOrMetadataKind::Metadata, "mlflow.trace.session", "s"),
            (TagOrMetadataKind::Metadata, "mlflow.trace.user", "u"),
        ]
    );
    assert!(fold.root.is_none());
}

#[test]
fn a_session_of_the_greatest_length_is_kept() {
    assert!(facts_of(&span(1, &[("session.id", &"é".repeat(SESSION_CHARS_MAX))])).1.root.is_some());
}

#[test]
fn only_the_root_gives_previews_and_tags() {
    let attributes = [
        ("mlflow.spanInputs", r#"{"messages": [{"role": "user", "content": "hi"}]}"#),
        ("output.value", "fine"),
        ("mlflow.traceTag.env", "prod"),
    ];
    let root = facts_of(&span(1, &attributes)).1;
    let derived = root.root.clone().unwrap();
    assert_eq!(derived.request_preview.as_deref(), Some("hi"));
    assert_eq!(derived.response_preview.as_deref(), Some("\"fine\""));
    assert_eq!(root.tags_and_metadata.len(), 1);
    let child = Span { parent_span_id: vec![9; 8], ..span(1, &attributes) };
    assert_eq!(facts_of(&child).1.tags_and_metadata.len(), 0);
}

#[test]
fn inputs_of_a_function_without_arguments_are_previewed_too() {
    let preview = |attributes: &[(&str, &str)]| {
        facts_of(&span(1, attributes)).1.root.unwrap().request_preview
    };
    assert_eq!(preview(&[("mlflow.spanInputs", "{}")]).unwrap(), "{}");
    assert_eq!(preview(&[("input.value", "{}")]), None);
    assert_eq!(preview(&[]), None);
}

#[test]
fn the_roots_status_decides_the_state() {
    let state = |code, ended| {
        let root = Span {
            status: Some(Status { code, message: String::new() }),
            end_time_unix_nano: if ended { 2_000_000_000 } else { 0 },
            ..span(1, &[])
        };
        facts_of(&root).1.state()
    };
    assert_eq!(state(0, true), TraceState::Ok);
    assert_eq!(state(2, true), TraceState::Error);
    assert_eq!(state(77, true), TraceState::Ok);
    assert_eq!(state(2, false), TraceState::InProgress);
}
