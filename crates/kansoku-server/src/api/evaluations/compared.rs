//! The comparison of runs as it is kept for further pages: aligned rows without the scores of their
//! cases, which each page reads anew.
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::try_join_all;
use kansoku_analytics::evaluation::{
    align::{AlignedRow, align, unknown_inputs},
    case::Case,
    compare::{Comparison, RowChanges, ScoreChange},
    rows::{RowQuery, SelectedRows, select_rows},
    scale::Change,
};
use kansoku_model::{FeedbackSettings, Run, TraceId};
use kansoku_store::{InputHashQuery, ReadCaller, TraceListItem};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    case_json::{EvaluationCase, Judging},
    run_cases::{RUN_CHARGE, RunCases, RunFigures, with_text},
};
use crate::{
    ApiError, App,
    http::{read_budget::Charge, read_cache::KeptResult, streaming::off_thread},
};

/// The memory of a comparison without its rows and traces, in bytes.
const BASE_BYTES: usize = 64 << 10;
/// The memory of an allocation beside its content, in bytes.
const ALLOCATION_BYTES: usize = 16;

/// The cases with equal inputs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedRow {
    /// Identifies the row: a hash of the inputs, and their repetition.
    key: String,
    /// Plain text of the request.
    input: Option<String>,
    /// The case of each run, in the order of the request; `null` if the run does not have it.
    #[schema(value_type = Vec<Option<EvaluationCase>>)]
    cases: Vec<Option<EvaluationCase>>,
    /// The changes of each run after the first, by scorer. A scorer that neither run has is absent.
    changes: Vec<BTreeMap<String, Change>>,
}

pub(super) struct Compared {
    pub(super) comparison: Comparison,
    /// The number of cases that are aligned by their preview.
    pub(super) by_preview: u64,
    pub(super) rows: Vec<AlignedRow>,
    /// The figures of each run.
    pub(super) figures: Vec<RunFigures>,
    /// The traces of each run, in the order of its cases.
    traces: Vec<Vec<TraceId>>,
    /// The last text that was searched, and whether each row has it.
    last_text: Mutex<Option<(String, Arc<[bool]>)>>,
    bytes: usize,
    _charge: Charge,
}

impl Compared {
    /// Reads and compares all cases of runs.
    pub(super) async fn read(
        app: &App,
        runs: &[Run],
        settings: FeedbackSettings,
    ) -> Result<Self, ApiError> {
        let _charge = app.reads.charge(RUN_CHARGE * runs.len()).await?;
        let read = runs.iter().map(|run| RunCases::read_all(app, run));
        let read = try_join_all(read).await?;
        let ids: Vec<String> = runs.iter().map(|run| run.info.run_id.to_string()).collect();
        let found = off_thread(move || {
            let figures: Vec<_> = read.iter().map(|run| run.figures(&settings)).collect();
            let cases: Vec<Vec<Case>> = read.into_iter().map(|run| run.cases).collect();
            (figures, unknown_inputs(&cases), cases, settings)
        });
        let (figures, unknown, cases, settings) = found.await;
        let inputs = inputs(app, unknown).await?;
        let compared = off_thread(move || {
            let alignment = align(&cases, &inputs);
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let comparison = Comparison::new(&ids, &cases, &alignment.rows, &settings);
            (alignment, comparison, cases.into_iter().map(traces).collect::<Vec<_>>())
        });
        let (alignment, comparison, traces) = compared.await;
        let bytes = bytes(&comparison, &alignment.rows, &traces);
        Ok(Self {
            comparison,
            by_preview: alignment.by_preview,
            rows: alignment.rows,
            figures,
            traces,
            last_text: Mutex::default(),
            bytes,
            // Later requests of other callers use it as well, so it is charged to the server itself.
            _charge: ReadCaller::default().sync_scope(|| app.reads.charge_made(bytes)),
        })
    }

    /// Selects the rows that a query shows, among those of `has_text` if it is present.
    pub(super) async fn select(
        self: &Arc<Self>,
        query: RowQuery,
        has_text: Option<Arc<[bool]>>,
    ) -> SelectedRows {
        let compared = self.clone();
        off_thread(move || {
            select_rows(&compared.comparison, &compared.rows, &query, |row| {
                has_text.as_ref().is_none_or(|rows| rows[row])
            })
        })
        .await
    }

    /// Whether each row has this text in its input or an output, in any case.
    pub(super) async fn rows_with_text(
        &self,
        app: &App,
        runs: &[Run],
        text: &str,
    ) -> Result<Arc<[bool]>, ApiError> {
        if let Some(rows) = self.known_text(text) {
            return Ok(rows);
        }
        let _charge = app.reads.charge(RUN_CHARGE * runs.len()).await?;
        let found = try_join_all(runs.iter().map(|run| with_text(app, run, text))).await?;
        let has_text = |row: usize| {
            let mut traces = self.traces_of(row).zip(&found);
            traces.any(|(trace, found)| trace.is_some_and(|trace| found.contains(trace)))
        };
        let rows: Arc<[bool]> = (0..self.rows.len()).map(has_text).collect();
        *self.last_text() = Some((text.to_owned(), rows.clone()));
        Ok(rows)
    }

