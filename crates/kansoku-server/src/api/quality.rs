//! Factors that are correlated with negative feedback.
mod history;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::{Json, http::Method};
use kansoku_analytics::{
    factors::{FactorFold, QualityFactor, projection},
    failure_criterion::FailureCriterion,
    feedback::{FeedbackFold, FeedbackStat, feedback},
    filter_text::keyed,
};
use kansoku_filter::Filter;
use kansoku_model::{ENVIRONMENT_PLACES, Scope, VERSION_PLACES};
use kansoku_store::{
    Coverage, ScanProjection, ScanQuery, ScannedAssessment, ScannedTrace, TraceSearch,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ROWS_MAX, ScopeQuery, TraceScope},
    route_table::Routes,
};

/// The number of traces whose tags are considered.
const SAMPLE: usize = 200;
/// The most tags that are considered.
const TAGS_MAX: usize = 30;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/quality",
        get_quality,
    );
    let history = "3.0/kansoku/experiments/{experiment_id}/quality/history";
    routes.api(Scope::Read, Method::GET, history, history::get_history);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QualityQuery {
    /// the name of the feedback; the most frequent one if absent
    feedback: Option<String>,
    /// the negative value; if absent, it is determined by the feedback settings, or else guessed
    /// from the name; for numbers, those below the median are negative
    negative: Option<String>,
}

