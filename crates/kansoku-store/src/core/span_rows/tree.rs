//! The tree of a trace's spans, in reading order.
use kansoku_model::{SpanRow, TreeNode, reading_order};

use crate::core::list_bounds::short_name;
use crate::{SpanTree, SpanTreeNode, SpanTreeRange};

/// A part of the tree. `parent` is an index in the order of the whole tree.
pub fn tree(rows: &[SpanRow], range: SpanTreeRange) -> SpanTree {
    let node = |row: &SpanRow| TreeNode {
        span_id: row.span_id,
        parent_id: row.parent_id,
        start_ns: row.start_ns,
    };
    let mut rows: Vec<&SpanRow> = rows.iter().collect();
    rows.sort_unstable_by_key(|row| super::sample_order(row));
    let nodes: Vec<TreeNode> = rows.iter().map(|row| node(row)).collect();
    let order = reading_order(&nodes);
    let first = range.first.min(order.len());
    let last = first.saturating_add(range.max_results).min(order.len());
    let spans = order[first..last].iter().map(|place| {
        let row = rows[place.node];
        SpanTreeNode {
            span_id: row.span_id,
            parent: place.parent,
            is_orphan: place.is_orphan,
            name: short_name(&row.name),
            span_type: row.span_type.clone(),
            status: row.status,
            start_ns: row.start_ns,
            end_ns: row.end_ns,
            model: row.model.clone(),
            input_tokens: row.usage.map(|usage| usage.input_tokens),
            output_tokens: row.usage.map(|usage| usage.output_tokens),
            total_tokens: row.usage.map(|usage| usage.total_tokens),
            cost: row.cost.map(|cost| cost.total),
            first_token_ns: row.first_token_ns,
            error: row.error.clone(),
        }
    });
    SpanTree {
        start_ns: rows.iter().map(|row| row.start_ns).min(),
        end_ns: rows.iter().map(|row| row.end_ns.unwrap_or(row.start_ns).max(row.start_ns)).max(),
        spans_total: order.len(),
        spans: spans.collect(),
    }
}
