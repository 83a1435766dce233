//! The inverted index: what a filter can equal, and the traces that have it.
//!
//! An entry too many costs a search one look at a row; an entry missing would
//! cost it a trace. So writes may leave stale entries, and never skip one.
use std::borrow::Cow;
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{AttachedKind, ExperimentId, SpanRow, metadata_key};
use rusqlite::{Connection, params};

use super::attached::AttachedMap;
use super::record::TraceRecord;
use super::{assessments, links, spans};
use crate::StoreError;

/// Where in the index a trace's entries stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) experiment: ExperimentId,
    pub(super) time_ms: i64,
}

impl Position {
    pub(super) fn of(record: &TraceRecord) -> Self {
        Self { experiment: record.experiment, time_ms: record.request_time.0 }
    }

    pub(super) fn load(db: &Connection, trace: i64) -> Result<Self, StoreError> {
        let mut select =
            db.prepare_cached("select experiment_id, request_time_ms from traces where id = ?1")?;
        Ok(select.query_row([trace], |row| {
            Ok(Self { experiment: ExperimentId(row.get(0)?), time_ms: row.get(1)? })
        })?)
    }
}

pub(super) fn of_record<'a>(
    record: &'a TraceRecord,
    attached: &'a AttachedMap,
) -> BTreeSet<Term<'a>> {
    let mut terms = BTreeSet::from([Term::State(record.state.as_str().into())]);
    terms.extend(record.name.as_deref().map(|name| Term::Name(name.into())));
    terms.extend(record.client_request_id.as_deref().map(|id| Term::ClientRequestId(id.into())));
    for ((kind, key), attached) in attached {
        if let Some(value) = &attached.value {
            extend_with_attached(&mut terms, *kind, key.into(), value.into());
        }
    }
    terms
}

/// A tag's or metadata entry's terms; a trace started in a run is the run's as if it were linked.
pub(super) fn extend_with_attached<'a>(
    terms: &mut BTreeSet<Term<'a>>,
    kind: AttachedKind,
    key: Cow<'a, str>,
    value: Cow<'a, str>,
) {
    match kind {
        AttachedKind::Tag => {
            terms.insert(Term::Tag(key, value));
        }
        AttachedKind::Metadata => {
            if key == metadata_key::SOURCE_RUN {
                terms.insert(Term::Run(value.clone()));
            }
            terms.insert(Term::Metadata(key, value));
        }
    }
}

pub(super) fn of_spans(rows: &[SpanRow]) -> BTreeSet<Term<'_>> {
    let mut terms = BTreeSet::new();
    for row in rows {
        terms.insert(Term::SpanName(row.name.as_str().into()));
        terms.insert(Term::SpanStatus(row.status.as_str().into()));
        terms.extend(row.span_type.as_deref().map(|kind| Term::SpanType(kind.into())));
    }
    terms
}

/// The terms of rows beside the trace's own: spans, assessments, links.
pub(super) fn of_rows(db: &Connection, trace: i64) -> Result<BTreeSet<Term<'static>>, StoreError> {
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
        terms.extend(assessments::terms(&assessment));
    }
    terms.extend(links::terms(db, trace)?);
    Ok(terms)
}

pub(super) fn insert(
    db: &Connection,
    trace: i64,
    at: Position,
    terms: &BTreeSet<Term<'_>>,
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "insert or ignore into trace_terms (term, time_ms, trace) values (?1, ?2, ?3)",
    )?;
    for term in terms.iter().filter(|term| term.is_indexed()) {
        insert.execute(params![term.hash(at.experiment), at.time_ms, trace])?;
    }
    Ok(())
}

pub(super) fn delete<'a>(
    db: &Connection,
    trace: i64,
    at: Position,
    terms: impl IntoIterator<Item = &'a Term<'a>>,
) -> Result<(), StoreError> {
    let mut delete = db.prepare_cached(
        "delete from trace_terms where term = ?1 and time_ms = ?2 and trace = ?3",
    )?;
    for term in terms {
        delete.execute(params![term.hash(at.experiment), at.time_ms, trace])?;
    }
    Ok(())
}