#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct Quality {
    /// All feedback, sorted by name.
    names: Vec<FeedbackStat>,
    /// The feedback that the other fields are about.
    feedback: Option<String>,
    /// A filter for the traces with negative feedback; empty if no value is known to be negative.
    negative_filter: String,
    positive_filter: String,
    /// The number of traces with negative or positive feedback.
    rated: u64,
    negative: u64,
    factors: Vec<QualityFactor>,
    complete: bool,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/quality`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/quality",
    summary = "Factors that correlate with bad feedback",
    params(ExperimentPath, QualityQuery, ScopeQuery),
    responses((status = 200, body = Quality)),
)]
pub(super) async fn get_quality(
    app: App,
    scope: TraceScope,
    Query(QualityQuery { feedback, negative }): Query<QualityQuery>,
) -> Result<Json<Quality>, ApiError> {
    let name = feedback.filter(|name| !name.is_empty());
    let negative = negative.filter(|value| !value.is_empty());
    let (names, seen) = names(&app, &scope).await?;
    let name = name.or_else(|| commonest(&names));
    let Some(name) = name else {
        return Ok(Json(Quality { names, complete: seen.complete, ..Quality::default() }));
    };
    let judged = of_name(&scope, &name)?;
    let values = values(&app, &judged, &name).await?;
    let criterion = FailureCriterion::new(negative, &scope.feedback.rule(&name), &values);
    let (negative_filter, positive_filter) = criterion.filters(&name, &values);
    let (factors, covered) = factors(&app, &judged, &name, criterion).await?;
    Ok(Json(Quality {
        names,
        feedback: Some(name),
        negative_filter,
        positive_filter,
        rated: factors.rated,
        negative: factors.negative,
        factors: factors.finish(),
        complete: seen.complete && covered.complete,
    }))
}

fn rows(app: &App, scope: &TraceScope, projection: ScanProjection) -> ScanQuery {
    ScanQuery { traces_max: ROWS_MAX, ..scope.scan_query(app, projection) }
}

async fn names(app: &App, scope: &TraceScope) -> Result<(Vec<FeedbackStat>, Coverage), ApiError> {
    let query = rows(app, scope, ScanProjection { assessments: true, ..ScanProjection::default() });
    let add = |fold: &mut FeedbackFold, scanned: &ScannedTrace| fold.add(&scanned.assessments);
    let (fold, coverage) = app.traces.fold_scan(query, FeedbackFold::default(), add).await?;
    Ok((fold.finish(&scope.feedback), coverage))
}

/// The name with the most values; names with boolean or numeric values are preferred to those with
/// texts.
fn commonest(names: &[FeedbackStat]) -> Option<String> {
    let rank = |stat: &&FeedbackStat| (stat.pass_rate.is_some() || stat.mean.is_some(), stat.count);
    // `max_by_key` returns the last of equal items; `rev` makes it return the first by name.
    names.iter().rev().max_by_key(rank).map(|stat| stat.name.clone())
}

/// Those of the traces in scope that have feedback of this name.
fn of_name(scope: &TraceScope, name: &str) -> Result<TraceScope, ApiError> {
    let has_it = Filter::parse(&format!("{} IS NOT NULL", keyed("feedback", name)));
    let has_it = has_it.map_err(|_| {
        ApiError::invalid(format!("`feedback`: `{name}` cannot be the name of feedback"))
    })?;
    Ok(TraceScope { filter: scope.filter.clone().and(has_it), ..scope.clone() })
}

fn judgements<'a>(
    name: &'a str,
    assessments: &'a [ScannedAssessment],
) -> impl Iterator<Item = Value> + 'a {
    let feedback = assessments.iter().filter_map(feedback);
    feedback.filter(move |(of, _)| &***of == name).map(|(_, value)| value)
}

/// The values of the feedback with this name: each number as often as it occurs, other values once.
async fn values(app: &App, judged: &TraceScope, name: &str) -> Result<Vec<Value>, ApiError> {
    #[derive(Default)]
    struct Seen {
        others: BTreeMap<String, Value>,
        numbers: Vec<Value>,
    }
    let query =
        rows(app, judged, ScanProjection { assessments: true, ..ScanProjection::default() });
    let of = name.to_owned();
    let add = move |seen: &mut Seen, scanned: &ScannedTrace| {
        for value in judgements(&of, &scanned.assessments) {
            match value {
                Value::Number(_) => seen.numbers.push(value),
                other => drop(seen.others.insert(other.to_string(), other)),
            }
        }
    };
    let (seen, _) = app.traces.fold_scan(query, Seen::default(), add).await?;
    Ok(seen.others.into_values().chain(seen.numbers).collect())
}

async fn factors(
    app: &App,
    judged: &TraceScope,
    name: &str,
    criterion: FailureCriterion,
) -> Result<(FactorFold, Coverage), ApiError> {
    let tags = tags(app, judged).await?;
    let fold = FactorFold::new(tags.clone(), session_lengths(app, judged).await?);
    let query = rows(app, judged, projection(tags));
    let name: Arc<str> = name.into();
    let add = move |fold: &mut FactorFold, scanned: &ScannedTrace| {
        let verdicts = judgements(&name, &scanned.assessments);
        // A trace with both negative and positive values counts as negative.
        let verdicts = verdicts.filter_map(|value| criterion.is_negative(&value));
        if let Some(is_negative) = verdicts.max() {
            fold.add(scanned, is_negative);
        }
    };
    Ok(app.traces.fold_scan(query, fold, add).await?)
}

/// The keys of tags that clients set on the newest of these traces.
async fn tags(app: &App, judged: &TraceScope) -> Result<Vec<String>, ApiError> {
    let sample: TraceSearch = judged.search(app, SAMPLE);
    let page = app.traces.search(sample).await?;
    let keys = page.traces.into_iter().flat_map(|info| info.tags.into_keys());
    // Versions and environments are separate factors.
    let places = VERSION_PLACES.iter().chain(ENVIRONMENT_PLACES);
    let known: Vec<&str> = places.map(|(_, key)| *key).collect();
    let is_own = |key: &String| !key.starts_with("mlflow.") && !known.contains(&key.as_str());
    let own: BTreeSet<String> = keys.filter(is_own).collect();
    Ok(own.into_iter().take(TAGS_MAX).collect())
}

/// The number of traces of each session of the experiment, by the session's hash.
async fn session_lengths(app: &App, judged: &TraceScope) -> Result<HashMap<i64, u64>, ApiError> {
    let all = TraceScope { filter: Filter::all(), from: None, to: None, ..judged.clone() };
    let add = |lengths: &mut HashMap<i64, u64>, scanned: &ScannedTrace| {
        if let Some(session) = scanned.session_hash {
            *lengths.entry(session).or_default() += 1;
        }
    };
    let query = all.scan_query(app, ScanProjection::default());
    Ok(app.traces.fold_scan(query, HashMap::new(), add).await?.0)
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_quality, history::get_history,))]
pub(crate) struct Document;
