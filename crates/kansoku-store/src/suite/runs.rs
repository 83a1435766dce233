//! Runs.
use kansoku_filter::{RunFilter, RunOrderBy};
use kansoku_model::{
    ExperimentId, KeyValue, LifecycleStage, Metric, RunId, RunInfo, RunStatus, TimestampMs,
    ViewType,
};
use serde_json::json;

use super::Stores;
use super::build::experiment;
use crate::{RunSearch, RunUpdate, StoreError};

fn key_value(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.to_owned() }
}

async fn create(stores: &Stores, experiment: ExperimentId, name: &str, start: i64) -> RunId {
    let info = RunInfo {
        run_id: RunId::random(),
        experiment_id: experiment,
        run_name: name.to_owned(),
        user_id: "ann".to_owned(),
        status: RunStatus::Running,
        start_time: Some(TimestampMs(start)),
        end_time: None,
        lifecycle_stage: LifecycleStage::Active,
    };
    let tags = vec![key_value("mlflow.runName", name)];
    stores.meta.create_run(info, tags).await.unwrap().info.run_id
}

pub async fn a_run_lives_from_start_to_finish(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "first", 1).await;
    let metric =
        |step, value| Metric { key: "loss".to_owned(), value, timestamp: TimestampMs(step), step };
    let metrics = vec![metric(0, f64::NAN), metric(1, 0.5), metric(2, 0.25)];
    stores.meta.log_batch(&id, metrics, vec![key_value("p", "1")], vec![]).await.unwrap();
    let datasets = vec![json!({ "dataset": { "name": "d" } })];
    stores.meta.log_inputs(&id, datasets.clone(), vec![], vec![]).await.unwrap();
    stores.meta.log_inputs(&id, datasets, vec![], vec![]).await.unwrap();
    let update = RunUpdate {
        status: Some(RunStatus::Finished),
        end_time: Some(TimestampMs(9)),
        run_name: Some("renamed".to_owned()),
    };
    stores.meta.update_run(&id, update).await.unwrap();

    let run = stores.meta.run(&id).await.unwrap();
    assert_eq!(run.info.status, RunStatus::Finished);
    assert_eq!(run.info.run_name, "renamed");
    assert_eq!(run.tags, [key_value("mlflow.runName", "renamed")]);
    assert_eq!(run.metrics, [metric(2, 0.25)]);
    assert_eq!(run.params, [key_value("p", "1")]);
    assert_eq!(run.dataset_inputs.len(), 1);
    assert_eq!(stores.meta.metric_history(&id, "loss").await.unwrap().len(), 3);

    stores.meta.delete_run_tag(&id, "mlflow.runName").await.unwrap();
    let again = stores.meta.delete_run_tag(&id, "mlflow.runName").await;
    assert!(matches!(again, Err(StoreError::RunTagNotFound { .. })));
    stores.meta.delete_run(&id).await.unwrap();
    let refused = stores.meta.log_batch(&id, vec![], vec![], vec![]).await;
    assert!(matches!(refused, Err(StoreError::RunDeleted(_))));
    stores.meta.restore_run(&id).await.unwrap();
    let missing = stores.meta.run(&RunId("nope".to_owned())).await;
    assert!(matches!(missing, Err(StoreError::RunNotFound(_))));
}

pub async fn a_param_keeps_its_first_value(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "r", 1).await;
    let log =
        async |params: Vec<KeyValue>| stores.meta.log_batch(&id, vec![], params, vec![]).await;
    log(vec![key_value("p", "1")]).await.unwrap();
    log(vec![key_value("p", "1")]).await.unwrap();
    let refused = log(vec![key_value("q", "1"), key_value("p", "2")]).await;
    assert!(matches!(refused, Err(StoreError::ParamChanged { .. })));
    // All or nothing: the valid param of the same request is not stored either.
    assert_eq!(stores.meta.run(&id).await.unwrap().params, [key_value("p", "1")]);
}

pub async fn a_search_filters_and_pages(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for i in 0..4 {
        let id = create(stores, experiment, &format!("run-{i}"), i).await;
        let tag = key_value("even", if i % 2 == 0 { "yes" } else { "no" });
        stores.meta.log_batch(&id, vec![], vec![], vec![tag]).await.unwrap();
    }
    let search = |filter: &str, offset| RunSearch {
        experiments: vec![experiment],
        filter: RunFilter::parse(filter).unwrap(),
        order_by: RunOrderBy::parse_list(&[]).unwrap(),
        view: ViewType::ActiveOnly,
        offset,
        max_results: 3,
    };
    let names = async |search| {
        let (runs, more) = stores.meta.search_runs(search).await.unwrap();
        (runs.into_iter().map(|run| run.info.run_name).collect::<Vec<_>>(), more)
    };
    let newest = ["run-3", "run-2", "run-1"].map(str::to_owned).to_vec();
    assert_eq!(names(search("", 0)).await, (newest, true));
    assert_eq!(names(search("", 3)).await, (vec!["run-0".to_owned()], false));
    let even = ["run-2", "run-0"].map(str::to_owned).to_vec();
    assert_eq!(names(search("tags.even = 'yes'", 0)).await, (even, false));
    let named = vec!["run-1".to_owned()];
    assert_eq!(names(search("attributes.run_name = 'run-1'", 0)).await, (named, false));
}
