//! Checks on traces that somebody chose: those of a backfill, or of a request.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_model::{Assessment, AssessmentId, Coded as _, ErrorCode, ScorerVersion, TraceId};
use kansoku_store::StoreError;

use super::job_request::{JobRequest, delete_replaced};
use super::load::{LoadedTrace, ReadTraces, TraceReader};
use super::trace_tasks::run_checks;
use super::{LiveScoring, report};
use crate::Scorer;

/// Checks in the versions that run.
pub(super) type Checks = Vec<(ScorerVersion, Arc<Scorer>)>;

/// A trace, and the checks that are to assess it.
pub(super) struct CheckTask {
    pub(super) trace: TraceId,
    pub(super) checks: Checks,
}

/// The assessments of a trace by checks, and the former ones that they replace.
struct Checked {
    trace: TraceId,
    given: Vec<Assessment>,
    replaced: Vec<AssessmentId>,
}

/// Runs the checks, and stores their assessments; returns their number. Traces that do not exist any
/// more, are too large or damaged have none.
pub(super) async fn run(
    live: &LiveScoring,
    tasks: Vec<CheckTask>,
    request: &JobRequest,
) -> Result<u64, StoreError> {
    let mut count = 0;
    let mut reader = TraceReader::new(tasks.iter().map(|task| task.trace.clone()));
    let mut left: HashMap<_, _> = tasks.into_iter().map(|it| (it.trace, it.checks)).collect();
    while let Some(ReadTraces { traces, .. }) = reader.next(&*live.traces).await {
        let traces = match traces {
            Ok(traces) => traces,
            Err(error) if error.code() == ErrorCode::DataLoss => {
                report("read a trace to check", &error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let found = traces.into_iter().filter_map(|it| Some((left.remove(it.id())?, it))).collect();
        let mut added = Vec::new();
        for Checked { trace, given, replaced } in check(live, found, request).await? {
            count += given.len() as u64;
            if replaced.is_empty() {
                added.extend(given);
            } else {
                // Trace by trace, so that none is without feedback for long.
                delete_replaced(live, &trace, replaced).await?;
                live.traces.create_missing_assessments(given).await?;
            }
        }
        if !added.is_empty() {
            live.traces.create_missing_assessments(added).await?;
        }
    }
    Ok(count)
}

async fn check(
    live: &LiveScoring,
    traces: Vec<(Checks, LoadedTrace)>,
    request: &JobRequest,
) -> Result<Vec<Checked>, StoreError> {
    let (now, request) = (live.clock.now(), request.clone());
    let check = move |(checks, loaded): (Checks, LoadedTrace)| {
        let (trace, stored) = (loaded.id().clone(), loaded.info().assessments.clone());
        let checks = checks.iter().filter_map(|(version, scorer)| Some((version, scorer.check()?)));
        let given = run_checks(loaded, &checks.collect::<Vec<_>>(), now);
        let given = given.map_err(|error| report("check a trace", &error)).ok()?;
        let replaced = given.iter().map(|it| request.replaced(&stored, &it.assessment_name, None));
        let replaced = replaced.flatten().collect();
        Some(Checked { trace, given, replaced })
    };
    let work = tokio::task::spawn_blocking(move || traces.into_iter().filter_map(check).collect());
    work.await.map_err(|panicked| StoreError::backend("run checks", panicked))
}
