//! Settings and secrets of the store.
use kansoku_model::{DurationMs, TimestampMs};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::EngineError;
use kansoku_store::SigningKeys;

const SIGNING_KEY: &str = "signed_urls";
/// The previous key, followed by the time until which it is valid, as 8 bytes.
const PREVIOUS_SIGNING_KEY: &str = "signed_urls_previous";

pub(crate) fn get(db: &Connection, key: &str) -> Result<Option<Vec<u8>>, EngineError> {
    let mut select = db.prepare_cached("select value from settings where key = ?1")?;
    Ok(select.query_row([key], |row| row.get(0)).optional()?)
}

pub(crate) fn put(db: &Connection, key: &str, value: &[u8]) -> Result<(), EngineError> {
    db.prepare_cached("insert or replace into settings (key, value) values (?1, ?2)")?
        .execute(params![key, value])?;
    Ok(())
}

pub(crate) fn delete(db: &Connection, key: &str) -> Result<(), EngineError> {
    db.prepare_cached("delete from settings where key = ?1")?.execute([key])?;
    Ok(())
}

/// A secret of this store; `None` if it has not been created yet.
pub(crate) fn secret(db: &Connection, key: &str) -> Result<Option<[u8; 32]>, EngineError> {
    Ok(get(db, key)?.and_then(|value| value.try_into().ok()))
}

/// Stores `fresh` unless a secret exists; returns the stored one.
pub(crate) fn make_secret(
    db: &Connection,
    key: &str,
    fresh: [u8; 32],
) -> Result<[u8; 32], EngineError> {
    db.prepare_cached("insert or ignore into settings (key, value) values (?1, ?2)")?
        .execute(params![key, fresh])?;
    Ok(secret(db, key)?.unwrap_or(fresh))
}

/// The current key and the previous one while it is valid; `None` if none has been created yet.
pub(crate) fn signing_keys(
    db: &Connection,
    now: TimestampMs,
) -> Result<Option<SigningKeys>, EngineError> {
    let Some(current) = secret(db, SIGNING_KEY)? else { return Ok(None) };
    let previous = get(db, PREVIOUS_SIGNING_KEY)?.and_then(|value| {
        let (key, until) = value.split_at_checked(32)?;
        let until = i64::from_be_bytes(until.try_into().ok()?);
        (now.0 < until).then(|| key.try_into().ok()).flatten()
    });
    Ok(Some(SigningKeys { current, previous }))
}

pub(crate) fn make_signing_key(
    db: &Connection,
    fresh: [u8; 32],
) -> Result<SigningKeys, EngineError> {
    Ok(SigningKeys { current: make_secret(db, SIGNING_KEY, fresh)?, previous: None })
}

pub(crate) fn rotate_signing_key(
    db: &Connection,
    fresh: [u8; 32],
    grace: DurationMs,
    now: TimestampMs,
) -> Result<(), EngineError> {
    if let Some(current) = secret(db, SIGNING_KEY)? {
        let until = now.0.saturating_add(grace.0).to_be_bytes();
        put(db, PREVIOUS_SIGNING_KEY, &[&current[..], &until[..]].concat())?;
    }
    put(db, SIGNING_KEY, &fresh)
}