    fn known_text(&self, text: &str) -> Option<Arc<[bool]>> {
        let last = self.last_text();
        last.as_ref().filter(|(known, _)| known == text).map(|(_, rows)| rows.clone())
    }

    fn last_text(&self) -> MutexGuard<'_, Option<(String, Arc<[bool]>)>> {
        self.last_text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row with this key.
    pub(super) fn row_of_key(&self, key: &str) -> Option<usize> {
        let (inputs, repetition) = key.split_once('-')?;
        let inputs = u64::from_str_radix(inputs, 16).ok()?;
        let repetition: u32 = repetition.parse().ok()?;
        let is_row = |row: &AlignedRow| row.inputs == inputs && row.repetition == repetition;
        self.rows.iter().position(is_row)
    }

    /// The JSON of rows, whose cases are read anew.
    pub(super) async fn read_rows(
        &self,
        app: &App,
        runs: &[Run],
        shown: &[usize],
        settings: &FeedbackSettings,
    ) -> Result<Vec<ComparedRow>, ApiError> {
        let ids = shown.iter().flat_map(|row| self.traces_of(*row)).flatten();
        let ids: Vec<TraceId> = ids.cloned().collect();
        let items = app.traces.list_items(&ids).await?.into_iter();
        let items: HashMap<TraceId, TraceListItem> =
            items.map(|item| (item.info.trace_id.clone(), item)).collect();
        let judging = Judging { scales: &self.comparison.scorers, settings };
        let row = |at: &usize| {
            let traces = self.traces_of(*at).zip(runs);
            // A trace that several runs evaluated is in several cases.
            let mut cases: Vec<_> = traces
                .map(|(trace, run)| {
                    let item = items.get(trace?)?.clone();
                    Some(EvaluationCase::new(item, &run.info.run_id, judging))
                })
                .collect();
            let inputs: Vec<_> = cases.iter_mut().flatten().map(|case| case.input.take()).collect();
            let AlignedRow { inputs: hash, repetition, .. } = &self.rows[*at];
            ComparedRow {
                key: format!("{hash:016x}-{repetition}"),
                input: inputs.into_iter().flatten().next(),
                cases,
                changes: self.changes(*at),
            }
        };
        Ok(shown.iter().map(row).collect())
    }

    /// The trace of each run in a row.
    fn traces_of(&self, row: usize) -> impl Iterator<Item = Option<&TraceId>> {
        let cases = self.rows[row].cases.iter().zip(&self.traces);
        cases.map(|(at, traces)| at.map(|at| &traces[at]))
    }

    fn changes(&self, row: usize) -> Vec<BTreeMap<String, Change>> {
        let of_run = self.comparison.changes[row].iter().map(|changes| {
            let scorers = self.comparison.scorers.iter().zip(&changes.scorers);
            scorers
                .filter_map(|((name, _), change)| Some((name.to_string(), (*change)?.change)))
                .collect()
        });
        of_run.collect()
    }
}

impl KeptResult for Compared {
    fn bytes(&self) -> usize {
        self.bytes
    }
}

fn traces(cases: Vec<Case>) -> Vec<TraceId> {
    cases.into_iter().map(|case| case.trace_id).collect()
}

async fn inputs(app: &App, traces: Vec<TraceId>) -> Result<HashMap<TraceId, u64>, ApiError> {
    if traces.is_empty() {
        return Ok(HashMap::new());
    }
    let query = InputHashQuery { traces, deadline: app.limits.search_deadline };
    Ok(app.traces.input_hashes(query).await?.into_iter().collect())
}

fn bytes(comparison: &Comparison, rows: &[AlignedRow], traces: &[Vec<TraceId>]) -> usize {
    let list = |entries: usize, entry: usize| ALLOCATION_BYTES + entries * entry;
    let runs = traces.len();
    let of_trace = |trace: &TraceId| size_of::<TraceId>() + ALLOCATION_BYTES + trace.as_str().len();
    let of_run =
        size_of::<RowChanges>() + list(comparison.scorers.len(), size_of::<Option<ScoreChange>>());
    let of_row = size_of::<AlignedRow>()
        + list(runs, size_of::<Option<usize>>())
        + size_of::<Vec<RowChanges>>()
        + list(runs, of_run)
        // Whether it has the last text.
        + 1;
    BASE_BYTES + traces.iter().flatten().map(of_trace).sum::<usize>() + rows.len() * of_row
}
