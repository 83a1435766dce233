//! The traces that a request is about: the experiment in its path, `q`, `from` and `to`.
use std::sync::Arc;

use kansoku_filter::{Filter, FilterError};
use kansoku_mlflow::Fields;
use kansoku_model::{Coded, ErrorCode, Experiment, ExperimentId, FeedbackSettings, TimestampMs};
use kansoku_store::{ScanProjection, ScanQuery, TraceSearch};
use serde_json::{Value, json};

use crate::{ApiError, App};

pub(crate) async fn experiment_in_path(
    app: &App,
    fields: &Fields,
) -> Result<ExperimentId, ApiError> {
    Ok(find_experiment(app, fields).await?.experiment_id)
}

/// The experiment that `{experiment_id}` in the path means, by its id or else by its name.
pub(crate) async fn find_experiment(app: &App, fields: &Fields) -> Result<Experiment, ApiError> {
    let text = fields.required_str("experiment_id")?;
    let refusal = match text.parse::<ExperimentId>() {
        Ok(id) => match app.meta.experiment(id).await {
            Ok(experiment) => return Ok(experiment),
            Err(error) if error.code() != ErrorCode::ResourceDoesNotExist => {
                return Err(error.into());
            }
            Err(error) => Some(error),
        },
        Err(_) => None,
    };
    match app.meta.experiment_by_name(&text).await {
        Ok(experiment) => Ok(experiment),
        Err(error) => Err(refusal.unwrap_or(error).into()),
    }
}

/// The traces that a request is about.
#[derive(Clone, Debug)]
pub(crate) struct TraceScope {
    pub(crate) experiment: ExperimentId,
    /// `q`; the time is apart.
    pub(crate) filter: Filter,
    pub(crate) from: Option<TimestampMs>,
    pub(crate) to: Option<TimestampMs>,
    /// What the experiment says about its feedback.
    pub(crate) feedback: Arc<FeedbackSettings>,
}

impl TraceScope {
    pub(crate) async fn from_fields(app: &App, fields: &Fields) -> Result<Self, ApiError> {
        let experiment = find_experiment(app, fields).await?;
        let feedback = FeedbackSettings::from_tags(&experiment.tags);
        let (from, to) = (time(fields, "from")?, time(fields, "to")?);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(ApiError::invalid("`to` is before `from`"));
        }
        Ok(Self {
            experiment: experiment.experiment_id,
            filter: filter(fields)?.with_feedback_settings(&feedback),
            from,
            to,
            feedback: Arc::new(feedback),
        })
    }

    /// The filter, with the time in it.
    pub(crate) fn whole_filter(&self) -> Filter {
        self.filter.clone().and(Filter::between(self.from, self.to))
    }

    /// The time that was asked for, else from the oldest to the newest of the traces.
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

    /// What is wanted of each of them.
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

    /// The newest of them.
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
}

/// Traces that are summed up from their rows; columns hold any number.
pub(crate) const TRACES_MAX: usize = 100_000;

/// Traces whose spans and assessments are read.
pub(crate) const ROWS_MAX: usize = 20_000;

/// Most stretches of time in one answer.
const BUCKETS_MAX: i64 = 200;

/// How many stretches of time are asked for, from `min` on.
pub(crate) fn bucket_count(fields: &Fields, default: usize, min: i64) -> Result<usize, ApiError> {
    let given = fields.i64("buckets")?.unwrap_or(default as i64);
    match usize::try_from(given) {
        Ok(count) if (min..=BUCKETS_MAX).contains(&given) => Ok(count),
        _ => {
            let message =
                format!("`buckets` must lie between {min} and {BUCKETS_MAX}, got {given}");
            Err(ApiError::invalid(message))
        }
    }
}

fn time(fields: &Fields, name: &str) -> Result<Option<TimestampMs>, ApiError> {
    Ok(fields.i64(name)?.map(TimestampMs))
}

/// The filter in `q`; a refusal says where in it.
pub(crate) fn filter(fields: &Fields) -> Result<Filter, ApiError> {
    let text = fields.str("q")?.unwrap_or_default();
    Ok(Filter::parse(&text).map_err(FilterRefusal)?)
}

/// A refusal that a page can show below the text it is about.
#[derive(Debug, thiserror::Error)]
#[error("`q`: {0}")]
struct FilterRefusal(FilterError);

impl Coded for FilterRefusal {
    fn code(&self) -> ErrorCode {
        self.0.code()
    }

    fn details(&self) -> Option<Value> {
        let FilterError { at, .. } = &self.0;
        Some(json!({ "from": at.start, "to": at.end, "hint": self.0.hint() }))
    }
}
