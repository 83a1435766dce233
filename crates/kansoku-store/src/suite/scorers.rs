//! Scorers, their versions, and their online configurations.
use kansoku_model::{ExperimentId, ScorerVersion};

use super::Stores;
use super::build::{batch, experiment, info, small_trace, span, trace_id};
use crate::core::scoring::TRACES_TO_SCORE;
use crate::{JobQuery, StoreError};

async fn register(stores: &Stores, experiment: ExperimentId, name: &str) -> ScorerVersion {
    stores.meta.register_scorer(experiment, name, r#"{"name":"x"}"#).await.unwrap()
}

async fn listed(stores: &Stores, experiments: Option<Vec<ExperimentId>>) -> Vec<String> {
    let scorers = stores.meta.scorers(experiments).await.unwrap();
    scorers.iter().map(|it| format!("{}/{}/{}", it.experiment_id, it.name, it.version)).collect()
}

pub async fn a_scorer_has_numbered_versions(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let first = register(stores, id, "polite").await;
    let second = stores.meta.register_scorer(id, "polite", "{\"日本\":1}").await.unwrap();
    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(first.scorer_id, second.scorer_id);
    let versions = stores.meta.scorer_versions(id, "polite").await.unwrap();
    assert_eq!(versions, [first.clone(), second.clone()]);
    assert_eq!(stores.meta.scorer(id, "polite", None).await.unwrap(), second);
    assert_eq!(stores.meta.scorer(id, "polite", Some(1)).await.unwrap(), first);
    for (name, version) in [("polite", Some(3)), ("nope", None), ("nope", Some(1))] {
        let missing = stores.meta.scorer(id, name, version).await;
        assert!(matches!(missing, Err(StoreError::ScorerNotFound { .. })), "{name} {version:?}");
        let missing = stores.meta.delete_scorer(id, name, version).await;
        assert!(matches!(missing, Err(StoreError::ScorerNotFound { .. })), "{name} {version:?}");
    }
    // As in MLflow, the number of a deleted latest version is given again.
    stores.meta.delete_scorer(id, "polite", Some(2)).await.unwrap();
    assert_eq!(register(stores, id, "polite").await.version, 2);
    for version in [1, 2] {
        stores.meta.delete_scorer(id, "polite", Some(version)).await.unwrap();
    }
    for gone in [
        stores.meta.scorer_versions(id, "polite").await.map(|_| ()),
        stores.meta.delete_scorer(id, "polite", None).await,
    ] {
        assert!(matches!(gone, Err(StoreError::ScorerNotFound { .. })));
    }
    assert!(listed(stores, Some(vec![id])).await.is_empty());
    let again = register(stores, id, "polite").await;
    assert_eq!((again.version, again.scorer_id), (1, first.scorer_id.clone()));
    stores.meta.delete_scorer(id, "polite", None).await.unwrap();
    assert_ne!(register(stores, id, "polite").await.scorer_id, first.scorer_id);
}

pub async fn scorers_are_listed_by_experiment_and_name(stores: &Stores) {
    let (a, b) = (experiment(stores, "a").await, experiment(stores, "b").await);
    for (id, name) in [(b, "z"), (a, "n"), (a, "m"), (a, "n")] {
        register(stores, id, name).await;
    }
    let of_a = [format!("{a}/m/1"), format!("{a}/n/2")];
    let of_b = [format!("{b}/z/1")];
    assert_eq!(listed(stores, None).await, [&of_a[..], &of_b].concat());
    assert_eq!(listed(stores, Some(vec![b, ExperimentId(999)])).await, of_b);
    assert!(listed(stores, Some(Vec::new())).await.is_empty());
    stores.meta.delete_experiment(a).await.unwrap();
    assert_eq!(listed(stores, None).await, of_b);
    assert!(listed(stores, Some(vec![a])).await.is_empty());
    for refused in [
        stores.meta.register_scorer(a, "n", "{}").await.map(|_| ()),
        stores.meta.scorer_versions(a, "n").await.map(|_| ()),
        stores.meta.delete_scorer(a, "n", None).await,
        stores.meta.set_online_scoring(a, "n", 0.5, None).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::ExperimentDeleted(_))));
    }
    stores.meta.restore_experiment(a).await.unwrap();
    assert_eq!(listed(stores, Some(vec![a])).await, of_a);
    let nowhere = stores.meta.register_scorer(ExperimentId(999), "n", "{}").await;
    assert!(matches!(nowhere, Err(StoreError::ExperimentNotFound(_))));
}

