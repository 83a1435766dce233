//! Traces grouped by the value of a field, with the figures of each group.
use std::{cmp::Reverse, collections::HashMap};

use axum::{Json, http::Method};
use kansoku_analytics::{
    breakdown::Breakdown,
    buckets::Buckets,
    feedback::{FeedbackFold, FeedbackStat},
};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{FeedbackSettings, Money, Scope, TimestampMs, TraceState};
use kansoku_store::{Coverage, ScanProjection, ScannedTrace, percentile};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope, check_buckets},
    route_table::Routes,
};

const GROUPS_DEFAULT: usize = 100;
const GROUPS_MAX: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/groups",
        list_groups,
    );
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GroupListQuery {
    /// the field to group by, as `group_by` of `GET …/fields`: session, model, tag:KEY, …
    by: String,
    /// the maximum number of buckets of the series, 0 to 200
    buckets: Option<i64>,
    /// the maximum number of groups, 1 to 1000
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupList {
    by: String,
    /// Largest first.
    groups: Vec<TraceGroup>,
    complete: bool,
    covered_from_ms: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceGroup {
    /// The value of the field; `null` for traces without one.
    value: Option<String>,
    /// A filter for the traces of this group.
    filter: String,
    traces: u64,
    errors: u64,
    recovered: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    total_tokens: u64,
    /// In US dollars.
    cost: f64,
    first_ms: i64,
    last_ms: i64,
    feedback: Vec<FeedbackStat>,
    /// The number of traces in each bucket; the buckets are the same for all groups.
    series: Vec<u64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/groups?by=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/groups",
    summary = "The matching traces by group, the largest group first",
    params(ExperimentPath, ScopeQuery, GroupListQuery),
    responses((status = 200, body = GroupList)),
)]
pub(super) async fn list_groups(
    app: App,
    Query(query): Query<GroupListQuery>,
    scope: TraceScope,
    Query(ScopeQuery { q, .. }): Query<ScopeQuery>,
) -> Result<Json<GroupList>, ApiError> {
    let by = Breakdown::parse(&query.by)?;
    let count = check_buckets(query.buckets, 0, 0)?;
    let max_results = check_max_results(query.max_results, GROUPS_DEFAULT, GROUPS_MAX)?;
    let q = q.unwrap_or_default();
    let mut projection = ScanProjection { assessments: true, ..ScanProjection::default() };
    by.project(&mut projection);
    let scan = scope.scan_query(&app, projection);
    let keeps_times = 0 < count;
    let grouped = by.clone();
    let add = move |groups: &mut HashMap<Option<String>, Group>, scanned: &ScannedTrace| {
        grouped.each_group(scanned, &mut |value, _| {
            let group = groups.entry(value.map(str::to_owned)).or_default();
            group.add(scanned, keeps_times);
        });
    };
    let (groups, coverage) = app.traces.fold_scan(scan, HashMap::new(), add).await?;
    let mut groups: Vec<(Option<String>, Group)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(value, group)| {
        (Reverse(group.traces), Reverse(group.last), value.clone())
    });
    let range = range(&scope, &groups).map(|(from, to)| Buckets::between(from, to, count));
    groups.truncate(max_results);
    let finish = |(value, group): (Option<String>, Group)| {
        let filter = by.filter(&q, value.as_deref());
        group.finish(value, filter, range.filter(|_| keeps_times), &scope.feedback)
    };
    let groups = groups.into_iter().map(finish).collect();
    let Coverage { complete, covered_from, .. } = coverage;
    let covered_from_ms = covered_from.map(|time| time.0);
    Ok(Json(GroupList { by: query.by, groups, complete, covered_from_ms }))
}

/// The time range of the request, or else that of the traces.
fn range(
    scope: &TraceScope,
    groups: &[(Option<String>, Group)],
) -> Option<(TimestampMs, TimestampMs)> {
    let first = groups.iter().filter_map(|(_, group)| group.first).min();
    let last = groups.iter().filter_map(|(_, group)| group.last).max();
    scope.from.or(first).zip(scope.to.or(last))
}

#[derive(Default)]
struct Group {
    traces: u64,
    errors: u64,
    recovered: u64,
    durations: Vec<f64>,
    total_tokens: u64,
    cost: Money,
    first: Option<TimestampMs>,
    last: Option<TimestampMs>,
    feedback: FeedbackFold,
    times: Vec<TimestampMs>,
}

impl Group {
    fn add(&mut self, scanned: &ScannedTrace, keeps_times: bool) {
        self.traces += 1;
        self.errors += u64::from(scanned.state == TraceState::Error);
        self.recovered += u64::from(scanned.is_recovered());
        self.durations.extend(scanned.duration_ms.map(|ms| ms as f64));
        let tokens = scanned.usage.map_or(0, |usage| usage.total_tokens);
        self.total_tokens = self.total_tokens.saturating_add(tokens);
        self.cost = self.cost.saturating_add(scanned.cost.unwrap_or_default());
        self.first = [self.first, Some(scanned.time)].into_iter().flatten().min();
        self.last = self.last.max(Some(scanned.time));
        self.feedback.add(&scanned.assessments);
        if keeps_times {
            self.times.push(scanned.time);
        }
    }

    fn finish(
        mut self,
        value: Option<String>,
        filter: String,
        range: Option<Buckets>,
        feedback: &FeedbackSettings,
    ) -> TraceGroup {
        let mut series = vec![0; range.map_or(0, |range| range.count)];
        for bucket in self.times.iter().filter_map(|time| range?.index_of(*time)) {
            series[bucket] += 1;
        }
        let [p50_ms, p95_ms] = [50.0, 95.0].map(|percent| percentile(&mut self.durations, percent));
        TraceGroup {
            value,
            filter,
            traces: self.traces,
            errors: self.errors,
            recovered: self.recovered,
            p50_ms,
            p95_ms,
            total_tokens: self.total_tokens,
            cost: self.cost.as_dollars(),
            first_ms: self.first.unwrap_or_default().0,
            last_ms: self.last.unwrap_or_default().0,
            feedback: self.feedback.finish(feedback),
            series,
        }
    }
}
