//! Tags and metadata of a trace, each with who said it.
use std::collections::BTreeMap;

use kansoku_model::{Attached, AttachedKind, Layer, Rank, SpanId, metadata_key};
use rusqlite::{Connection, params};

use crate::columns::blocks;
use crate::error::EngineError;

/// By kind and key; a value of `None` is a deletion.
pub(crate) type AttachedMap = BTreeMap<(AttachedKind, String), Attached>;

const KINDS: [AttachedKind; 2] = [AttachedKind::Tag, AttachedKind::Metadata];

pub(crate) fn load(db: &Connection, trace: i64) -> Result<AttachedMap, EngineError> {
    let mut map = AttachedMap::new();
    for kind in KINDS {
        let mut select = db.prepare_cached(match kind {
            AttachedKind::Tag => {
                "select key, value, layer, at_ns, span_id from trace_tags where trace = ?1"
            }
            AttachedKind::Metadata => {
                "select key, value, layer, at_ns, span_id from trace_metadata where trace = ?1"
            }
        })?;
        let mut rows = select.query([trace])?;
        while let Some(row) = rows.next()? {
            let rank = Rank {
                layer: layer_from_number(row.get(2)?),
                at_ns: row.get(3)?,
                span_id: SpanId(row.get::<_, i64>(4)?.cast_unsigned()),
            };
            map.insert((kind, row.get(0)?), Attached { rank, value: row.get(1)? });
        }
    }
    Ok(map)
}

/// What a client says replaces what it said before; of spans the better rank stays.
pub(crate) fn merge(map: &mut AttachedMap, key: (AttachedKind, String), new: Attached) {
    match map.get_mut(&key) {
        Some(present) if new.rank == Rank::CLIENT || new < *present => *present = new,
        Some(_) => {}
        None => {
            map.insert(key, new);
        }
    }
}

/// Writes what differs from `before`; nothing is ever taken out, deletions are rows.
pub(crate) fn save(
    db: &Connection,
    trace: i64,
    before: &AttachedMap,
    after: &AttachedMap,
) -> Result<(), EngineError> {
    for ((kind, key), attached) in after {
        if before.get(&(*kind, key.clone())) != Some(attached) {
            put(db, trace, *kind, key, attached)?;
        }
    }
    Ok(())
}

pub(crate) fn put(
    db: &Connection,
    trace: i64,
    kind: AttachedKind,
    key: &str,
    attached: &Attached,
) -> Result<(), EngineError> {
    let mut upsert = db.prepare_cached(match kind {
        AttachedKind::Tag => {
            "insert or replace into trace_tags (trace, key, value, layer, at_ns, span_id)
             values (?1, ?2, ?3, ?4, ?5, ?6)"
        }
        AttachedKind::Metadata => {
            "insert or replace into trace_metadata (trace, key, value, layer, at_ns, span_id)
             values (?1, ?2, ?3, ?4, ?5, ?6)"
        }
    })?;
    let Attached { rank, value } = attached;
    upsert.execute(params![
        trace,
        key,
        value,
        layer_number(rank.layer),
        rank.at_ns,
        rank.span_id.0.cast_signed()
    ])?;
    if kind == AttachedKind::Metadata && key == metadata_key::SESSION {
        blocks::forget(db, trace)?;
    }
    Ok(())
}

fn layer_number(layer: Layer) -> i64 {
    match layer {
        Layer::Client => 0,
        Layer::Span => 1,
        Layer::Resource => 2,
    }
}

fn layer_from_number(number: i64) -> Layer {
    match number {
        0 => Layer::Client,
        1 => Layer::Span,
        _ => Layer::Resource,
    }
}
