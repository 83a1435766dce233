//! SQL functions that filters use, registered on every connection.
//!
//! Patterns and payloads are evaluated here, in Rust. A chunk is decoded once for consecutive spans
//! in it.
use std::sync::{Arc, Mutex};

use kansoku_filter::eval::{number_of_value, text_of_value};
use kansoku_filter::{SqlValue, pattern};
use kansoku_model::{JsonPath, RootField, RootPart, SpanId};
use kansoku_otlp::ChunkView;
use regex::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error};

use crate::ingest::amounts::{cost_from_columns, usage_from_columns};
use crate::ingest::previews;
use kansoku_store::core::fold::totals;
use kansoku_store::core::payload::codec::Codec;

type Found = Result<Option<String>, Error>;

pub(crate) fn register(db: &Connection, codec: &Arc<Codec>) -> Result<(), Error> {
    previews::register(db, codec)?;
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("like_cs", 2, pure, |ctx| matches(ctx, pattern::like))?;
    db.create_scalar_function("like_ci", 2, pure, |ctx| matches(ctx, pattern::ilike))?;
    db.create_scalar_function("contains_ci", 2, pure, |ctx| matches(ctx, pattern::contains))?;
    db.create_scalar_function("regex", 2, pure, matches_regex)?;
    db.create_scalar_function("usage_json", 7, pure, usage_json)?;
    db.create_scalar_function("cost_json", 3, pure, cost_json)?;
    let last = LastChunk { codec: codec.clone(), decoded: None };
    let last = Arc::new(Mutex::new(last));
    let shared = last.clone();
    db.create_scalar_function("span_json", 3, pure, move |ctx| {
        let mut last = shared.lock().expect("decoding never panics");
        let (chunk, span) = last.chunk_and_span(ctx)?;
        Found::Ok(chunk.and_then(|chunk| chunk.json(span)))
    })?;
    for (name, to_sql) in [("root_text", root_text as ToSql), ("root_number", root_number)] {
        let shared = last.clone();
        db.create_scalar_function(name, 5, pure, move |ctx| {
            let mut last = shared.lock().expect("decoding never panics");
            let (chunk, span) = last.chunk_and_span(ctx)?;
            let field = root_field(ctx)?;
            let values = chunk.and_then(|chunk| chunk.root_values(span, &[field]));
            Ok(values.and_then(|mut values| values.pop()?).map_or(Value::Null, to_sql))
        })?;
    }
    db.create_scalar_function("span_attribute", 4, pure, move |ctx| {
        let mut last = last.lock().expect("decoding never panics");
        let (chunk, span) = last.chunk_and_span(ctx)?;
        let key = ctx.get_raw(3).as_str()?;
        Found::Ok(chunk.and_then(|chunk| chunk.attribute(span, key)))
    })
}

type ToSql = fn(serde_json::Value) -> Value;

fn root_text(value: serde_json::Value) -> Value {
    Value::Text(text_of_value(&value))
}

fn root_number(value: serde_json::Value) -> Value {
    match number_of_value(&value) {
        Some(SqlValue::Integer(number)) => Value::Integer(number),
        Some(SqlValue::Real(number)) => Value::Real(number),
        _ => Value::Null,
    }
}

/// The field in the last two arguments: a part of the root, and a path.
fn root_field(ctx: &Context<'_>) -> Result<RootField, Error> {
    let unknown = || Error::UserFunctionError("no field of a root span".into());
    let part = RootPart::parse(ctx.get_raw(3).as_str()?).ok_or_else(unknown)?;
    let path = JsonPath::parse(ctx.get_raw(4).as_str()?).map_err(|_| unknown())?;
    Ok(RootField { part, path })
}

/// A trace's token counts in the form of its metadata; NULL if there are none.
fn usage_json(ctx: &Context<'_>) -> Found {
    let usage = usage_from_columns(|column| ctx.get(column))?;
    Ok(usage.as_ref().map(totals::usage))
}

/// A trace's cost in the form of its metadata; NULL if there is none.
fn cost_json(ctx: &Context<'_>) -> Found {
    let cost = cost_from_columns(|column| ctx.get(column))?;
    Ok(cost.as_ref().map(totals::cost))
}

/// Returns NULL for a NULL text: a trace without the key matches no pattern.
fn matches(ctx: &Context<'_>, like: fn(&str, &str) -> bool) -> Result<Option<bool>, Error> {
    let ValueRef::Text(text) = ctx.get_raw(1) else { return Ok(None) };
    let text = String::from_utf8_lossy(text);
    Ok(Some(like(ctx.get_raw(0).as_str()?, &text)))
}

/// Returns false for an invalid or oversized pattern. Patterns are compiled once per statement.
fn matches_regex(ctx: &Context<'_>) -> Result<Option<bool>, Error> {
    let ValueRef::Text(text) = ctx.get_raw(1) else { return Ok(None) };
    let regex = ctx.get_or_create_aux(0, |pattern| -> Result<_, Error> {
        Ok(Regex::new(pattern.as_str()?).ok())
    })?;
    let text = String::from_utf8_lossy(text);
    Ok(Some((*regex).as_ref().is_some_and(|regex| regex.is_match(&text))))
}

/// The most recently decoded chunk: filters evaluate spans chunk by chunk.
struct LastChunk {
    codec: Arc<Codec>,
    decoded: Option<(i64, Option<ChunkView>)>,
}

impl LastChunk {
    /// The chunk and the span of a call, from the first three arguments: chunk id, bytes, span id.
    fn chunk_and_span(&mut self, ctx: &Context<'_>) -> Result<(Option<&ChunkView>, SpanId), Error> {
        let id: i64 = ctx.get(0)?;
        let span = SpanId(ctx.get::<i64>(2)?.cast_unsigned());
        if self.decoded.as_ref().is_none_or(|(present, _)| *present != id) {
            let bytes = ctx.get_raw(1).as_blob()?;
            // A damaged chunk fails the search: the result would be incomplete without notice.
            let otlp = self.codec.decompress(bytes);
            let otlp = otlp.map_err(|error| Error::UserFunctionError(error.into()))?;
            self.decoded = Some((id, ChunkView::decode(&otlp).ok()));
        }
        Ok((self.decoded.as_ref().and_then(|(_, chunk)| chunk.as_ref()), span))
    }
}
