//! Links from traces to runs and prompt versions.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{RunId, TraceId};
use rusqlite::{Connection, params};

use super::infos;
use super::terms::{self, Position};
use crate::{PromptVersion, StoreError};

pub(super) fn link_run(db: &Connection, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
    for trace in traces {
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        db.prepare_cached("insert or ignore into trace_runs (trace, run_id) values (?1, ?2)")?
            .execute(params![id, run.as_str()])?;
        let term = Term::Run(run.as_str().into());
        terms::insert(db, id, Position::load(db, id)?, &BTreeSet::from([term]))?;
    }
    Ok(())
}

pub(super) fn link_prompts(
    db: &Connection,
    trace: &TraceId,
    prompts: &[PromptVersion],
) -> Result<(), StoreError> {
    let id = infos::id_of(db, trace)?;
    let mut linked = BTreeSet::new();
    for PromptVersion { name, version } in prompts {
        db.prepare_cached(
            "insert or ignore into trace_prompts (trace, name, version) values (?1, ?2, ?3)",
        )?
        .execute(params![id, name, version])?;
        linked.insert(Term::Prompt(name.into(), version.into()));
    }
    terms::insert(db, id, Position::load(db, id)?, &linked)
}

pub(super) fn terms(db: &Connection, trace: i64) -> Result<Vec<Term<'static>>, StoreError> {
    let mut runs = db.prepare_cached("select run_id from trace_runs where trace = ?1")?;
    let runs = runs.query_map([trace], |row| Ok(Term::Run(row.get::<_, String>(0)?.into())))?;
    let mut linked = runs.collect::<Result<Vec<_>, _>>()?;
    let mut prompts =
        db.prepare_cached("select name, version from trace_prompts where trace = ?1")?;
    let prompts = prompts.query_map([trace], |row| {
        Ok(Term::Prompt(row.get::<_, String>(0)?.into(), row.get::<_, String>(1)?.into()))
    })?;
    for prompt in prompts {
        linked.push(prompt?);
    }
    Ok(linked)
}
