//! Sessions: their traces, and the jobs that wait until no trace follows for a while.
use std::time::Duration;

use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{DurationMs, ExperimentId, TimestampMs, TraceId, TraceInfo, metadata_key};
use kansoku_store::{JobId, NewJob, StoreError, TraceSearch, TraceStore};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::load::{LoadedTrace, decode};
use crate::ScoredTrace;
use crate::judges::TURNS_MAX;

/// The queue of sessions that wait until they are idle; their subjects are the ids of experiments,
/// their payloads those of sessions.
pub const SESSIONS_TO_SCORE: &str = "scoring.sessions";
/// The most bytes of spans that are read of a session, its latest traces.
const SESSION_BYTES_MAX: u64 = 64 << 20;
/// The time limit for finding the traces of a session.
const SEARCH_DEADLINE: Duration = Duration::from_secs(60);

/// A session without the traces of evaluations.
pub(super) struct Session {
    pub(super) id: String,
    /// The first trace, which has the assessments of the session.
    pub(super) first: TraceId,
    /// The latest traces, newest first.
    latest: Vec<TraceId>,
    /// The number of traces before them.
    earlier: usize,
}

/// A session in a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SessionInJob {
    pub(super) id: String,
    /// [`Session::state`] when the job was added. The scorer assesses the session as it is when the
    /// job is done.
    state: String,
}

impl SessionInJob {
    /// Completes the key of a job, which has the same id for the same state of the session.
    pub(super) fn key(&self) -> String {
        let Self { id, state } = self;
        format!("{state} {id}")
    }
}

/// The traces of a session that are judged.
pub(super) struct SessionTraces {
    pub(super) traces: Vec<ScoredTrace>,
    /// The number of traces before them.
    pub(super) earlier: usize,
}

/// The session that a trace belongs to; `None` if it has none, or was made by an evaluation.
pub(super) fn session_of(info: &TraceInfo) -> Option<&str> {
    let session = info.metadata.get(metadata_key::SESSION).filter(|session| !session.is_empty())?;
    (!info.metadata.contains_key(metadata_key::SOURCE_RUN)).then_some(session)
}

/// The job of a session that had a trace now. Each further trace postpones it.
pub(super) fn session_job(
    experiment: ExperimentId,
    session: &str,
    now: TimestampMs,
    idle: DurationMs,
) -> NewJob {
    let key = format!("{SESSIONS_TO_SCORE} {experiment} {session}");
    NewJob {
        id: JobId::from_key(&key),
        queue: SESSIONS_TO_SCORE.to_owned(),
        subject: experiment.to_string(),
        kind: "session".to_owned(),
        payload: session.to_owned(),
        due: TimestampMs(now.0.saturating_add(idle.0)),
        waiting_max: None,
        postpones: true,
    }
}

impl Session {
    /// Finds the traces of a session; `None` if there are none.
    pub(super) async fn find(
        traces: &dyn TraceStore,
        experiment: ExperimentId,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let search = |order_by, max_results| {
            traces.search(TraceSearch {
                experiments: vec![experiment],
                filter: traces_of(id),
                order_by,
                max_results,
                page_token: None,
                deadline: SEARCH_DEADLINE,
            })
        };
        let latest = search(Vec::new(), TURNS_MAX).await?.traces;
        let latest: Vec<_> = latest.into_iter().map(|info| info.trace_id).collect();
        let Some(oldest) = latest.last().cloned() else { return Ok(None) };
        let mut session = Self { id: id.to_owned(), first: oldest, latest, earlier: 0 };
        if session.latest.len() == TURNS_MAX {
            let oldest_first = OrderBy::parse_list(&["timestamp_ms ASC".to_owned()])
                .expect("the field and the direction are known");
            if let Some(first) = search(oldest_first, 1).await?.traces.pop() {
                session.first = first.trace_id;
            }
            let place = traces.session_place(&session.latest[0]).await?;
            session.earlier = place.map_or(0, |place| place.turns.saturating_sub(TURNS_MAX));
        }
        Ok(Some(session))
    }

    /// A number that changes when a trace is added or removed.
    pub(super) fn state(&self) -> u128 {
        let ids: Vec<&str> = self.latest.iter().map(TraceId::as_str).collect();
        xxh3_128(format!("{} {}", self.earlier, ids.join(" ")).as_bytes())
    }

    pub(super) fn in_job(&self) -> SessionInJob {
        SessionInJob { id: self.id.clone(), state: format!("{:x}", self.state()) }
    }

    /// The latest traces with at most `bytes_max` bytes of spans, at least one, oldest first.
    pub(super) async fn latest_within(
        &self,
        store: &dyn TraceStore,
        bytes_max: u64,
    ) -> Result<Vec<TraceId>, StoreError> {
        let (mut fitting, mut bytes) = (0, 0);
        for trace in &self.latest {
            bytes += store.span_bytes(std::slice::from_ref(trace)).await?;
            if bytes_max < bytes && 0 < fitting {
                break;
            }
            fitting += 1;
        }
        Ok(self.latest[..fitting].iter().rev().cloned().collect())
    }

    /// Reads the latest traces, as many as may be in memory.
    pub(super) async fn load(&self, store: &dyn TraceStore) -> Result<SessionTraces, StoreError> {
        let (loaded, _) = LoadedTrace::load_some(store, &self.latest, SESSION_BYTES_MAX).await?;
        let mut traces = Vec::with_capacity(loaded.len());
        for loaded in loaded {
            traces.push(decode(loaded).await?);
        }
        let earlier = self.earlier + self.latest.len() - traces.len();
        Ok(SessionTraces { traces, earlier })
    }
}

fn traces_of(session: &str) -> Filter {
    let no_evaluation = format!("metadata.`{}` IS NULL", metadata_key::SOURCE_RUN);
    let no_evaluation = Filter::parse(&no_evaluation).expect("the key has no quotes");
    Filter::metadata(metadata_key::SESSION, session).and(no_evaluation)
}
