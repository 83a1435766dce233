//! What a user said in a turn and was answered: all of it, as it was written.
//!
//! It stands in the root's inputs and outputs; where the root says nothing, in those of the last
//! model call.
use kansoku_model::TraceId;
use kansoku_otlp::{
    ChatMessage, NormalizedSpan, Part, Side, SpanSet,
    preview::{answered, asked},
};
use kansoku_store::{StoreError, Turn};

use crate::{ApiError, App, http::streaming::off_thread};

/// In characters.
const TEXT_CHARS_MAX: usize = 20_000;
/// A span is read with the chunk it came in. Of traces larger than this the previews must do.
const TRACE_BYTES_MAX: u64 = 32 << 20;

/// What a span takes while it is read and decoded.
const SPAN_CHARGE: usize = 16 << 20;

/// What was asked, and what was answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TurnText {
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
}

pub(super) async fn read(app: &App, trace: &TraceId, turn: &Turn) -> Result<TurnText, ApiError> {
    let mut text = TurnText::default();
    if TRACE_BYTES_MAX < app.traces.span_bytes(std::slice::from_ref(trace)).await? {
        return Ok(text);
    }
    let _charge = app.reads.charge(SPAN_CHARGE).await?;
    for span in &turn.speakers {
        if text.input.is_some() && text.output.is_some() {
            break;
        }
        let stored = match app.traces.span(trace, *span).await {
            Ok(stored) => stored,
            // It was deleted while we looked.
            Err(StoreError::TraceNotFound(_) | StoreError::SpanNotFound { .. }) => break,
            Err(error) => return Err(error.into()),
        };
        let id = *span;
        let normalized = off_thread(move || {
            SpanSet::with_logs(&[stored.otlp], &stored.logs).map(|spans| spans.normalized(id))
        });
        let normalized =
            normalized.await.map_err(|error| StoreError::backend("read a turn", error))?;
        let said = normalized.as_ref().map(of_span).unwrap_or_default();
        text.input = text.input.or(said.input);
        text.output = text.output.or(said.output);
    }
    Ok(text)
}

fn of_span(span: &NormalizedSpan) -> TurnText {
    let last = |side, role| {
        let of_side = || span.messages.iter().rev().filter(move |message| message.side == side);
        let of_role = of_side().filter(|message| message.role == role).find_map(words);
        of_role.or_else(|| of_side().find_map(words))
    };
    let input = last(Side::Input, "user").or_else(|| asked(span.inputs.as_ref()?));
    let output = last(Side::Output, "assistant").or_else(|| answered(span.outputs.as_ref()?));
    TurnText { input: input.map(cut), output: output.map(cut) }
}

/// The texts of a message; `None` if it has none, as where it only calls a tool.
fn words(message: &ChatMessage) -> Option<String> {
    let texts: Vec<&str> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { text } if !text.is_empty() => Some(text.as_str()),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(side: Side, role: &str, text: &str) -> ChatMessage {
        let parts = vec![Part::Text { text: text.to_owned() }];
        ChatMessage { side, role: role.to_owned(), name: None, parts, finish_reason: None }
    }

    fn text(input: &str, output: &str) -> TurnText {
        TurnText { input: Some(input.to_owned()), output: Some(output.to_owned()) }
    }

    #[test]
    fn of_a_chat_it_is_the_last_of_each_side() {
        let span = NormalizedSpan {
            messages: vec![
                said(Side::Input, "user", "first"),
                said(Side::Input, "assistant", "before"),
                said(Side::Input, "user", "second **word**"),
                said(Side::Input, "tool", "42"),
                said(Side::Output, "assistant", "answer"),
            ],
            ..NormalizedSpan::default()
        };
        assert_eq!(of_span(&span), text("second **word**", "answer"));
    }

    #[test]
    fn of_a_function_it_is_what_its_fields_say() {
        let span = NormalizedSpan {
            inputs: Some(json!({ "question": "Why?\nTell me.", "k": 3 })),
            outputs: Some(json!("Because.")),
            ..NormalizedSpan::default()
        };
        assert_eq!(of_span(&span), text("Why?\nTell me.", "Because."));
        assert_eq!(of_span(&NormalizedSpan::default()), TurnText::default());
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("é".repeat(TEXT_CHARS_MAX + 1)), "é".repeat(TEXT_CHARS_MAX));
    }
}
