//! The first and the last model call of a trace, whose input and output are the previews of a trace
//! without root previews.
use kansoku_model::{CallKey, CallText, SpanRow, TraceFold};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use prost::bytes::Bytes;

use crate::conventions::{NormalizedSpan, normalize};
use crate::preview;

/// The end calls among the spans seen so far. They are decoded only if the root has no previews.
#[derive(Default)]
pub(super) struct EndCalls {
    first: Option<(CallKey, Bytes)>,
    last: Option<(CallKey, Bytes)>,
}

impl EndCalls {
    pub(super) fn see(&mut self, row: &SpanRow, span: &Bytes) {
        let is_call = matches!(row.span_type.as_deref(), Some("LLM" | "CHAT_MODEL"));
        if !is_call || row.parent_id.is_none() {
            return;
        }
        let key = |at_ns| CallKey { at_ns, span_id: row.span_id };
        let began = key(row.start_ns);
        if self.first.as_ref().is_none_or(|(first, _)| began <= *first) {
            self.first = Some((began, span.clone()));
        }
        let Some(ended) = row.end_ns.map(key) else { return };
        if self.last.as_ref().is_none_or(|(last, _)| *last <= ended) {
            self.last = Some((ended, span.clone()));
        }
    }

    /// Adds the texts of the two calls that the root does not have.
    pub(super) fn speak(&mut self, fold: &mut TraceFold) {
        let root = fold.root.as_ref();
        let has_request = root.is_some_and(|root| root.request_preview.is_some());
        let has_response = root.is_some_and(|root| root.response_preview.is_some());
        if !has_request {
            fold.request = text(self.first.take(), NormalizedSpan::request_text);
        }
        if !has_response {
            fold.response = text(self.last.take(), NormalizedSpan::response_text);
        }
    }
}

fn text(
    call: Option<(CallKey, Bytes)>,
    text: impl Fn(&NormalizedSpan) -> Option<String>,
) -> Option<CallText> {
    let (call, span) = call?;
    let span = Span::decode(span).ok()?;
    let text = preview::shortened(&text(&normalize(&span))?);
    Some(CallText { call, text })
}
