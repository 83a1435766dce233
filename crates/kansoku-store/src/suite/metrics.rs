//! Metrics: groups, times, numbers and filters over small stores.
use std::time::Duration;

use kansoku_filter::MetricFilter;
use kansoku_model::{DurationMs, ExperimentId, RunId, TimestampMs, TraceState};

use super::Stores;
use super::build::{START_NS, batch, experiment, feedback, info, small_trace, span, trace_id};
use crate::{Aggregation, DataPoint, Dimension, MetricsQuery, View};

const START_MS: i64 = (START_NS / 1_000_000) as i64;

pub(super) fn ask(experiment: ExperimentId, view: View, name: &str) -> MetricsQuery {
    let metric = view.metrics().iter().find(|(known, _)| *known == name).expect("a metric").1;
    MetricsQuery {
        experiments: vec![experiment],
        metric,
        aggregations: match metric.aggregations() {
            ["COUNT"] => vec![Aggregation::Count],
            _ => vec![Aggregation::Avg, Aggregation::Max, Aggregation::Percentile(50.0)],
        },
        dimensions: Vec::new(),
        filters: Vec::new(),
        bucket_seconds: None,
        from: None,
        to: None,
        max_results: 1000,
        deadline: Duration::from_secs(30),
    }
}

fn filtered(query: MetricsQuery, filters: &[&str]) -> MetricsQuery {
    let filters = filters.iter().map(|text| MetricFilter::parse(text).expect("a filter"));
    MetricsQuery { filters: filters.collect(), ..query }
}

fn grouped(query: MetricsQuery, dimensions: &[Dimension]) -> MetricsQuery {
    MetricsQuery { dimensions: dimensions.to_vec(), ..query }
}

/// One line per group: the texts of its dimensions, then its values.
pub(super) async fn answer(stores: &Stores, query: MetricsQuery) -> Vec<String> {
    let line = |point: DataPoint| {
        let bucket = point.bucket.map(|at| format!("+{}s", (at.0 - START_MS) / 1000));
        let texts = point.dimensions.into_iter().map(|(_, text)| text);
        let values = point.values.into_iter().map(|(_, value)| value.to_string());
        bucket.into_iter().chain(texts).chain(values).collect::<Vec<_>>().join(" ")
    };
    stores.traces.metrics(query).await.unwrap().into_iter().map(line).collect()
}

