//! Divides a trace that is too large for one chunk between spans.
use std::collections::HashMap;

use kansoku_model::{SpanId, SpanRow, TraceSpans};

use super::encode::EncodedTrace;

/// Divides `whole` into chunks of at most `bytes_max` bytes of spans, in the order of the spans.
/// `whole` has all rows; the trace's own data stays with the first chunk.
pub(super) fn divide(whole: TraceSpans, spans: EncodedTrace, bytes_max: usize) -> Vec<TraceSpans> {
    let TraceSpans { trace_id, rows, fold, service_name, experiment, .. } = whole;
    let chunks = spans.divide(bytes_max);
    // If a span was sent twice, the last one counts: its row belongs to the last chunk that
    // contains it.
    let mut chunk_of: HashMap<SpanId, usize> = HashMap::with_capacity(rows.len());
    for (index, chunk) in chunks.iter().enumerate() {
        chunk_of.extend(chunk.span_ids().map(|id| (id, index)));
    }
    let mut rows_of: Vec<Vec<SpanRow>> = chunks.iter().map(|_| Vec::new()).collect();
    for row in rows {
        let index = chunk_of.get(&row.span_id).copied().unwrap_or(0);
        rows_of[index].push(row);
    }
    let mut fold = Some(fold);
    chunks
        .into_iter()
        .zip(rows_of)
        .map(|(chunk, rows)| TraceSpans {
            trace_id: trace_id.clone(),
            fold: fold.take().unwrap_or_default(),
            rows,
            otlp: chunk.encode(),
            service_name: service_name.clone(),
            experiment: experiment.clone(),
            logs: None,
        })
        .collect()
}
