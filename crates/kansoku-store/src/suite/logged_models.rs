//! Logged models.
use kansoku_filter::{DatasetRef, LoggedModelFilter, LoggedModelOrderBy};
use kansoku_model::{
    ExperimentId, KeyValue, LifecycleStage, LoggedModel, LoggedModelInfo, LoggedModelStatus,
    Metric, MetricSubject, ModelId, RunId, RunInfo, RunStatus, TimestampMs,
};

use super::Stores;
use super::build::experiment;
use crate::{LoggedModelEdit, LoggedModelSearch, StoreError};

fn entry(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.to_owned() }
}

fn info(experiment: ExperimentId, name: &str, created: i64) -> LoggedModelInfo {
    LoggedModelInfo {
        model_id: ModelId::random(),
        experiment_id: experiment,
        name: name.to_owned(),
        model_type: "agent".to_owned(),
        source_run_id: String::new(),
        status: LoggedModelStatus::Pending,
        creation_time: TimestampMs(created),
        last_update_time: TimestampMs(created),
        lifecycle_stage: LifecycleStage::Active,
    }
}

/// Makes a model whose param `n` is its time of creation.
async fn create(stores: &Stores, experiment: ExperimentId, name: &str, created: i64) -> ModelId {
    let info = info(experiment, name, created);
    let params = vec![entry("n", &created.to_string())];
    let tags = vec![entry("z", "1"), entry("a", name)];
    stores.meta.create_logged_model(info, params, tags).await.unwrap().info.model_id
}

async fn run(stores: &Stores, experiment: ExperimentId) -> RunId {
    let info = RunInfo {
        run_id: RunId::random(),
        experiment_id: experiment,
        run_name: "r".to_owned(),
        user_id: String::new(),
        status: RunStatus::Running,
        start_time: Some(TimestampMs(1)),
        end_time: None,
        lifecycle_stage: LifecycleStage::Active,
    };
    stores.meta.create_run(info, vec![]).await.unwrap().info.run_id
}

/// A value of `acc` of a model on a dataset.
fn accuracy(model: &ModelId, value: f64, timestamp: i64, dataset: (&str, &str)) -> Metric {
    Metric {
        key: "acc".to_owned(),
        value,
        timestamp: TimestampMs(timestamp),
        step: 0,
        subject: MetricSubject {
            model_id: Some(model.clone()),
            dataset_name: Some(dataset.0.to_owned()),
            dataset_digest: Some(dataset.1.to_owned()),
        },
    }
}

async fn log(stores: &Stores, run: &RunId, metrics: Vec<Metric>) -> Result<(), StoreError> {
    stores.meta.log_batch(run, metrics, vec![], vec![]).await
}

fn search(
    experiment: ExperimentId,
    filter: &str,
    datasets: &[(&str, Option<&str>)],
) -> LoggedModelSearch {
    let dataset = |(name, digest): &(&str, Option<&str>)| DatasetRef {
        name: Some((*name).to_owned()),
        digest: digest.map(str::to_owned),
    };
    let datasets = datasets.iter().map(dataset).collect();
    LoggedModelSearch {
        experiments: vec![experiment],
        filter: LoggedModelFilter::parse(filter, datasets).unwrap_or_else(|e| panic!("{e}")),
        order_by: vec![],
        offset: 0,
        max_results: 100,
    }
}

async fn names(stores: &Stores, search: LoggedModelSearch) -> Vec<String> {
    let (models, _) = stores.meta.search_logged_models(search).await.unwrap();
    models.into_iter().map(|model| model.info.name).collect()
}

