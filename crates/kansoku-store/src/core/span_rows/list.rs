//! Lists of the spans of a trace.
use std::collections::{HashMap, HashSet};

use kansoku_model::{SpanId, SpanRow};

use crate::core::list_bounds::{ListRoom, short_name, span_bytes};
use crate::{SpanList, SpanListItem, SpanPage, SpanPosition, WhichSpans};

/// A page of the spans of a trace, sorted by start and then by id.
pub fn page(rows: &[SpanRow], list: &SpanList) -> SpanPage {
    let stored: HashSet<SpanId> = rows.iter().map(|row| row.span_id).collect();
    let is_listed = |row: &&SpanRow| {
        list.after.is_none_or(|after| after < position(row))
            && match list.which {
                WhichSpans::All => true,
                WhichSpans::Roots => row
                    .parent_id
                    .is_none_or(|parent| parent == row.span_id || !stored.contains(&parent)),
                WhichSpans::ChildrenOf(parent) => row.parent_id == Some(parent),
            }
    };
    let mut listed: Vec<&SpanRow> = rows.iter().filter(is_listed).collect();
    listed.sort_unstable_by_key(|row| position(row));
    let mut children: HashMap<SpanId, u64> = HashMap::new();
    for parent in rows.iter().filter_map(|row| row.parent_id) {
        *children.entry(parent).or_default() += 1;
    }
    let mut room = ListRoom::default();
    let fits = |item: &SpanListItem| room.take(span_bytes(&item.row));
    let items = listed.iter().take(list.max_results).map(|row| SpanListItem {
        row: SpanRow { name: short_name(&row.name), ..(*row).clone() },
        children: children.get(&row.span_id).copied().unwrap_or(0),
    });
    let spans: Vec<_> = items.take_while(fits).collect();
    let last = spans.last().map(|item| position(&item.row));
    SpanPage { next: last.filter(|_| spans.len() < listed.len()), spans }
}

fn position(row: &SpanRow) -> SpanPosition {
    SpanPosition { start_ns: row.start_ns, span_id: row.span_id }
}
