//! Values of single spans, for columns and suggestions.
use std::collections::HashMap;
use std::time::{Duration, Instant};

use kansoku_model::{SpanId, TraceId};

use crate::core::root_values;
use crate::{ROOT_TRACE_BYTES_MAX, RootValues, StoreError, TraceStore, WantedValues};

/// A read of values of spans of any traces.
#[derive(Clone, Debug)]
pub struct SpanValuesQuery {
    /// Adjacent spans of the same trace are read together.
    pub spans: Vec<(TraceId, SpanId)>,
    pub wanted: WantedValues,
    /// Traces not read by then are omitted.
    pub deadline: Duration,
}

impl dyn TraceStore {
    /// Values of spans, of their own inputs, outputs and attributes. Spans that do not exist are
    /// omitted, and those of traces that are too large or that were not read before the deadline.
    pub async fn span_values(
        &self,
        query: SpanValuesQuery,
    ) -> Result<HashMap<(TraceId, SpanId), RootValues>, StoreError> {
        let began = Instant::now();
        let SpanValuesQuery { spans, wanted, deadline } = query;
        let mut found = HashMap::with_capacity(spans.len());
        for of_trace in spans.chunk_by(|(trace, _), (next, _)| trace == next) {
            if deadline <= began.elapsed() {
                break;
            }
            let trace = &of_trace[0].0;
            if ROOT_TRACE_BYTES_MAX < self.span_bytes(std::slice::from_ref(trace)).await? {
                continue;
            }
            let ids: Vec<SpanId> = of_trace.iter().map(|(_, span)| *span).collect();
            let otlp = match self.some_spans(trace, &ids).await {
                Err(StoreError::TraceNotFound(_)) => continue,
                stored => stored?.otlp,
            };
            for (span, values) in root_values::read_spans(&otlp, &ids, &wanted)? {
                found.insert((trace.clone(), span), values);
            }
        }
        Ok(found)
    }
}
