//! Compressed chunks: the OTLP bytes of spans and log records as they arrived.
use std::borrow::Cow;
use std::sync::Arc;

use kansoku_model::TraceId;
use rusqlite::{Connection, OptionalExtension, params};
use xxhash_rust::xxh3::xxh3_64;

use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::error::EngineError;
use crate::payload::orphaned_blobs;
use kansoku_store::StoreError;
use kansoku_store::core::blobs::InFlight;
use kansoku_store::core::payload::codec::{self, Codec, Encoder, NewFrame};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// OTLP's `TracesData`
    Spans,
    /// OTLP's `LogsData`
    Logs,
}

impl Kind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Spans => 0,
            Self::Logs => 1,
        }
    }

    pub(crate) fn of_number(number: i64) -> Self {
        if number == Self::Logs.number() { Self::Logs } else { Self::Spans }
    }
}

/// A chunk ready to be written. It is compressed on the caller's thread, before the writer's queue.
pub(crate) struct Chunk {
    kind: Kind,
    hash: i64,
    raw_bytes: i64,
    frame: Ready,
    /// Prevents the deletion of the frame's dictionary until the frame is committed.
    _made_with: Option<Arc<Encoder>>,
    /// Compressed before a dictionary was trained; with one it may become smaller.
    pub(crate) is_early: bool,
}

enum Ready {
    Inline(Vec<u8>),
    Blob(InFlight),
}

impl Chunk {
    /// Compresses a chunk. If `sampled` gives the trace, the chunk may be used to train a
    /// dictionary.
    pub(crate) fn compress(
        codec: &Codec,
        kind: Kind,
        otlp: &[u8],
        sampled: Option<&TraceId>,
    ) -> Result<Self, EngineError> {
        let has_dictionary = codec.dictionary().is_some();
        let hopes = !has_dictionary && codec.samples.are_wanted();
        let is_early = hopes && codec::can_use_dictionary(otlp.len());
        let NewFrame { bytes, made_with } = codec.compress_ahead(otlp)?;
        if kind == Kind::Spans {
            codec.samples.look(sampled, otlp, bytes.len(), has_dictionary);
        }
        let hash = xxh3_64(otlp).cast_signed();
        let raw_bytes = otlp.len() as i64;
        let frame = Ready::Inline(bytes);
        Ok(Self { kind, hash, raw_bytes, frame, _made_with: made_with, is_early })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Approximate memory in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        match &self.frame {
            Ready::Inline(bytes) => bytes.len(),
            Ready::Blob(blob) => blob.name.len(),
        }
    }

    /// Writes the frame to a blob, durably, if it is too large for the database.
    pub(crate) async fn offload(
        &mut self,
        codec: &Codec,
        writer: &Writer,
    ) -> Result<(), EngineError> {
        if let Ready::Inline(bytes) = &mut self.frame
            && codec.blobs.takes(bytes.len())
        {
            self.frame = Ready::Blob(write_blob(codec, writer, std::mem::take(bytes)).await?);
        }
        Ok(())
    }

    /// Appends the chunk. If the trace has a chunk of the same bytes, that one is deleted.
    pub(crate) fn put(&self, db: &Connection, trace: i64, known: bool) -> Result<i64, EngineError> {
        if known {
            db.prepare_cached("delete from span_chunks where trace = ?1 and hash = ?2")?
                .execute([trace, self.hash])?;
        }
        let (bytes, blob) = self.columns();
        db.prepare_cached(
            "insert into span_chunks (trace, hash, bytes, kind, raw_bytes, blob)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            trace,
            self.hash,
            bytes,
            self.kind.number(),
            self.raw_bytes,
            blob
        ])?;
        Ok(db.last_insert_rowid())
    }

    /// Replaces the frame of a stored chunk, if a chunk of this id and the same bytes still exists.
    pub(crate) fn put_over(&self, db: &Connection, id: i64) -> Result<(), EngineError> {
        let (bytes, blob) = self.columns();
        db.prepare_cached(
            "update span_chunks set bytes = ?3, blob = ?4 where id = ?1 and hash = ?2",
        )?
        .execute(params![id, self.hash, bytes, blob])?;
        Ok(())
    }

    /// The values of the columns `bytes` and `blob`.
    fn columns(&self) -> (Cow<'_, [u8]>, Option<&String>) {
        match &self.frame {
            Ready::Inline(bytes) => (Cow::Borrowed(bytes.as_slice()), None),
            Ready::Blob(blob) => (Cow::Owned(codec::frame_of(&blob.name)), Some(&blob.name)),
        }
    }
}

