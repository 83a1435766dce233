//! A trace that is too large for one piece, cut between spans.
use std::collections::{HashMap, HashSet};

use kansoku_model::{SpanId, SpanRow, TraceSpans};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;

use crate::id::span_id;

/// Pieces of at most `bytes_max` bytes of spans, in the order the spans came. `whole` has all
/// rows; what the spans say of their trace stays with the first piece.
pub(super) fn cut(whole: TraceSpans, data: TracesData, bytes_max: usize) -> Vec<TraceSpans> {
    let TraceSpans { trace_id, rows, fold, service_name, experiment, .. } = whole;
    let pieces = pieces(data, bytes_max);
    // Of a span sent twice the last counts: its row belongs to the piece that has it last.
    let mut piece_of: HashMap<SpanId, usize> = HashMap::with_capacity(rows.len());
    for (index, piece) in pieces.iter().enumerate() {
        piece_of.extend(piece.span_ids.iter().map(|id| (*id, index)));
    }
    let mut rows_of: Vec<Vec<SpanRow>> = pieces.iter().map(|_| Vec::new()).collect();
    for row in rows {
        let index = piece_of.get(&row.span_id).copied().unwrap_or(0);
        rows_of[index].push(row);
    }
    let mut fold = Some(fold);
    pieces
        .into_iter()
        .zip(rows_of)
        .map(|(piece, rows)| TraceSpans {
            trace_id: trace_id.clone(),
            fold: fold.take().unwrap_or_default(),
            rows,
            otlp: piece.data.encode_to_vec(),
            service_name: service_name.clone(),
            experiment: experiment.clone(),
            logs: None,
        })
        .collect()
}

#[derive(Default)]
struct Piece {
    data: TracesData,
    span_ids: HashSet<SpanId>,
    bytes: usize,
}

fn pieces(data: TracesData, bytes_max: usize) -> Vec<Piece> {
    let mut pieces = vec![Piece::default()];
    for mut from_resource in data.resource_spans {
        let scopes = std::mem::take(&mut from_resource.scope_spans);
        let mut resource_open = false;
        for mut from_scope in scopes {
            let spans = std::mem::take(&mut from_scope.spans);
            let mut scope_open = false;
            for span in spans {
                let bytes = span.encoded_len();
                let last = pieces.last().expect("there is always one");
                if 0 < last.bytes && bytes_max < last.bytes + bytes {
                    pieces.push(Piece::default());
                    (resource_open, scope_open) = (false, false);
                }
                let piece = pieces.last_mut().expect("there is always one");
                if !resource_open {
                    piece.data.resource_spans.push(from_resource.clone());
                    resource_open = true;
                    scope_open = false;
                }
                let resource = piece.data.resource_spans.last_mut().expect("it was opened");
                if !scope_open {
                    resource.scope_spans.push(from_scope.clone());
                    scope_open = true;
                }
                piece.bytes += bytes;
                piece.span_ids.extend(span_id(&span.span_id));
                let scope = resource.scope_spans.last_mut().expect("it was opened");
                scope.spans.push(span);
            }
        }
    }
    pieces
}
