//! Tags and metadata of a trace, each with the rank of its origin.
use kansoku_model::{Layer, Rank, SpanId, TagOrMetadata, TagOrMetadataKind, metadata_key};
use rusqlite::{Connection, params};

use kansoku_store::core::fold::tags_and_metadata::TagsAndMetadata;

use crate::columns::blocks;
use crate::error::EngineError;

const KINDS: [TagOrMetadataKind; 2] = [TagOrMetadataKind::Tag, TagOrMetadataKind::Metadata];

pub(crate) fn load(db: &Connection, trace: i64) -> Result<TagsAndMetadata, EngineError> {
    let mut map = TagsAndMetadata::new();
    for kind in KINDS {
        let mut select = db.prepare_cached(match kind {
            TagOrMetadataKind::Tag => {
                "select key, value, layer, at_ns, span_id from trace_tags where trace = ?1"
            }
            TagOrMetadataKind::Metadata => {
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
            map.insert((kind, row.get(0)?), TagOrMetadata { rank, value: row.get(1)? });
        }
    }
    Ok(map)
}

/// Writes an entry, replacing the stored one.
pub(crate) fn put(
    db: &Connection,
    trace: i64,
    kind: TagOrMetadataKind,
    key: &str,
    entry: &TagOrMetadata,
) -> Result<(), EngineError> {
    let mut upsert = db.prepare_cached(match kind {
        TagOrMetadataKind::Tag => {
            "insert or replace into trace_tags (trace, key, value, layer, at_ns, span_id)
             values (?1, ?2, ?3, ?4, ?5, ?6)"
        }
        TagOrMetadataKind::Metadata => {
            "insert or replace into trace_metadata (trace, key, value, layer, at_ns, span_id)
             values (?1, ?2, ?3, ?4, ?5, ?6)"
        }
    })?;
    let TagOrMetadata { rank, value } = entry;
    upsert.execute(params![
        trace,
        key,
        value,
        layer_number(rank.layer),
        rank.at_ns,
        rank.span_id.0.cast_signed()
    ])?;
    if kind == TagOrMetadataKind::Metadata && key == metadata_key::SESSION {
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