pub async fn a_logged_model_lives_until_it_is_deleted(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "v1", 5).await;
    let model = async || stores.meta.logged_model(&id).await.unwrap();
    let edit = async |edit| stores.meta.edit_logged_model(&id, edit).await;
    assert_eq!(model().await.tags, [entry("a", "v1"), entry("z", "1")]);
    assert_eq!(model().await.info.status, LoggedModelStatus::Pending);
    edit(LoggedModelEdit::SetStatus(LoggedModelStatus::Ready)).await.unwrap();
    let LoggedModelInfo { status, creation_time, last_update_time, .. } = model().await.info;
    assert_eq!((status, creation_time), (LoggedModelStatus::Ready, TimestampMs(5)));
    assert!(creation_time < last_update_time);

    let params = |params: &[(&str, &str)]| {
        LoggedModelEdit::LogParams(params.iter().map(|(key, value)| entry(key, value)).collect())
    };
    edit(params(&[("lr", "1"), ("n", "5")])).await.unwrap();
    let refused = edit(params(&[("new", "1"), ("lr", "2")])).await;
    assert!(matches!(refused, Err(StoreError::LoggedModelParamChanged { .. })));
    // All or nothing: the good one beside it is not there either.
    assert_eq!(model().await.params, [entry("lr", "1"), entry("n", "5")]);

    edit(LoggedModelEdit::SetTags(vec![entry("z", "2"), entry("b", "é")])).await.unwrap();
    let delete = || LoggedModelEdit::DeleteTag { key: "a".to_owned() };
    edit(delete()).await.unwrap();
    assert_eq!(model().await.tags, [entry("b", "é"), entry("z", "2")]);
    assert!(matches!(edit(delete()).await, Err(StoreError::LoggedModelTagNotFound { .. })));

    edit(LoggedModelEdit::Delete).await.unwrap();
    assert_eq!(model().await.info.lifecycle_stage, LifecycleStage::Deleted);
    assert!(names(stores, search(experiment, "", &[])).await.is_empty());
    let missing = ModelId("m-none".to_owned());
    let refused = stores.meta.logged_model(&missing).await;
    assert!(matches!(refused, Err(StoreError::LoggedModelNotFound(_))));
    let refused = stores.meta.edit_logged_model(&missing, LoggedModelEdit::Delete).await;
    assert!(matches!(refused, Err(StoreError::LoggedModelNotFound(_))));

    stores.meta.delete_experiment(experiment).await.unwrap();
    let refused = stores.meta.create_logged_model(info(experiment, "v2", 6), vec![], vec![]).await;
    assert!(matches!(refused, Err(StoreError::ExperimentDeleted(_))));
}

pub async fn a_metric_of_a_run_belongs_to_the_model_it_names(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let (one, two) =
        (create(stores, experiment, "one", 1).await, create(stores, experiment, "two", 2).await);
    let (first, second) = (run(stores, experiment).await, run(stores, experiment).await);
    let golden = ("golden", "g1");
    // The same value of two models, and a retry of both.
    for _ in 0..2 {
        let metrics = vec![accuracy(&one, 0.5, 10, golden), accuracy(&two, 0.5, 10, golden)];
        log(stores, &first, metrics).await.unwrap();
    }
    log(stores, &second, vec![accuracy(&one, f64::NAN, 10, golden)]).await.unwrap();
    log(stores, &second, vec![accuracy(&one, 0.7, 5, ("other", "o1"))]).await.unwrap();
    let values = async |model: &ModelId| {
        let model: LoggedModel = stores.meta.logged_model(model).await.unwrap();
        let shown = |run: &RunId| if *run == first { "first" } else { "second" };
        let all = model.metrics.iter().map(|it| {
            assert_eq!(it.metric.subject.model_id, Some(model.info.model_id.clone()));
            let dataset = it.metric.subject.dataset_name.clone().unwrap();
            format!("{} {} {dataset} {}", it.metric.value, it.metric.timestamp.0, shown(&it.run_id))
        });
        let mut all: Vec<_> = all.collect();
        all[1..].sort();
        all
    };
    let expected = ["0.7 5 other second", "0.5 10 golden first", "NaN 10 golden second"];
    assert_eq!(values(&one).await, expected);
    assert_eq!(values(&two).await, ["0.5 10 golden first"]);

    let nobody = ModelId("m-none".to_owned());
    let batch = vec![accuracy(&one, 1.0, 99, golden), accuracy(&nobody, 1.0, 99, golden)];
    let refused = log(stores, &first, batch).await;
    assert!(matches!(refused, Err(StoreError::MetricModelNotFound(_))));
    assert_eq!(values(&one).await.len(), 3, "all or nothing");
}

pub async fn the_newest_metrics_of_a_model_are_shown(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let model = create(stores, experiment, "one", 1).await;
    let run = run(stores, experiment).await;
    let count = LoggedModel::METRICS_MAX as i64 + 1;
    let values = (0..count).map(|n| accuracy(&model, 1.0, n, ("d", "d"))).collect();
    log(stores, &run, values).await.unwrap();
    let shown = stores.meta.logged_model(&model).await.unwrap().metrics;
    assert_eq!(shown.len(), LoggedModel::METRICS_MAX);
    assert_eq!(shown[0].metric.timestamp, TimestampMs(1));
    assert_eq!(names(stores, search(experiment, "metrics.acc = 1", &[])).await, ["one"]);
}

