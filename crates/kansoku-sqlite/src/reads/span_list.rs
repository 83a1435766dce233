//! Lists of a trace's spans.
//!
//! There is no index of spans by start or by parent: it would slow down every write, and few traces
//! are large enough to benefit. A list reads three numbers of each span, and complete rows for its
//! page only.
use std::collections::HashMap;

use kansoku_model::{SpanId, SpanRow, TraceId};
use rusqlite::{Connection, Row};

use crate::error::EngineError;
use crate::ingest::amounts::{cost_from_row, usage_from_row};
use crate::ingest::spans;
use crate::reads::infos;
use crate::reads::short_name::short_name;
use kansoku_store::core::list_bounds::{ListRoom, span_bytes};
use kansoku_store::{SpanList, SpanListItem, SpanPage, SpanPosition, WhichSpans};

pub(crate) fn page(
    db: &Connection,
    trace: &TraceId,
    list: &SpanList,
) -> Result<SpanPage, EngineError> {
    let trace = infos::id_of(db, trace)?;
    let structure = Structure::load(db, trace)?;
    let mut places: Vec<SpanPosition> = structure.places(list.which, list.after).collect();
    let more = list.max_results < places.len();
    if more {
        places.select_nth_unstable(list.max_results);
        places.truncate(list.max_results);
    }
    places.sort_unstable();
    let children = structure.children(&places);
    let (mut spans, mut room) = (Vec::with_capacity(places.len()), ListRoom::default());
    for place in &places {
        let id = place.span_id;
        let row = row(db, trace, id)?;
        if !room.take(span_bytes(&row)) {
            break;
        }
        spans.push(SpanListItem { row, children: children.get(&id).copied().unwrap_or(0) });
    }
    let more = more || spans.len() < places.len();
    let last = spans.len().checked_sub(1).and_then(|last| places.get(last));
    Ok(SpanPage { next: last.copied().filter(|_| more), spans })
}

/// The start and parent of each span, which determine its position in lists.
struct Structure(Vec<Node>);

struct Node {
    place: SpanPosition,
    parent: Option<SpanId>,
}

impl Structure {
    fn load(db: &Connection, trace: i64) -> Result<Self, EngineError> {
        let mut select =
            db.prepare_cached("select span_id, parent_id, start_ns from spans where trace = ?1")?;
        let nodes = select.query_map([trace], |row| {
            let place = SpanPosition { start_ns: row.get(2)?, span_id: id(row.get(0)?) };
            Ok(Node { place, parent: row.get::<_, Option<i64>>(1)?.map(id) })
        })?;
        let mut nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        nodes.sort_unstable_by_key(|node| node.place.span_id);
        Ok(Self(nodes))
    }

    fn places(
        &self,
        which: WhichSpans,
        after: Option<SpanPosition>,
    ) -> impl Iterator<Item = SpanPosition> {
        let listed = move |node: &&Node| {
            after.is_none_or(|after| after < node.place)
                && match which {
                    WhichSpans::All => true,
                    WhichSpans::Roots => self.is_root(node),
                    WhichSpans::ChildrenOf(parent) => node.parent == Some(parent),
                }
        };
        self.0.iter().filter(listed).map(|node| node.place)
    }

    fn is_root(&self, node: &Node) -> bool {
        node.parent.is_none_or(|parent| {
            let stored = self.0.binary_search_by_key(&parent, |node| node.place.span_id).is_ok();
            !stored || parent == node.place.span_id
        })
    }

    fn children(&self, of: &[SpanPosition]) -> HashMap<SpanId, u64> {
        let mut counts: HashMap<SpanId, u64> = of.iter().map(|place| (place.span_id, 0)).collect();
        for parent in self.0.iter().filter_map(|node| node.parent) {
            if let Some(count) = counts.get_mut(&parent) {
                *count += 1;
            }
        }
        counts
    }
}

fn id(column: i64) -> SpanId {
    SpanId(column.cast_unsigned())
}

/// The columns that [`from_row`] reads; `$name` is the SQL expression of the name.
macro_rules! columns {
    ($name:expr) => {
        concat!(
            "span_id, parent_id, ",
            $name,
            ", type, status, start_ns, end_ns, model, provider,
             input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
             cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
             reasoning_output_tokens, input_cost, output_cost, total_cost, cost_given,
             service_tier, first_token_ns, error from spans"
        )
    };
}

fn row(db: &Connection, trace: i64, span: SpanId) -> Result<SpanRow, EngineError> {
    let mut select = db.prepare_cached(concat!(
        "select ",
        columns!(short_name!()),
        " where trace = ?1 and span_id = ?2"
    ))?;
    Ok(select.query_row([trace, span.0.cast_signed()], from_row)?)
}

/// All span rows of a trace, with complete names.
pub(crate) fn rows(db: &Connection, trace: &TraceId) -> Result<Vec<SpanRow>, EngineError> {
    rows_of(db, infos::id_of(db, trace)?)
}

pub(crate) fn rows_of(db: &Connection, trace: i64) -> Result<Vec<SpanRow>, EngineError> {
    let mut select =
        db.prepare_cached(concat!("select ", columns!("name"), " where trace = ?1"))?;
    Ok(select.query_map([trace], from_row)?.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<SpanRow, rusqlite::Error> {
    Ok(SpanRow {
        span_id: id(row.get(0)?),
        parent_id: row.get::<_, Option<i64>>(1)?.map(id),
        name: row.get(2)?,
        span_type: row.get(3)?,
        status: spans::status_from_number(row.get(4)?),
        start_ns: row.get(5)?,
        end_ns: row.get(6)?,
        model: row.get(7)?,
        provider: row.get(8)?,
        usage: usage_from_row(row, 9)?,
        cost: cost_from_row(row, 16)?,
        cost_given: row.get(19)?,
        service_tier: row.get(20)?,
        first_token_ns: row.get(21)?,
        error: row.get(22)?,
    })
}