/// Reserves the name of a blob in the database, then writes the blob.
pub(crate) async fn write_blob(
    codec: &Codec,
    writer: &Writer,
    bytes: Vec<u8>,
) -> Result<InFlight, EngineError> {
    let blob = codec.blobs.begin(&bytes);
    let (name, size) = (blob.name.clone(), blob.bytes);
    let reserve = move |tx: &Tx<'_>| orphaned_blobs::reserve(tx, &name, size);
    writer.run("reserve the name of a blob", 0, reserve).await?;
    Ok(codec.blobs.put(blob, bytes).await?)
}

/// Deletes those of the candidates that contain no current span.
pub(crate) fn drop_unused(
    db: &Connection,
    trace: i64,
    candidates: impl IntoIterator<Item = i64>,
) -> Result<(), EngineError> {
    for chunk in candidates {
        db.prepare_cached(
            "delete from span_chunks where id = ?2 and trace = ?1
             and not exists (select 1 from spans where trace = ?1 and chunk = ?2)",
        )?
        .execute([trace, chunk])?;
    }
    Ok(())
}

/// The decompressed chunks of one kind of a trace, oldest first.
pub(crate) fn load(
    db: &Connection,
    codec: &Codec,
    trace: i64,
    kind: Kind,
) -> Result<Vec<Vec<u8>>, EngineError> {
    let frames = frames(db, trace, kind)?;
    frames.iter().map(|(_, frame)| decompress(db, codec, trace, frame)).collect()
}

/// Decompresses a frame; an error about damage names the trace.
pub(crate) fn decompress(
    db: &Connection,
    codec: &Codec,
    trace: i64,
    frame: &[u8],
) -> Result<Vec<u8>, EngineError> {
    codec.decompress(frame).map_err(|error| name_trace(db, trace, error).into())
}

/// Adds the trace to an error about damage; returns other errors unchanged.
pub(crate) fn name_trace(db: &Connection, trace: i64, error: StoreError) -> StoreError {
    let StoreError::Damaged { why, .. } = error else { return error };
    let name = db
        .prepare_cached("select trace_id from traces where id = ?1")
        .and_then(|mut select| select.query_row([trace], |row| row.get::<_, String>(0)));
    let what = name.map_or_else(|_| format!("trace row {trace}"), |id| format!("trace `{id}`"));
    StoreError::Damaged { what, why }
}

/// The ids and frames of a trace's chunks of one kind, oldest first.
pub(crate) fn frames(
    db: &Connection,
    trace: i64,
    kind: Kind,
) -> Result<Vec<(i64, Vec<u8>)>, EngineError> {
    let mut select = db.prepare_cached(
        "select id, bytes from span_chunks where trace = ?1 and kind = ?2 order by id",
    )?;
    let rows = select.query_map([trace, kind.number()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Ids of a trace's chunks of one kind that were written after `after`, oldest first.
pub(crate) fn ids_after(
    db: &Connection,
    trace: i64,
    kind: Kind,
    after: i64,
) -> Result<Vec<i64>, EngineError> {
    // The plus keeps SQLite from scanning all chunks in the order of ids.
    let mut select = db.prepare_cached(
        "select id from span_chunks where trace = ?1 and kind = ?2 and +id > ?3 order by +id",
    )?;
    let rows = select.query_map([trace, kind.number(), after], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes a chunk the newest one of its trace; returns its new id.
pub(crate) fn move_to_end(db: &Connection, id: i64) -> Result<i64, EngineError> {
    // Deleting a chunk orphans its blob, so the blob is assigned to the new chunk after that.
    let blob: Option<String> = db
        .prepare_cached("select blob from span_chunks where id = ?1")?
        .query_row([id], |row| row.get(0))?;
    db.prepare_cached(
        "insert into span_chunks (trace, hash, bytes, kind, raw_bytes)
         select trace, hash, bytes, kind, raw_bytes from span_chunks where id = ?1",
    )?
    .execute([id])?;
    let moved = db.last_insert_rowid();
    delete(db, id)?;
    if blob.is_some() {
        db.prepare_cached("update span_chunks set blob = ?2 where id = ?1")?
            .execute(params![moved, blob])?;
    }
    Ok(moved)
}

pub(crate) fn delete(db: &Connection, id: i64) -> Result<(), EngineError> {
    db.prepare_cached("delete from span_chunks where id = ?1")?.execute([id])?;
    Ok(())
}

/// The frame of a trace's chunk; `None` if compaction or a later chunk has replaced it.
pub(crate) fn frame(db: &Connection, trace: i64, id: i64) -> Result<Option<Vec<u8>>, EngineError> {
    let mut select =
        db.prepare_cached("select bytes from span_chunks where id = ?2 and trace = ?1")?;
    Ok(select.query_row([trace, id], |row| row.get(0)).optional()?)
}
