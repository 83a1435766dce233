//! Compaction: merges the chunks of a trace that no longer changes into one frame.
//!
//! An agent sends its history again with every call. In separate chunks each copy takes space; in
//! one frame the repetitions compress to almost nothing.
use kansoku_model::TimestampMs;
use rusqlite::{Connection, params};

use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::error::EngineError;
use crate::ingest::traces;
use crate::payload::chunks::{self, Chunk, Kind};
use kansoku_store::core::payload::codec::{self, Codec};
use kansoku_store::core::payload::merging::{Merged, Merger};

/// Time without changes after which a trace is compacted although its root has not ended, in ms.
const ABANDONED_MS: i64 = 600_000;

/// Row ids of traces to compact: unchanged since `quiet_since`, and complete, deleted or abandoned.
pub(crate) fn due(
    db: &Connection,
    quiet_since: TimestampMs,
    limit: usize,
) -> Result<Vec<i64>, EngineError> {
    let mut select = db.prepare_cached(
        "select u.trace from unsealed u left join traces t on t.id = u.trace
         where u.touched_ms <= ?1
         and (t.root_open = 0 or t.id is null or u.touched_ms <= ?2) limit ?3",
    )?;
    let bounds = params![quiet_since.0, quiet_since.0 - ABANDONED_MS, limit as i64];
    let rows = select.query_map(bounds, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn anything(db: &Connection) -> Result<bool, EngineError> {
    let mut select = db.prepare_cached("select exists (select 1 from unsealed)")?;
    Ok(select.query_row([], |row| row.get(0))?)
}

/// Merged chunks of a trace, ready for the writer.
pub(crate) struct Compacted {
    trace: i64,
    groups: Vec<(Vec<i64>, Chunk)>,
    /// The id of the newest chunk that was read.
    newest: i64,
}

impl Compacted {
    pub(crate) fn bytes(&self) -> usize {
        self.groups.iter().map(|(_, chunk)| chunk.held_bytes()).sum()
    }

    pub(crate) async fn offload(
        &mut self,
        codec: &Codec,
        writer: &Writer,
    ) -> Result<(), EngineError> {
        for (_, chunk) in &mut self.groups {
            chunk.offload(codec, writer).await?;
        }
        Ok(())
    }
}

/// Reads a trace's chunks and merges adjacent ones, up to the maximum size of a frame.
pub(crate) fn prepare(
    db: &Connection,
    codec: &Codec,
    trace: i64,
) -> Result<Compacted, EngineError> {
    let (mut groups, mut newest) = (Vec::new(), i64::MIN);
    for kind in [Kind::Spans, Kind::Logs] {
        let mut merger = Merger::default();
        let mut add = |merged: Option<Merged<i64>>| {
            if let Some(Merged { ids, bytes }) = merged {
                groups.push((ids, Chunk::compress(codec, kind, &bytes, None)?));
            }
            Ok::<_, EngineError>(())
        };
        let frames = chunks::frames(db, trace, kind)?;
        let is_alone = frames.len() == 1;
        for (id, frame) in frames {
            newest = newest.max(id);
            let is_early = codec.dictionary().is_some() && codec::dictionary_of(&frame).is_none();
            // Most traces arrive in one chunk, which stays as it is.
            if !is_alone || is_early {
                let bytes = chunks::decompress(db, codec, trace, &frame)?;
                add(merger.push(id, &bytes, is_early))?;
            }
        }
        add(merger.finish())?;
    }
    Ok(Compacted { trace, groups, newest })
}

/// Replaces chunks by the merged chunk made of them, unless one of them is gone.
///
/// If a span was sent twice, the version in the later chunk is current. A merged chunk gets a new
/// id, so chunks that came after its sources are moved behind it. If chunks came after the trace was
/// read, it stays to be compacted again.
pub(crate) fn replace(tx: &Tx<'_>, compacted: &Compacted) -> Result<(), EngineError> {
    let trace = compacted.trace;
    let mut is_whole = true;
    for kind in [Kind::Spans, Kind::Logs] {
        let stored = chunks::ids_after(tx, trace, kind, i64::MIN)?;
        is_whole &= stored.last().is_none_or(|id| *id <= compacted.newest);
        let of_kind = compacted.groups.iter().filter(|(_, chunk)| chunk.kind() == kind);
        let groups: Vec<_> =
            of_kind.filter(|(ids, _)| ids.iter().all(|id| is_in(&stored, *id))).collect();
        let mut have_moved = false;
        for id in stored {
            match groups.iter().find(|(ids, _)| is_in(ids, id)) {
                Some((ids, chunk)) if ids.first() == Some(&id) => {
                    let merged = chunk.put(tx, trace, false)?;
                    for id in ids {
                        point_spans(tx, trace, *id, merged)?;
                        chunks::delete(tx, *id)?;
                    }
                    have_moved = true;
                }
                None if have_moved => {
                    let moved = chunks::move_to_end(tx, id)?;
                    point_spans(tx, trace, id, moved)?;
                }
                _ => {}
            }
        }
    }
    if is_whole {
        tx.prepare_cached("delete from unsealed where trace = ?1")?.execute([trace])?;
    }
    traces::count_totals(tx, trace)
}

/// `ids` are sorted; there may be thousands.
fn is_in(ids: &[i64], id: i64) -> bool {
    ids.binary_search(&id).is_ok()
}

/// Updates the chunk of spans from `from` to `to`.
fn point_spans(tx: &Tx<'_>, trace: i64, from: i64, to: i64) -> Result<(), EngineError> {
    tx.prepare_cached("update spans set chunk = ?3 where trace = ?1 and chunk = ?2")?
        .execute([trace, from, to])?;
    Ok(())
}

/// Postpones traces that cannot be compacted, so that they do not block others.
pub(crate) fn put_off(tx: &Tx<'_>, traces: &[i64], now: TimestampMs) -> Result<(), EngineError> {
    let mut update = tx.prepare_cached("update unsealed set touched_ms = ?2 where trace = ?1")?;
    let until = now.0.saturating_add(ABANDONED_MS);
    traces.iter().try_for_each(|trace| update.execute([*trace, until]).map(drop))?;
    Ok(())
}