pub async fn a_scorer_has_one_online_configuration(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let scorer = register(stores, id, "polite").await;
    register(stores, id, "other").await;
    let ids = [scorer.scorer_id.clone(), "nope".to_owned()];
    assert!(stores.meta.online_scoring(&ids).await.unwrap().is_empty());
    let filter = Some("status = 'OK'".to_owned());
    stores.meta.set_online_scoring(id, "polite", 0.5, None).await.unwrap();
    let set = stores.meta.set_online_scoring(id, "polite", 0.25, filter.clone()).await.unwrap();
    assert_eq!((set.sample_rate, set.experiment_id, &set.filter), (0.25, id, &filter));
    assert_eq!(set.scorer_id, scorer.scorer_id);
    assert_eq!(stores.meta.online_scoring(&ids).await.unwrap(), [set]);
    let missing = stores.meta.set_online_scoring(id, "nope", 0.5, None).await;
    assert!(matches!(missing, Err(StoreError::ScorerNotFound { .. })));
    stores.meta.delete_scorer(id, "polite", None).await.unwrap();
    assert!(stores.meta.online_scoring(&ids).await.unwrap().is_empty());
}

pub async fn an_experiment_has_so_many_scorers_at_most(stores: &Stores) {
    let id = experiment(stores, "e").await;
    for n in 0..ScorerVersion::COUNT_MAX {
        register(stores, id, &format!("s{n}")).await;
    }
    let refused = stores.meta.register_scorer(id, "more", "{}").await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
    assert_eq!(register(stores, id, "s0").await.version, 2);
}

pub async fn a_trace_that_ends_is_queued_where_scorers_are_active(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let queued = async || {
        let (queue, subject) = (TRACES_TO_SCORE.to_owned(), id.to_string());
        let query = JobQuery { queue, subject, offset: 0, max_results: 100 };
        let (mut jobs, _) = stores.jobs.jobs(query).await.unwrap();
        jobs.reverse();
        jobs.into_iter().map(|job| job.payload).collect::<Vec<_>>()
    };
    stores.traces.append(id, small_trace(1, 0)).await.unwrap();
    for (name, rate) in [("all", 1.0), ("some", 0.5), ("stopped", 0.0)] {
        register(stores, id, name).await;
        stores.meta.set_online_scoring(id, name, rate, None).await.unwrap();
    }
    register(stores, id, "never started").await;
    let active = stores.meta.active_scorers(id).await.unwrap();
    let active: Vec<_> =
        active.iter().map(|(scorer, config)| (&scorer.name[..], config.sample_rate)).collect();
    assert_eq!(active, [("all", 1.0), ("some", 0.5)]);

    let other = experiment(stores, "other").await;
    stores.traces.append(other, small_trace(2, 0)).await.unwrap();
    stores.traces.append(id, small_trace(3, 0)).await.unwrap();
    stores.traces.append(id, small_trace(3, 0)).await.unwrap();
    // A trace without its root has not ended.
    stores.traces.append(id, batch([span(4, 2, Some(1), 0, 5)])).await.unwrap();
    assert_eq!(queued().await, [trace_id(3).to_string()]);
    stores.traces.append(id, batch([span(4, 1, None, 0, 9)])).await.unwrap();
    stores.traces.upsert_info(info(5, id)).await.unwrap();
    assert_eq!(queued().await, [3, 4, 5].map(|n| trace_id(n).to_string()));

    for name in ["all", "some"] {
        stores.meta.set_online_scoring(id, name, 0.0, None).await.unwrap();
    }
    stores.traces.append(id, small_trace(6, 0)).await.unwrap();
    assert_eq!(queued().await.len(), 3);
}
