//! Tokens with the hashes of their secrets, and the setting whether requests need one.
use kansoku_model::{
    DurationMs, ExperimentBinding, ExperimentId, ExperimentRights, Scopes, TimestampMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde_json::{Value, json};

use crate::engine::settings;
use crate::error::EngineError;
use kansoku_store::{
    KnownToken, SecretHash, StoreError, StoredSecret, StoredToken, TokenCheck, TokenId, TokenSpec,
};

/// Key of the setting that exists if requests need a token.
const REQUIRED: &str = "tokens_required";

/// Selects the token of a secret by its hash, if the secret is valid at `?2`. The token itself may
/// have expired; its expiry is the last column.
const SELECT_KNOWN: &str = "select t.token_id, t.name, t.scopes, t.experiments, t.expires_ms
    from token_secrets s join access_tokens t on t.token_id = s.token_id
    where s.hash = ?1 and (s.ends_ms is null or ?2 < s.ends_ms)";

pub(crate) fn add(
    db: &Connection,
    new: &TokenSpec,
    now: TimestampMs,
) -> Result<TokenId, EngineError> {
    if new.only_first && required(db)? {
        return Err(StoreError::TokensRequired.into());
    }
    let taken =
        db.prepare_cached("select 1 from access_tokens where name = ?1")?.exists([&new.name])?;
    if taken {
        return Err(StoreError::Invalid(format!(
            "a token named `{}` exists already; delete it or choose another name",
            new.name
        ))
        .into());
    }
    db.prepare_cached(
        "insert into access_tokens (name, scopes, experiments, created_ms, created_by, expires_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        new.name,
        new.scopes.to_string(),
        rights_to_text(&new.experiments),
        now.0,
        new.created_by,
        new.expires.map(|at| at.0),
    ])?;
    let id = TokenId(db.last_insert_rowid());
    add_secret(db, id, new.hash, now)?;
    settings::put(db, REQUIRED, &[1])?;
    Ok(id)
}

fn add_secret(
    db: &Connection,
    id: TokenId,
    hash: SecretHash,
    now: TimestampMs,
) -> Result<(), EngineError> {
    db.prepare_cached(
        "insert into token_secrets (hash, token_id, created_ms) values (?1, ?2, ?3)",
    )?
    .execute(params![hash, id.0, now.0])?;
    Ok(())
}

pub(crate) fn all(db: &Connection, now: TimestampMs) -> Result<Vec<StoredToken>, EngineError> {
    let mut select = db.prepare_cached(
        "select token_id, name, scopes, experiments, expires_ms, created_ms, created_by, last_used_ms
         from access_tokens order by name",
    )?;
    let rows = select.query_map([], |row| {
        let KnownToken { id, name, scopes, experiments } = known(row)?;
        Ok(StoredToken {
            id,
            name,
            scopes,
            experiments,
            expires: row.get::<_, Option<i64>>(4)?.map(TimestampMs),
            created: TimestampMs(row.get(5)?),
            created_by: row.get(6)?,
            last_used: row.get::<_, Option<i64>>(7)?.map(TimestampMs),
            secrets: Vec::new(),
        })
    })?;
    let mut tokens: Vec<StoredToken> = rows.collect::<Result<_, _>>()?;
    for token in &mut tokens {
        token.secrets = secrets(db, token.id, now)?;
    }
    Ok(tokens)
}

