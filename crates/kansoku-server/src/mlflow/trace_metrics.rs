//! Metrics over traces, spans and assessments, for the charts of MLflow's UI.
use axum::{Json, http::Method};
use kansoku_filter::MetricFilter;
use kansoku_mlflow::{Fields, ids::experiment_ids, page::PageError, run::double_json};
use kansoku_model::{ErrorCode, Scope, TimestampMs};
use kansoku_store::{Aggregation, DataPoint, Dimension, Metric, MetricsQuery, View};
use serde_json::{Map, Value, json};

use super::traces::listed;
use crate::{ApiError, App, route_table::Routes};

const RESULTS_DEFAULT: i64 = 1000;
const RESULTS_MAX: usize = 50_000;
/// The most experiments, aggregations or filters in a query.
const ITEMS_MAX: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::POST, "3.0/mlflow/traces/metrics", query_metrics);
}

/// `POST /api/3.0/mlflow/traces/metrics`
async fn query_metrics(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let name = fields.required_str("metric_name")?;
    let query = read_query(&app, &fields, &name)?;
    let points = app.traces.metrics(query).await?;
    let points = points.into_iter().map(|point| point_json(&name, point)).collect();
    Ok(Json(listed("data_points", points)))
}

fn read_query(app: &App, fields: &Fields, name: &str) -> Result<MetricsQuery, ApiError> {
    let Some(experiments) = experiment_ids(fields, "experiment_ids")? else {
        return Err(fields.missing("experiment_ids").into());
    };
    let view = view(fields)?;
    let metric = metric(view, name)?;
    let aggregations = aggregations(fields, metric)?;
    let dimensions = dimensions(fields, metric)?;
    let bucket_seconds = bucket_seconds(fields)?;
    let from = fields.i64("start_time_ms")?.map(TimestampMs);
    let to = fields.i64("end_time_ms")?.map(TimestampMs);
    if bucket_seconds.is_some() && (from.is_none() || to.is_none()) {
        return Err(ApiError::invalid(
            "start_time_ms and end_time_ms are required if time_interval_seconds is set",
        ));
    }
    let filters = filters(fields, view)?;
    for (field, count) in [
        ("experiment_ids", experiments.len()),
        ("aggregations", aggregations.len()),
        ("filters", filters.len()),
    ] {
        if ITEMS_MAX < count {
            return Err(ApiError::invalid(format!("`{field}` has more than {ITEMS_MAX} items")));
        }
    }
    Ok(MetricsQuery {
        experiments,
        metric,
        aggregations,
        dimensions,
        filters,
        bucket_seconds,
        from,
        to,
        max_results: max_results(fields)?,
        deadline: app.limits.search_deadline,
    })
}

/// The view of a query; an unknown one means traces, as in MLflow.
fn view(fields: &Fields) -> Result<View, ApiError> {
    if !fields.has("view_type")? {
        return Err(fields.missing("view_type").into());
    }
    let views = [
        ("TRACES", 1, View::Traces),
        ("SPANS", 2, View::Spans),
        ("ASSESSMENTS", 3, View::Assessments),
    ];
    Ok(fields.choice("view_type", &views)?.unwrap_or(View::Traces))
}

fn metric(view: View, name: &str) -> Result<Metric, ApiError> {
    let metrics = view.metrics();
    let found = metrics.iter().find(|(known, _)| *known == name);
    found.map(|(_, metric)| *metric).ok_or_else(|| {
        let known = quoted(metrics.iter().map(|(name, _)| *name));
        let name: String = name.chars().take(200).collect();
        ApiError::invalid(format!("metric_name must be one of {known}, got '{name}'"))
    })
}

fn aggregations(fields: &Fields, metric: Metric) -> Result<Vec<Aggregation>, ApiError> {
    let given = fields.list("aggregations")?;
    if given.is_empty() {
        let message = fields.missing("aggregations").to_string();
        return Err(ApiError::new(ErrorCode::BadRequest, message));
    }
    let read = given.iter().map(aggregation).collect::<Result<Vec<_>, _>>()?;
    let supported = metric.aggregations();
    let mut invalid: Vec<_> = read.iter().map(|aggregation| aggregation.kind()).collect();
    invalid.retain(|kind| !supported.contains(kind));
    if !invalid.is_empty() {
        return Err(ApiError::invalid(format!(
            "Found invalid aggregation_type(s): {}. Supported aggregation types: {}",
            sorted(invalid),
            quoted(supported.iter().copied())
        )));
    }
    Ok(read)
}

