//! The correlation of two filters.
use axum::{Json, http::Method};
use kansoku_filter::Filter;
use kansoku_mlflow::{Fields, ids::experiment_ids};
use kansoku_model::Scope;
use kansoku_store::CorrelationQuery;
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

const EXPERIMENTS_MAX: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::POST,
        "3.0/mlflow/traces/calculate-filter-correlation",
        correlate,
    );
}

/// `POST /api/3.0/mlflow/traces/calculate-filter-correlation`
async fn correlate(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let Some(experiments) = experiment_ids(&fields, "experiment_ids")? else {
        return Err(fields.missing("experiment_ids").into());
    };
    if EXPERIMENTS_MAX < experiments.len() {
        let message = format!("`experiment_ids` has more than {EXPERIMENTS_MAX} items");
        return Err(ApiError::invalid(message));
    }
    let base = fields.str("base_filter")?.unwrap_or_default();
    let query = CorrelationQuery {
        experiments,
        among: parsed("base_filter", &base)?,
        first: on_top(&base, "filter_string1", &fields)?,
        second: on_top(&base, "filter_string2", &fields)?,
        deadline: app.limits.search_deadline,
    };
    let counts = app.traces.correlation(query).await?;
    let mut answer = json!({
        "filter1_count": counts.first,
        "filter2_count": counts.second,
        "joint_count": counts.both,
        "total_count": counts.total,
    });
    // Undefined measures are omitted.
    for (name, value) in [("npmi", counts.npmi()), ("npmi_smoothed", counts.npmi_smoothed())] {
        if let Some(value) = value {
            answer[name] = json!(value);
        }
    }
    Ok(Json(answer))
}

/// Parses a filter that is combined with the base filter. Like MLflow, it joins the two texts by
/// AND, so that their span clauses apply to the same span.
fn on_top(base: &str, name: &str, fields: &Fields) -> Result<Filter, ApiError> {
    let text = fields.required_str(name)?;
    let alone = parsed(name, &text)?;
    if base.trim().is_empty() {
        return Ok(alone);
    }
    // Texts with OR, which MLflow does not have, need parentheses.
    match alone.is_or() || parsed("base_filter", base)?.is_or() {
        true => parsed(name, &format!("({base}) AND ({text})")),
        false => parsed(name, &format!("{base} AND {text}")),
    }
}

fn parsed(name: &str, text: &str) -> Result<Filter, ApiError> {
    Filter::parse(text).map_err(|error| ApiError::invalid(format!("`{name}`: {error}")))
}
