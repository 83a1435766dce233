//! Sessions: each is listed once, by its newest trace.
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, SpanId, TimestampMs};

use super::Stores;
use super::build::{START_NS, batch, experiment, feedback, info, span, trace_id};
use crate::{SessionNames, SessionSearch, TurnStep};

fn search(experiment: ExperimentId, filter: &str, max_results: usize) -> SessionSearch {
    SessionSearch {
        experiment,
        filter: Filter::parse(filter).unwrap(),
        max_results,
        page_token: None,
        deadline: Duration::from_secs(30),
    }
}

/// All pages, each as one text.
async fn pages(stores: &Stores, mut search: SessionSearch) -> Vec<String> {
    let mut pages = Vec::new();
    loop {
        let SessionNames { sessions, next_page_token } =
            stores.traces.sessions(search.clone()).await.unwrap();
        pages.push(sessions.join(" "));
        search.page_token = next_page_token;
        if search.page_token.is_none() {
            return pages;
        }
    }
}

pub async fn sessions_come_by_their_newest_trace_page_by_page(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    // The sessions of the traces, oldest first.
    let sessions = ["a", "b", "", "c", "a", "d", "b", "", "a"];
    for (n, session) in sessions.iter().enumerate() {
        let mut given = info(n as u64 + 1, experiment);
        given.request_time = TimestampMs((START_NS / 1_000_000) as i64 + n as i64);
        given.metadata.remove("mlflow.trace.session");
        if !session.is_empty() {
            given.metadata.insert("mlflow.trace.session".to_owned(), (*session).to_owned());
        }
        given.tags.insert("n".to_owned(), if n < 5 { "low" } else { "high" }.to_owned());
        stores.traces.upsert_info(given).await.unwrap();
    }
    assert_eq!(pages(stores, search(experiment, "", 10)).await, ["a b d c"]);
    assert_eq!(pages(stores, search(experiment, "", 3)).await, ["a b d", "c"]);
    assert_eq!(pages(stores, search(experiment, "", 1)).await, ["a", "b", "d", "c", ""]);
    let low = search(experiment, "tags.n = 'low'", 2);
    assert_eq!(pages(stores, low).await, ["a c", "b"]);
    assert_eq!(pages(stores, search(experiment, "tags.n = 'none'", 2)).await, [""]);
    let mut bad = search(experiment, "", 2);
    bad.page_token = Some("nonsense".to_owned());
    assert!(stores.traces.sessions(bad).await.is_err());
}

pub async fn what_is_said_of_a_session_is_found_from_all_its_traces(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=3 {
        let mut given = info(n, experiment);
        let session = if n == 3 { "other" } else { "s" };
        given.metadata.insert("mlflow.trace.session".to_owned(), session.to_owned());
        stores.traces.upsert_info(given).await.unwrap();
    }
    for (n, name, of_session) in
        [(1, "whole", true), (2, "also", true), (2, "turn", false), (3, "another", true)]
    {
        let mut said = feedback(n, name, true);
        if of_session {
            said.metadata.insert("mlflow.trace.session".to_owned(), "s".to_owned());
        }
        said.create_time = TimestampMs(10 - n as i64);
        stores.traces.create_assessment(said).await.unwrap();
    }
    let found = stores.traces.session_assessments(experiment, "s").await.unwrap();
    let names: Vec<_> = found.iter().map(|said| said.assessment_name.as_str()).collect();
    assert_eq!(names, ["also", "whole"]);
    assert_eq!(stores.traces.session_assessments(experiment, "nobody").await.unwrap(), []);
}

pub async fn a_turn_names_its_speakers_its_steps_and_its_failures(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let typed = |id, parent, kind, from, to| {
        span(1, id, parent, from, to).attribute("mlflow.spanType", kind)
    };
    let spans = [
        typed(1, None, "AGENT", 0, 100).failed(),
        typed(2, Some(1), "LLM", 1, 40),
        typed(3, Some(1), "CHAT_MODEL", 2, 30),
        typed(4, Some(1), "TOOL", 20, 25),
        typed(5, Some(1), "TOOL", 10, 60).failed(),
        typed(6, Some(1), "RETRIEVER", 61, 70),
        typed(7, Some(1), "PARSER", 71, 72),
    ];
    stores.traces.append(experiment, batch(spans)).await.unwrap();
    let turns = stores.traces.turns(&[trace_id(9), trace_id(1)]).await.unwrap();
    let [(id, turn)] = turns.as_slice() else { panic!("{turns:?}") };
    assert_eq!(*id, trace_id(1));
    assert_eq!(turn.input_spans, [SpanId(1), SpanId(2)]);
    assert_eq!(turn.output_spans, [SpanId(1), SpanId(2)]);
    let step = |id, kind: &str, failed, ms| TurnStep {
        span_id: SpanId(id),
        name: format!("span-{id}"),
        span_type: kind.to_owned(),
        failed,
        duration_ms: Some(ms),
    };
    let steps = [
        step(2, "LLM", false, 39.0),
        step(3, "CHAT_MODEL", false, 28.0),
        step(5, "TOOL", true, 50.0),
        step(4, "TOOL", false, 5.0),
        step(6, "RETRIEVER", false, 9.0),
    ];
    assert_eq!(turn.steps, steps);
    let failed: Vec<_> = turn.failed.iter().map(|failed| failed.name.as_str()).collect();
    assert_eq!(failed, ["span-5", "span-1"]);
}
