//! A trace that is decoded as a whole, and rendered without waiting for the client.
use bytes::Bytes;
use kansoku_model::TraceId;
use kansoku_otlp::{SpanForm, SpanSet};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use super::stored_trace::SpanText;
use crate::http::{
    read_budget::{Charge, ChargedBytes},
    streaming::{CHUNK_BYTES, is_small, joined},
};

pub(super) struct WholeTrace {
    pub(super) set: SpanSet,
    /// The size of its OTLP.
    pub(super) bytes: usize,
    /// For the OTLP, the decoded spans and their text.
    pub(super) charge: Charge,
}

/// The text of a trace in chunks.
pub(super) struct WholeTraceText {
    chunks: UnboundedReceiver<Bytes>,
    /// The thread that renders the chunks; `None` if there is none because they are few.
    thread: Option<JoinHandle<()>>,
}

impl WholeTrace {
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Begins to render the trace. The decoded spans are freed at the end of it, while the client may
    /// still be receiving the text.
    pub(super) fn render(self, trace: TraceId, text: SpanText) -> WholeTraceText {
        let (sender, chunks) = unbounded_channel();
        let thread = match is_small(self.bytes) {
            true => {
                self.send_chunks(&trace, text, &sender);
                None
            }
            false => Some(tokio::task::spawn_blocking(move || {
                self.send_chunks(&trace, text, &sender);
            })),
        };
        WholeTraceText { chunks, thread }
    }

    fn send_chunks(mut self, trace: &TraceId, text: SpanText, chunks: &UnboundedSender<Bytes>) {
        let mut out = text.before;
        for at in 0..self.set.len() {
            if 0 < at {
                out.extend_from_slice(text.between);
            }
            match text.form {
                SpanForm::Proto => self.set.write_proto(&mut out, at, trace),
                SpanForm::Stored => self.set.write_stored(&mut out, at, trace),
            }
            if CHUNK_BYTES <= out.len() {
                let chunk = std::mem::replace(&mut out, Vec::with_capacity(CHUNK_BYTES));
                if chunks.send(self.charged(chunk)).is_err() {
                    // The client is gone.
                    return;
                }
            }
        }
        out.extend_from_slice(text.after);
        out.shrink_to_fit();
        let _ = chunks.send(self.charged(out));
    }

    /// Moves a part of the charge to a chunk.
    fn charged(&mut self, chunk: Vec<u8>) -> Bytes {
        let charge = self.charge.split(chunk.len());
        ChargedBytes::into_bytes(chunk, charge)
    }
}

impl WholeTraceText {
    /// The next chunk; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let chunk = self.chunks.recv().await;
        if chunk.is_none()
            && let Some(thread) = self.thread.take()
        {
            // A panic of the thread ends the response with an error.
            joined(thread).await;
        }
        chunk
    }
}
