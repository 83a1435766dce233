use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::*;
use crate::tests::{data, entry, text};
use crate::{NormalizedSpan, SpanSet};

/// A record at 3 s, without a trace id.
fn record(name: &str, attributes: &[(&str, &str)]) -> LogRecord {
    LogRecord {
        time_unix_nano: 3_000_000_000,
        event_name: name.to_owned(),
        attributes: attributes.iter().map(|(key, value)| entry(key, text(value))).collect(),
        ..LogRecord::default()
    }
}

fn in_span(record: LogRecord) -> LogRecord {
    LogRecord { trace_id: vec![1; 16], span_id: vec![2; 8], ..record }
}

fn sent_by(service: &str, log_records: Vec<LogRecord>) -> LogsData {
    let attributes: Vec<KeyValue> = vec![entry("service.name", text(service))];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    LogsData {
        resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }],
    }
}

fn reasons(split: &Split) -> Vec<&str> {
    split.rejected.samples().iter().map(|rejected| rejected.reason.as_str()).collect()
}

/// The normalized span `0202…` with the records that were kept for it.
fn normalized(span_type: &str, split: &Split) -> NormalizedSpan {
    let span = Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        attributes: vec![entry("span.type", text(span_type))],
        ..Span::default()
    };
    let logs: Vec<Vec<u8>> = split
        .traces
        .iter()
        .filter_map(|trace| trace.logs.as_ref())
        .map(|it| it.otlp.clone())
        .collect();
    let spans = SpanSet::with_logs(&[data(vec![span]).encode_to_vec()], &logs).unwrap();
    spans.normalized(SpanId(u64::from_be_bytes([2; 8]))).unwrap()
}

#[test]
fn what_claude_code_says_of_a_span_is_an_event_of_it() {
    let session = ("session.id", "s");
    let asked = record("claude_code.user_prompt", &[session, ("prompt", "Why?")]);
    let first = record("claude_code.assistant_response", &[session, ("response", "Wait.")]);
    let last = LogRecord {
        time_unix_nano: 4_000_000_000,
        ..record("claude_code.assistant_response", &[session, ("response", "Because.")])
    };
    let split =
        split_logs(sent_by("claude-code", vec![in_span(last), in_span(asked), in_span(first)]));
    assert_eq!(reasons(&split), [""; 0]);
    assert_eq!(split.log_records, 3);
    let span = normalized("interaction", &split);
    assert_eq!(span.inputs, Some("Why?".into()));
    assert_eq!(span.outputs, Some("Because.".into()));
}

#[test]
fn an_event_that_is_called_by_its_line_of_code_is_known_by_its_attribute() {
    let line = "event otel/src/events/session_telemetry.rs:1200";
    let attributes =
        [("event.name", "codex.user_prompt"), ("conversation.id", "c"), ("prompt", "Hi")];
    let split = split_logs(sent_by("codex_exec", vec![record(line, &attributes)]));
    assert_eq!(reasons(&split), [""; 0]);
    assert_eq!(split.traces[0].rows[0].name, "codex.user_prompt");
}

#[test]
fn a_record_that_forgets_its_trace_does_not_count_tokens_again() {
    let conversation = ("conversation.id", "c");
    let asked = record("codex.user_prompt", &[conversation, ("prompt", "Hi")]);
    let used = |conversation| {
        let kind = ("event.kind", "response.completed");
        let counts = [("input_token_count", "3"), ("output_token_count", "4")];
        record("codex.sse_event", &[conversation, kind, counts[0], counts[1]])
    };
    let of_another = used(("conversation.id", "d"));
    let sent = vec![used(conversation), in_span(asked), of_another];
    let split = split_logs(sent_by("codex_exec", sent));
    assert_eq!(reasons(&split), ["its session writes spans, and it names none of them"]);
    let rows = split.traces.iter().flat_map(|trace| &trace.rows);
    let totals: Vec<u64> = rows.filter_map(|row| Some(row.usage?.total_tokens)).collect();
    assert_eq!(totals, [7], "the conversation that writes no spans is counted");
}

#[test]
fn what_claude_code_does_outside_of_spans_is_counted() {
    let counts = [("input_tokens", "3"), ("output_tokens", "4")];
    let (session, prompt) = (("session.id", "s"), ("prompt.id", "p"));
    let asked = in_span(record("claude_code.user_prompt", &[session, ("prompt", "Hi")]));
    let titled = record("claude_code.api_request", &[session, prompt, counts[0], counts[1]]);
    let split = split_logs(sent_by("claude-code", vec![asked, titled]));
    assert_eq!(reasons(&split), [""; 0]);
    let rows = split.traces.iter().flat_map(|trace| &trace.rows);
    assert_eq!(rows.filter_map(|row| row.usage).map(|usage| usage.total_tokens).sum::<u64>(), 7);
}

#[test]
fn of_codexs_two_records_about_an_answer_only_that_with_counts_is_a_span() {
    let (conversation, kind) = (("conversation.id", "c"), ("event.kind", "response.completed"));
    let split = split_logs(sent_by(
        "codex_exec",
        vec![record("codex.sse_event", &[conversation, kind, ("duration_ms", "1")])],
    ));
    assert_eq!(reasons(&split), ["of a streamed answer only its end is kept"]);
}

#[test]
fn other_log_records_are_refused_and_named() {
    let records = vec![
        record("gen_ai.choice", &[]),
        in_span(record("http.request", &[])),
        record("http.request", &[]),
    ];
    let split = split_logs(sent_by("shop", records));
    insta::assert_debug_snapshot!(reasons(&split), @r#"
    [
        "it names no trace and span that it could belong to",
        "only GenAI events and the logs of coding agents are kept",
        "only GenAI events and the logs of coding agents are kept",
    ]
    "#);
}
