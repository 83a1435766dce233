//! Reads trace infos and the payload of traces.
use std::collections::{BTreeMap, HashMap};

use kansoku_model::{
    Assessment, DurationMs, ExperimentId, TimestampMs, TraceId, TraceInfo, TraceState, metadata_key,
};
use rusqlite::{Connection, OptionalExtension};

use crate::error::EngineError;
use crate::ingest::amounts::{cost_from_row, usage_from_row};
use crate::ingest::assessments;
use crate::payload::chunks::Kind;
use crate::payload::{chunks, sizes};
use kansoku_store::core::fold::client_overrides::ClientOverrides;
use kansoku_store::core::fold::totals;
use kansoku_store::core::list_bounds;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{ChunkId, StoreError, StoredSpans, TraceChunks};

pub(crate) fn id_of(db: &Connection, trace: &TraceId) -> Result<i64, EngineError> {
    find(db, trace.as_str())?.ok_or_else(|| StoreError::TraceNotFound(trace.clone()).into())
}

pub(crate) fn find(db: &Connection, trace: &str) -> Result<Option<i64>, EngineError> {
    let mut select = db.prepare_cached("select id from traces where trace_id = ?1")?;
    Ok(select.query_row([trace], |row| row.get(0)).optional()?)
}

pub(crate) fn info(db: &Connection, trace: &TraceId) -> Result<TraceInfo, EngineError> {
    load(db, id_of(db, trace)?)
}

pub(crate) fn infos(db: &Connection, traces: &[TraceId]) -> Result<Vec<TraceInfo>, EngineError> {
    let found = traces.iter().filter_map(|trace| find(db, trace.as_str()).transpose());
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let (mut infos, mut bytes) = (Vec::with_capacity(found.len()), 0);
    for some in found.chunks(NAMED_AT_ONCE) {
        let some = load_listed(db, some)?;
        bytes += some.iter().map(list_bounds::info_bytes).sum::<usize>();
        if NAMED_BYTES_MAX < bytes {
            let message = format!(
                "what is known of these {} traces is more than {} MiB; ask for fewer at once",
                traces.len(),
                NAMED_BYTES_MAX >> 20
            );
            return Err(StoreError::Invalid(message).into());
        }
        infos.extend(some);
    }
    Ok(infos)
}

/// Traces by id that are read at once, and the maximum size of all of them in bytes.
const NAMED_AT_ONCE: usize = 25;
const NAMED_BYTES_MAX: usize = 32 << 20;

pub(crate) fn experiments_of(
    db: &Connection,
    traces: Vec<TraceId>,
) -> Result<HashMap<TraceId, ExperimentId>, EngineError> {
    let mut select = db.prepare_cached("select experiment_id from traces where trace_id = ?1")?;
    let mut found = HashMap::new();
    for trace in traces {
        let experiment = select.query_row([trace.as_str()], |row| row.get(0).map(ExperimentId));
        if let Some(experiment) = experiment.optional()? {
            found.insert(trace, experiment);
        }
    }
    Ok(found)
}

pub(crate) fn spans(
    db: &Connection,
    codec: &Codec,
    trace: &TraceId,
) -> Result<StoredSpans, EngineError> {
    let id = id_of(db, trace)?;
    let chunks = |kind| chunks::load(db, codec, id, kind);
    let (spans, logs) = (chunks(Kind::Spans)?, chunks(Kind::Logs)?);
    Ok(StoredSpans { info: load(db, id)?, chunks: spans, logs })
}

pub(crate) fn chunks(db: &Connection, trace: &TraceId) -> Result<TraceChunks, EngineError> {
    let id = id_of(db, trace)?;
    let of_kind = |kind| sizes::chunks(db, id, kind);
    let (spans, logs) = (of_kind(Kind::Spans)?, of_kind(Kind::Logs)?);
    Ok(TraceChunks { info: load(db, id)?, spans, logs })
}

pub(crate) fn chunk(
    db: &Connection,
    codec: &Codec,
    trace: &TraceId,
    chunk: ChunkId,
) -> Result<Option<Vec<u8>>, EngineError> {
    let frame = chunks::frame(db, id_of(db, trace)?, chunk.number())?;
    Ok(frame.map(|frame| codec.decompress(&frame)).transpose()?)
}

