//! Tags that clients set and delete.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{Rank, TagOrMetadata, TagOrMetadataKind, TraceId, tag_key};
use rusqlite::{Connection, OptionalExtension, params};

use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::index::terms;
use crate::ingest::tags_and_metadata;
use crate::reads::infos;
use kansoku_store::StoreError;
use kansoku_store::core::fold::client_overrides::ClientOverrides;

pub(crate) fn set(db: &Tx<'_>, trace: &TraceId, key: &str, value: &str) -> Result<(), EngineError> {
    let id = infos::id_of(db, trace)?;
    if key == tag_key::TRACE_NAME {
        return set_name(db, id, Some(value));
    }
    let old = current(db, id, key)?;
    put(db, id, key, Some(value))?;
    replace_term(db, id, old.map(|old| tag(key, old)), Some(tag(key, value.to_owned())))
}

pub(crate) fn delete(db: &Tx<'_>, trace: &TraceId, key: &str) -> Result<(), EngineError> {
    let missing = || StoreError::TraceTagNotFound { trace: trace.clone(), key: key.to_owned() };
    let id = infos::find(db, trace.as_str())?.ok_or_else(missing)?;
    if key == tag_key::TRACE_NAME {
        name(db, id)?.ok_or_else(missing)?;
        return set_name(db, id, None);
    }
    let old = current(db, id, key)?.ok_or_else(missing)?;
    // The row stays with NULL: spans that arrive later would otherwise restore the tag.
    put(db, id, key, None)?;
    replace_term(db, id, Some(tag(key, old)), None)
}

fn tag(key: &str, value: String) -> Term<'static> {
    Term::Tag(key.to_owned().into(), value.into())
}

fn current(db: &Connection, id: i64, key: &str) -> Result<Option<String>, EngineError> {
    let mut select =
        db.prepare_cached("select value from trace_tags where trace = ?1 and key = ?2")?;
    let value: Option<Option<String>> =
        select.query_row(params![id, key], |row| row.get(0)).optional()?;
    Ok(value.flatten())
}

fn put(db: &Connection, id: i64, key: &str, value: Option<&str>) -> Result<(), EngineError> {
    let said = TagOrMetadata { rank: Rank::CLIENT, value: value.map(str::to_owned) };
    tags_and_metadata::put(db, id, TagOrMetadataKind::Tag, key, &said)
}

/// Clients see the trace's name as a tag; it is stored as a column.
fn set_name(db: &Tx<'_>, id: i64, new: Option<&str>) -> Result<(), EngineError> {
    let old = name(db, id)?;
    db.prepare_cached("update traces set name = ?2, given = given | ?3 where id = ?1")?
        .execute(params![id, new, ClientOverrides::NAME.0])?;
    let term = |name: String| Term::Name(name.into());
    replace_term(db, id, old.map(term), new.map(|name| term(name.to_owned())))
}

fn name(db: &Connection, id: i64) -> Result<Option<String>, EngineError> {
    let mut select = db.prepare_cached("select name from traces where id = ?1")?;
    Ok(select.query_row([id], |row| row.get(0))?)
}

fn replace_term(
    db: &Tx<'_>,
    id: i64,
    old: Option<Term<'static>>,
    new: Option<Term<'static>>,
) -> Result<(), EngineError> {
    let at = terms::touch(db, id)?;
    terms::delete(db, id, at, &old);
    terms::insert(db, id, at, &BTreeSet::from_iter(new));
    Ok(())
}
