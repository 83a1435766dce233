//! Queries of a dashboard: metrics by day over everything that `load` created.
use anyhow::Context;
use serde_json::{Value, json};

use super::load::{SPANS_PER_TRACE, TRACES_PER_REQUEST};
use super::say;
use crate::args::{Reads, Target};
use crate::client::Client;
use crate::drive::{Bound, sample};
use kansoku_synth::load::Plan;

const DAY_S: u64 = 86_400;

/// A query; `aggregations` are MLflow's aggregation types with their percentile.
struct Kind {
    name: &'static str,
    view: &'static str,
    metric: &'static str,
    aggregations: &'static [(&'static str, Option<f64>)],
}

const KINDS: &[Kind] = &[
    Kind {
        name: "traces",
        view: "TRACES",
        metric: "trace_count",
        aggregations: &[("COUNT", None)],
    },
    Kind {
        name: "latency P50, P90, P99",
        view: "TRACES",
        metric: "latency",
        aggregations: &[
            ("PERCENTILE", Some(50.0)),
            ("PERCENTILE", Some(90.0)),
            ("PERCENTILE", Some(99.0)),
        ],
    },
    Kind { name: "tokens", view: "TRACES", metric: "total_tokens", aggregations: &[("SUM", None)] },
    Kind { name: "cost", view: "SPANS", metric: "total_cost", aggregations: &[("SUM", None)] },
];

pub(crate) fn run(target: &Target, ask: &Reads) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, TRACES_PER_REQUEST, SPANS_PER_TRACE);
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    let bound = Bound { seconds: ask.seconds, count: ask.calls };
    for kind in KINDS {
        let question = json!({
            "experiment_ids": [experiment],
            "view_type": kind.view,
            "metric_name": kind.metric,
            "aggregations": kind.aggregations.iter().map(aggregation).collect::<Vec<_>>(),
            "time_interval_seconds": DAY_S,
            "start_time_ms": plan.start_ms(0),
            "end_time_ms": plan.start_ms(ask.traces),
            "max_results": 1_000,
        });
        let (first, run) = sample(&bound, |_| client.metrics(&question));
        let mut report = run.report("metrics");
        report["question"] = kind.name.into();
        if let Some(first) = first {
            let answer: Value =
                serde_json::from_slice(&first).context("the answer of metrics is not JSON")?;
            let (days, sum) = summed(&answer);
            report["days"] = days.into();
            report["sum"] = sum.into();
        }
        say(&report)?;
    }
    Ok(())
}

fn aggregation((kind, percentile): &(&str, Option<f64>)) -> Value {
    match percentile {
        Some(value) => json!({ "aggregation_type": kind, "percentile_value": value }),
        None => json!({ "aggregation_type": kind }),
    }
}

/// The number of data points, and the sum of their values.
fn summed(answer: &Value) -> (usize, f64) {
    let points = answer["data_points"].as_array().map_or(&[][..], Vec::as_slice);
    let values = points.iter().filter_map(|point| point["values"].as_object());
    (points.len(), values.flat_map(|of| of.values()).filter_map(Value::as_f64).sum())
}
