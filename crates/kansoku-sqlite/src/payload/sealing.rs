//! Sealing: the chunks of a trace that has come to rest become one frame.
//!
//! An agent sends its history again with every call. Chunk by chunk that costs its bytes each
//! time; in one frame it costs them once.
use kansoku_model::TimestampMs;
use rusqlite::{Connection, params};

use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::error::EngineError;
use crate::ingest::traces;
use crate::payload::chunks::{self, Chunk, Kind};
use kansoku_store::core::payload::codec::{self, Codec, FRAME_BYTES_MAX};

/// A trace that never ends is sealed as it is after so long.
const ABANDONED_MS: i64 = 600_000;

/// Traces that have been quiet since `quiet_since`, and done or quiet for long.
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

/// The chunks of a trace merged, ready for the writer.
pub(crate) struct Sealed {
    trace: i64,
    groups: Vec<(Vec<i64>, Chunk)>,
}

impl Sealed {
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

/// Reads a trace's chunks and merges neighbours, as far as a frame may reach.
pub(crate) fn prepare(db: &Connection, codec: &Codec, trace: i64) -> Result<Sealed, EngineError> {
    let mut groups = Vec::new();
    for kind in [Kind::Spans, Kind::Logs] {
        let mut ids = Vec::new();
        let mut merged: Vec<u8> = Vec::new();
        let mut is_early = false;
        let mut close = |ids: &mut Vec<i64>, merged: &mut Vec<u8>, is_early: bool| {
            let (ids, merged) = (std::mem::take(ids), std::mem::take(merged));
            let gets_smaller = is_early && codec::can_use_dictionary(merged.len());
            // One alone is sealed by being alone, if it is not from before there was a dictionary.
            if 1 < ids.len() || gets_smaller {
                groups.push((ids, Chunk::compress(codec, kind, &merged, None)?));
            }
            Ok::<_, EngineError>(())
        };
        for (id, frame) in chunks::frames(db, trace, kind)? {
            let bytes = chunks::decompress(db, codec, trace, &frame)?;
            if FRAME_BYTES_MAX < merged.len() + bytes.len() {
                close(&mut ids, &mut merged, is_early)?;
            }
            is_early = codec.dictionary().is_some() && codec::dictionary_of(&frame).is_none();
            ids.push(id);
            // Messages of protobuf one after the other are one message with the lists joined.
            merged.extend_from_slice(&bytes);
        }
        close(&mut ids, &mut merged, is_early)?;
    }
    Ok(Sealed { trace, groups })
}

/// Puts the merged chunks in the place of those they were made of, if these are all still there.
pub(crate) fn replace(tx: &Tx<'_>, sealed: &Sealed) -> Result<(), EngineError> {
    let Sealed { trace, groups } = sealed;
    for (ids, chunk) in groups {
        if !ids
            .iter()
            .map(|id| is_there(tx, *trace, *id))
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .all(|is| *is)
        {
            continue;
        }
        let merged = chunk.put(tx, *trace, false)?;
        for id in ids {
            tx.prepare_cached("update spans set chunk = ?3 where trace = ?1 and chunk = ?2")?
                .execute([*trace, *id, merged])?;
            tx.prepare_cached("delete from span_chunks where id = ?1")?.execute([id])?;
        }
    }
    tx.prepare_cached("delete from unsealed where trace = ?1")?.execute([trace])?;
    traces::count_totals(tx, *trace)
}

/// These are looked at again later, so that they do not keep others from being sealed.
pub(crate) fn put_off(tx: &Tx<'_>, traces: &[i64], now: TimestampMs) -> Result<(), EngineError> {
    let mut update = tx.prepare_cached("update unsealed set touched_ms = ?2 where trace = ?1")?;
    let until = now.0.saturating_add(ABANDONED_MS);
    traces.iter().try_for_each(|trace| update.execute([*trace, until]).map(drop))?;
    Ok(())
}

fn is_there(db: &Connection, trace: i64, id: i64) -> Result<bool, EngineError> {
    let mut select = db
        .prepare_cached("select exists (select 1 from span_chunks where id = ?2 and trace = ?1)")?;
    Ok(select.query_row([trace, id], |row| row.get(0))?)
}
