//! Runs.
use kansoku_filter::{RunFilter, RunOrderBy};
use kansoku_model::{
    DatasetInput, DatasetSummary, ExperimentId, KeyValue, LifecycleStage, Metric, MetricSubject,
    ModelId, ModelOutput, RunDataset, RunId, RunInfo, RunStatus, TimestampMs, ViewType,
};
use rand::RngExt as _;
use serde_json::json;

use super::Stores;
use super::build::experiment;
use super::random::seeded;
use crate::{MetricHistory, MetricSample, RunEdit, RunSearch, RunUpdate, StoreError};

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

fn metric(key: &str, value: f64, (step, timestamp): (i64, i64)) -> Metric {
    let timestamp = TimestampMs(timestamp);
    Metric { key: key.to_owned(), value, timestamp, step, subject: MetricSubject::default() }
}

fn dataset(name: &str, source: &str, context: Option<&str>) -> DatasetInput {
    let dataset = RunDataset {
        name: name.to_owned(),
        digest: format!("digest of {name}"),
        source_type: "local".to_owned(),
        source: source.to_owned(),
        schema: None,
        profile: Some("{}".to_owned()),
    };
    let tag = |value| key_value(DatasetInput::CONTEXT_TAG, value);
    DatasetInput { dataset, tags: context.map(tag).into_iter().collect() }
}

async fn log(stores: &Stores, run: &RunId, metrics: Vec<Metric>) {
    stores.meta.log_batch(run, metrics, vec![], vec![]).await.unwrap();
}

/// A page of the history of `loss`, and whether more follow.
async fn history(stores: &Stores, run: &RunId, offset: usize, max: usize) -> (Vec<Metric>, bool) {
    let (run, key) = (run.clone(), "loss".to_owned());
    let query = MetricHistory { run, key, offset, max_results: max };
    stores.meta.metric_history(query).await.unwrap()
}

/// Values as texts, for which NaN is equal to itself.
fn shown(metrics: &[Metric]) -> Vec<String> {
    metrics.iter().map(|it| format!("{} at {}, {}", it.value, it.step, it.timestamp.0)).collect()
}

fn search_in(experiment: ExperimentId, filter: &str, order_by: &[&str]) -> RunSearch {
    let order_by: Vec<String> = order_by.iter().map(|key| (*key).to_owned()).collect();
    RunSearch {
        experiments: vec![experiment],
        filter: RunFilter::parse(filter).unwrap(),
        order_by: RunOrderBy::parse_list(&order_by).unwrap(),
        view: ViewType::ActiveOnly,
        offset: 0,
        max_results: 100,
    }
}

async fn names(stores: &Stores, search: RunSearch) -> Vec<String> {
    let (runs, _) = stores.meta.search_runs(search).await.unwrap();
    runs.into_iter().map(|run| run.info.run_name).collect()
}

pub async fn a_run_lives_from_start_to_finish(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "first", 1).await;
    let loss = |step, value| metric("loss", value, (step, step));
    let metrics = vec![loss(0, f64::NAN), loss(1, 0.5), loss(2, 0.25)];
    stores.meta.log_batch(&id, metrics, vec![key_value("p", "1")], vec![]).await.unwrap();
    let datasets = vec![dataset("d", "a.csv", None)];
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
    assert_eq!(run.metrics, [loss(2, 0.25)]);
    assert_eq!(run.params, [key_value("p", "1")]);
    assert_eq!(run.dataset_inputs.len(), 1);
    assert_eq!(history(stores, &id, 0, 10).await.0.len(), 3);

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

