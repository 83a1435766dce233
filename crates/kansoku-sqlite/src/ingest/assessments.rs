//! Feedback, expectations and issues of traces.
use std::collections::{BTreeSet, HashSet};

use kansoku_filter::Term;
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, ExperimentId, TimestampMs,
    TraceId, WebhookEvent, metadata_key,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::archive::expired;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::index::terms;
use crate::meta::webhook_events;
use crate::reads::infos;
use kansoku_store::core::webhooks::Event;
use kansoku_store::core::{self, list_bounds};
use kansoku_store::{AssessmentUpdate, StoreError};

const COLUMNS: &str = "a.assessment_id, a.name, t.trace_id, a.span_id, a.source_type, a.source_id,
    a.create_time_ms, a.update_time_ms, a.kind, a.value, a.error, a.rationale, a.metadata,
    a.overrides, a.valid";

pub(crate) fn of_trace(db: &Connection, trace: i64) -> Result<Vec<Assessment>, EngineError> {
    let mut found = Vec::new();
    each_of_traces(db, &format!("[{trace}]"), |_, assessment| found.push(assessment))?;
    Ok(found)
}

/// Passes each assessment of some traces with its trace's row id. `traces` is a JSON array of row
/// ids.
pub(crate) fn each_of_traces(
    db: &Connection,
    traces: &str,
    mut each: impl FnMut(i64, Assessment),
) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS}, a.trace from json_each(?1) e
         cross join assessments a on a.trace = e.value cross join traces t on t.id = a.trace
         order by a.create_time_ms, a.position, a.assessment_id"
    ))?;
    let mut rows = select.query([traces])?;
    while let Some(row) = rows.next()? {
        each(row.get(15)?, from_row(row)?);
    }
    Ok(())
}

/// Valid session-level assessments of these traces. `traces` is a JSON array of row ids.
pub(crate) fn of_sessions(db: &Connection, traces: &str) -> Result<Vec<Assessment>, EngineError> {
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS} from json_each(?1) e
         cross join assessments a on a.trace = e.value and a.session_level = 1 and a.valid = 1
         cross join traces t on t.id = a.trace
         order by a.create_time_ms, a.position, a.assessment_id"
    ))?;
    let rows = select.query_map([traces], |row| {
        let mut assessment = from_row(row)?;
        list_bounds::shorten_assessment(&mut assessment);
        Ok(assessment)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn get(
    db: &Connection,
    trace: &TraceId,
    id: &AssessmentId,
) -> Result<Assessment, EngineError> {
    let row = infos::id_of(db, trace)?;
    load(db, row, id)?.ok_or_else(|| not_found(trace, id))
}

fn not_found(trace: &TraceId, id: &AssessmentId) -> EngineError {
    StoreError::AssessmentNotFound { trace: trace.clone(), assessment: id.clone() }.into()
}

fn load(db: &Connection, trace: i64, id: &AssessmentId) -> Result<Option<Assessment>, EngineError> {
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS} from assessments a join traces t on t.id = a.trace
         where a.trace = ?1 and a.assessment_id = ?2"
    ))?;
    Ok(select.query_row(params![trace, id.as_str()], from_row).optional()?)
}

pub(crate) fn create(
    db: &Tx<'_>,
    assessment: Assessment,
    now: TimestampMs,
) -> Result<Assessment, EngineError> {
    let trace = infos::id_of(db, &assessment.trace_id)?;
    if load(db, trace, &assessment.assessment_id)?.is_some() {
        let Assessment { trace_id: trace, assessment_id: assessment, .. } = assessment;
        return Err(StoreError::AssessmentExists { trace, assessment }.into());
    }
    add(db, trace, &[&assessment], now)?;
    Ok(assessment)
}

/// Creates those assessments that do not exist, and whose trace does.
pub(crate) fn create_missing(
    db: &Tx<'_>,
    mut assessments: Vec<Assessment>,
    now: TimestampMs,
) -> Result<(), EngineError> {
    // Stable, so that the order of a trace's assessments stays.
    assessments.sort_by(|a, b| a.trace_id.as_str().cmp(b.trace_id.as_str()));
    for of_trace in assessments.chunk_by(|a, b| a.trace_id == b.trace_id) {
        let Some(trace) = infos::find(db, of_trace[0].trace_id.as_str())? else { continue };
        let mut known = ids(db, trace)?;
        let is_missing = |it: &&Assessment| known.insert(it.assessment_id.as_str().to_owned());
        let missing: Vec<_> = of_trace.iter().filter(is_missing).collect();
        if !missing.is_empty() {
            add(db, trace, &missing, now)?;
        }
    }
    Ok(())
}

