//! Sessions: each once, by its newest trace.
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, TimestampMs};

use super::Stores;
use super::build::{START_NS, experiment, info};
use crate::{SessionNames, SessionSearch};

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
    // Oldest first.
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
