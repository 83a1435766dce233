//! Trace list items: infos with a bounded sample of their spans.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_filter::listed_numbers;
use kansoku_filter::sql::sqlite;
use kansoku_model::{ExperimentId, FeedbackSettings, SpanId, TraceId, TraceInfo};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::EngineError;
use crate::ingest::amounts::{cost_from_row, usage_from_row};
use crate::ingest::{links, spans};
use crate::meta::experiments;
use crate::reads::short_name::short_name;
use crate::reads::{infos, search};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::span_rows::{FAILED_MAX, Failed, failure_origin};
use kansoku_store::{
    FailedSpan, SampledSpan, SearchPage, TraceListItem, TraceListPage, TraceSearch, TraceSummary,
};

pub(crate) fn search_list(
    db: &Connection,
    codec: &Codec,
    search: &TraceSearch,
) -> Result<TraceListPage, EngineError> {
    let page = search::search(db, codec, search)?;
    let mut reader = Reader::new(db);
    let traces = page.traces.into_iter().map(|info| reader.list_item(info));
    let traces = traces.collect::<Result<_, _>>()?;
    let SearchPage { next_page_token, covered_from, .. } = page;
    Ok(TraceListPage { traces, next_page_token, covered_from })
}

pub(crate) fn list_items(
    db: &Connection,
    traces: &[TraceId],
) -> Result<Vec<TraceListItem>, EngineError> {
    let mut reader = Reader::new(db);
    infos::infos(db, traces)?.into_iter().map(|info| reader.list_item(info)).collect()
}

/// The failure origin of a trace; `None` if no span failed.
pub(crate) fn origin_of(db: &Connection, trace: i64) -> Result<Option<FailedSpan>, EngineError> {
    Reader::new(db).origin(trace, &[])
}

struct Reader<'db> {
    db: &'db Connection,
    /// Interned span types.
    types: HashMap<String, Arc<str>>,
    /// Feedback settings by experiment, read once each.
    feedback: HashMap<ExperimentId, Arc<FeedbackSettings>>,
}

impl<'db> Reader<'db> {
    fn new(db: &'db Connection) -> Self {
        Self { db, types: HashMap::new(), feedback: HashMap::new() }
    }

    fn list_item(&mut self, info: TraceInfo) -> Result<TraceListItem, EngineError> {
        let id = infos::id_of(self.db, &info.trace_id)?;
        Ok(TraceListItem {
            summary: self.summary(id)?,
            runs: links::run_ids(self.db, id)?,
            numbers: self.numbers(id)?,
            feedback: self.feedback(info.experiment_id)?,
            is_archived: false,
            info,
        })
    }

    fn feedback(&mut self, experiment: ExperimentId) -> Result<Arc<FeedbackSettings>, EngineError> {
        if let Some(known) = self.feedback.get(&experiment) {
            return Ok(known.clone());
        }
        let read = Arc::new(experiments::feedback_settings(self.db, experiment)?);
        self.feedback.insert(experiment, read.clone());
        Ok(read)
    }

    fn numbers(&self, trace: i64) -> Result<Vec<Option<i64>>, EngineError> {
        let columns: Vec<_> = listed_numbers().map(|(_, field)| sqlite::number(field)).collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("select {} from traces t where t.id = ?1", columns.join(", "));
        let numbers = self.db.prepare_cached(&sql)?.query_row([trace], |row| {
            (0..columns.len()).map(|n| row.get(n)).collect::<Result<_, _>>()
        })?;
        Ok(numbers)
    }

    fn summary(&mut self, trace: i64) -> Result<TraceSummary, EngineError> {
        let mut select = self.db.prepare_cached(
            "select start_ns, end_ns, input_tokens, output_tokens, total_tokens,
                    cache_read_input_tokens, cache_creation_input_tokens,
                    cache_creation_input_tokens_above_1hr, reasoning_output_tokens,
                    input_cost, output_cost, total_cost
             from traces where id = ?1",
        )?;
        let mut summary = select.query_row([trace], |row| {
            Ok(TraceSummary {
                start_ns: row.get(0)?,
                end_ns: row.get(1)?,
                usage: usage_from_row(row, 2)?,
                cost: cost_from_row(row, 9)?,
                ..TraceSummary::default()
            })
        })?;
        summary.spans = self.spans(trace)?;
        summary.failed_spans = self
            .db
            .prepare_cached("select count(*) from spans where trace = ?1 and status = 2")?
            .query_row([trace], |row| row.get::<_, i64>(0))?
            .cast_unsigned();
        if 0 < summary.failed_spans {
            summary.error = self.origin(trace, &summary.spans)?;
        }
        Ok(summary)
    }

    /// A sample of the spans in the order of ids, which is independent of time.
    fn spans(&mut self, trace: i64) -> Result<Vec<SampledSpan>, EngineError> {
        let mut select = self.db.prepare_cached(
            "select span_id, parent_id, type, status, start_ns, end_ns from spans
             where trace = ?1 limit ?2",
        )?;
        let mut rows = select.query(params![trace, TraceSummary::SPANS_MAX as i64])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(SampledSpan {
                span_id: id(row.get(0)?),
                parent_id: row.get::<_, Option<i64>>(1)?.map(id),
                span_type: self.type_of(row)?,
                status: spans::status_from_number(row.get(3)?),
                start_ns: row.get(4)?,
                end_ns: row.get(5)?,
            });
        }
        Ok(found)
    }

    fn type_of(&mut self, row: &Row<'_>) -> Result<Option<Arc<str>>, rusqlite::Error> {
        let Some(text) = row.get_ref(2)?.as_str_or_null()? else { return Ok(None) };
        if let Some(known) = self.types.get(text) {
            return Ok(Some(known.clone()));
        }
        let shared: Arc<str> = text.into();
        self.types.insert(text.to_owned(), shared.clone());
        Ok(Some(shared))
    }

    fn origin(&self, trace: i64, known: &[SampledSpan]) -> Result<Option<FailedSpan>, EngineError> {
        let mut select = self.db.prepare_cached(concat!(
            "select span_id, ",
            short_name!(),
            ", error, parent_id, coalesce(end_ns, start_ns) from spans
             where trace = ?1 and status = 2 limit ?2",
        ))?;
        let rows = select.query_map(params![trace, FAILED_MAX as i64], failed_of)?;
        let failed = rows.collect::<Result<Vec<_>, _>>()?;
        let known: HashMap<_, _> =
            known.iter().map(|span| (span.span_id, span.parent_id)).collect();
        failure_origin(failed, |span| match known.get(&span) {
            Some(parent) => Ok(*parent),
            None => self.parent_of(trace, span),
        })
    }

    fn parent_of(&self, trace: i64, span: SpanId) -> Result<Option<SpanId>, EngineError> {
        let mut select = self
            .db
            .prepare_cached("select parent_id from spans where trace = ?1 and span_id = ?2")?;
        let parent = select
            .query_row(params![trace, span.0.cast_signed()], |row| row.get::<_, Option<i64>>(0))
            .optional()?;
        Ok(parent.flatten().map(id))
    }
}

fn failed_of(row: &Row<'_>) -> Result<Failed, rusqlite::Error> {
    let span = FailedSpan { span_id: id(row.get(0)?), name: row.get(1)?, message: row.get(2)? };
    Ok(Failed { span, parent: row.get::<_, Option<i64>>(3)?.map(id), ended_ns: row.get(4)? })
}

fn id(column: i64) -> SpanId {
    SpanId(column.cast_unsigned())
}