fn ids(db: &Connection, trace: i64) -> Result<HashSet<String>, EngineError> {
    let mut select = db.prepare_cached("select assessment_id from assessments where trace = ?1")?;
    Ok(select.query_map([trace], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Adds assessments that do not exist to a trace. Its index is written once for all of them.
fn add(
    db: &Tx<'_>,
    trace: i64,
    assessments: &[&Assessment],
    now: TimestampMs,
) -> Result<(), EngineError> {
    // An overridden assessment is no longer found by its value.
    let is_overriding = assessments.iter().any(|it| it.overrides.is_some());
    let before = is_overriding.then(|| all_terms(db, trace)).transpose()?;
    let is_wanted = webhook_events::is_wanted(db, WebhookEvent::AssessmentCreated)?
        && !expired::is_restoring(db, &assessments[0].trace_id)?;
    let experiment = is_wanted.then(|| experiment_of(db, trace)).transpose()?;
    let first = next_position(db, trace)?;
    for (position, assessment) in (first..).zip(assessments) {
        if let Some(overridden) = &assessment.overrides
            && !set_valid(db, trace, overridden, false)?
        {
            return Err(not_found(&assessment.trace_id, overridden));
        }
        if let Some(experiment) = experiment {
            webhook_events::record(db, &Event::of_assessment(assessment, experiment), now)?;
        }
        put_at(db, trace, assessment, position)?;
    }
    if let Some(before) = before {
        return reindex(db, trace, &before);
    }
    let added = assessments.iter().flat_map(|it| core::assessments::terms(it)).collect();
    terms::insert(db, trace, terms::touch(db, trace)?, &added);
    Ok(())
}

/// Records the event of an assessment that is about to be written, unless it exists.
pub(crate) fn record_if_new(
    db: &Tx<'_>,
    trace: i64,
    assessment: &Assessment,
    experiment: ExperimentId,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let is_wanted = webhook_events::is_wanted(db, WebhookEvent::AssessmentCreated)?;
    if !is_wanted || load(db, trace, &assessment.assessment_id)?.is_some() {
        return Ok(());
    }
    webhook_events::record(db, &Event::of_assessment(assessment, experiment), now)
}

fn experiment_of(db: &Connection, trace: i64) -> Result<ExperimentId, EngineError> {
    let mut select = db.prepare_cached("select experiment_id from traces where id = ?1")?;
    Ok(select.query_row([trace], |row| Ok(ExperimentId(row.get(0)?)))?)
}

pub(crate) fn update(
    db: &Tx<'_>,
    trace_id: &TraceId,
    id: &AssessmentId,
    update: AssessmentUpdate,
) -> Result<Assessment, EngineError> {
    let trace = infos::id_of(db, trace_id)?;
    let before = all_terms(db, trace)?;
    let mut assessment = load(db, trace, id)?.ok_or_else(|| not_found(trace_id, id))?;
    core::assessments::update(&mut assessment, update)?;
    put(db, trace, &assessment)?;
    reindex(db, trace, &before)?;
    Ok(assessment)
}

/// Does nothing if the trace or assessment does not exist, because clients retry.
pub(crate) fn delete(
    db: &Tx<'_>,
    trace_id: &TraceId,
    id: &AssessmentId,
) -> Result<(), EngineError> {
    let Some(trace) = infos::find(db, trace_id.as_str())? else { return Ok(()) };
    let Some(assessment) = load(db, trace, id)? else { return Ok(()) };
    let before = all_terms(db, trace)?;
    db.prepare_cached("delete from assessments where trace = ?1 and assessment_id = ?2")?
        .execute(params![trace, id.as_str()])?;
    if let Some(overridden) = &assessment.overrides {
        set_valid(db, trace, overridden, true)?;
    }
    reindex(db, trace, &before)
}

/// Writes one assessment, and replaces one with the same id.
pub(crate) fn put(db: &Connection, trace: i64, a: &Assessment) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(
        "select position from assessments where trace = ?1 and assessment_id = ?2",
    )?;
    let known = select.query_row(params![trace, a.assessment_id.as_str()], |row| row.get(0));
    match known.optional()? {
        Some(position) => put_at(db, trace, a, position),
        None => put_at(db, trace, a, next_position(db, trace)?),
    }
}

/// The position after the last assessment of a trace.
fn next_position(db: &Connection, trace: i64) -> Result<i64, EngineError> {
    let mut select = db.prepare_cached(
        "select 1 + coalesce(max(position), 0) from assessments where trace = ?1",
    )?;
    Ok(select.query_row([trace], |row| row.get(0))?)
}

fn put_at(db: &Connection, trace: i64, a: &Assessment, position: i64) -> Result<(), EngineError> {
    let json = |e| StoreError::backend("write an assessment", e);
    let metadata = serde_json::to_string(&a.metadata).map_err(json)?;
    db.prepare_cached(
        "insert or replace into assessments (trace, assessment_id, name, kind, value, number,
             error, rationale, metadata, source_type, source_id, span_id, overrides, valid,
             create_time_ms, update_time_ms, session_level, position)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        trace,
        a.assessment_id.as_str(),
        a.assessment_name,
        a.value.kind(),
        a.value.json(),
        a.value.number(),
        error_json(&a.value),
        a.rationale,
        metadata,
        a.source.source_type,
        a.source.source_id,
        a.span_id,
        a.overrides.as_ref().map(AssessmentId::as_str),
        a.valid,
        a.create_time.0,
        a.last_update_time.0,
        a.metadata.contains_key(metadata_key::SESSION),
        position,
    ])?;
    Ok(())
}