fn aggregation(fields: &Fields) -> Result<Aggregation, ApiError> {
    let kinds = [
        ("COUNT", 1, Aggregation::Count),
        ("SUM", 2, Aggregation::Sum),
        ("AVG", 3, Aggregation::Avg),
        ("PERCENTILE", 4, Aggregation::Percentile(0.0)),
        ("MIN", 5, Aggregation::Min),
        ("MAX", 6, Aggregation::Max),
    ];
    let Some(kind) = fields.choice("aggregation_type", &kinds)? else {
        return Err(fields.missing("aggregation_type").into());
    };
    match (kind, fields.f64("percentile_value")?) {
        (Aggregation::Percentile(_), Some(percent)) if (0.0..=100.0).contains(&percent) => {
            Ok(Aggregation::Percentile(percent))
        }
        (Aggregation::Percentile(_), Some(percent)) => Err(ApiError::invalid(format!(
            "Percentile value must be between 0 and 100, got {percent:?}"
        ))),
        (Aggregation::Percentile(_), None) => {
            Err(ApiError::invalid("Percentile value is required for PERCENTILE aggregation"))
        }
        (kind, Some(_)) => Err(ApiError::invalid(format!(
            "Percentile value is only allowed for PERCENTILE aggregation type, got {kind}"
        ))),
        (kind, None) => Ok(kind),
    }
}

/// The distinct dimensions, in the order of the request.
fn dimensions(fields: &Fields, metric: Metric) -> Result<Vec<Dimension>, ApiError> {
    let supported = metric.dimensions();
    let (mut dimensions, mut invalid) = (Vec::new(), Vec::new());
    let given = fields.list_str("dimensions")?;
    for name in &given {
        match supported.iter().find(|dimension| dimension.as_str() == name) {
            Some(known) if dimensions.contains(known) => {}
            Some(known) => dimensions.push(*known),
            None => invalid.push(name.as_str()),
        }
    }
    if invalid.is_empty() {
        return Ok(dimensions);
    }
    Err(ApiError::invalid(format!(
        "Found invalid dimension(s): {}. Supported dimensions: {}",
        sorted(invalid),
        quoted(supported.iter().map(|dimension| dimension.as_str()))
    )))
}

/// The length of time buckets; 0 means none.
fn bucket_seconds(fields: &Fields) -> Result<Option<u32>, ApiError> {
    let Some(seconds) = fields.i64("time_interval_seconds")? else { return Ok(None) };
    let seconds = u32::try_from(seconds).map_err(|_| {
        ApiError::invalid(format!(
            "`time_interval_seconds` must lie between 0 and {}, got {seconds}",
            u32::MAX
        ))
    })?;
    Ok(Some(seconds).filter(|seconds| 0 < *seconds))
}

fn filters(fields: &Fields, view: View) -> Result<Vec<MetricFilter>, ApiError> {
    let mut filters = Vec::new();
    for text in fields.list_str("filters")? {
        let filter = MetricFilter::parse(&text)?;
        let only = match filter.view() {
            "span" if view != View::Spans => View::Spans,
            "assessment" if view != View::Assessments => View::Assessments,
            _ => {
                filters.push(filter);
                continue;
            }
        };
        return Err(ApiError::invalid(format!(
            "Filtering by {} is only supported for {} view type, got {}",
            filter.view(),
            only.as_str(),
            view.as_str()
        )));
    }
    Ok(filters)
}

fn max_results(fields: &Fields) -> Result<usize, ApiError> {
    let given = fields.i64("max_results")?.unwrap_or(RESULTS_DEFAULT);
    match usize::try_from(given) {
        Err(_) | Ok(0) => Err(PageError::NotPositive(given).into()),
        Ok(asked) if RESULTS_MAX < asked => {
            Err(PageError::TooMany { given, max: RESULTS_MAX }.into())
        }
        Ok(asked) => Ok(asked),
    }
}

fn point_json(name: &str, point: DataPoint) -> Value {
    let bucket = point.bucket.map(|at| ("time_bucket".to_owned(), bucket_text(at).into()));
    let texts = point.dimensions.into_iter();
    let texts = texts.map(|(dimension, text)| (dimension.as_str().to_owned(), text.into()));
    let dimensions: Map<String, Value> = texts.chain(bucket).collect();
    let values = point.values.into_iter();
    let values: Map<String, Value> =
        values.map(|(aggregation, value)| (aggregation.to_string(), double_json(value))).collect();
    let mut json = json!({ "metric_name": name, "values": values });
    if !dimensions.is_empty() {
        json["dimensions"] = dimensions.into();
    }
    json
}

/// Formats a time like `2026-11-21T05:00:00+00:00`.
fn bucket_text(at: TimestampMs) -> String {
    let text = at.to_string();
    text.strip_suffix('Z').map_or(text.clone(), |text| format!("{text}+00:00"))
}

fn sorted(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    quoted(names.into_iter())
}

/// Formats a list as Python does.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "))
}
