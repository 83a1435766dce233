//! The inverted index: values that filters compare for equality, and the traces that have them.
//!
//! A superfluous entry costs a search one lookup of a row; a missing one would hide a trace. So
//! writes may leave stale entries, but never omit one.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{ExperimentId, TraceId};
use kansoku_store::core;
use kansoku_store::core::terms::Position;
use rusqlite::Connection;

use crate::engine::tx::{Changed, Tx};
use crate::error::EngineError;
use crate::index::postings::{Entry, Op};
use crate::ingest::{assessments, links, spans};

/// Announces a change of the trace, and returns the position of its index entries.
pub(crate) fn touch(tx: &Tx<'_>, trace: i64) -> Result<Position, EngineError> {
    let mut select = tx.prepare_cached(
        "select experiment_id, request_time_ms, trace_id from traces where id = ?1",
    )?;
    let (at, trace_id) = select.query_row([trace], |row| {
        let at = Position { experiment: ExperimentId(row.get(0)?), time_ms: row.get(1)? };
        Ok((at, row.get::<_, String>(2)?))
    })?;
    if let Ok(trace_id) = TraceId::try_from(trace_id) {
        tx.changed(at.experiment, &trace_id, Changed::Info);
    }
    Ok(at)
}

/// Terms of a trace's dependent rows: spans, assessments and links.
pub(crate) fn of_rows(db: &Connection, trace: i64) -> Result<BTreeSet<Term<'static>>, EngineError> {
    let mut terms = BTreeSet::new();
    let mut select =
        db.prepare_cached("select distinct name, type, status from spans where trace = ?1")?;
    let mut rows = select.query([trace])?;
    while let Some(row) = rows.next()? {
        let span_type: Option<String> = row.get(1)?;
        terms.insert(Term::SpanName(row.get::<_, String>(0)?.into()));
        terms.extend(span_type.map(|kind| Term::SpanType(kind.into())));
        let status = spans::status_from_number(row.get(2)?);
        terms.insert(Term::SpanStatus(status.as_str().into()));
    }
    for assessment in assessments::of_trace(db, trace)? {
        terms.extend(core::assessments::terms(&assessment));
    }
    terms.extend(links::terms(db, trace)?);
    Ok(terms)
}

/// Adds index entries, which are written with the commit.
pub(crate) fn insert(tx: &Tx<'_>, trace: i64, at: Position, terms: &BTreeSet<Term<'_>>) {
    tx.index(ops(trace, at, terms.iter().filter(|term| term.is_indexed()), true));
}

pub(crate) fn delete<'a>(
    tx: &Tx<'_>,
    trace: i64,
    at: Position,
    terms: impl IntoIterator<Item = &'a Term<'a>>,
) {
    tx.index(ops(trace, at, terms, false));
}

fn ops<'a>(
    trace: i64,
    at: Position,
    terms: impl IntoIterator<Item = &'a Term<'a>>,
    present: bool,
) -> impl Iterator<Item = Op> {
    let entry = Entry { time_ms: at.time_ms, trace };
    terms.into_iter().map(move |term| Op { term: term.hash(at.experiment), entry, present })
}