pub async fn logged_models_are_filtered_ordered_and_paged(stores: &Stores) {
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    let mut models = Vec::new();
    for (n, name) in ["a", "b", "c", "nan", "none"].into_iter().enumerate() {
        models.push(create(stores, here, name, n as i64 + 1).await);
    }
    create(stores, there, "elsewhere", 9).await;
    let run = run(stores, here).await;
    let (golden, other) = (("golden", "g1"), ("golden", "g2"));
    let metrics = vec![
        accuracy(&models[0], 0.9, 1, golden),
        accuracy(&models[0], 0.1, 2, other),
        accuracy(&models[1], 0.5, 1, golden),
        accuracy(&models[2], 0.3, 1, ("test", "t")),
        accuracy(&models[3], f64::NAN, 1, golden),
    ];
    log(stores, &run, metrics).await.unwrap();
    let ready = LoggedModelEdit::SetStatus(LoggedModelStatus::Ready);
    stores.meta.edit_logged_model(&models[1], ready).await.unwrap();

    let golden_only = [("golden", None)];
    let second_digest = [("golden", Some("g2")), ("test", None)];
    for (filter, datasets, expected) in [
        ("", &[][..], "none nan c b a"),
        ("name = 'a'", &[], "a"),
        ("name LIKE 'n%' AND model_type = 'agent'", &[], "none nan"),
        ("attributes.name IN ('a', 'c')", &[], "c a"),
        ("name != 'a' AND status = 'READY'", &[], "b"),
        ("model_type ILIKE 'AGENT' AND creation_timestamp >= 4", &[], "none nan"),
        ("creation_time < 2", &[], "a"),
        ("params.n = '3'", &[], "c"),
        ("tags.`a` IN ('b', 'c')", &[], "c b"),
        ("tags.missing != 'x'", &[], ""),
        ("metrics.acc > 0.4", &[], "b a"),
        ("metrics.acc > 0.4 AND metrics.acc < 0.2", &[], "a"),
        ("metrics.acc != 0.5", &[], "nan c a"),
        ("metrics.acc <= 1", &golden_only, "b a"),
        ("metrics.acc <= 1", &second_digest, "c a"),
        ("metrics.acc > 0.4", &second_digest, ""),
        ("", &golden_only, "nan b a"),
        ("name != 'a'", &second_digest, "c"),
    ] {
        let found = names(stores, search(here, filter, datasets)).await.join(" ");
        assert_eq!(found, expected, "{filter} {datasets:?}");
    }
    let by_id = format!("model_id = '{}'", models[2]);
    assert_eq!(names(stores, search(here, &by_id, &[])).await, ["c"]);

    let of = |name: Option<&str>, digest: Option<&str>| DatasetRef {
        name: name.map(str::to_owned),
        digest: digest.map(str::to_owned),
    };
    for (key, ascending, dataset, expected) in [
        ("creation_time", true, of(None, None), "a b c nan none"),
        ("name", false, of(None, None), "none nan c b a"),
        ("metrics.acc", false, of(None, None), "b c a nan none"),
        ("metrics.acc", true, of(None, None), "a c b nan none"),
        ("metrics.acc", false, of(Some("golden"), Some("g1")), "a b nan none c"),
        ("metrics.acc", true, of(Some("test"), None), "c none nan b a"),
    ] {
        let order_by = vec![LoggedModelOrderBy::parse(key, ascending, dataset).unwrap()];
        let found = names(stores, LoggedModelSearch { order_by, ..search(here, "", &[]) }).await;
        assert_eq!(found.join(" "), expected, "{key} {ascending}");
    }

    let page = |offset| LoggedModelSearch { offset, max_results: 2, ..search(here, "", &[]) };
    let (first, more) = stores.meta.search_logged_models(page(0)).await.unwrap();
    assert_eq!((first.len(), more), (2, true));
    assert_eq!(names(stores, page(2)).await, ["c", "b"]);
    let (last, more) = stores.meta.search_logged_models(page(4)).await.unwrap();
    assert_eq!((last.len(), more), (1, false));
}
