//! The graph of an application: which step calls which, and which follows which.
use kansoku_store::{SpanColumns, SpanProjection};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::steps::{LEFT_OUT, StepFold, ms};

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct GraphNode {
    pub name: String,
    pub span_type: Option<String>,
    /// A filter for the traces with such a span.
    pub filter: String,
    pub calls: u64,
    pub traces: u64,
    pub errors: u64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    /// Its share of the critical paths of all traces, from 0 to 1.
    pub path_share: f64,
    pub total_tokens: u64,
    /// In US dollars.
    pub cost: f64,
}

/// Calls of `to` by `from`, or calls of `to` that began after `from` had ended, under the same
/// parent.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct GraphEdge {
    /// An index into the list of nodes, like `to`.
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
    pub calls: u64,
    /// The number of these calls of `to` that failed.
    pub errors: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    Calls,
    FollowedBy,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepGraph {
    /// Steps by number of calls, the most frequent first.
    pub nodes: Vec<GraphNode>,
    /// Edges by number of calls, the most frequent first.
    pub edges: Vec<GraphEdge>,
    /// The number of all steps; only the most frequent are nodes.
    pub nodes_total: usize,
    pub traces: u64,
}

#[derive(Default)]
pub struct StepGraphFold {
    pub steps: StepFold,
    edges: FxHashMap<(u32, u32, EdgeKind), (u64, u64)>,
}

impl StepGraphFold {
    /// The columns of spans that the fold reads.
    pub fn projection(&self) -> SpanProjection {
        SpanProjection { relatives: true, ..self.steps.projection() }
    }

    pub fn add(&mut self, columns: &SpanColumns) {
        let of_span = self.steps.add(columns);
        for of_trace in &columns.traces {
            let steps = &of_span[of_trace.spans.clone()];
            for (place, to) in steps.iter().enumerate() {
                let span = of_trace.spans.start + place;
                for (from, kind) in [
                    (columns.parent[span], EdgeKind::Calls),
                    (columns.previous[span], EdgeKind::FollowedBy),
                ] {
                    // `NONE`, which means no span, is negative.
                    let from = usize::try_from(from).ok().and_then(|from| steps.get(from));
                    if let Some(from) = from.filter(|from| **from != LEFT_OUT && *to != LEFT_OUT) {
                        let (calls, errors) = self.edges.entry((*from, *to, kind)).or_default();
                        *calls += 1;
                        *errors += u64::from(columns.is_failed[span]);
                    }
                }
            }
        }
    }

    pub fn finish(self, nodes_max: usize) -> StepGraph {
        let traces = self.steps.traces();
        let (steps, path_us) = self.steps.into_parts();
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_unstable_by(|a, b| {
            let (a, b) = (&steps[*a], &steps[*b]);
            b.1.calls.cmp(&a.1.calls).then_with(|| a.0.cmp(&b.0))
        });
        let nodes_total = order.len();
        order.truncate(nodes_max);
        let mut places = vec![None; steps.len()];
        for (place, step) in order.iter().enumerate() {
            places[*step] = Some(place);
        }
        let node = |step: &usize| {
            let (key, calls) = &steps[*step];
            let [p50_ms, p95_ms, _] = calls.percentiles();
            GraphNode {
                name: key.name.to_string(),
                span_type: key.span_type.as_deref().map(str::to_owned),
                filter: key.filter(None),
                calls: calls.calls,
                traces: calls.traces,
                errors: calls.errors,
                p50_ms,
                p95_ms,
                path_share: if 0 < path_us { ms(calls.critical_us) / ms(path_us) } else { 0.0 },
                total_tokens: calls.total_tokens,
                cost: calls.cost.as_dollars(),
            }
        };
        let edge = |((from, to, kind), (calls, errors)): ((u32, u32, EdgeKind), (u64, u64))| {
            let (from, to) = (places[from as usize]?, places[to as usize]?);
            Some(GraphEdge { from, to, kind, calls, errors })
        };
        let nodes = order.iter().map(node).collect();
        let mut edges: Vec<GraphEdge> = self.edges.into_iter().filter_map(edge).collect();
        edges.sort_unstable_by(|a, b| {
            (b.calls, a.from, a.to, a.kind).cmp(&(a.calls, b.from, b.to, b.kind))
        });
        StepGraph { nodes, edges, nodes_total, traces }
    }
}
