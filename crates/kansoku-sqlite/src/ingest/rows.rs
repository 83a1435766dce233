//! Reads and writes complete rows of `traces`.
use kansoku_model::{CallKey, ExperimentId, SpanId, TimestampMs, TraceState};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use kansoku_store::core::fold::client_overrides::ClientOverrides;
use kansoku_store::core::fold::trace_row::{RootKey, TraceRow};

use crate::error::EngineError;
use crate::ingest::amounts::{CostColumns, UsageColumns, cost_from_row, usage_from_row};

pub(crate) fn load(
    db: &Connection,
    trace_id: &str,
) -> Result<Option<(i64, TraceRow)>, EngineError> {
    let mut select = db.prepare_cached(
        "select id, trace_id, experiment_id, request_time_ms, duration_ms, state, name,
                client_request_id, request_in(previews), response_in(previews), given,
                start_ns, end_ns, root_start_ns, root_span_id, root_open, root_failed, span_count,
                input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
                cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
                reasoning_output_tokens, input_cost, output_cost, total_cost,
                request_call_ns, request_call, response_call_ns, response_call
         from traces where trace_id = ?1",
    )?;
    Ok(select.query_row([trace_id], |row| Ok((row.get(0)?, from_row(row)?))).optional()?)
}

fn from_row(row: &Row<'_>) -> Result<TraceRow, rusqlite::Error> {
    let root_start_ns: Option<i64> = row.get(13)?;
    let root = match root_start_ns {
        Some(start_ns) => Some(RootKey {
            start_ns,
            span_id: SpanId(row.get::<_, i64>(14)?.cast_unsigned()),
            open: row.get(15)?,
            failed: row.get(16)?,
        }),
        None => None,
    };
    Ok(TraceRow {
        trace_id: row.get(1)?,
        experiment: ExperimentId(row.get(2)?),
        request_time: TimestampMs(row.get(3)?),
        duration_ms: row.get(4)?,
        state: TraceState::from_text(row.get_ref(5)?.as_str()?),
        name: row.get(6)?,
        client_request_id: row.get(7)?,
        request_preview: row.get(8)?,
        response_preview: row.get(9)?,
        given: ClientOverrides(row.get(10)?),
        start_ns: row.get(11)?,
        end_ns: row.get(12)?,
        root,
        span_count: row.get::<_, i64>(17)?.cast_unsigned(),
        usage: usage_from_row(row, 18)?,
        cost: cost_from_row(row, 25)?,
        request_call: call_from_row(row, 28)?,
        response_call: call_from_row(row, 30)?,
    })
}

fn call_from_row(row: &Row<'_>, at: usize) -> Result<Option<CallKey>, rusqlite::Error> {
    let Some(at_ns) = row.get(at)? else { return Ok(None) };
    let span_id = SpanId(row.get::<_, i64>(at + 1)?.cast_unsigned());
    Ok(Some(CallKey { at_ns, span_id }))
}

/// `received` is the time when the first part of the trace arrived.
pub(crate) fn insert(
    trace: &TraceRow,
    db: &Connection,
    received: TimestampMs,
) -> Result<i64, EngineError> {
    let insert = db.prepare_cached(
        "insert into traces (trace_id, experiment_id, request_time_ms, duration_ms, state, name,
             client_request_id, previews, given, start_ns, end_ns,
             root_start_ns, root_span_id, root_open, root_failed, span_count,
             input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
             cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
             reasoning_output_tokens, input_cost, output_cost, total_cost, received_ms,
             request_call_ns, request_call, response_call_ns, response_call)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, pack_previews(?8, ?9), ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
             ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)",
    )?;
    execute(trace, insert, Some(received))?;
    Ok(db.last_insert_rowid())
}

pub(crate) fn update(trace: &TraceRow, db: &Connection) -> Result<(), EngineError> {
    let update = db.prepare_cached(
        "update traces set experiment_id = ?2, request_time_ms = ?3, duration_ms = ?4,
             state = ?5, name = ?6, client_request_id = ?7,
             previews = pack_previews(?8, ?9), given = ?10, start_ns = ?11, end_ns = ?12,
             root_start_ns = ?13, root_span_id = ?14, root_open = ?15, root_failed = ?16,
             span_count = ?17, input_tokens = ?18, output_tokens = ?19, total_tokens = ?20,
             cache_read_input_tokens = ?21, cache_creation_input_tokens = ?22,
             cache_creation_input_tokens_above_1hr = ?23, reasoning_output_tokens = ?24,
             input_cost = ?25, output_cost = ?26, total_cost = ?27,
             received_ms = coalesce(?28, received_ms),
             request_call_ns = ?29, request_call = ?30,
             response_call_ns = ?31, response_call = ?32
         where trace_id = ?1",
    )?;
    execute(trace, update, None)
}

fn execute(
    trace: &TraceRow,
    mut statement: CachedStatement<'_>,
    received: Option<TimestampMs>,
) -> Result<(), EngineError> {
    let usage = UsageColumns::from_usage(trace.usage);
    let cost = CostColumns::from_cost(trace.cost);
    statement.execute(params![
        trace.trace_id,
        trace.experiment.0,
        trace.request_time.0,
        trace.duration_ms,
        trace.state.as_str(),
        trace.name,
        trace.client_request_id,
        trace.request_preview,
        trace.response_preview,
        trace.given.0,
        trace.start_ns,
        trace.end_ns,
        trace.root.map(|root| root.start_ns),
        trace.root.map(|root| root.span_id.0.cast_signed()),
        trace.root.map(|root| root.open),
        trace.root.map(|root| root.failed),
        trace.span_count.cast_signed(),
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
        received.map(|received| received.0),
        trace.request_call.map(|call| call.at_ns),
        trace.request_call.map(|call| call.span_id.0.cast_signed()),
        trace.response_call.map(|call| call.at_ns),
        trace.response_call.map(|call| call.span_id.0.cast_signed()),
    ])?;
    Ok(())
}
