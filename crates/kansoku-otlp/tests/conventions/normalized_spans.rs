//! The normalized spans of each recording, written to files for review.
use std::fmt::Write;

use kansoku_model::{SpanRow, TokenUsage, trace_total};
use kansoku_otlp::{ChatMessage, Document, Media, NormalizedSpan, Part, Side, ToolCall, normalize};
use serde_json::Value;

use crate::fixture::{self, Fixture, Trace};

const CHARS_MAX: usize = 160;

#[test]
fn spans_mean_what_was_recorded() {
    for fixture in fixture::all() {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(fixture.name.clone(), text_of(&fixture));
        });
    }
}

#[test]
fn a_span_means_the_same_after_mlflows_words_were_added_to_it() {
    for fixture in fixture::all() {
        for trace in &fixture.traces {
            for (row, shown) in trace.normalized_spans() {
                let sent = fixture.sent.iter().find(|it| it.span_id == row.span_id.0.to_be_bytes());
                // Log records add content that the span as sent does not have.
                let Some(sent) = sent.filter(|_| !fixture.has_logs) else { continue };
                assert_eq!(shown, normalize(sent), "{}: {}", fixture.name, row.name);
            }
        }
    }
}

fn text_of(fixture: &Fixture) -> String {
    let mut text = String::new();
    for trace in &fixture.traces {
        write_trace(&mut text, trace);
    }
    for reason in &fixture.refused {
        writeln!(text, "refused {reason}").expect("a text takes it");
    }
    text
}

fn write_trace(text: &mut String, trace: &Trace) {
    let rows = trace.rows.iter();
    let total = trace_total(rows.map(|row| (row.span_id, row.parent_id, row.usage)));
    let total = total.map(usage).unwrap_or_else(|| "no tokens".to_owned());
    let _ = writeln!(text, "trace {:?}: {total}", trace.fold.state());
    for ((_, key), entry) in &trace.fold.tags_and_metadata {
        if let Some(value) = entry.value.as_ref().filter(|_| key.starts_with("mlflow.trace.")) {
            let _ = writeln!(text, "    {key} = {value}");
        }
    }
    if let Some(root) = &trace.fold.root {
        for (name, preview) in
            [("request", &root.request_preview), ("response", &root.response_preview)]
        {
            if let Some(preview) = preview {
                let _ = writeln!(text, "    {name}: {}", cut(preview));
            }
        }
    }
    for (row, span) in trace.normalized_spans() {
        write_span(text, row, &span);
    }
    text.push('\n');
}

fn write_span(text: &mut String, row: &SpanRow, span: &NormalizedSpan) {
    let _ = write!(text, "- {}", row.name);
    let words = [&span.span_type, &span.model, &span.provider, &span.service_tier];
    for word in words.into_iter().flatten() {
        let _ = write!(text, " | {word}");
    }
    if let Some(counts) = span.usage {
        let _ = write!(text, " | {}", usage(counts));
    }
    if let Some(cost) = span.cost {
        let _ = write!(text, " | ${}", cost.total);
    }
    if let Some(at_ns) = span.first_token_ns {
        let _ = write!(text, " | first token after {} ms", (at_ns - row.start_ns) / 1_000_000);
    }
    text.push('\n');
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "    {name}: {}", cut(value));
    };
    if let Some(session) = &span.session {
        line("session", session);
    }
    if let Some(user) = &span.user {
        line("user", user);
    }
    for (name, value) in [("inputs", &span.inputs), ("outputs", &span.outputs)] {
        if let Some(value) = value {
            line(name, &value.to_string());
        }
    }
    for (name, value) in &span.parameters {
        line("parameter", &format!("{name} = {value}"));
    }
    span.messages.iter().for_each(|message| line("chat", &said(message)));
    for tool in &span.tool_definitions {
        let parameters = tool.parameters.as_ref().map(Value::to_string).unwrap_or_default();
        let about = tool.description.as_deref().unwrap_or_default();
        line("tool", &format!("{} {about:?} {parameters}", tool.name));
    }
    span.tool_calls.iter().for_each(|it| line("call", &called(it)));
    span.documents.iter().for_each(|it| line("document", &found(it)));
}

fn usage(usage: TokenUsage) -> String {
    let TokenUsage { input_tokens: input, output_tokens: output, total_tokens: total, .. } = usage;
    let mut text = format!("{input} + {output} = {total}");
    for (name, count) in [
        ("read", usage.cache_read_input_tokens),
        ("written", usage.cache_creation_input_tokens),
        ("written for an hour", usage.cache_creation_input_tokens_above_1hr),
        ("thought", usage.reasoning_output_tokens),
    ] {
        if let Some(count) = count {
            let _ = write!(text, ", {count} {name}");
        }
    }
    text
}

fn said(message: &ChatMessage) -> String {
    let mut text = String::from(if message.side == Side::Input { "> " } else { "< " });
    text.push_str(&message.role);
    if let Some(name) = &message.name {
        let _ = write!(text, " ({name})");
    }
    for part in &message.parts {
        let _ = match part {
            Part::Text { text: said } => write!(text, " {said:?}"),
            Part::Reasoning { text: thought } => write!(text, " [thought {thought:?}]"),
            Part::ToolCall { id, name, arguments } => {
                write!(text, " [calls {name} {} {arguments}]", id.as_deref().unwrap_or("-"))
            }
            Part::ToolResult { id, result, .. } => {
                write!(text, " [answers {} {result}]", id.as_deref().unwrap_or("-"))
            }
            Part::Image(media) => write!(text, " [image {}]", place(media)),
            Part::Audio(media) => write!(text, " [audio {}]", place(media)),
            Part::Video(media) => write!(text, " [video {}]", place(media)),
            Part::File(media) => write!(text, " [file {}]", place(media)),
            Part::Other { value } => write!(text, " [other {value}]"),
        };
    }
    if let Some(reason) = &message.finish_reason {
        let _ = write!(text, " ({reason})");
    }
    text
}

fn place(media: &Media) -> String {
    format!("{} {}", media.media_type.as_deref().unwrap_or("-"), media.url)
}

fn called(call: &ToolCall) -> String {
    let id = call.id.as_deref().unwrap_or("-");
    let result = call.result.as_ref().map(|it| format!(" -> {it}")).unwrap_or_default();
    format!("{} {id} {}{result}", call.name, call.arguments)
}

fn found(document: &Document) -> String {
    let score = document.score.map(|score| score.to_string());
    let id = document.id.as_deref().unwrap_or("-");
    format!("{id} {} {:?}", score.as_deref().unwrap_or("-"), document.text)
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(CHARS_MAX).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut.replace('\n', "\\n")
}
