//! The queue of traces that changed since they were archived.
use kansoku_model::{ExperimentId, TimestampMs, TraceId};

use super::Archive;
use crate::reference::State;
use crate::reference::trace::Trace;
use crate::{ArchivedIn, BatchPlan, QueuedChange, QueuedTrace};

/// The kind of a change of a trace.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::reference) enum Changed {
    Info,
    Spans,
    Deleted,
    /// Deleted here only.
    Expired,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Queued {
    pub(super) sequence: i64,
    pub(super) changed: TimestampMs,
    pub(super) has_new_spans: bool,
    pub(super) archived_in: Option<ArchivedIn>,
}

impl Archive {
    pub(in crate::reference) fn note(
        &mut self,
        experiment: ExperimentId,
        trace: &TraceId,
        changed: Changed,
        now: TimestampMs,
    ) {
        let key = (experiment, trace.clone());
        if changed == Changed::Expired {
            self.archived.remove(trace);
            self.queue.remove(&key);
            return;
        }
        let former = match changed {
            Changed::Deleted => self.archived.remove(trace),
            Changed::Info | Changed::Spans | Changed::Expired => None,
        };
        if !self.is_begun {
            return;
        }
        let known = self.queue.get(&key).copied().unwrap_or_default();
        self.sequence += 1;
        let queued = Queued {
            sequence: self.sequence,
            changed: now,
            has_new_spans: known.has_new_spans || changed == Changed::Spans,
            archived_in: former
                .filter(|(of, _)| *of == experiment)
                .map(|(_, batch)| batch)
                .or(known.archived_in),
        };
        self.queue.insert(key, queued);
    }

    /// A trace is no longer stored here. If it is archived, it stays there.
    pub(in crate::reference) fn expire(
        &mut self,
        experiment: ExperimentId,
        trace: &TraceId,
        time: TimestampMs,
    ) {
        if self.archived.get(trace).is_some_and(|(of, _)| *of == experiment) {
            self.expired.insert(trace.clone(), experiment);
            let floor = self.floors.entry(experiment).or_insert(time);
            *floor = time.max(*floor);
        }
    }

    /// Whether the trace is being stored again.
    pub(in crate::reference) fn is_restoring(&self, trace: &TraceId) -> bool {
        self.restores.contains_key(trace)
    }

    pub(in crate::reference) fn is_queued(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
    ) -> bool {
        self.queue.contains_key(&(experiment, trace.clone()))
    }
}

impl State {
    pub(super) fn due(&mut self, plan: BatchPlan) -> Vec<QueuedTrace> {
        let BatchPlan { experiment, quiet_since, abandoned_since, traces_max, only_deleted } = plan;
        let mut queue: Vec<_> =
            self.archive.queue.iter().map(|(key, it)| (key.clone(), *it)).collect();
        queue.sort_by_key(|(_, queued)| queued.sequence);
        let mut due = Vec::new();
        for ((of, trace_id), queued) in queue {
            let stored = self.traces.get(&trace_id);
            let has_ended = |trace: &Trace| trace.row.root.is_some_and(|root| !root.open);
            let since = match stored.is_none_or(has_ended) {
                true => quiet_since,
                false => abandoned_since.min(quiet_since),
            };
            let is_waiting = since < queued.changed || self.archive.is_restoring(&trace_id);
            if of != experiment || is_waiting || traces_max <= due.len() {
                continue;
            }
            let is_here = stored.is_some_and(|trace| trace.row.experiment == experiment);
            if only_deleted && is_here {
                continue;
            }
            let former = self.archive.archived.get(&trace_id);
            let former = former.filter(|(of, _)| *of == experiment).map(|(_, batch)| *batch);
            let archived_in = queued.archived_in.or(former);
            let change = match (is_here, queued.has_new_spans, archived_in) {
                (false, _, None) => {
                    self.archive.queue.remove(&(experiment, trace_id));
                    continue;
                }
                (false, _, Some(_)) => QueuedChange::Deleted,
                (true, false, Some(_)) => QueuedChange::Info,
                (true, _, _) => QueuedChange::Spans,
            };
            let sequence = queued.sequence;
            let request_time = stored.filter(|_| is_here).map(|trace| trace.row.request_time);
            due.push(QueuedTrace { trace_id, request_time, sequence, archived_in, change });
        }
        due
    }

    /// Takes a trace of a finished batch out of the queue.
    pub(super) fn settle_archived(
        &mut self,
        experiment: ExperimentId,
        batch: i64,
        trace: &QueuedTrace,
    ) {
        let key = (experiment, trace.trace_id.clone());
        let archive = &mut self.archive;
        if archive.queue.get(&key).is_some_and(|queued| queued.sequence == trace.sequence) {
            archive.queue.remove(&key);
        }
        let former = archive.archived.get(&trace.trace_id).copied();
        if let Some((of, former)) = former.filter(|(of, _)| *of != experiment)
            && let Some(queued) = archive.queue.get_mut(&(of, trace.trace_id.clone()))
        {
            queued.archived_in.get_or_insert(former);
        }
        let stored = self.traces.get(&trace.trace_id);
        let is_here = stored.is_some_and(|trace| trace.row.experiment == experiment);
        let queued = archive.queue.get_mut(&key);
        let known = match is_here {
            true => former.map(|(_, former)| former),
            false => queued.as_ref().and_then(|queued| queued.archived_in),
        };
        let spans =
            known.filter(|_| trace.change != QueuedChange::Spans).map_or(batch, |it| it.spans);
        let archived_in = ArchivedIn { spans, info: batch };
        if is_here {
            archive.archived.insert(trace.trace_id.clone(), (experiment, archived_in));
        } else if let Some(queued) = queued {
            queued.archived_in = Some(archived_in);
        }
    }
}
