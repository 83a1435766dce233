//! Failures of scorers.
use kansoku_model::{ExperimentId, ScoringFailure, TimestampMs};

use super::Stores;
use super::build::{batch, experiment, span, trace_id};
use crate::{Deletion, FailureQuery};

fn failure(id: &str, scorer_id: &str) -> ScoringFailure {
    ScoringFailure {
        failure_id: id.to_owned(),
        experiment_id: ExperimentId::DEFAULT,
        scorer_id: scorer_id.to_owned(),
        scorer: format!("name of {scorer_id}"),
        version: 2,
        trace_id: trace_id(1),
        session: Some("s-1".to_owned()),
        reason: "the model is gone".to_owned(),
        attempts: 3,
        time: TimestampMs(5),
    }
}

async fn add(stores: &Stores, experiment: ExperimentId, failures: &[(&str, &str)]) {
    let failures = failures.iter().map(|(id, scorer)| failure(id, scorer)).collect();
    stores.meta.add_scoring_failures(experiment, failures).await.unwrap();
}

fn all(experiment: ExperimentId) -> FailureQuery {
    FailureQuery { experiment, scorer_id: None, offset: 0, max_results: 20_000 }
}

async fn ids(stores: &Stores, query: FailureQuery) -> (Vec<String>, bool) {
    let (found, more) = stores.meta.scoring_failures(query).await.unwrap();
    (found.into_iter().map(|it| it.failure_id).collect(), more)
}

pub async fn failures_are_kept_until_they_are_deleted(stores: &Stores) {
    let (here, other) = (experiment(stores, "e").await, experiment(stores, "other").await);
    add(stores, here, &[("1", "a"), ("2", "b"), ("3", "a"), ("1", "a")]).await;
    add(stores, other, &[("4", "c")]).await;
    let (found, _) = stores.meta.scoring_failures(all(here)).await.unwrap();
    assert_eq!(found[0], ScoringFailure { experiment_id: here, ..failure("3", "a") });
    assert_eq!(ids(stores, all(here)).await.0, ["3", "2", "1"]);
    let of_scorer = FailureQuery { scorer_id: Some("a".to_owned()), max_results: 1, ..all(here) };
    assert_eq!(ids(stores, of_scorer.clone()).await, (vec!["3".to_owned()], true));
    let second = FailureQuery { offset: 1, ..of_scorer };
    assert_eq!(ids(stores, second).await, (vec!["1".to_owned()], false));
    let counts = stores.meta.count_scoring_failures(here).await.unwrap();
    assert_eq!(counts, [("a".to_owned(), 2), ("b".to_owned(), 1)]);

    let named = ["1", "4", "none"].map(str::to_owned);
    stores.meta.delete_scoring_failures(here, &named).await.unwrap();
    assert_eq!(ids(stores, all(here)).await.0, ["3", "2"]);
    assert_eq!(ids(stores, all(other)).await.0, ["4"]);
}

pub async fn the_oldest_failures_of_an_experiment_go(stores: &Stores) {
    let (here, other) = (experiment(stores, "e").await, experiment(stores, "other").await);
    add(stores, other, &[("other", "a")]).await;
    let many = (0..ScoringFailure::COUNT_MAX).map(|number| failure(&number.to_string(), "a"));
    stores.meta.add_scoring_failures(here, many.collect()).await.unwrap();
    assert_eq!(ids(stores, all(here)).await.0.len(), ScoringFailure::COUNT_MAX);
    add(stores, here, &[("last", "b")]).await;
    let (kept, _) = ids(stores, all(here)).await;
    assert_eq!(kept.len(), ScoringFailure::COUNT_MAX);
    assert_eq!((&kept[0][..], &kept[kept.len() - 1][..]), ("last", "1"));
    assert_eq!(ids(stores, all(other)).await.0, ["other"]);
}

pub async fn failures_go_with_their_trace_or_scorer(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let scorer = stores.meta.register_scorer(here, "polite", "{}").await.unwrap();
    stores.traces.append(here, batch([span(1, 1, None, 0, 1)])).await.unwrap();
    add(stores, here, &[("1", &scorer.scorer_id)]).await;
    stores.traces.delete_traces(here, Deletion::Ids(vec![trace_id(1)])).await.unwrap();
    assert!(ids(stores, all(here)).await.0.is_empty());
    add(stores, here, &[("2", &scorer.scorer_id), ("3", "other")]).await;
    stores.meta.delete_scorer(here, "polite", None).await.unwrap();
    assert_eq!(ids(stores, all(here)).await.0, ["3"]);
}
