use std::collections::HashSet;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, Retention, TimestampMs, TraceId};
use kansoku_otlp::SpanSet;

use super::archive::Changed;
use super::trace::Trace;
use super::{ReferenceStore, State};
use crate::core::repricing::{PricedSpan, count_unpriced, reprice};
use crate::{
    Audit, ClockMark, ClockMarks, Maintenance, Pricer, Reprice, Repriced, RepricedPage,
    RetentionCursor, StorageUse, StoreError, StoreSize,
};

/// The most that a trace's time may be after the arrival of its first part, in ms.
const AHEAD_MS: i64 = 3_600_000;

#[async_trait]
impl Maintenance for ReferenceStore {
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError> {
        let state = self.state();
        let mut used = StorageUse::default();
        for trace in state.traces_of(experiment) {
            let time = trace.row.request_time;
            used.traces += 1;
            used.spans += trace.row.span_count;
            used.payload_bytes += trace.payload_bytes();
            used.oldest = [used.oldest, Some(time)].into_iter().flatten().min();
            used.newest = used.newest.max(Some(time));
        }
        Ok(used)
    }

    async fn size(&self) -> Result<StoreSize, StoreError> {
        let state = self.state();
        Ok(StoreSize {
            database_bytes: state.traces.values().map(Trace::payload_bytes).sum(),
            blob_bytes: 0,
            traces: state.traces.len() as u64,
        })
    }

    async fn expired(
        &self,
        experiment: ExperimentId,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<Option<RetentionCursor>, StoreError> {
        let state = self.state();
        let mut bytes: u64 = 0;
        let expired = state.by_age(experiment).into_iter().rev().find(|(time, id)| {
            bytes += state.traces.get(id).map_or(0, Trace::payload_bytes);
            let is_old = retention.max_age.is_some_and(|age| *time < now.0.saturating_sub(age.0));
            is_old || retention.max_bytes.is_some_and(|max| max < bytes)
        });
        Ok(expired.map(|(time, id)| RetentionCursor::new(format!("{time}:{id}"))))
    }

    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError> {
        let invalid = || StoreError::Invalid("this is no retention cursor".to_owned());
        let (time, id) = before.as_str().split_once(':').ok_or_else(invalid)?;
        let last = (time.parse().map_err(|_| invalid())?, id);
        let mut up_to = self.state().by_age(experiment);
        up_to.retain(|(time, id)| (*time, id.as_str()) <= last);
        Ok(up_to.into_iter().take(traces_max).map(|(_, id)| id).collect())
    }

    async fn clock_marks(&self) -> Result<ClockMarks, StoreError> {
        Ok(self.state().clock_marks)
    }

    async fn mark_clock(&self, mark: ClockMark) -> Result<bool, StoreError> {
        let marks = &mut self.state().clock_marks;
        match mark {
            ClockMark::Seen(now) => marks.last_seen = Some(now),
            ClockMark::ContinueWait(_) if marks.wait.is_none() => return Ok(false),
            ClockMark::BeginWait(wait) | ClockMark::ContinueWait(wait) => marks.wait = Some(wait),
            ClockMark::EndWait => return Ok(marks.wait.take().is_some()),
        }
        Ok(true)
    }

    async fn audit(&self, _progress: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError> {
        let state = self.state();
        let expected_spans = state.ledger.expected_spans();
        let mut audit = Audit { expected_spans, ..Audit::default() };
        for trace in state.traces.values() {
            let chunks: Vec<_> = trace.chunks.iter().map(|(_, bytes)| bytes.clone()).collect();
            let kept =
                SpanSet::ids(&chunks).map_err(|error| StoreError::backend("read spans", error))?;
            let rows: HashSet<u64> = trace.spans.keys().copied().collect();
            audit.traces += 1;
            audit.spans += rows.len() as u64;
            audit.spans_in_payload += rows.intersection(&kept).count() as u64;
        }
        if audit.spans != expected_spans {
            audit.problems.push(format!("{} spans, {expected_spans} are expected", audit.spans));
        }
        Ok(audit)
    }

    async fn reprice(&self, which: Reprice, price: Pricer) -> Result<RepricedPage, StoreError> {
        if let Some(token) = which.page_token.filter(|token| !token.is_empty()) {
            // All traces are on the first page.
            return Err(StoreError::InvalidPageToken(format!("`{token}` is no page")));
        }
        let (mut repriced, mut changed) = (Repriced::default(), Vec::new());
        let mut state = self.state();
        for trace in state.traces.values_mut() {
            let time = trace.row.request_time;
            if which.experiment.is_some_and(|only| only != trace.row.experiment)
                || time < which.since
                || which.until.is_some_and(|until| until <= time)
            {
                continue;
            }
            repriced.traces += 1;
            let spans: Vec<_> =
                trace.rows().into_iter().map(|row| PricedSpan::new(row, &price)).collect();
            count_unpriced(&spans, &mut repriced);
            if !spans.iter().any(PricedSpan::changes) {
                continue;
            }
            let mut change = trace.open();
            repriced.add(reprice(&mut change, &spans));
            if !which.dry_run {
                trace.close(change);
                for PricedSpan { row, after } in spans {
                    if let Some((_, known)) = trace.spans.get_mut(&row.span_id.0) {
                        known.cost = after;
                    }
                }
                changed.push((trace.row.experiment, trace.id.clone()));
            }
        }
        for (experiment, trace) in changed {
            self.changed(&mut state, experiment, &trace, Changed::Info);
        }
        Ok(RepricedPage { repriced, next_page_token: None })
    }

    async fn try_write(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl State {
    /// The traces of an experiment, oldest first. The time of a trace counts as at most an hour
    /// after its first part arrived, whatever its sender's clock showed.
    fn by_age(&self, experiment: ExperimentId) -> Vec<(i64, TraceId)> {
        let latest = |trace: &Trace| trace.received.0.saturating_add(AHEAD_MS);
        let time = |trace: &Trace| trace.row.request_time.0.min(latest(trace));
        let traces = self.traces_of(experiment);
        let mut all: Vec<_> = traces.map(|trace| (time(trace), trace.id.clone())).collect();
        all.sort();
        all
    }
}