/// The error of feedback as JSON text.
fn error_json(value: &AssessmentValue) -> Option<String> {
    match value {
        AssessmentValue::Feedback { error, .. } => {
            error.as_ref().and_then(|error| serde_json::to_string(error).ok())
        }
        AssessmentValue::Expectation(_) | AssessmentValue::Issue { .. } => None,
    }
}

fn set_valid(
    db: &Connection,
    trace: i64,
    id: &AssessmentId,
    valid: bool,
) -> Result<bool, EngineError> {
    let changed = db
        .prepare_cached(
            "update assessments set valid = ?3 where trace = ?1 and assessment_id = ?2",
        )?
        .execute(params![trace, id.as_str(), valid])?;
    Ok(changed == 1)
}

fn all_terms(db: &Connection, trace: i64) -> Result<BTreeSet<Term<'static>>, EngineError> {
    Ok(of_trace(db, trace)?.iter().flat_map(core::assessments::terms).collect())
}

fn reindex(db: &Tx<'_>, trace: i64, before: &BTreeSet<Term<'static>>) -> Result<(), EngineError> {
    let after = all_terms(db, trace)?;
    let at = terms::touch(db, trace)?;
    terms::delete(db, trace, at, before.difference(&after));
    terms::insert(db, trace, at, &after);
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<Assessment, rusqlite::Error> {
    let json = |text: Option<String>| {
        text.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or(Value::Null)
    };
    let value = json(row.get(9)?);
    let error: Option<String> = row.get(10)?;
    let name: String = row.get(1)?;
    let value = match row.get_ref(8)?.as_str()? {
        "expectation" => AssessmentValue::Expectation(value),
        "issue" => {
            AssessmentValue::Issue { issue_name: value.as_str().unwrap_or_default().to_owned() }
        }
        _ => AssessmentValue::Feedback {
            value,
            error: error.and_then(|text| serde_json::from_str(&text).ok()),
        },
    };
    let trace_id: String = row.get(2)?;
    let metadata: String = row.get(12)?;
    Ok(Assessment {
        assessment_id: AssessmentId(row.get(0)?),
        assessment_name: name,
        trace_id: TraceId::try_from(trace_id).expect("only valid ids are stored"),
        span_id: row.get(3)?,
        source: AssessmentSource { source_type: row.get(4)?, source_id: row.get(5)? },
        create_time: TimestampMs(row.get(6)?),
        last_update_time: TimestampMs(row.get(7)?),
        value,
        rationale: row.get(11)?,
        metadata: serde_json::from_str(&metadata).unwrap_or_default(),
        overrides: row.get::<_, Option<String>>(13)?.map(AssessmentId),
        valid: row.get(14)?,
    })
}
