//! The position of a trace in its session, and its neighbours.
use kansoku_filter::Term;
use kansoku_model::{ExperimentId, TraceId, metadata_key};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::EngineError;
use crate::index::postings::Cursor;
use crate::reads::infos;
use kansoku_store::SessionPlace;

/// `None` if the trace has no session, or one whose name is too long for the index.
pub(crate) fn find(db: &Connection, trace: &TraceId) -> Result<Option<SessionPlace>, EngineError> {
    let id = infos::id_of(db, trace)?;
    let Some((experiment, session)) = session_of(db, id)? else { return Ok(None) };
    let turns = turns(db, experiment, &session)?;
    let Some(at) = turns.iter().position(|(turn, _)| *turn == id) else { return Ok(None) };
    let neighbour = |at: Option<usize>| turns.get(at?).map(|(_, id)| id.clone());
    Ok(Some(SessionPlace {
        session,
        turn: at + 1,
        turns: turns.len(),
        previous: neighbour(at.checked_sub(1)),
        next: neighbour(at.checked_add(1)),
    }))
}

fn session_of(db: &Connection, trace: i64) -> Result<Option<(ExperimentId, String)>, EngineError> {
    let mut select = db.prepare_cached(
        "select t.experiment_id, m.value from traces t join trace_metadata m on m.trace = t.id
         where t.id = ?1 and m.key = ?2 and m.value is not null",
    )?;
    let found = select.query_row(params![trace, metadata_key::SESSION], |row| {
        Ok((ExperimentId(row.get(0)?), row.get(1)?))
    });
    Ok(found.optional()?)
}

/// The traces of a session, ordered by time and trace id.
fn turns(
    db: &Connection,
    experiment: ExperimentId,
    session: &str,
) -> Result<Vec<(i64, TraceId)>, EngineError> {
    let term = Term::Metadata(metadata_key::SESSION.into(), session.into());
    if !term.is_indexed() {
        // The name is too long to be indexed.
        return Ok(Vec::new());
    }
    let mut cursor = Cursor::open(db, &[term.hash(experiment)], (i64::MIN, i64::MAX))?;
    let mut entries = std::collections::BTreeSet::new();
    while let Some(entry) = cursor.next()? {
        entries.insert(entry.trace);
    }
    // The index may have stale entries, so the rows are checked.
    let mut select = db.prepare_cached(
        "select t.id, t.trace_id from json_each(?1) e
         cross join traces t on t.id = e.value
         join trace_metadata m on m.trace = t.id and m.key = ?2 and m.value = ?3
         where t.experiment_id = ?4
         order by t.request_time_ms, t.trace_id",
    )?;
    let ids = serde_json::json!(entries).to_string();
    let rows =
        select.query_map(params![ids, metadata_key::SESSION, session, experiment.0], |row| {
            let id: String = row.get(1)?;
            Ok((row.get(0)?, TraceId::try_from(id).expect("only valid ids are stored")))
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
