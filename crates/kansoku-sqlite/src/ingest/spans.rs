//! The rows of spans, without payload.
use std::collections::BTreeSet;

use kansoku_model::{SpanId, SpanRow, SpanStatus};
use rusqlite::{Connection, OptionalExtension, params};

use crate::columns::blocks;
use crate::error::EngineError;
use crate::ingest::amounts::{CostColumns, UsageColumns, cost_from_row, usage_from_row};
use kansoku_store::IngestCounts;
use kansoku_store::core::span_rows::{self, Totals};

/// Counts of written spans, and the chunks of which a span was replaced.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) counts: IngestCounts,
    pub(crate) replaced_chunks: BTreeSet<i64>,
}

/// Upserts, because an SDK that received no response sends the batch again.
pub(crate) fn put(
    db: &Connection,
    trace: i64,
    chunk: i64,
    rows: &[SpanRow],
    known: bool,
) -> Result<Written, EngineError> {
    let mut written = Written::default();
    let mut present =
        db.prepare_cached("select chunk from spans where trace = ?1 and span_id = ?2")?;
    let mut upsert = db.prepare_cached(
        "insert or replace into spans (trace, span_id, parent_id, name, type, status, start_ns,
             end_ns, model, provider, input_tokens, output_tokens, total_tokens,
             cache_read_input_tokens, cache_creation_input_tokens,
             cache_creation_input_tokens_above_1hr, reasoning_output_tokens,
             input_cost, output_cost, total_cost, cost_given, service_tier, first_token_ns, error, chunk)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
    )?;
    for row in rows {
        let span_id = row.span_id.0.cast_signed();
        let old = match known {
            true => present.query_row([trace, span_id], |r| r.get::<_, i64>(0)).optional()?,
            false => None,
        };
        match old {
            Some(chunk) => {
                written.counts.replaced += 1;
                written.replaced_chunks.insert(chunk);
            }
            None => written.counts.new += 1,
        }
        let usage = UsageColumns::from_usage(row.usage);
        let cost = CostColumns::from_cost(row.cost);
        upsert.execute(params![
            trace,
            span_id,
            row.parent_id.map(|id| id.0.cast_signed()),
            row.name,
            row.span_type,
            status_number(row.status),
            row.start_ns,
            row.end_ns,
            row.model,
            row.provider,
            usage.input,
            usage.output,
            usage.total,
            usage.cache_read,
            usage.cache_creation,
            usage.cache_creation_above_1hr,
            usage.reasoning,
            cost.input,
            cost.output,
            cost.total,
            row.cost_given,
            row.service_tier,
            row.first_token_ns,
            row.error,
            chunk,
        ])?;
    }
    if 0 < written.counts.replaced {
        blocks::forget(db, trace)?;
    }
    Ok(written)
}

/// Usage and cost of a trace, computed from all its stored spans.
pub(crate) fn totals(db: &Connection, trace: i64) -> Result<Totals, EngineError> {
    let mut select = db.prepare_cached(
        "select span_id, parent_id, input_tokens, output_tokens, total_tokens,
                cache_read_input_tokens, cache_creation_input_tokens,
                cache_creation_input_tokens_above_1hr, reasoning_output_tokens,
                input_cost, output_cost, total_cost
         from spans where trace = ?1",
    )?;
    let rows = select.query_map([trace], |row| {
        let id = |n: i64| SpanId(n.cast_unsigned());
        let parent: Option<i64> = row.get(1)?;
        let ids = (id(row.get(0)?), parent.map(id));
        Ok((ids, usage_from_row(row, 2)?, cost_from_row(row, 9)?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(span_rows::totals(rows.iter().copied()))
}

fn status_number(status: SpanStatus) -> i64 {
    match status {
        SpanStatus::Unset => 0,
        SpanStatus::Ok => 1,
        SpanStatus::Error => 2,
    }
}

pub(crate) fn status_from_number(number: i64) -> SpanStatus {
    match number {
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}
