//! Turns of sessions, from the rows of their spans.
use kansoku_model::{SpanId, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::EngineError;
use crate::reads::infos;
use crate::reads::short_name::short_name;
use kansoku_store::{FailedSpan, Turn, TurnStep, Turns};

pub(crate) fn read(db: &Connection, traces: &[TraceId]) -> Result<Turns, EngineError> {
    let mut turns = Vec::with_capacity(traces.len());
    for trace in traces {
        if let Some(id) = infos::find(db, trace.as_str())? {
            turns.push((trace.clone(), turn(db, id)?));
        }
    }
    Ok(turns)
}

fn turn(db: &Connection, trace: i64) -> Result<Turn, EngineError> {
    let one = |sql: &str| -> Result<Option<SpanId>, EngineError> {
        let found = db.prepare_cached(sql)?.query_row([trace], |row| row.get(0)).optional()?;
        Ok(found.map(span_id))
    };
    let root = one("select span_id from spans where trace = ?1 and parent_id is null
         order by start_ns, span_id limit 1")?;
    let first_call =
        one("select span_id from spans where trace = ?1 and type in ('LLM', 'CHAT_MODEL')
         order by start_ns, span_id limit 1")?;
    let last_call =
        one("select span_id from spans where trace = ?1 and type in ('LLM', 'CHAT_MODEL')
         order by coalesce(end_ns, start_ns) desc, span_id desc limit 1")?;
    let mut turn = Turn::default();
    for (call, speakers) in
        [(first_call, &mut turn.input_spans), (last_call, &mut turn.output_spans)]
    {
        speakers.extend(root.into_iter().chain(call));
        speakers.dedup();
    }
    turn.steps = list(
        db,
        &format!(
            "select span_id, {}, type, status = 2, (end_ns - start_ns) / 1e6 from spans
             where trace = ?1 and type in ('{}') order by start_ns, span_id limit ?2",
            short_name!(),
            Turn::STEP_TYPES.join("', '")
        ),
        trace,
        |row| {
            Ok(TurnStep {
                span_id: span_id(row.get(0)?),
                name: row.get(1)?,
                span_type: row.get(2)?,
                failed: row.get(3)?,
                duration_ms: row.get(4)?,
            })
        },
    )?;
    turn.failed = list(
        db,
        concat!(
            "select span_id, ",
            short_name!(),
            ", error from spans
             where trace = ?1 and status = 2 order by coalesce(end_ns, start_ns), span_id limit ?2",
        ),
        trace,
        |row| {
            let span_id = span_id(row.get(0)?);
            Ok(FailedSpan { span_id, name: row.get(1)?, message: row.get(2)? })
        },
    )?;
    Ok(turn)
}

fn list<T>(
    db: &Connection,
    sql: &str,
    trace: i64,
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Vec<T>, EngineError> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(params![trace, Turn::SPANS_MAX as i64], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn span_id(column: i64) -> SpanId {
    SpanId(column.cast_unsigned())
}
