//! Sessions with matching traces, by the newest of these, each session once.
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{Assessment, ExperimentId, metadata_key};
use rusqlite::{Connection, params};

use crate::error::EngineError;
use crate::ingest::assessments;
use crate::reads::search::{self, Hit};
use kansoku_store::core::assessments::sort_by_creation;
use kansoku_store::core::list_bounds::{self, ListRoom};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::search_token;
use kansoku_store::{SessionNames, SessionSearch, TraceSearch};

/// Number of traces read at once. It starts low, since most pages fill up soon.
const TRACES_MIN: usize = 256;
const TRACES_STEP_MAX: usize = 4096;

pub(crate) fn page(
    db: &Connection,
    codec: &Codec,
    search: &SessionSearch,
) -> Result<SessionNames, EngineError> {
    let is_first_page = search.page_token.as_deref().is_none_or(str::is_empty);
    let mut sessions = Vec::new();
    let mut known = HashSet::new();
    let mut token = search.page_token.clone();
    let mut step = TRACES_MIN;
    let mut seen = 0;
    let digest = search_token::digest(&traces(search, search.filter.clone(), None, 0));
    loop {
        let traces = traces(search, search.filter.clone(), token.take(), step);
        let hits = search::hits(db, codec, &traces)?;
        let session_of = sessions_of(db, &hits)?;
        for hit in &hits {
            let Some(session) = session_of.get(&hit.id) else { continue };
            if known.contains(session) {
                continue;
            }
            known.insert(session.clone());
            // On later pages, a session with a newer match has been on an earlier page.
            if is_first_page || newest(db, codec, search, session)? == Some(hit.id) {
                sessions.push(session.clone());
            }
            if search.max_results <= sessions.len() {
                return Ok(SessionNames { sessions, next_page_token: Some(hit.token(digest)) });
            }
        }
        seen += hits.len();
        token = hits.last().filter(|_| hits.len() == step).map(|hit| hit.token(digest));
        if token.is_none() || SessionSearch::TRACES_MAX <= seen {
            return Ok(SessionNames { sessions, next_page_token: token });
        }
        step = TRACES_STEP_MAX.min(step * 2);
    }
}

/// Session-level assessments, from all traces of the session.
pub(crate) fn session_assessments(
    db: &Connection,
    codec: &Codec,
    experiment: ExperimentId,
    session: &str,
) -> Result<Vec<Assessment>, EngineError> {
    let traces = TraceSearch {
        experiments: vec![experiment],
        filter: Filter::metadata(metadata_key::SESSION, session),
        order_by: Vec::new(),
        max_results: TRACES_STEP_MAX,
        page_token: None,
        deadline: Duration::MAX,
    };
    let mut found = Vec::new();
    let mut room = ListRoom::default();
    search::each_match(db, codec, &traces, false, &mut |entries| {
        let ids: Vec<i64> = entries.iter().map(|entry| entry.trace).collect();
        let said = assessments::of_sessions(db, &serde_json::json!(ids).to_string())?;
        found.extend(said.into_iter().take_while(|said| room.take(list_bounds::held_bytes(said))));
        Ok(match room.is_full() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    sort_by_creation(&mut found);
    Ok(found)
}

fn traces(
    search: &SessionSearch,
    filter: Filter,
    page_token: Option<String>,
    max_results: usize,
) -> TraceSearch {
    TraceSearch {
        experiments: vec![search.experiment],
        filter,
        order_by: Vec::new(),
        max_results,
        page_token,
        deadline: search.deadline,
    }
}

/// The sessions of those traces that have one.
fn sessions_of(db: &Connection, hits: &[Hit]) -> Result<HashMap<i64, String>, EngineError> {
    let ids: Vec<i64> = hits.iter().map(|hit| hit.id).collect();
    let mut select = db.prepare_cached(
        "select x.trace, x.value from json_each(?1) e cross join trace_metadata x
         on x.trace = e.value and x.key = ?2 where x.value <> ''",
    )?;
    let list = serde_json::json!(ids).to_string();
    let rows = select
        .query_map(params![list, metadata_key::SESSION], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest matching trace of a session.
fn newest(
    db: &Connection,
    codec: &Codec,
    search: &SessionSearch,
    session: &str,
) -> Result<Option<i64>, EngineError> {
    let of_session = Filter::metadata(metadata_key::SESSION, session);
    let traces = traces(search, search.filter.clone().and(of_session), None, 1);
    Ok(search::hits(db, codec, &traces)?.first().map(|hit| hit.id))
}
