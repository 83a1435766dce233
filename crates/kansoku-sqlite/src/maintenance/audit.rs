//! Counts stored data again, and compares it with the rows and the ledger.
use std::collections::HashSet;

use kansoku_otlp::SpanSet;
use rusqlite::Connection;

use crate::error::EngineError;
use crate::ingest::ledger;
use crate::payload::chunks::{self, Kind};
use crate::reads::infos;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{Audit, StoreError};

/// Number of traces with problems that are listed individually; more are only counted.
const PROBLEMS_MAX: usize = 20;

/// Reads all payload, verifying the checksum of every frame and blob, and runs SQLite's own check.
/// `progress` receives the number of traces read, after every 1000 traces.
pub(crate) fn audit(
    db: &Connection,
    codec: &Codec,
    mut progress: Box<dyn FnMut(u64) + Send>,
) -> Result<Audit, EngineError> {
    let _blobs_stay = codec.blobs.hold();
    let mut audit =
        Audit { expected_spans: ledger::read(db)?.expected_spans(), ..Audit::default() };
    audit.problems.extend(contradictions(db)?);
    let mut problems = 0;
    let mut traces = db.prepare("select id, trace_id, span_count from traces")?;
    let mut rows = traces.query([])?;
    while let Some(row) = rows.next()? {
        let (id, trace_id, said): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let ids = span_ids(db, id)?;
        let unpacked = chunks::load(db, codec, id, Kind::Spans).and_then(|chunks| {
            Ok(SpanSet::ids(&chunks).map_err(|e| StoreError::backend("read spans", e))?)
        });
        let mut problem = |text: String| {
            problems += 1;
            if problems <= PROBLEMS_MAX {
                audit.problems.push(format!("trace {trace_id}: {text}"));
            }
        };
        if ids.len() as i64 != said {
            problem(format!("its row says {said} spans, it has {} span rows", ids.len()));
        }
        match unpacked {
            Ok(kept) => {
                let lost = ids.difference(&kept).count();
                if 0 < lost {
                    problem(format!("{lost} of its spans are missing in its kept bytes"));
                }
                audit.spans_in_payload += ids.intersection(&kept).count() as u64;
            }
            Err(error) => problem(format!("its kept bytes cannot be read: {}", reason(&error))),
        }
        if let Err(error) = chunks::load(db, codec, id, Kind::Logs) {
            problem(format!("its log records cannot be read: {}", reason(&error)));
        }
        if let Err(error) = infos::load(db, id) {
            problem(format!("its row cannot be read: {}", reason(&error)));
        }
        audit.traces += 1;
        audit.spans += ids.len() as u64;
        if audit.traces.is_multiple_of(1000) {
            progress(audit.traces);
        }
    }
    if audit.spans != audit.expected_spans {
        let Audit { spans, expected_spans, .. } = audit;
        audit
            .problems
            .push(format!("the ledger expects {expected_spans} spans, there are {spans}"));
    }
    if PROBLEMS_MAX < problems {
        audit.problems.push(format!("{} more traces do not add up", problems - PROBLEMS_MAX));
    }
    Ok(audit)
}

/// Problems that SQLite's `quick_check` reports: everything but mismatches of indexes and tables.
fn contradictions(db: &Connection) -> Result<Vec<String>, EngineError> {
    let mut check = db.prepare(&format!("pragma quick_check({PROBLEMS_MAX})"))?;
    let said = check.query_map([], |row| row.get::<_, String>(0))?;
    let said: Vec<String> = said.collect::<Result<_, _>>()?;
    let bad = said.into_iter().filter(|line| line != "ok");
    Ok(bad.map(|line| format!("the database is damaged, restore a backup: {line}")).collect())
}

/// The cause of an unreadable part; the caller adds the trace.
fn reason(EngineError(error): &EngineError) -> String {
    match error {
        StoreError::Damaged { why, .. } => format!("damaged ({why})"),
        other => match std::error::Error::source(other) {
            Some(source) => format!("{other}: {source}"),
            None => other.to_string(),
        },
    }
}

fn span_ids(db: &Connection, trace: i64) -> Result<HashSet<u64>, EngineError> {
    let mut select = db.prepare_cached("select span_id from spans where trace = ?1")?;
    let rows = select.query_map([trace], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