/// Four traces, 10 s apart, with durations of 10, 20, 40 and 80 ms; the third failed.
async fn four(stores: &Stores) -> ExperimentId {
    let experiment = experiment(stores, "e").await;
    for n in 0..4 {
        let mut given = info(n + 1, experiment);
        given.request_time = TimestampMs(START_MS + 10_000 * n as i64);
        given.execution_duration = Some(DurationMs(10 << n));
        given.name = Some(["ask", "look"][n as usize % 2].to_owned());
        given.metadata.insert("mlflow.trace.session".to_owned(), format!("s-{}", n / 3));
        given.metadata.insert(
            "mlflow.trace.tokenUsage".to_owned(),
            format!(r#"{{"input_tokens": {n}, "output_tokens": 5, "total_tokens": {}}}"#, n + 5),
        );
        given.metadata.insert(
            "mlflow.trace.cost".to_owned(),
            r#"{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}"#.to_owned(),
        );
        if n == 2 {
            given.state = TraceState::Error;
        }
        stores.traces.upsert_info(given).await.unwrap();
    }
    experiment
}

pub async fn traces_are_aggregated_by_group_and_time(stores: &Stores) {
    let experiment = four(stores).await;
    let ask = |name| ask(experiment, View::Traces, name);
    assert_eq!(answer(stores, ask("trace_count")).await, ["4"]);
    assert_eq!(answer(stores, ask("session_count")).await, ["2"]);
    assert_eq!(answer(stores, ask("latency")).await, ["37.5 80 30"]);
    assert_eq!(answer(stores, ask("total_tokens")).await, ["6.5 8 6.5"]);
    assert_eq!(answer(stores, ask("total_cost")).await, ["0.75 0.75 0.75"]);
    let by_name = grouped(ask("latency"), &[Dimension::TraceName]);
    assert_eq!(answer(stores, by_name).await, ["ask 25 40 25", "look 50 80 50"]);
    let both = grouped(ask("trace_count"), &[Dimension::TraceStatus, Dimension::TraceName]);
    assert_eq!(answer(stores, both).await, ["ERROR ask 1", "OK ask 1", "OK look 2"]);
    let by_time = MetricsQuery {
        // START_MS is 12 seconds after a multiple of 20 seconds.
        bucket_seconds: Some(20),
        from: Some(TimestampMs(START_MS)),
        to: Some(TimestampMs(START_MS + 30_000)),
        ..ask("latency")
    };
    let lines = answer(stores, by_time.clone()).await;
    assert_eq!(lines, ["+-12s 10 10 10", "+8s 30 40 30", "+28s 80 80 80"]);
    let first = MetricsQuery { max_results: 1, ..by_time.clone() };
    assert_eq!(answer(stores, first).await, ["+-12s 10 10 10"]);
    let short = MetricsQuery { to: Some(TimestampMs(START_MS + 29_999)), ..by_time };
    assert_eq!(answer(stores, short).await.len(), 2);
}

pub async fn of_nothing_there_is_a_count_and_no_average(stores: &Stores) {
    let experiment = four(stores).await;
    let nobody = |name| filtered(ask(experiment, View::Traces, name), &["trace.tag.env = 'no'"]);
    assert_eq!(answer(stores, nobody("trace_count")).await, ["0"]);
    assert_eq!(answer(stores, nobody("latency")).await, [""; 0]);
    let grouped = grouped(nobody("trace_count"), &[Dimension::TraceName]);
    assert_eq!(answer(stores, grouped).await, [""; 0]);
    // No trace reports cache tokens.
    let unsaid = ask(experiment, View::Traces, "cache_read_input_tokens");
    assert_eq!(answer(stores, unsaid).await, [""; 0]);
    let elsewhere = ask(ExperimentId(experiment.0 + 1), View::Traces, "trace_count");
    assert_eq!(answer(stores, elsewhere).await, ["0"]);
}

pub async fn filters_narrow_metrics(stores: &Stores) {
    let experiment = four(stores).await;
    stores.traces.set_tag(&trace_id(2), "it's", "a \"tag\"").await.unwrap();
    stores.traces.link_run(&RunId("run-1".to_owned()), &[trace_id(4)]).await.unwrap();
    for (filters, latency) in [
        (&["trace.status = 'ERROR'"][..], "40 40 40"),
        (&["trace.tag.`mlflow.traceName` = 'ask'"], "25 40 25"),
        (&["trace.tag.`mlflow.traceName` = 'ask'", "trace.status = 'OK'"], "10 10 10"),
        (&["trace.metadata.`mlflow.trace.session` = 's-1'"], "80 80 80"),
        (&["trace.metadata.`mlflow.sourceRun` = 'run-1'"], "80 80 80"),
        (&["trace.tag.`it's` = 'a \"tag\"'"], "20 20 20"),
    ] {
        let query = filtered(ask(experiment, View::Traces, "latency"), filters);
        assert_eq!(answer(stores, query).await, [latency], "{filters:?}");
    }
}

pub async fn spans_are_aggregated_by_their_own_start(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=3 {
        stores.traces.append(experiment, small_trace(n, n * 10_000)).await.unwrap();
    }
    let failed = span(4, 1, None, 0, 5).name("root").failed();
    stores.traces.append(experiment, batch([failed])).await.unwrap();
    let ask = |name| ask(experiment, View::Spans, name);
    assert_eq!(answer(stores, ask("span_count")).await, ["7"]);
    let by_name = grouped(ask("latency"), &[Dimension::SpanName, Dimension::SpanStatus]);
    let lines = answer(stores, by_name).await;
    assert_eq!(lines, ["call UNSET 8 8 8", "root ERROR 5 5 5", "root UNSET 20 20 20"]);
    let of_calls = filtered(ask("span_count"), &["span.type = 'LLM'", "trace.status = 'OK'"]);
    assert_eq!(answer(stores, of_calls).await, ["3"]);
    let by_time = MetricsQuery {
        bucket_seconds: Some(20),
        from: Some(TimestampMs(START_MS)),
        to: Some(TimestampMs(START_MS + 30_000)),
        ..ask("span_count")
    };
    assert_eq!(answer(stores, by_time).await, ["+-12s 1", "+8s 4", "+28s 2"]);
}

pub async fn judgements_count_as_numbers_where_they_can(stores: &Stores) {
    let experiment = four(stores).await;
    for (n, value) in [(1, "yes".into()), (2, " No ".into()), (3, true.into()), (4, 3.into())] {
        let value: serde_json::Value = value;
        stores.traces.create_assessment(feedback(n, "good", value)).await.unwrap();
    }
    let worded = feedback(1, "words", "maybe");
    let old = worded.assessment_id.clone();
    stores.traces.create_assessment(worded).await.unwrap();
    let ask = |name| ask(experiment, View::Assessments, name);
    assert_eq!(answer(stores, ask("assessment_count")).await, ["5"]);
    assert_eq!(answer(stores, ask("assessment_value")).await, ["1.25 3 1"]);
    let by_name = grouped(ask("assessment_count"), &[Dimension::AssessmentName]);
    assert_eq!(answer(stores, by_name).await, ["good 4", "words 1"]);
    let mut newer = feedback(1, "words", serde_json::json!({ "a": [1, "é"] }));
    newer.overrides = Some(old);
    stores.traces.create_assessment(newer).await.unwrap();
    let words = filtered(ask("assessment_count"), &["assessment.name = 'words'"]);
    let by_value = grouped(words, &[Dimension::AssessmentValue]);
    assert_eq!(answer(stores, by_value).await, [r#"{"a": [1, "\u00e9"]} 1"#]);
    let failed = filtered(ask("assessment_value"), &["trace.status = 'ERROR'"]);
    assert_eq!(answer(stores, failed).await, ["1 1 1"]);
}
