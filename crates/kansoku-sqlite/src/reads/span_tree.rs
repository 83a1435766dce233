//! The tree of a trace's spans, as the waterfall shows it.
//!
//! Two scans over the trace's rows, which are adjacent on disk: one for the order, which needs
//! three numbers of each span, and one for the rows of the requested range.
use kansoku_model::{Money, SpanId, TraceId, TreeNode, reading_order};
use rusqlite::{Connection, Row};

use crate::error::EngineError;
use crate::ingest::spans;
use crate::reads::infos;
use crate::reads::short_name::short_name;
use kansoku_store::{SpanTree, SpanTreeNode, SpanTreeRange};

pub(crate) fn read(
    db: &Connection,
    trace: &TraceId,
    part: SpanTreeRange,
) -> Result<SpanTree, EngineError> {
    let trace = infos::id_of(db, trace)?;
    let (nodes, end_ns) = structure(db, trace)?;
    let order = reading_order(&nodes);
    let first = part.first.min(order.len());
    let last = first.saturating_add(part.max_results).min(order.len());
    let mut place_of = vec![None; nodes.len()];
    for (at, place) in order[first..last].iter().enumerate() {
        place_of[place.node] = Some(at);
    }
    let mut spans = vec![SpanTreeNode::default(); last - first];
    // The same rows in the same order, because a read uses one snapshot.
    each_row(db, trace, |node, row| {
        if let Some(at) = place_of[node] {
            let place = order[first + at];
            spans[at] = span(row, place.parent, place.is_orphan)?;
        }
        Ok(())
    })?;
    let start_ns = nodes.iter().map(|node| node.start_ns).min();
    Ok(SpanTree { start_ns, end_ns, spans_total: order.len(), spans })
}

fn structure(db: &Connection, trace: i64) -> Result<(Vec<TreeNode>, Option<i64>), EngineError> {
    let mut select = db.prepare_cached(
        "select span_id, parent_id, start_ns, end_ns from spans where trace = ?1 order by span_id",
    )?;
    let mut rows = select.query([trace])?;
    let (mut nodes, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let parent: Option<i64> = row.get(1)?;
        let start_ns = row.get(2)?;
        nodes.push(TreeNode { span_id: id(row.get(0)?), parent_id: parent.map(id), start_ns });
        last = last.max(Some(start_ns)).max(row.get(3)?);
    }
    Ok((nodes, last))
}

fn each_row(
    db: &Connection,
    trace: i64,
    mut take: impl FnMut(usize, &Row<'_>) -> Result<(), rusqlite::Error>,
) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(concat!(
        "select span_id, ",
        short_name!(),
        ", type, status, start_ns, end_ns, model, input_tokens, output_tokens,
                total_tokens, total_cost, first_token_ns, error
         from spans where trace = ?1 order by span_id",
    ))?;
    let mut rows = select.query([trace])?;
    let mut node = 0;
    while let Some(row) = rows.next()? {
        take(node, row)?;
        node += 1;
    }
    Ok(())
}

fn span(
    row: &Row<'_>,
    parent: Option<usize>,
    is_orphan: bool,
) -> Result<SpanTreeNode, rusqlite::Error> {
    let tokens = |at: usize| row.get::<_, Option<i64>>(at).map(|n| n.map(i64::cast_unsigned));
    Ok(SpanTreeNode {
        span_id: id(row.get(0)?),
        parent,
        is_orphan,
        name: row.get(1)?,
        span_type: row.get(2)?,
        status: spans::status_from_number(row.get(3)?),
        start_ns: row.get(4)?,
        end_ns: row.get(5)?,
        model: row.get(6)?,
        input_tokens: tokens(7)?,
        output_tokens: tokens(8)?,
        total_tokens: tokens(9)?,
        cost: row.get::<_, Option<i64>>(10)?.map(Money),
        first_token_ns: row.get(11)?,
        error: row.get(12)?,
    })
}

fn id(column: i64) -> SpanId {
    SpanId(column.cast_unsigned())
}
