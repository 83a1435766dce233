//! Feedback of one name on the traces that people reviewed, which an index of their feedback finds.
use std::sync::Arc;
use std::time::Instant;

use kansoku_filter::Filter;
use kansoku_filter::sql::sqlite::trace_condition;
use kansoku_model::{AssessmentId, AssessmentSource, TimestampMs, TraceId};
use rusqlite::{Connection, Row, params, params_from_iter};
use serde::Deserialize;

use crate::engine::readers::is_interrupt;
use crate::engine::statement::Statement;
use crate::error::EngineError;
use kansoku_store::{Coverage, ReviewedFeedback, ReviewedQuery, ReviewedTrace, ReviewedVisitor};

/// The number of traces whose feedback is read by one statement.
const TRACES_AT_ONCE: usize = 1000;

pub(crate) fn each(
    db: &Connection,
    query: &ReviewedQuery,
    visitor: &mut ReviewedVisitor,
) -> Result<Coverage, EngineError> {
    let until = Instant::now() + query.deadline;
    let mut coverage = Coverage::default();
    let mut read = || {
        let found = reviewed(db, query)?;
        for some in found[..found.len().min(query.traces_max)].chunks(TRACES_AT_ONCE) {
            each_feedback(db, &query.name, some, &mut |trace| {
                coverage.traces += 1;
                coverage.covered_from = Some(trace.time);
                visitor(trace);
            })?;
            if until <= Instant::now() {
                return Ok(false);
            }
        }
        Ok(found.len() <= query.traces_max)
    };
    let complete = match read() {
        Err(error) if is_interrupt(&error) => false,
        complete => complete?,
    };
    let covered_from = coverage.covered_from.filter(|_| !complete);
    Ok(Coverage { complete, covered_from, ..coverage })
}

/// Row ids of the matching traces with feedback of people, newest first; one more than wanted if
/// there are more.
fn reviewed(db: &Connection, query: &ReviewedQuery) -> Result<Vec<i64>, EngineError> {
    let mut sql = Statement::default();
    // The conditions of the index are repeated as they stand there, so that it is used.
    sql.push(
        "select t.id from (select distinct trace from assessments indexed by feedback_of_people
             where kind = 'feedback' and source_type = 'HUMAN' and valid = 1",
    );
    sql.push_with(" and name = ", query.name.clone());
    sql.push(") a cross join traces t on t.id = a.trace");
    sql.push_with(" where t.experiment_id = ", query.experiment.0);
    let filter = query.filter.clone().and(Filter::between(query.from, query.to));
    if !filter.is_all() {
        sql.push(" and ");
        sql.push_sql(trace_condition(&filter));
    }
    let limit = query.traces_max.saturating_add(1);
    sql.push(&format!(" order by t.request_time_ms desc, t.trace_id limit {limit}"));
    let mut select = db.prepare_cached(&sql.text)?;
    let rows = select.query_map(params_from_iter(&sql.params), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Passes each of the traces with its feedback, in this order. Values may be large, so that only those
/// of one trace are held.
fn each_feedback(
    db: &Connection,
    name: &str,
    traces: &[i64],
    each: &mut dyn FnMut(ReviewedTrace),
) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(
        "select t.trace_id, t.request_time_ms, a.assessment_id, a.source_type, a.span_id,
                a.session_level, a.value, a.metadata, a.overrides, a.valid, a.create_time_ms
         from json_each(?1) e cross join traces t on t.id = e.value
         cross join assessments a on a.trace = t.id
         where a.kind = 'feedback' and a.name = ?2
         order by e.key, a.create_time_ms, a.position, a.assessment_id",
    )?;
    let mut rows = select.query(params![serde_json::json!(traces).to_string(), name])?;
    let mut current: Option<ReviewedTrace> = None;
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let feedback = read_feedback(row)?;
        match &mut current {
            Some(trace) if trace.trace_id.as_str() == id => trace.feedback.push(feedback),
            _ => {
                let next = ReviewedTrace {
                    trace_id: TraceId::try_from(id.to_owned()).expect("only valid ids are stored"),
                    time: TimestampMs(row.get(1)?),
                    feedback: vec![feedback],
                };
                current.replace(next).into_iter().for_each(&mut *each);
            }
        }
    }
    current.into_iter().for_each(each);
    Ok(())
}

fn read_feedback(row: &Row<'_>) -> Result<ReviewedFeedback, rusqlite::Error> {
    Ok(ReviewedFeedback {
        id: AssessmentId(row.get(2)?),
        is_by_person: row.get_ref(3)?.as_str()? == AssessmentSource::PERSON,
        span_id: row.get(4)?,
        is_of_session: row.get(5)?,
        value: row.get(6)?,
        scorer_version: scorer_version(row.get_ref(7)?.as_str()?),
        overrides: row.get::<_, Option<String>>(8)?.map(AssessmentId),
        is_valid: row.get(9)?,
        time: TimestampMs(row.get(10)?),
    })
}

/// The version of the scorer in the metadata of an assessment.
pub(crate) fn scorer_version(metadata: &str) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct OfScorer {
        /// [`Assessment::SCORER_VERSION_KEY`](kansoku_model::Assessment).
        #[serde(rename = "mlflow.assessment.scorerVersion")]
        version: Option<String>,
    }
    // Feedback of people has no version, and its metadata need not be parsed.
    if !metadata.contains(kansoku_model::Assessment::SCORER_VERSION_KEY) {
        return None;
    }
    serde_json::from_str::<OfScorer>(metadata).ok()?.version.map(Into::into)
}