pub async fn a_metric_keeps_its_values_and_what_they_rate(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "r", 1).await;
    let nan = f64::NAN;
    let rated = Metric {
        subject: MetricSubject {
            model_id: None,
            dataset_name: Some("golden".to_owned()),
            dataset_digest: Some("abc".to_owned()),
        },
        ..metric("loss", 3.0, (7, 30))
    };
    // Twice, in one batch and in another: a client that did not hear the answer sends it again.
    for _ in 0..2 {
        let batch =
            [(nan, (1, 10)), (nan, (1, 10)), (1.0, (1, 10)), (-2.0, (1, 10)), (4.0, (0, 40))];
        log(stores, &id, batch.map(|(value, at)| metric("loss", value, at)).to_vec()).await;
        log(stores, &id, vec![rated.clone(), metric("other", 1.0, (1, 1))]).await;
    }
    let (all, more) = history(stores, &id, 0, 5).await;
    assert!(!more);
    let expected = ["NaN at 1, 10", "-2 at 1, 10", "1 at 1, 10", "3 at 7, 30", "4 at 0, 40"];
    assert_eq!(shown(&all), expected);
    assert_eq!(all[3], rated);
    let (page, more) = history(stores, &id, 1, 2).await;
    assert_eq!((shown(&page), more), (shown(&all[1..3]), true));
    // The latest is of the highest step, not of the latest time.
    let run = stores.meta.run(&id).await.unwrap();
    assert_eq!(run.metrics, [rated, metric("other", 1.0, (1, 1))]);

    let tied = create(stores, experiment, "tied", 1).await;
    log(stores, &tied, vec![metric("loss", nan, (1, 1)), metric("loss", -5.0, (1, 1))]).await;
    let run = stores.meta.run(&tied).await.unwrap();
    assert_eq!(shown(&run.metrics), ["-5 at 1, 1"], "NaN is less than any number");
    let none = history(stores, &RunId("nope".to_owned()), 0, 5).await;
    assert_eq!(none, (vec![], false));
}

pub async fn a_sample_of_a_metric_is_spread_over_its_steps(stores: &Stores) {
    let (mut random, _) = seeded();
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "r", 1).await;
    let batch: Vec<_> = (0..500)
        .map(|n| {
            let value = if n % 50 == 0 { f64::NAN } else { f64::from(random.random_range(0..9)) };
            metric("loss", value, (random.random_range(-40..40), random.random_range(0..5)))
        })
        .collect();
    log(stores, &id, batch).await;
    let provided = stores.required_only();
    for (steps, points_max) in
        [(None, 1), (None, 7), (Some(-3..=3), 7), (None, 499), (None, 2500), (Some(90..=99), 7)]
    {
        let sample = || MetricSample {
            run: id.clone(),
            key: "loss".to_owned(),
            steps: steps.clone(),
            points_max,
        };
        let own = stores.meta.metric_sample(sample()).await.unwrap();
        let same = provided.meta.metric_sample(sample()).await.unwrap();
        assert_eq!(shown(&own), shown(&same), "{steps:?} {points_max}");
        assert!(own.len() <= points_max);
        assert!(own.is_sorted_by_key(|metric| (metric.step, metric.timestamp)));
    }
}

pub async fn a_dataset_is_what_its_experiment_first_logged(stores: &Stores) {
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    let first = create(stores, here, "first", 1).await;
    let second = create(stores, here, "second", 2).await;
    let other = create(stores, there, "other", 3).await;
    let log = async |run: &RunId, inputs: Vec<DatasetInput>| {
        stores.meta.log_inputs(run, inputs, vec![], vec![]).await.unwrap();
    };
    log(&first, vec![dataset("b", "1.csv", Some("eval")), dataset("a", "a.csv", None)]).await;
    log(&second, vec![dataset("b", "2.csv", None)]).await;
    log(&second, vec![dataset("b", "3.csv", Some("training"))]).await;
    log(&other, vec![dataset("b", "2.csv", Some("eval"))]).await;
    let inputs = async |run: &RunId| stores.meta.run(run).await.unwrap().dataset_inputs;
    let expected = [dataset("b", "1.csv", Some("eval")), dataset("a", "a.csv", None)];
    assert_eq!(inputs(&first).await, expected);
    assert_eq!(inputs(&second).await, [dataset("b", "1.csv", None)]);
    assert_eq!(inputs(&other).await, [dataset("b", "2.csv", Some("eval"))]);

    let summary = |name: &str, context: Option<&str>| DatasetSummary {
        experiment_id: here,
        name: name.to_owned(),
        digest: format!("digest of {name}"),
        context: context.map(str::to_owned),
    };
    // Those of deleted runs, too.
    stores.meta.delete_run(&first).await.unwrap();
    let expected = [summary("a", None), summary("b", None), summary("b", Some("eval"))];
    for meta in [&stores.meta, &stores.required_only().meta] {
        assert_eq!(meta.dataset_summaries(&[here]).await.unwrap(), expected);
        assert_eq!(meta.dataset_summaries(&[there, here]).await.unwrap().len(), 4);
        assert_eq!(meta.dataset_summaries(&[]).await.unwrap(), []);
    }
    let found = |filter: &'static str| names(stores, search_in(here, filter, &[]));
    assert_eq!(found("dataset.name = 'b'").await, ["second"]);
    assert!(found("dataset.context = 'eval'").await.is_empty());
    stores.meta.restore_run(&first).await.unwrap();
    assert_eq!(found("dataset.digest LIKE 'digest of _' AND dataset.name != 'b'").await, ["first"]);
    assert_eq!(found("dataset.context = 'eval'").await, ["first"]);
    assert_eq!(found("NOT dataset.context = 'eval'").await, ["second"]);
}

