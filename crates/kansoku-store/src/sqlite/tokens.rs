//! API tokens, by hash, and secrets of the store.
use kansoku_model::TimestampMs;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{StoreError, StoredToken, TokenCheck, TokenId};

pub(super) fn add(
    db: &Connection,
    name: &str,
    hash: [u8; 32],
    now: TimestampMs,
) -> Result<TokenId, StoreError> {
    let taken = db.prepare_cached("select 1 from api_tokens where name = ?1")?.exists([name])?;
    if taken {
        return Err(StoreError::Invalid(format!(
            "a token named `{name}` exists already; delete it or choose another name"
        )));
    }
    db.prepare_cached("insert into api_tokens (name, hash, created_ms) values (?1, ?2, ?3)")?
        .execute(params![name, hash, now.0])?;
    Ok(TokenId(db.last_insert_rowid()))
}

pub(super) fn all(db: &Connection) -> Result<Vec<StoredToken>, StoreError> {
    let mut select =
        db.prepare_cached("select token_id, name, created_ms from api_tokens order by name")?;
    let rows = select.query_map([], |row| {
        let (id, created) = (TokenId(row.get(0)?), TimestampMs(row.get(2)?));
        Ok(StoredToken { id, name: row.get(1)?, created })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn delete(db: &Connection, id: TokenId) -> Result<bool, StoreError> {
    let gone = db.prepare_cached("delete from api_tokens where token_id = ?1")?.execute([id.0])?;
    Ok(0 < gone)
}

/// Looking a 256-bit hash up in an index leaks nothing that helps to guess another.
pub(super) fn check(db: &Connection, hash: [u8; 32]) -> Result<TokenCheck, StoreError> {
    let mut select = db.prepare_cached("select token_id, name from api_tokens where hash = ?1")?;
    let known = select.query_row([hash.as_slice()], |row| {
        Ok(TokenCheck::Known { id: TokenId(row.get(0)?), name: row.get(1)? })
    });
    if let Some(known) = known.optional()? {
        return Ok(known);
    }
    let any = db.prepare_cached("select 1 from api_tokens")?.exists([])?;
    Ok(if any { TokenCheck::Unknown } else { TokenCheck::NotNeeded })
}

pub(super) fn secret(db: &Connection, key: &str) -> Result<Option<[u8; 32]>, StoreError> {
    let mut select = db.prepare_cached("select value from settings where key = ?1")?;
    Ok(select.query_row([key], |row| row.get(0)).optional()?)
}

/// Stores `fresh` unless another was faster; answers what is stored.
pub(super) fn make_secret(
    db: &Connection,
    key: &str,
    fresh: [u8; 32],
) -> Result<[u8; 32], StoreError> {
    db.prepare_cached("insert or ignore into settings (key, value) values (?1, ?2)")?
        .execute(params![key, fresh])?;
    Ok(secret(db, key)?.unwrap_or(fresh))
}
