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
use kansoku_store::PromptVersion;

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
    // Clients show the links from this tag.
    tags::set(db, trace, tag_key::LINKED_PROMPTS, &prompts_text(&self::prompts(db, id)?))
}

fn prompts(db: &Connection, trace: i64) -> Result<Vec<PromptVersion>, EngineError> {
    let mut select =
        db.prepare_cached("select name, version from trace_prompts where trace = ?1")?;
    let rows = select
        .query_map([trace], |row| Ok(PromptVersion { name: row.get(0)?, version: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The list as clients write it: JSON with a space after `:` and `,`.
fn prompts_text(prompts: &[PromptVersion]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let item = |prompt: &PromptVersion| {
        let PromptVersion { name, version } = prompt;
        format!("{{\"name\": {}, \"version\": {}}}", quoted(name), quoted(version))
    };
    format!("[{}]", prompts.iter().map(item).collect::<Vec<_>>().join(", "))
}

pub(crate) fn terms(db: &Connection, trace: i64) -> Result<Vec<Term<'static>>, EngineError> {
    let mut runs = db.prepare_cached("select run_id from trace_runs where trace = ?1")?;
    let runs = runs.query_map([trace], |row| Ok(Term::Run(row.get::<_, String>(0)?.into())))?;
    let mut linked = runs.collect::<Result<Vec<_>, _>>()?;
    linked.extend(
        prompts(db, trace)?
            .into_iter()
            .map(|prompt| Term::Prompt(prompt.name.into(), prompt.version.into())),
    );
    Ok(linked)
}