pub async fn models_of_a_run_are_kept_once(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let id = create(stores, experiment, "r", 1).await;
    let model = |n: u8| ModelId(format!("m-{n}"));
    let output = |n, step| ModelOutput { model_id: model(n), step };
    for _ in 0..2 {
        let (inputs, outputs) = (vec![model(2), model(1)], vec![output(3, 0), output(3, 5)]);
        stores.meta.log_inputs(&id, vec![], inputs, outputs).await.unwrap();
    }
    let run = stores.meta.run(&id).await.unwrap();
    assert_eq!(run.model_inputs, [model(2), model(1)]);
    assert_eq!(run.model_outputs, [output(3, 0), output(3, 5)]);

    for n in 0..2 {
        let record = RunEdit::AddModelRecord(json!({ "n": n }));
        stores.meta.edit_run(&id, record).await.unwrap();
    }
    let tags = stores.meta.run(&id).await.unwrap().tags;
    assert!(tags.contains(&key_value("mlflow.log-model.history", r#"[{"n":0},{"n":1}]"#)));
    stores.meta.delete_run(&id).await.unwrap();
    let refused = stores.meta.edit_run(&id, RunEdit::AddModelRecord(json!({}))).await;
    assert!(matches!(refused, Err(StoreError::RunDeleted(_))));
}

/// However many runs have a value, and whatever a search begins with.
pub async fn rare_and_frequent_values_are_found_in_the_same_order(stores: &Stores) {
    let (experiment, other) = (experiment(stores, "e").await, experiment(stores, "other").await);
    let mut runs = Vec::new();
    for n in 0..30 {
        let run = create(stores, experiment, &format!("run-{n:02}"), n).await;
        runs.push(run.clone());
        let tags = vec![key_value("kind", if n % 10 == 3 { "rare" } else { "frequent" })];
        let value = if n == 13 { f64::NAN } else { n as f64 / 10.0 };
        let metrics = vec![metric("acc", 9.0, (0, 0)), metric("acc", value, (1, 0))];
        stores
            .meta
            .log_batch(&run, metrics, vec![key_value("n", &n.to_string())], tags)
            .await
            .unwrap();
    }
    let elsewhere = create(stores, other, "elsewhere", 99).await;
    let tag = vec![key_value("kind", "rare")];
    stores.meta.log_batch(&elsewhere, vec![metric("acc", 2.0, (0, 0))], vec![], tag).await.unwrap();
    let found = |filter, order_by| names(stores, search_in(experiment, filter, order_by));
    assert_eq!(found("tags.kind = 'rare'", &[]).await, ["run-23", "run-13", "run-03"]);
    assert_eq!(found("tags.kind = 'rare' AND metrics.acc > 1", &[]).await, ["run-23"]);
    assert_eq!(found("tags.kind = 'rare' AND metrics.acc != 2.3", &[]).await, ["run-13", "run-03"]);
    let by_metric = found("tags.kind = 'rare'", &["metrics.acc DESC"]).await;
    assert_eq!(by_metric, ["run-23", "run-03", "run-13"], "NaN is last, whatever the direction");
    assert_eq!(
        found("params.n = '7' OR params.n = '8'", &["start_time"]).await,
        ["run-07", "run-08"]
    );
    let frequent = found("tags.kind = 'frequent' AND metrics.acc >= 0.5", &["start_time"]).await;
    assert_eq!(frequent.len(), 23);
    assert_eq!((frequent[0].as_str(), frequent[22].as_str()), ("run-05", "run-29"));
    assert!(found("metrics.acc = 9", &[]).await.is_empty(), "only the latest value counts");
    for order_by in [&[][..], &["start_time DESC"], &["attributes.start_time DESC"]] {
        let newest = found("tags.kind = 'frequent' AND metrics.acc >= 0.5", order_by).await;
        assert!(newest.iter().eq(frequent.iter().rev()), "{newest:?}");
    }
    let named = "tags.kind = 'frequent' AND run_name LIKE 'run-2%' AND status = 'RUNNING'";
    let expected = ["run-29", "run-28", "run-27", "run-26", "run-25", "run-24"];
    assert_eq!(found(named, &[]).await[..6], expected);
    stores.meta.delete_run(&runs[28]).await.unwrap();
    assert_eq!(found(named, &[]).await[..2], ["run-29", "run-27"]);
}