fn secrets(
    db: &Connection,
    id: TokenId,
    now: TimestampMs,
) -> Result<Vec<StoredSecret>, EngineError> {
    let mut select = db.prepare_cached(
        "select created_ms, ends_ms from token_secrets
         where token_id = ?1 and (ends_ms is null or ?2 < ends_ms)
         order by ends_ms is null, created_ms",
    )?;
    let rows = select.query_map([id.0, now.0], |row| {
        let ends = row.get::<_, Option<i64>>(1)?.map(TimestampMs);
        Ok(StoredSecret { created: TimestampMs(row.get(0)?), ends })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn get(
    db: &Connection,
    id: TokenId,
    now: TimestampMs,
) -> Result<Option<KnownToken>, EngineError> {
    let mut select = db.prepare_cached(
        "select token_id, name, scopes, experiments from access_tokens
         where token_id = ?1 and (expires_ms is null or ?2 < expires_ms)",
    )?;
    Ok(select.query_row([id.0, now.0], known).optional()?)
}

/// Replaces a token's secret. At most two secrets are valid at a time: the new one, and the
/// previous one during the grace period.
pub(crate) fn rotate(
    db: &Connection,
    id: TokenId,
    hash: SecretHash,
    grace: DurationMs,
    expires: Option<TimestampMs>,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let found = db
        .prepare_cached(
            "update access_tokens set expires_ms = coalesce(?2, expires_ms) where token_id = ?1",
        )?
        .execute(params![id.0, expires.map(|at| at.0)])?;
    if found == 0 {
        return Err(StoreError::TokenNotFound(id).into());
    }
    db.prepare_cached("delete from token_secrets where token_id = ?1 and ends_ms is not null")?
        .execute([id.0])?;
    match grace.0 <= 0 {
        true => db.prepare_cached("delete from token_secrets where token_id = ?1")?.execute([id.0]),
        false => db
            .prepare_cached("update token_secrets set ends_ms = ?2 where token_id = ?1")?
            .execute([id.0, now.0.saturating_add(grace.0)]),
    }?;
    add_secret(db, id, hash, now)
}

pub(crate) fn delete(db: &Connection, id: TokenId, now: TimestampMs) -> Result<bool, EngineError> {
    let (leaving, staying): (Vec<_>, Vec<_>) =
        all(db, now)?.into_iter().partition(|token| token.id == id);
    let Some(leaving) = leaving.into_iter().next() else { return Ok(false) };
    let can_manage = staying.iter().any(|token| token.is_usable_admin(now));
    if leaving.is_usable_admin(now) && !can_manage {
        return Err(StoreError::LastAdminToken(leaving.name).into());
    }
    for sql in [
        "delete from browser_sessions where token_id = ?1",
        "delete from token_secrets where token_id = ?1",
        "delete from access_tokens where token_id = ?1",
    ] {
        db.prepare_cached(sql)?.execute([id.0])?;
    }
    Ok(true)
}

/// Resolves a secret by its hash. Timing of the index lookup of a 256-bit hash reveals nothing that
/// helps to guess another.
pub(crate) fn check(
    db: &Connection,
    hash: SecretHash,
    now: TimestampMs,
) -> Result<TokenCheck, EngineError> {
    let found = db
        .prepare_cached(SELECT_KNOWN)?
        .query_row(params![hash, now.0], |row| Ok((known(row)?, row.get::<_, Option<i64>>(4)?)));
    Ok(match found.optional()? {
        Some((token, Some(expires))) if expires <= now.0 => {
            TokenCheck::Expired { name: token.name }
        }
        Some((token, _)) => TokenCheck::Known(token),
        None if required(db)? => TokenCheck::Unknown,
        None => TokenCheck::NotNeeded,
    })
}

pub(crate) fn note_used(db: &Connection, id: TokenId, at: TimestampMs) -> Result<(), EngineError> {
    db.prepare_cached(
        "update access_tokens set last_used_ms = max(coalesce(last_used_ms, ?2), ?2)
         where token_id = ?1",
    )?
    .execute([id.0, at.0])?;
    Ok(())
}

pub(crate) fn required(db: &Connection) -> Result<bool, EngineError> {
    Ok(settings::get(db, REQUIRED)?.is_some())
}

pub(crate) fn disable(db: &Connection) -> Result<(), EngineError> {
    for sql in
        ["delete from browser_sessions", "delete from token_secrets", "delete from access_tokens"]
    {
        db.prepare_cached(sql)?.execute([])?;
    }
    settings::delete(db, REQUIRED)
}

/// Reads a token from the first four columns: id, name, scopes, experiments. Fails if the scopes or
/// the binding are unreadable, because ignoring them could give the token more rights.
pub(crate) fn known(row: &Row<'_>) -> Result<KnownToken, rusqlite::Error> {
    let unreadable = |column, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
    };
    let scopes: Scopes = row
        .get_ref(2)?
        .as_str()?
        .parse()
        .map_err(|error: kansoku_model::InvalidScope| unreadable(2, error.into()))?;
    let experiments = match row.get::<_, Option<String>>(3)? {
        None => ExperimentRights::All,
        Some(text) => ExperimentRights::Bound(
            binding_of_text(&text).ok_or_else(|| unreadable(3, "not a binding".into()))?,
        ),
    };
    Ok(KnownToken { id: TokenId(row.get(0)?), name: row.get(1)?, scopes, experiments })
}

fn rights_to_text(rights: &ExperimentRights) -> Option<String> {
    let ExperimentRights::Bound(ExperimentBinding { ids, names, prefixes }) = rights else {
        return None;
    };
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    Some(json!({ "ids": ids, "names": names, "prefixes": prefixes }).to_string())
}

fn binding_of_text(text: &str) -> Option<ExperimentBinding> {
    let value: Value = serde_json::from_str(text).ok()?;
    let list = |key: &str| value[key].as_array();
    let texts = |key: &str| {
        list(key)?.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>()
    };
    let ids = list("ids")?.iter().map(|id| id.as_i64().map(ExperimentId));
    Some(ExperimentBinding {
        ids: ids.collect::<Option<_>>()?,
        names: texts("names")?,
        prefixes: texts("prefixes")?,
    })
}
