//! The full texts of the user's input and the response in a turn.
//!
//! They are in the root's inputs and outputs, or else in the inputs of the first model call and the
//! outputs of the last one.
use kansoku_model::{SpanId, TraceId};
use kansoku_otlp::{NormalizedSpan, SpanSet};
use kansoku_store::{StoreError, Turn};

use crate::{ApiError, App, http::streaming::off_thread};

/// Longest text, in characters.
const TEXT_CHARS_MAX: usize = 20_000;
/// A span is read together with its chunk. For traces larger than this, in bytes, the previews are
/// used instead.
const TRACE_BYTES_MAX: u64 = 32 << 20;

/// The memory charged for reading and decoding a span, in bytes.
const SPAN_CHARGE: usize = 16 << 20;

/// The texts of the request and the response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    let mut read: Vec<(SpanId, TurnText)> = Vec::new();
    for (speakers, is_input) in [(&turn.input_spans, true), (&turn.output_spans, false)] {
        for span in speakers {
            let found = match read.iter().find(|(known, _)| known == span) {
                Some((_, found)) => found.clone(),
                None => {
                    let Some(found) = text_of(app, trace, *span).await? else { return Ok(text) };
                    read.push((*span, found.clone()));
                    found
                }
            };
            let (said, field) = match is_input {
                true => (found.input, &mut text.input),
                false => (found.output, &mut text.output),
            };
            if said.is_some() {
                *field = said;
                break;
            }
        }
    }
    Ok(text)
}

/// `None` if the span was deleted in the meantime.
async fn text_of(app: &App, trace: &TraceId, span: SpanId) -> Result<Option<TurnText>, ApiError> {
    let stored = match app.traces.span(trace, span).await {
        Ok(stored) => stored,
        Err(StoreError::TraceNotFound(_) | StoreError::SpanNotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let normalized = off_thread(move || {
        SpanSet::with_logs(&[stored.otlp], &stored.logs).map(|spans| spans.normalized(span))
    });
    let normalized = normalized.await.map_err(|error| StoreError::backend("read a turn", error))?;
    Ok(Some(normalized.as_ref().map(turn_text).unwrap_or_default()))
}

fn turn_text(span: &NormalizedSpan) -> TurnText {
    TurnText {
        input: span.request_text().map(truncate),
        output: span.response_text().map(truncate),
    }
}

fn truncate(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é".repeat(TEXT_CHARS_MAX + 1);
        let span = NormalizedSpan { inputs: Some(text.into()), ..NormalizedSpan::default() };
        let TurnText { input, output } = turn_text(&span);
        assert_eq!((input, output), (Some("é".repeat(TEXT_CHARS_MAX)), None));
    }
}
