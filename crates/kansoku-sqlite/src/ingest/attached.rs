//! Tags and metadata of a trace, each with who said it.
use kansoku_model::{Attached, AttachedKind, Layer, Rank, SpanId, metadata_key};
use rusqlite::{Connection, params};

use kansoku_store::core::fold::attached::AttachedMap;

use crate::columns::blocks;
use crate::error::EngineError;

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

/// Writes an entry over the one that is there.
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
