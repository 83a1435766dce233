//! Sessions of signed-in browsers. A session ends with its own expiry, with its token, or with the
//! secret it was created from.
use kansoku_model::TimestampMs;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::EngineError;
use crate::meta::tokens;
use kansoku_store::{KnownSession, NewSession, SecretHash, SessionId, StoredSession, TokenId};

/// Maximum number of sessions per token; a further one ends the oldest.
const SESSIONS_MAX: i64 = 1000;

pub(crate) fn begin(
    db: &Connection,
    new: &NewSession,
    now: TimestampMs,
) -> Result<(), EngineError> {
    db.prepare_cached("delete from browser_sessions where expires_ms <= ?1")?.execute([now.0])?;
    db.prepare_cached(
        "insert into browser_sessions (hash, token_id, secret_hash, created_ms, expires_ms, last_used_ms)
         values (?1, ?2, ?3, ?4, ?5, ?4)",
    )?
    .execute(params![new.hash, new.token.0, new.secret, now.0, new.expires.0])?;
    db.prepare_cached(
        "delete from browser_sessions where session_id in (
             select session_id from browser_sessions where token_id = ?1
             order by session_id desc limit -1 offset ?2)",
    )?
    .execute([new.token.0, SESSIONS_MAX])?;
    Ok(())
}

pub(crate) fn check(
    db: &Connection,
    hash: SecretHash,
    now: TimestampMs,
) -> Result<Option<KnownSession>, EngineError> {
    let mut select = db.prepare_cached(
        "select t.token_id, t.name, t.scopes, t.experiments, b.session_id
         from browser_sessions b
         join token_secrets s on s.hash = b.secret_hash
         join access_tokens t on t.token_id = b.token_id
         where b.hash = ?1 and ?2 < b.expires_ms
           and (s.ends_ms is null or ?2 < s.ends_ms)
           and (t.expires_ms is null or ?2 < t.expires_ms)",
    )?;
    let found = select.query_row(params![hash, now.0], |row| {
        Ok(KnownSession { id: SessionId(row.get(4)?), token: tokens::known(row)? })
    });
    Ok(found.optional()?)
}

pub(crate) fn note_used(
    db: &Connection,
    id: SessionId,
    at: TimestampMs,
) -> Result<(), EngineError> {
    db.prepare_cached(
        "update browser_sessions set last_used_ms = max(last_used_ms, ?2) where session_id = ?1",
    )?
    .execute([id.0, at.0])?;
    Ok(())
}

pub(crate) fn end(db: &Connection, hash: SecretHash) -> Result<Option<TokenId>, EngineError> {
    let mut delete =
        db.prepare_cached("delete from browser_sessions where hash = ?1 returning token_id")?;
    Ok(delete.query_row([hash.as_slice()], |row| row.get(0).map(TokenId)).optional()?)
}

pub(crate) fn all(
    db: &Connection,
    token: TokenId,
    now: TimestampMs,
) -> Result<Vec<StoredSession>, EngineError> {
    let mut select = db.prepare_cached(
        "select b.session_id, b.created_ms, b.last_used_ms, b.expires_ms
         from browser_sessions b join token_secrets s on s.hash = b.secret_hash
         where b.token_id = ?1 and ?2 < b.expires_ms and (s.ends_ms is null or ?2 < s.ends_ms)
         order by b.session_id desc",
    )?;
    let rows = select.query_map([token.0, now.0], |row| {
        Ok(StoredSession {
            id: SessionId(row.get(0)?),
            created: TimestampMs(row.get(1)?),
            last_used: TimestampMs(row.get(2)?),
            expires: TimestampMs(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn end_all(db: &Connection, token: TokenId) -> Result<u64, EngineError> {
    let gone = db
        .prepare_cached("delete from browser_sessions where token_id = ?1")?
        .execute([token.0])?;
    Ok(gone as u64)
}
