//! The jobs of traces that end in an experiment with active scorers, written in the same commit.
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use rusqlite::Connection;

use super::jobs;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::fold::Change;
use kansoku_store::core::scoring::trace_job;

/// Records that a write ends a trace, or ends it in another state than before.
pub(crate) fn record_trace_end(
    tx: &Tx<'_>,
    change: &Change,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let has_ended = change.final_state_reached().is_some();
    if !has_ended || !has_active_scorers(tx, change.row.experiment)? {
        return Ok(());
    }
    let Ok(trace) = TraceId::try_from(change.row.trace_id.clone()) else { return Ok(()) };
    jobs::add(tx, &trace_job(&trace, change.row.experiment, now), now)
}

fn has_active_scorers(db: &Connection, experiment: ExperimentId) -> Result<bool, EngineError> {
    let mut select = db.prepare_cached(
        "select 1 from scorers s join online_scoring_configs c on c.scorer = s.id
         where s.experiment_id = ?1 and 0 < c.sample_rate",
    )?;
    Ok(select.exists([experiment.0])?)
}
