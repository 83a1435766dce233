//! The distributions of latency, tokens and cost of some traces: one side of a comparison.
//!
//! All histograms use the same grid of edges, so that those of two sides can be overlaid.
use axum::{Json, http::Method};
use kansoku_analytics::{
    feedback::{FeedbackFold, FeedbackStat},
    figures::{Figures, PointFold},
};
use kansoku_model::Scope;
use kansoku_store::{ScanProjection, ScannedTrace, percentile};
use serde::Serialize;

use crate::{
    ApiError, App,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    route_table::Routes,
};

/// The number of edges per power of ten.
const EDGES_A_DECADE: f64 = 5.0;

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/distributions";
    routes.api(Scope::Read, Method::GET, path, get_distributions);
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Distributions {
    figures: Figures,
    latency_ms: Histogram,
    tokens: Histogram,
    /// In US dollars.
    cost: Histogram,
    feedback: Vec<FeedbackStat>,
    complete: bool,
}

/// `counts[n]` values are at least `edges[n]` and less than `edges[n + 1]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct Histogram {
    /// One more than `counts`: powers of ten with four steps in between, preceded by 0 if there are
    /// zeros.
    edges: Vec<f64>,
    counts: Vec<u64>,
    p50: Option<f64>,
    p90: Option<f64>,
    p99: Option<f64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/distributions`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/distributions",
    summary = "Distributions of latency, tokens and cost of the matching traces",
    params(ExperimentPath, ScopeQuery),
    responses((status = 200, body = Distributions)),
)]
pub(super) async fn get_distributions(
    app: App,
    scope: TraceScope,
) -> Result<Json<Distributions>, ApiError> {
    let projection = ScanProjection { user: true, assessments: true, ..ScanProjection::default() };
    let (sum, coverage) =
        app.traces.fold_scan(scope.scan_query(&app, projection), Sum::default(), Sum::add).await?;
    let Sum { points, tokens, costs, feedback } = sum;
    let durations = points.all.iter().filter_map(|point| point.duration_ms.map(f64::from));
    Ok(Json(Distributions {
        figures: points.figures(),
        latency_ms: histogram(durations.collect()),
        tokens: histogram(tokens),
        cost: histogram(costs),
        feedback: feedback.finish(&scope.feedback),
        complete: coverage.complete,
    }))
}

#[derive(Default)]
struct Sum {
    points: PointFold,
    /// The values of those traces that have any.
    tokens: Vec<f64>,
    costs: Vec<f64>,
    feedback: FeedbackFold,
}

impl Sum {
    fn add(&mut self, scanned: &ScannedTrace) {
        self.points.add(scanned);
        self.tokens.extend(scanned.usage.map(|usage| usage.total_tokens as f64));
        self.costs.extend(scanned.cost.map(|cost| cost.as_dollars()));
        self.feedback.add(&scanned.assessments);
    }
}

fn histogram(mut values: Vec<f64>) -> Histogram {
    let mut positive: Vec<f64> = values.iter().copied().filter(|value| 0.0 < *value).collect();
    positive.sort_unstable_by(f64::total_cmp);
    let mut edges = Vec::new();
    if positive.len() < values.len() {
        edges.push(0.0);
    }
    if let (Some(least), Some(most)) = (positive.first(), positive.last()) {
        let (first, last) = (step_below(*least), step_below(*most) + 1);
        edges.extend((first..=last).map(edge));
    } else if !edges.is_empty() {
        edges.push(1.0);
    }
    let mut counts = vec![0; edges.len().saturating_sub(1)];
    for value in &values {
        let above = edges.partition_point(|edge| *edge <= value.max(0.0));
        if let Some(count) = counts.get_mut(above.saturating_sub(1)) {
            *count += 1;
        }
    }
    let [p50, p90, p99] = [50.0, 90.0, 99.0].map(|percent| percentile(&mut values, percent));
    Histogram { edges, counts, p50, p90, p99 }
}

/// The edge at an index: 0 is 1, 5 is 10.
fn edge(step: i32) -> f64 {
    let exponent = f64::from(step) / EDGES_A_DECADE;
    let edge = 10.0_f64.powf(exponent);
    // Rounded to three digits, so that powers of ten are exact.
    let digits = 10.0_f64.powi(2 - exponent.floor() as i32);
    (edge * digits).round() / digits
}

/// The index of the last edge that is not greater than the value.
fn step_below(value: f64) -> i32 {
    let near = (value.log10() * EDGES_A_DECADE).floor() as i32;
    (near - 1..=near + 1).rev().find(|step| edge(*step) <= value).unwrap_or(near - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_the_same_for_all() {
        let edges: Vec<f64> = (-5..=6).map(edge).collect();
        assert_eq!(
            edges,
            [0.1, 0.158, 0.251, 0.398, 0.631, 1.0, 1.58, 2.51, 3.98, 6.31, 10.0, 15.8]
        );
    }

    #[test]
    fn every_value_is_between_two_edges() {
        let spread = histogram(vec![1.0, 2.0, 2.5, 10.0, 9.99]);
        assert_eq!(spread.edges, [1.0, 1.58, 2.51, 3.98, 6.31, 10.0, 15.8]);
        assert_eq!(spread.counts, [1, 2, 0, 0, 1, 1]);
        assert_eq!(spread.p50, Some(2.5));
    }

    #[test]
    fn zeros_have_a_place_of_their_own() {
        let spread = histogram(vec![0.0, 0.0, 0.02]);
        assert_eq!(spread.edges, [0.0, 0.0158, 0.0251]);
        assert_eq!(spread.counts, [2, 1]);
        assert_eq!(histogram(vec![0.0]).counts, [1]);
        assert_eq!(histogram(Vec::new()), Histogram::default());
    }
}
