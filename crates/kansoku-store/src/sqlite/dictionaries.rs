//! The dictionaries that frames name, kept beside them.
use kansoku_model::TimestampMs;
use rusqlite::{Connection, params};

use super::codec::Codec;
use crate::StoreError;

/// Makes all known to the codec; the newest is the one in use.
pub(super) fn load(db: &Connection, codec: &Codec) -> Result<(), StoreError> {
    let mut select = db.prepare("select id, bytes from dictionaries order by created_ms, id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        codec.install(row.get(0)?, &bytes);
    }
    Ok(())
}

/// Durable before the first frame names it.
pub(super) fn save(
    db: &Connection,
    id: u32,
    bytes: &[u8],
    now: TimestampMs,
) -> Result<(), StoreError> {
    db.execute(
        "insert into dictionaries (id, bytes, created_ms) values (?1, ?2, ?3)",
        params![id, bytes, now.0],
    )?;
    Ok(())
}
