//! An archived trace as the evaluator and lists see it.
use kansoku_filter::eval::TraceView;
use kansoku_model::Assessment;
use kansoku_store::core::chunk_payload::ChunkPayload;
use kansoku_store::core::span_rows::{Totals, shown_totals, totals_of_rows};

use crate::tables::ArchivedTrace;

/// A trace with everything that its view borrows.
pub(crate) struct Viewed<'a> {
    trace: &'a ArchivedTrace,
    totals: Totals,
    run_ids: Vec<String>,
    prompts: Vec<(String, String)>,
    payload: ChunkPayload<'a>,
}

impl<'a> Viewed<'a> {
    /// Views a trace without the payload of its spans.
    pub(crate) fn new(trace: &'a ArchivedTrace) -> Self {
        Self::with_payload(trace, &[])
    }

    pub(crate) fn with_payload(trace: &'a ArchivedTrace, chunks: &'a [Vec<u8>]) -> Self {
        let links = trace.links();
        let prompts = links.prompts.into_iter().map(|prompt| (prompt.name, prompt.version));
        let payload = ChunkPayload::new(chunks.iter().map(Vec::as_slice));
        Self {
            trace,
            totals: trace.totals(),
            run_ids: links.run_ids,
            prompts: prompts.collect(),
            payload,
        }
    }

    pub(crate) fn view<'b>(&'b self, session_assessments: &'b [Assessment]) -> TraceView<'b> {
        TraceView {
            info: &self.trace.info,
            usage: self.totals.0,
            cost: self.totals.1,
            run_ids: &self.run_ids,
            prompts: &self.prompts,
            spans: &self.trace.span_rows,
            session_assessments,
            payload: &self.payload,
        }
    }
}

impl ArchivedTrace {
    /// The usage and the cost, as lists show them.
    pub(crate) fn totals(&self) -> Totals {
        let of_spans = match self.span_rows.as_slice() {
            [] => (self.spans.usage, self.spans.cost),
            rows => totals_of_rows(rows),
        };
        shown_totals(&self.info, of_spans)
    }

    /// Whether all spans are in the row of the trace, if the column was read.
    pub(crate) fn has_all_rows(&self) -> bool {
        self.span_rows.len() as u64 == self.spans.span_count
    }
}
