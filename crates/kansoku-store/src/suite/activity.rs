//! Recent activity of each experiment.
use std::time::Duration;

use kansoku_model::{DurationMs, ExperimentId, Money, TimestampMs, TraceState};

use super::Stores;
use super::build::{START_NS, experiment, info};
use crate::{Activity, ActivityQuery, WindowFigures};

const START_MS: i64 = (START_NS / 1_000_000) as i64;

/// A window of one second in ten buckets of 100 ms each.
fn second(experiments: &[ExperimentId]) -> ActivityQuery {
    ActivityQuery {
        experiments: experiments.to_vec(),
        from: TimestampMs(START_MS),
        to: TimestampMs(START_MS + 999),
        buckets: 10,
        deadline: Duration::from_secs(30),
    }
}

pub async fn experiments_are_counted_whole_and_by_window(stores: &Stores) {
    let (busy, idle) = (experiment(stores, "busy").await, experiment(stores, "idle").await);
    let empty = experiment(stores, "empty").await;
    for (n, at_ms) in [(1, -1), (2, 0), (3, 99), (4, 100), (5, 999), (6, 1000)] {
        let mut given = info(n, busy);
        given.request_time = TimestampMs(START_MS + at_ms);
        given.execution_duration = Some(DurationMs(n as i64 * 10));
        given.state = if n == 3 { TraceState::Error } else { TraceState::Ok };
        let cost = r#"{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}"#;
        given.metadata.insert("mlflow.trace.cost".to_owned(), cost.to_owned());
        stores.traces.upsert_info(given).await.unwrap();
    }
    let mut old = info(7, idle);
    old.request_time = TimestampMs(START_MS - 5000);
    stores.traces.upsert_info(old).await.unwrap();
    let activities = stores.traces.activity(second(&[busy, idle, empty])).await.unwrap();
    let expected = [
        Activity {
            experiment: busy,
            traces: 6,
            last: Some(TimestampMs(START_MS + 1000)),
            window: WindowFigures {
                traces: 4,
                errors: 1,
                cost: Money::from_dollars(3.0),
                // Of 20, 30, 40 and 50: 2.85 ranks above the lowest.
                p95_ms: Some(48.5),
            },
            series: vec![2, 1, 0, 0, 0, 0, 0, 0, 0, 1],
        },
        Activity {
            experiment: idle,
            traces: 1,
            last: Some(TimestampMs(START_MS - 5000)),
            window: WindowFigures::default(),
            series: vec![0; 10],
        },
    ];
    assert_eq!(activities, expected);
    let one = stores.traces.activity(second(&[idle])).await.unwrap();
    assert_eq!(one, expected[1..]);
}
