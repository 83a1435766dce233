//! Sessions, found by searching their traces.
use std::collections::HashSet;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{Assessment, ExperimentId, TimestampMs, TraceId, TraceInfo, metadata_key};

use crate::core::assessments;
use crate::core::list_bounds::{ListRoom, held_bytes};
use crate::{
    SearchPage, SessionNames, SessionPlace, SessionSearch, StoreError, TraceReads, TraceSearch,
};

/// The number of traces per page of a search.
const TRACES_PAGE: usize = 256;
/// The time limit for reading a whole session.
const SESSION_DEADLINE: Duration = Duration::from_secs(60);

pub(in crate::traces) async fn sessions<S: TraceReads + ?Sized>(
    store: &S,
    search: SessionSearch,
) -> Result<SessionNames, StoreError> {
    let matching = |filter, page_token, max_results| TraceSearch {
        experiments: vec![search.experiment],
        filter,
        order_by: Vec::new(),
        max_results,
        page_token,
        deadline: search.deadline,
    };
    let is_first_page = search.page_token.as_deref().is_none_or(str::is_empty);
    let (mut sessions, mut known) = (Vec::new(), HashSet::new());
    let (mut token, mut seen) = (search.page_token.clone(), 0);
    loop {
        let next = matching(search.filter.clone(), token.clone(), TRACES_PAGE);
        let SearchPage { traces, next_page_token, .. } = store.search(next).await?;
        for (n, info) in traces.iter().enumerate() {
            let Some(session) = session_of(info).filter(|session| known.insert(session.clone()))
            else {
                continue;
            };
            // A session whose newest matching trace is on an earlier page was listed there.
            let is_listed = is_first_page || {
                let filter = search.filter.clone().and(of_session(&session));
                let newest = store.search(matching(filter, None, 1)).await?.traces;
                newest.first().is_some_and(|newest| newest.trace_id == info.trace_id)
            };
            if is_listed {
                sessions.push(session);
            }
            if search.max_results <= sessions.len() {
                // A token marks the end of a page, so the page is read again up to this trace.
                let up_to_here = matching(search.filter.clone(), token, n + 1);
                let next_page_token = store.search(up_to_here).await?.next_page_token;
                return Ok(SessionNames { sessions, next_page_token });
            }
        }
        seen += traces.len();
        if next_page_token.is_none() || SessionSearch::TRACES_MAX <= seen {
            return Ok(SessionNames { sessions, next_page_token });
        }
        token = next_page_token;
    }
}

pub(in crate::traces) async fn session_place<S: TraceReads + ?Sized>(
    store: &S,
    trace: &TraceId,
) -> Result<Option<SessionPlace>, StoreError> {
    let info = store.info(trace).await?;
    let Some(session) = info.metadata.get(metadata_key::SESSION) else { return Ok(None) };
    let traces = traces_of(store, info.experiment_id, session).await?;
    let turns = traces.into_iter().map(|info| (info.request_time, info.trace_id)).collect();
    Ok(place(session, turns, trace))
}

/// The position of a trace among those of its session, sorted by time and then by id.
fn place(
    session: &str,
    mut turns: Vec<(TimestampMs, TraceId)>,
    trace: &TraceId,
) -> Option<SessionPlace> {
    turns.sort_unstable();
    let at = turns.iter().position(|(_, turn)| turn == trace)?;
    let neighbour = |at: Option<usize>| turns.get(at?).map(|(_, id)| id.clone());
    Some(SessionPlace {
        session: session.to_owned(),
        turn: at + 1,
        turns: turns.len(),
        previous: neighbour(at.checked_sub(1)),
        next: neighbour(at.checked_add(1)),
    })
}

pub(in crate::traces) async fn session_assessments<S: TraceReads + ?Sized>(
    store: &S,
    experiment: ExperimentId,
    session: &str,
) -> Result<Vec<Assessment>, StoreError> {
    let traces = traces_of(store, experiment, session).await?;
    let mut room = ListRoom::default();
    let said = traces.into_iter().flat_map(|info| info.assessments);
    let mut found: Vec<Assessment> = said
        .filter(|assessment| assessment.valid && assessment.is_of_session())
        .take_while(|assessment| room.take(held_bytes(assessment)))
        .collect();
    assessments::sort_by_creation(&mut found);
    Ok(found)
}

/// All traces of a session, newest first.
async fn traces_of<S: TraceReads + ?Sized>(
    store: &S,
    experiment: ExperimentId,
    session: &str,
) -> Result<Vec<TraceInfo>, StoreError> {
    let (mut all, mut page_token) = (Vec::new(), None);
    loop {
        let search = TraceSearch {
            experiments: vec![experiment],
            filter: of_session(session),
            order_by: Vec::new(),
            max_results: TRACES_PAGE,
            page_token,
            deadline: SESSION_DEADLINE,
        };
        let SearchPage { traces, next_page_token, .. } = store.search(search).await?;
        all.extend(traces);
        page_token = next_page_token;
        if page_token.is_none() {
            return Ok(all);
        }
    }
}

fn session_of(info: &TraceInfo) -> Option<String> {
    info.metadata.get(metadata_key::SESSION).filter(|session| !session.is_empty()).cloned()
}

fn of_session(session: &str) -> Filter {
    Filter::metadata(metadata_key::SESSION, session)
}
