//! Conversion of the spans of scanned traces to columns.
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::columns::block::TextColumn;
use super::columns::ints::NONE;
use super::span_parts::{SpanInterval, span_parts};
use crate::{ScannedTrace, SpanColumns, SpansOfTrace};
use kansoku_model::SpanStatus;

/// The number of spans that are collected before the visitor is called.
const SPANS_AT_ONCE: usize = 8192;

#[derive(Default)]
pub struct SpanColumnsBuilder {
    columns: SpanColumns,
    codes: [FxHashMap<Arc<str>, i64>; 4],
}

impl SpanColumnsBuilder {
    /// Adds a trace, and passes the columns to `visitor` once they have enough spans.
    pub fn push(&mut self, trace: &ScannedTrace, visitor: impl FnMut(SpanColumns)) {
        self.add(trace);
        if SPANS_AT_ONCE <= self.columns.duration_us.len() {
            self.flush(visitor);
        }
    }

    /// Passes the remaining columns to `visitor`.
    pub fn flush(&mut self, mut visitor: impl FnMut(SpanColumns)) {
        let Self { columns, codes: _ } = std::mem::take(self);
        if !columns.traces.is_empty() {
            visitor(columns);
        }
    }

    fn add(&mut self, trace: &ScannedTrace) {
        let interval = |span: &crate::ScannedSpan| SpanInterval {
            span_id: span.span_id,
            parent_id: span.parent_id,
            start_ns: span.start_ns,
            end_ns: span.duration_ns.map(|duration| span.start_ns.saturating_add(duration)),
        };
        let intervals: Vec<SpanInterval> = trace.spans.iter().map(interval).collect();
        let columns = &mut self.columns;
        let start = columns.duration_us.len();
        let place = |place: Option<usize>| place.map_or(NONE, |place| place as i64);
        for (span, part) in trace.spans.iter().zip(span_parts(&intervals)) {
            let [names, types, models, providers] = &mut self.codes;
            push_text(&mut columns.name, names, Some(&span.name));
            push_text(&mut columns.span_type, types, span.span_type.as_ref());
            push_text(&mut columns.model, models, span.model.as_ref());
            push_text(&mut columns.provider, providers, span.provider.as_ref());
            columns.is_failed.push(span.status == SpanStatus::Error);
            columns.duration_us.push(part.duration_us.unwrap_or(NONE));
            columns.self_us.push(part.self_us);
            columns.critical_us.push(part.critical_us);
            columns.first_token_ms.push(span.first_token_ns.map_or(NONE, |ns| ns / 1_000_000));
            let tokens = span.usage.and_then(|usage| i64::try_from(usage.total_tokens).ok());
            columns.total_tokens.push(tokens.unwrap_or(NONE));
            columns.cost.push(span.cost.map_or(NONE, |cost| cost.0));
            columns.parent.push(place(part.parent));
            columns.previous.push(place(part.previous));
        }
        let spans = start..columns.duration_us.len();
        let fields = Some(Box::new(trace.without_spans()));
        columns.traces.push(SpansOfTrace { time: trace.time, spans, trace: fields });
    }
}

fn push_text(
    column: &mut TextColumn,
    codes: &mut FxHashMap<Arc<str>, i64>,
    text: Option<&Arc<str>>,
) {
    let code = text.map(|text| match codes.get(text) {
        Some(code) => *code,
        None => {
            let code = column.texts.len() as i64;
            column.texts.push(text.to_string());
            codes.insert(text.clone(), code);
            code
        }
    });
    column.codes.push(code.unwrap_or(NONE));
}
