//! The row of a session: figures of its traces.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kansoku_model::{FeedbackSettings, Money, TraceId, TraceState};
use kansoku_store::{ScanProjection, ScannedTrace, percentile};
use serde::Serialize;

use super::feedback::{FeedbackFold, FeedbackStat};

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionRow {
    pub session: String,
    pub traces: u64,
    pub errors: u64,
    /// Traces that ended well although a span failed.
    pub recovered: u64,
    pub users: Vec<String>,
    pub versions: Vec<String>,
    /// The start of the first trace, in milliseconds since 1970.
    pub first_ms: i64,
    /// The latest end of a trace, in milliseconds since 1970.
    pub last_ms: i64,
    /// The time from `first_ms` to `last_ms`.
    pub wall_ms: i64,
    /// The time in which at least one trace was running.
    pub active_ms: i64,
    pub total_tokens: u64,
    /// In US dollars.
    pub cost: f64,
    pub p95_ms: Option<f64>,
    /// The request of the first trace; `last_output` is the response of the last one.
    pub first_input: Option<String>,
    pub last_output: Option<String>,
    pub feedback: Vec<FeedbackStat>,
}

/// The parts of a trace that [`SessionFolds::add`] reads.
pub fn projection() -> ScanProjection {
    ScanProjection {
        trace_id: true,
        session: true,
        user: true,
        version: true,
        assessments: true,
        ..ScanProjection::default()
    }
}

/// Collects the traces of several sessions, in any order.
#[derive(Default)]
pub struct SessionFolds(BTreeMap<Arc<str>, SessionFold>);

#[derive(Default)]
pub struct SessionFold {
    errors: u64,
    recovered: u64,
    users: BTreeSet<Arc<str>>,
    versions: BTreeSet<Arc<str>>,
    /// The start and end of each trace, in milliseconds since 1970.
    times: Vec<(i64, i64)>,
    durations: Vec<f64>,
    tokens: u64,
    cost: Money,
    first: Option<(i64, TraceId)>,
    last: Option<(i64, TraceId)>,
    feedback: FeedbackFold,
}

impl SessionFolds {
    pub fn add(&mut self, scanned: &ScannedTrace) {
        let Some(session) = &scanned.session else { return };
        match self.0.get_mut(session) {
            Some(fold) => fold.add(scanned),
            None => self.0.entry(session.clone()).or_default().add(scanned),
        }
    }

    pub fn take(&mut self, session: &str) -> Option<SessionFold> {
        self.0.remove(session)
    }
}

impl SessionFold {
    fn add(&mut self, scanned: &ScannedTrace) {
        self.errors += u64::from(scanned.state == TraceState::Error);
        self.recovered += u64::from(scanned.is_recovered());
        self.users.extend(scanned.user.clone());
        self.versions.extend(scanned.version.clone());
        let begin = scanned.time.0;
        self.times.push((begin, begin.saturating_add(scanned.duration_ms.unwrap_or(0).max(0))));
        self.durations.extend(scanned.duration_ms.map(|ms| ms as f64));
        self.tokens =
            self.tokens.saturating_add(scanned.usage.map_or(0, |usage| usage.total_tokens));
        self.cost = self.cost.saturating_add(scanned.cost.unwrap_or_default());
        self.feedback.add(&scanned.assessments);
        if let Some(id) = &scanned.trace_id {
            let place = (begin, id.clone());
            if self.first.as_ref().is_none_or(|first| place < *first) {
                self.first = Some(place.clone());
            }
            self.last = self.last.take().max(Some(place));
        }
    }

    /// The ids of the first and the last trace.
    pub fn ends(&self) -> Option<(TraceId, TraceId)> {
        let id = |place: &Option<(i64, TraceId)>| Some(place.as_ref()?.1.clone());
        id(&self.first).zip(id(&self.last))
    }

    pub fn finish(
        mut self,
        session: String,
        first_input: Option<String>,
        last_output: Option<String>,
        feedback: &FeedbackSettings,
    ) -> SessionRow {
        let first_ms = self.times.iter().map(|(begin, _)| *begin).min().unwrap_or(0);
        let last_ms = self.times.iter().map(|(_, end)| *end).max().unwrap_or(0);
        let texts =
            |set: BTreeSet<Arc<str>>| set.into_iter().map(|text| text.to_string()).collect();
        SessionRow {
            session,
            traces: self.times.len() as u64,
            errors: self.errors,
            recovered: self.recovered,
            users: texts(self.users),
            versions: texts(self.versions),
            first_ms,
            last_ms,
            wall_ms: last_ms.saturating_sub(first_ms),
            active_ms: covered(&mut self.times),
            total_tokens: self.tokens,
            cost: self.cost.as_dollars(),
            p95_ms: percentile(&mut self.durations, 95.0),
            first_input,
            last_output,
            feedback: self.feedback.finish(feedback),
        }
    }
}

/// The time that is covered by at least one of the intervals.
fn covered(times: &mut [(i64, i64)]) -> i64 {
    times.sort_unstable();
    let mut covered = 0_i64;
    let mut until = i64::MIN;
    for (begin, end) in times {
        let begin = (*begin).max(until);
        if begin < *end {
            covered = covered.saturating_add(end.saturating_sub(begin));
            until = *end;
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::covered;

    #[test]
    fn what_overlaps_counts_once() {
        assert_eq!(covered(&mut [(0, 10), (20, 30)]), 20);
        assert_eq!(covered(&mut [(5, 15), (0, 10), (6, 7)]), 15);
        assert_eq!(covered(&mut [(0, 10), (10, 10), (0, 10)]), 10);
        assert_eq!(covered(&mut []), 0);
    }
}
