//! Reading what lists show of traces.
use std::collections::BTreeMap;

use kansoku_model::{DurationMs, ExperimentId, TimestampMs, TraceId, TraceInfo, TraceState};
use rusqlite::{Connection, OptionalExtension};

use super::chunks::Kind;
use super::codec::Codec;
use super::given::Given;
use super::{assessments, chunks};
use crate::{StoreError, StoredSpans};

pub(super) fn id_of(db: &Connection, trace: &TraceId) -> Result<i64, StoreError> {
    find(db, trace.as_str())?.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))
}

pub(super) fn find(db: &Connection, trace: &str) -> Result<Option<i64>, StoreError> {
    let mut select = db.prepare_cached("select id from traces where trace_id = ?1")?;
    Ok(select.query_row([trace], |row| row.get(0)).optional()?)
}

pub(super) fn info(db: &Connection, trace: &TraceId) -> Result<TraceInfo, StoreError> {
    load(db, id_of(db, trace)?)
}

pub(super) fn infos(db: &Connection, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
    let mut found = Vec::with_capacity(traces.len());
    for trace in traces {
        if let Some(id) = find(db, trace.as_str())? {
            found.push(load(db, id)?);
        }
    }
    Ok(found)
}

pub(super) fn spans(
    db: &Connection,
    codec: &Codec,
    trace: &TraceId,
) -> Result<StoredSpans, StoreError> {
    let id = id_of(db, trace)?;
    let chunks = |kind| chunks::load(db, codec, id, kind);
    let (spans, logs) = (chunks(Kind::Spans)?, chunks(Kind::Logs)?);
    Ok(StoredSpans { info: load(db, id)?, chunks: spans, logs })
}

pub(super) fn load(db: &Connection, id: i64) -> Result<TraceInfo, StoreError> {
    let mut select = db.prepare_cached(
        "select trace_id, experiment_id, client_request_id, request_time_ms, duration_ms, state,
                name, request_preview, response_preview, span_count, given
         from traces where id = ?1",
    )?;
    let mut info = select.query_row([id], |row| {
        let trace_id: String = row.get(0)?;
        Ok(TraceInfo {
            trace_id: TraceId::try_from(trace_id).expect("only valid ids are stored"),
            experiment_id: ExperimentId(row.get(1)?),
            client_request_id: row.get(2)?,
            request_time: TimestampMs(row.get(3)?),
            execution_duration: row.get::<_, Option<i64>>(4)?.map(DurationMs),
            state: TraceState::from_text(row.get_ref(5)?.as_str()?),
            name: row.get(6)?,
            request_preview: row.get(7)?,
            response_preview: row.get(8)?,
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            assessments: Vec::new(),
            span_count: row.get::<_, i64>(9)?.cast_unsigned(),
            finalized: Given(row.get(10)?).has(Given::INFO),
        })
    })?;
    info.tags = entries(
        db,
        "select key, value from trace_tags where trace = ?1 and value is not null",
        id,
    )?;
    info.metadata = entries(
        db,
        "select key, value from trace_metadata where trace = ?1 and value is not null",
        id,
    )?;
    info.assessments = assessments::of_trace(db, id)?;
    Ok(info)
}

fn entries(db: &Connection, sql: &str, id: i64) -> Result<BTreeMap<String, String>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
