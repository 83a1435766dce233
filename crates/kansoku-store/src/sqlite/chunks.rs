//! The OTLP bytes of spans, compressed, as they arrived.
use rusqlite::{Connection, params};
use xxhash_rust::xxh3::xxh3_64;

use crate::StoreError;

const ZSTD_LEVEL: i32 = 1;

/// A chunk ready to be written; made before the queue, off the writer's thread.
pub(super) struct Chunk {
    hash: i64,
    pub(super) bytes: Vec<u8>,
}

impl Chunk {
    pub(super) fn compress(otlp: &[u8]) -> Result<Self, StoreError> {
        let bytes = zstd::bulk::compress(otlp, ZSTD_LEVEL)
            .map_err(|e| StoreError::backend("compress spans", e))?;
        Ok(Self { hash: xxh3_64(otlp).cast_signed(), bytes })
    }

    /// Appends the chunk; the same bytes sent again move to the end instead of staying twice.
    pub(super) fn put(&self, db: &Connection, trace: i64, known: bool) -> Result<i64, StoreError> {
        if known {
            db.prepare_cached("delete from span_chunks where trace = ?1 and hash = ?2")?
                .execute([trace, self.hash])?;
        }
        db.prepare_cached("insert into span_chunks (trace, hash, bytes) values (?1, ?2, ?3)")?
            .execute(params![trace, self.hash, self.bytes])?;
        Ok(db.last_insert_rowid())
    }
}

/// Drops chunks of which every span has been replaced by a later one.
pub(super) fn drop_unused(
    db: &Connection,
    trace: i64,
    candidates: impl IntoIterator<Item = i64>,
) -> Result<(), StoreError> {
    for chunk in candidates {
        db.prepare_cached(
            "delete from span_chunks where id = ?2 and trace = ?1
             and not exists (select 1 from spans where trace = ?1 and chunk = ?2)",
        )?
        .execute([trace, chunk])?;
    }
    Ok(())
}

/// All chunks of a trace, oldest first.
pub(super) fn load(db: &Connection, trace: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut select =
        db.prepare_cached("select bytes from span_chunks where trace = ?1 order by id")?;
    let mut rows = select.query([trace])?;
    let mut chunks = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(|e| StoreError::backend("read spans", e))?;
        chunks.push(decompress(bytes)?);
    }
    Ok(chunks)
}

pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::stream::decode_all(bytes).map_err(|e| StoreError::backend("decompress spans", e))
}
