//! Aggregates over many traces, from scans.
use std::time::{Duration, Instant};

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, TraceState};

use super::super::scan::fold;
use crate::core::span_columns::SpanColumnsBuilder;
use crate::{
    Activity, ActivityQuery, CorrelationCounts, CorrelationQuery, Coverage, ScanProjection,
    ScanQuery, ScannedTrace, SpanVisitor, StoreError, TraceScan, WindowFigures, percentile,
};

pub(in crate::traces) async fn scan_spans<S: TraceScan + ?Sized>(
    store: &S,
    query: ScanQuery,
    visitor: SpanVisitor,
) -> Result<Coverage, StoreError> {
    let projection = ScanProjection { spans: true, ..query.projection };
    let query = ScanQuery { projection, ..query };
    let add = |(builder, visitor): &mut (SpanColumnsBuilder, SpanVisitor), trace: &ScannedTrace| {
        builder.push(trace, |columns| visitor(&columns));
    };
    let start = (SpanColumnsBuilder::default(), visitor);
    let ((mut builder, mut visitor), coverage) = fold(store, query, start, add).await?;
    builder.flush(|columns| visitor(&columns));
    Ok(coverage)
}

pub(in crate::traces) async fn activity<S: TraceScan + ?Sized>(
    store: &S,
    query: ActivityQuery,
) -> Result<Vec<Activity>, StoreError> {
    let until = Deadline::new(query.deadline);
    let mut experiments = query.experiments.clone();
    experiments.sort_unstable();
    experiments.dedup();
    let mut activities = Vec::new();
    for experiment in experiments {
        let activity = Activity {
            experiment,
            traces: 0,
            last: None,
            window: WindowFigures::default(),
            series: vec![0; query.buckets],
        };
        let window = query.clone();
        let add = move |(activity, durations): &mut (Activity, Vec<f64>), trace: &ScannedTrace| {
            activity.traces += 1;
            activity.last = activity.last.max(Some(trace.time));
            let Some(bucket) = window.bucket_of(trace.time.0) else { return };
            activity.series[bucket] += 1;
            let figures = &mut activity.window;
            figures.traces += 1;
            figures.errors += u64::from(trace.state == TraceState::Error);
            figures.cost = figures.cost.saturating_add(trace.cost.unwrap_or_default());
            durations.extend(trace.duration_ms.map(|ms| ms as f64));
        };
        let scan = until.scan(experiment, Filter::all());
        let ((mut activity, mut durations), coverage) =
            fold(store, scan, (activity, Vec::new()), add).await?;
        until.require(coverage.complete)?;
        activity.window.p95_ms = percentile(&mut durations, 95.0);
        activities.extend(Some(activity).filter(|activity| 0 < activity.traces));
    }
    Ok(activities)
}

pub(in crate::traces) async fn correlation<S: TraceScan + ?Sized>(
    store: &S,
    query: CorrelationQuery,
) -> Result<CorrelationCounts, StoreError> {
    let CorrelationQuery { experiments, among, first, second, deadline } = query;
    let until = Deadline::new(deadline);
    let both = first.clone().and(second.clone());
    let filters = [Filter::all(), first, second, both].map(|filter| among.clone().and(filter));
    let mut counts = [0; 4];
    for experiment in experiments {
        for (count, filter) in counts.iter_mut().zip(&filters) {
            let scan = until.scan(experiment, filter.clone());
            let coverage = store.scan(scan, Box::new(|_| {})).await?;
            until.require(coverage.complete)?;
            *count += coverage.traces;
        }
    }
    let [total, first, second, both] = counts;
    Ok(CorrelationCounts { total, first, second, both })
}

/// A common deadline of several scans.
struct Deadline {
    began: Instant,
    deadline: Duration,
}

impl Deadline {
    fn new(deadline: Duration) -> Self {
        Self { began: Instant::now(), deadline }
    }

    /// A scan of numbers over a whole experiment.
    fn scan(&self, experiment: ExperimentId, filter: Filter) -> ScanQuery {
        ScanQuery {
            experiment,
            filter,
            from: None,
            to: None,
            projection: ScanProjection::default(),
            traces_max: usize::MAX,
            deadline: self.deadline.saturating_sub(self.began.elapsed()),
        }
    }

    fn require(&self, is_complete: bool) -> Result<(), StoreError> {
        match is_complete {
            true => Ok(()),
            false => Err(StoreError::DeadlineExceeded { deadline: self.deadline, waited: None }),
        }
    }
}
