//! Links from traces to runs and prompt versions.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{RunId, TraceId, tag_key};
use rusqlite::{Connection, params};

use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::index::terms;
use crate::ingest::tags;
use crate::reads::infos;
use kansoku_store::core::links;
use kansoku_store::{PromptVersion, TraceLinks};

pub(crate) fn link_run(db: &Tx<'_>, run: &RunId, traces: &[TraceId]) -> Result<(), EngineError> {
    for trace in traces {
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        db.prepare_cached("insert or ignore into trace_runs (trace, run_id) values (?1, ?2)")?
            .execute(params![id, run.as_str()])?;
        let term = Term::Run(run.as_str().into());
        terms::insert(db, id, terms::touch(db, id)?, &BTreeSet::from([term]));
    }
    Ok(())
}

pub(crate) fn link_prompts(
    db: &Tx<'_>,
    trace: &TraceId,
    prompts: &[PromptVersion],
) -> Result<(), EngineError> {
    let id = infos::id_of(db, trace)?;
    let mut linked = BTreeSet::new();
    for PromptVersion { name, version } in prompts {
        db.prepare_cached(
            "insert or ignore into trace_prompts (trace, name, version) values (?1, ?2, ?3)",
        )?
        .execute(params![id, name, version])?;
        linked.insert(Term::Prompt(name.into(), version.into()));
    }
    terms::insert(db, id, terms::touch(db, id)?, &linked);
    // Clients read the links from this tag.
    tags::set(db, trace, tag_key::LINKED_PROMPTS, &links::prompts_text(&self::prompts(db, id)?))
}

/// The links of those of `traces` that exist.
pub(crate) fn of_traces(
    db: &Connection,
    traces: &[TraceId],
) -> Result<Vec<TraceLinks>, EngineError> {
    let mut found = Vec::with_capacity(traces.len());
    for trace in traces {
        if let Some(id) = infos::find(db, trace.as_str())? {
            found.push(of_trace(db, id)?);
        }
    }
    Ok(found)
}

fn of_trace(db: &Connection, trace: i64) -> Result<TraceLinks, EngineError> {
    Ok(TraceLinks { run_ids: run_ids(db, trace)?, prompts: prompts(db, trace)? })
}

/// The runs that a trace is linked to.
pub(crate) fn run_ids(db: &Connection, trace: i64) -> Result<Vec<String>, EngineError> {
    let mut select = db.prepare_cached("select run_id from trace_runs where trace = ?1")?;
    Ok(select.query_map([trace], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn prompts(db: &Connection, trace: i64) -> Result<Vec<PromptVersion>, EngineError> {
    let mut select =
        db.prepare_cached("select name, version from trace_prompts where trace = ?1")?;
    let rows = select
        .query_map([trace], |row| Ok(PromptVersion { name: row.get(0)?, version: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn terms(db: &Connection, trace: i64) -> Result<Vec<Term<'static>>, EngineError> {
    Ok(links::terms(of_trace(db, trace)?))
}
