//! Server-sent events about changes of an experiment's traces.
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use axum::{
    http::{HeaderName, Method},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use kansoku_mlflow::{ClientFlavor, trace_info::TraceInfoV3};
use kansoku_model::{ErrorCode, ExperimentId, Scope, TraceId, TraceInfo};
use kansoku_store::{StoreError, TraceChange};
use serde_json::{Value, json};
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        broadcast::{self, error::RecvError},
    },
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    ApiError, App,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

/// The shortest time between two rounds of events. A trace that changes constantly is sent once per
/// round.
const EVENT_INTERVAL_MIN: Duration = Duration::from_millis(250);
/// The interval of comment lines, so that no proxy closes an idle stream.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// The number of infos that are read at once; they stay in memory until the client receives them.
const INFOS_AT_ONCE: usize = 10;
/// The most streams that are open at one time.
const STREAMS_MAX: usize = 512;

/// Limits the number of open streams, and ends them when the server stops: they would not end by
/// themselves.
#[derive(Clone)]
pub struct EventStreams {
    stop: CancellationToken,
    permits: Arc<Semaphore>,
}

impl EventStreams {
    /// Creates the limit; all streams end when `stop` is cancelled.
    pub fn until(stop: &CancellationToken) -> Self {
        Self { stop: stop.child_token(), permits: Arc::new(Semaphore::new(STREAMS_MAX)) }
    }

    /// Is cancelled when the server stops, for requests that wait.
    pub(crate) fn stopped(&self) -> &CancellationToken {
        &self.stop
    }

    /// Ends all streams, and those that are opened later.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

impl Default for EventStreams {
    fn default() -> Self {
        Self::until(&CancellationToken::new())
    }
}

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/traces/events",
        stream_trace_events,
    );
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/traces/events`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/traces/events",
    summary = "Server-sent events about changes of an experiment's traces",
    params(ExperimentPath),
    responses((
        status = 200,
        description = "Server-sent events `trace`, `deleted`, `lagged`",
        content_type = "text/event-stream",
    )),
)]
pub(super) async fn stream_trace_events(
    app: App,
    flavor: ClientFlavor,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Response, ApiError> {
    let Ok(permit) = app.event_streams.permits.clone().try_acquire_owned() else {
        let message = format!("{STREAMS_MAX} live streams are open already; close one first");
        return Err(ApiError::new(ErrorCode::ResourceExhausted, message));
    };
    let events = TraceEvents::new(app, experiment.experiment_id, flavor, permit);
    let events = stream::unfold(events, |mut events| async move {
        let event = events.next().await?;
        Some((Ok::<_, Infallible>(event), events))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL));
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, events).into_response())
}

/// The events of one client's stream.
struct TraceEvents {
    app: App,
    experiment: ExperimentId,
    flavor: ClientFlavor,
    changes: broadcast::Receiver<TraceChange>,
    /// Traces that changed since the last round. `due` is the start of the next round.
    changed: BTreeSet<TraceId>,
    due: Option<Instant>,
    last_round: Option<Instant>,
    /// The current round: traces still to be read, and below it events still to be sent.
    round: VecDeque<TraceId>,
    events: VecDeque<Event>,
    _permit: OwnedSemaphorePermit,
}

impl TraceEvents {
    fn new(
        app: App,
        experiment: ExperimentId,
        flavor: ClientFlavor,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            changes: app.traces.changes(),
            app,
            experiment,
            flavor,
            changed: BTreeSet::new(),
            due: None,
            last_round: None,
            round: VecDeque::new(),
            events: VecDeque::new(),
            _permit: permit,
        }
    }

    /// The next event; `None` when the server stops, or the store cannot be read.
    async fn next(&mut self) -> Option<Event> {
        let stop = self.app.event_streams.stop.clone();
        while !stop.is_cancelled() {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if !self.round.is_empty() {
                // A stream is long-lived, so the token may have expired since it was opened.
                if !self.app.access.is_still_valid().await.unwrap_or(false) {
                    return None;
                }
                if let Err(error) = self.read_some().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "an event stream ended: its traces could not be read");
                    return None;
                }
                continue;
            }
            let due = self.due;
            tokio::select! {
                () = stop.cancelled() => return None,
                change = self.changes.recv() => match change {
                    Ok(change) => self.note(change),
                    Err(RecvError::Lagged(missed)) => {
                        self.events.push_back(event("lagged", json!({ "missed": missed })));
                    }
                    Err(RecvError::Closed) => return None,
                },
                () = until(due) => {
                    self.round = std::mem::take(&mut self.changed).into_iter().collect();
                    (self.due, self.last_round) = (None, Some(Instant::now()));
                }
            }
        }
        None
    }

    fn note(&mut self, change: TraceChange) {
        if change.experiment == self.experiment {
            self.changed.insert(change.trace_id);
            let now = Instant::now();
            let due = self.last_round.map_or(now, |last| now.max(last + EVENT_INTERVAL_MIN));
            self.due.get_or_insert(due);
        }
    }

    async fn read_some(&mut self) -> Result<(), StoreError> {
        let some = INFOS_AT_ONCE.min(self.round.len());
        let ids: Vec<TraceId> = self.round.drain(..some).collect();
        let infos = self.app.traces.infos(&ids).await?;
        let mut infos: HashMap<TraceId, TraceInfo> =
            infos.into_iter().map(|info| (info.trace_id.clone(), info)).collect();
        for id in ids {
            let here = infos.remove(&id).filter(|info| info.experiment_id == self.experiment);
            self.events.push_back(match here {
                Some(info) => event("trace", json!(TraceInfoV3::new(&info, self.flavor))),
                // The trace was deleted, or moved to another experiment.
                None => event("deleted", json!({ "trace_id": id })),
            });
        }
        Ok(())
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn event(name: &str, data: Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