pub(crate) fn load(db: &Connection, id: i64) -> Result<TraceInfo, EngineError> {
    load_all(db, &[id])?
        .pop()
        .ok_or_else(|| StoreError::backend("read a trace", "its row is gone").into())
}

/// Loads traces by row id for lists, with long texts truncated.
pub(crate) fn load_listed(db: &Connection, ids: &[i64]) -> Result<Vec<TraceInfo>, EngineError> {
    let mut infos = load_with(db, ids, &mut |info, mut assessment| {
        if list_bounds::shows_more(&info.assessments) {
            list_bounds::shorten_assessment(&mut assessment);
            info.assessments.push(assessment);
        }
    })?;
    infos.iter_mut().for_each(list_bounds::shorten_info);
    Ok(infos)
}

/// Loads traces by row id, in this order, with one statement per table.
pub(crate) fn load_all(db: &Connection, ids: &[i64]) -> Result<Vec<TraceInfo>, EngineError> {
    load_with(db, ids, &mut |info, assessment| info.assessments.push(assessment))
}

fn load_with(
    db: &Connection,
    ids: &[i64],
    add_assessment: &mut dyn FnMut(&mut TraceInfo, Assessment),
) -> Result<Vec<TraceInfo>, EngineError> {
    let list = serde_json::json!(ids).to_string();
    let mut infos = rows(db, &list)?;
    let entries = |sql: &str, add: fn(&mut TraceInfo, String, String), infos: &mut _| {
        each_entry(db, sql, &list, add, infos)
    };
    entries(
        "select x.trace, x.key, x.value from json_each(?1) e
         cross join trace_tags x on x.trace = e.value where x.value is not null",
        |info, key, value| drop(info.tags.insert(key, value)),
        &mut infos,
    )?;
    entries(
        "select x.trace, x.key, x.value from json_each(?1) e
         cross join trace_metadata x on x.trace = e.value where x.value is not null",
        // Totals set by a client override the computed ones.
        |info, key, value| drop(info.metadata.insert(key, value)),
        &mut infos,
    )?;
    assessments::each_of_traces(db, &list, |trace, assessment| {
        if let Some(info) = infos.get_mut(&trace) {
            add_assessment(info, assessment);
        }
    })?;
    Ok(ids.iter().filter_map(|id| infos.remove(id)).collect())
}

fn rows(db: &Connection, list: &str) -> Result<HashMap<i64, TraceInfo>, EngineError> {
    let mut select = db.prepare_cached(
        "select t.id, trace_id, experiment_id, client_request_id, request_time_ms, duration_ms,
                state, name, request_in(previews), response_in(previews), span_count, given,
                input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
                cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
                reasoning_output_tokens, input_cost, output_cost, total_cost
         from json_each(?1) e cross join traces t on t.id = e.value",
    )?;
    let rows = select.query_map([list], |row| {
        let trace_id: String = row.get(1)?;
        let totals = [
            (metadata_key::TOKEN_USAGE, usage_from_row(row, 12)?.as_ref().map(totals::usage)),
            (metadata_key::COST, cost_from_row(row, 19)?.as_ref().map(totals::cost)),
        ];
        let totals = totals.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?)));
        let info = TraceInfo {
            trace_id: TraceId::try_from(trace_id).expect("only valid ids are stored"),
            experiment_id: ExperimentId(row.get(2)?),
            client_request_id: row.get(3)?,
            request_time: TimestampMs(row.get(4)?),
            execution_duration: row.get::<_, Option<i64>>(5)?.map(DurationMs),
            state: TraceState::from_text(row.get_ref(6)?.as_str()?),
            name: row.get(7)?,
            request_preview: row.get(8)?,
            response_preview: row.get(9)?,
            metadata: totals.collect(),
            tags: BTreeMap::new(),
            assessments: Vec::new(),
            span_count: row.get::<_, i64>(10)?.cast_unsigned(),
            finalized: ClientOverrides(row.get(11)?).has(ClientOverrides::INFO),
        };
        Ok((row.get(0)?, info))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn each_entry(
    db: &Connection,
    sql: &str,
    list: &str,
    add: fn(&mut TraceInfo, String, String),
    infos: &mut HashMap<i64, TraceInfo>,
) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([list])?;
    while let Some(row) = rows.next()? {
        if let Some(info) = infos.get_mut(&row.get(0)?) {
            add(info, row.get(1)?, row.get(2)?);
        }
    }
    Ok(())
}
