//! The traces that a request is about: the experiment in its path, `q`, `from` and `to`.
use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use kansoku_filter::{Filter, FilterError};
use kansoku_model::{Coded, ErrorCode, Experiment, ExperimentId, FeedbackSettings, TimestampMs};
use kansoku_store::{ScanProjection, ScanQuery, SpanSearch, TraceSearch};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::{
    ApiError, App,
    http::extract::{Path, Query},
};

/// The path of a route about one experiment.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ExperimentPath {
    /// the id or the name of an experiment
    pub(crate) experiment_id: String,
}

/// The filter and time range of a request.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScopeQuery {
    /// a filter in the search language
    pub(crate) q: Option<String>,
    /// milliseconds since 1970, inclusive
    from: Option<i64>,
    /// milliseconds since 1970, inclusive
    to: Option<i64>,
}

/// The experiment that `{experiment_id}` in the path refers to, by its id or else by its name.
pub(crate) struct ExperimentInPath(pub(crate) Experiment);

impl FromRequestParts<App> for ExperimentInPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(ExperimentPath { experiment_id: text }) =
            Path::from_request_parts(parts, app).await?;
        let Ok(app) = App::from_request_parts(parts, app).await;
        let by_id = match text.parse::<ExperimentId>() {
            Ok(id) => Some(app.meta.experiment(id).await),
            Err(_) => None,
        };
        let not_found = match by_id {
            Some(Ok(experiment)) => return Ok(Self(experiment)),
            Some(Err(error)) if error.code() == ErrorCode::ResourceDoesNotExist => Some(error),
            Some(Err(error)) => return Err(error.into()),
            None => None,
        };
        match app.meta.experiment_by_name(&text).await {
            Ok(experiment) => Ok(Self(experiment)),
            Err(error) => Err(not_found.unwrap_or(error).into()),
        }
    }
}

/// The traces that a request is about.
#[derive(Clone, Debug)]
pub(crate) struct TraceScope {
    pub(crate) experiment: ExperimentId,
    /// The filter `q`, without the time range.
    pub(crate) filter: Filter,
    pub(crate) from: Option<TimestampMs>,
    pub(crate) to: Option<TimestampMs>,
    /// The feedback settings of the experiment.
    pub(crate) feedback: Arc<FeedbackSettings>,
}

impl FromRequestParts<App> for TraceScope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Query(query): Query<ScopeQuery> = Query::from_request_parts(parts, app).await?;
        let ExperimentInPath(experiment) = ExperimentInPath::from_request_parts(parts, app).await?;
        Self::new(&experiment, query)
    }
}

impl TraceScope {
    fn new(experiment: &Experiment, query: ScopeQuery) -> Result<Self, ApiError> {
        let ScopeQuery { q, from, to } = query;
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(ApiError::invalid("`to` is before `from`"));
        }
        let feedback = FeedbackSettings::from_tags(&experiment.tags);
        Ok(Self {
            experiment: experiment.experiment_id,
            filter: parse_filter(&q.unwrap_or_default(), &feedback)?,
            from: from.map(TimestampMs),
            to: to.map(TimestampMs),
            feedback: Arc::new(feedback),
        })
    }

    /// The filter including the time range.
    pub(crate) fn whole_filter(&self) -> Filter {
        self.filter.clone().and(Filter::between(self.from, self.to))
    }

    /// The time range of the request, or else that of the oldest to the newest trace.
    pub(crate) fn range(
        &self,
        oldest: Option<TimestampMs>,
        newest: Option<TimestampMs>,
        now: TimestampMs,
    ) -> (TimestampMs, TimestampMs) {
        let to = self.to.or(newest).or(self.from).unwrap_or(now);
        let from = self.from.or(oldest).unwrap_or(to).min(to);
        (from, to)
    }

    /// A scan of these traces.
    pub(crate) fn scan_query(&self, app: &App, projection: ScanProjection) -> ScanQuery {
        ScanQuery {
            experiment: self.experiment,
            filter: self.filter.clone(),
            from: self.from,
            to: self.to,
            projection,
            traces_max: TRACES_MAX,
            deadline: app.limits.search_deadline,
        }
    }

    /// A search for the newest of these traces.
    pub(crate) fn search(&self, app: &App, max_results: usize) -> TraceSearch {
        TraceSearch {
            experiments: vec![self.experiment],
            filter: self.whole_filter(),
            order_by: Vec::new(),
            max_results,
            page_token: None,
            deadline: app.limits.search_deadline,
        }
    }

    /// A search for the spans that match the filter.
    pub(crate) fn span_search(&self, app: &App, max_results: usize) -> SpanSearch {
        SpanSearch {
            experiment: self.experiment,
            filter: self.whole_filter(),
            max_results,
            page_token: None,
            deadline: app.limits.search_deadline,
        }
    }
}

/// Parses `q`, with the feedback settings of its experiment.
pub(crate) fn parse_filter(q: &str, feedback: &FeedbackSettings) -> Result<Filter, ApiError> {
    let filter = Filter::parse(q).map_err(InvalidFilter)?;
    Ok(filter.with_feedback_settings(feedback))
}

/// The most traces that are aggregated from rows; traces from packed columns are not limited.
pub(crate) const TRACES_MAX: usize = 100_000;

/// The most traces whose spans and assessments are read.
pub(crate) const ROWS_MAX: usize = 20_000;

/// The most buckets in a response.
const BUCKETS_MAX: i64 = 200;

/// Checks the requested number of buckets, which must be at least `min`.
pub(crate) fn check_buckets(
    given: Option<i64>,
    default: usize,
    min: i64,
) -> Result<usize, ApiError> {
    let given = given.unwrap_or(default as i64);
    match usize::try_from(given) {
        Ok(count) if (min..=BUCKETS_MAX).contains(&given) => Ok(count),
        _ => {
            let message =
                format!("`buckets` must lie between {min} and {BUCKETS_MAX}, got {given}");
            Err(ApiError::invalid(message))
        }
    }
}

/// A `q` that cannot be parsed, with the position of the error for pages to mark.
#[derive(Debug, thiserror::Error)]
#[error("`q`: {0}")]
struct InvalidFilter(FilterError);

impl Coded for InvalidFilter {
    fn code(&self) -> ErrorCode {
        self.0.code()
    }

    fn details(&self) -> Option<Value> {
        let FilterError { at, .. } = &self.0;
        Some(json!({ "from": at.start, "to": at.end, "hint": self.0.hint() }))
    }
}
