//! The search of traces, in its versions v3 and v2.
use axum::{Json, http::Method};
use kansoku_filter::{Filter, OrderBy};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    page::PageError,
    trace_info::{TraceInfoV3, read_location},
};
use kansoku_model::{ExperimentId, Scope, TraceInfo};
use kansoku_store::{SearchPage, TraceSearch};
use serde::Serialize;
use serde_json::{Value, json};

use super::traces::listed;
use crate::{ApiError, App, route_table::Routes};

const RESULTS_DEFAULT: i64 = 100;
const RESULTS_MAX: usize = 500;
const EXPERIMENTS_MAX: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::POST, "3.0/mlflow/traces/search", search_traces);
}

/// `POST /api/3.0/mlflow/traces/search`
async fn search_traces(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    if !fields.has("locations")? {
        return Err(fields.missing("locations").into());
    }
    let locations = fields.list("locations")?;
    let experiments = locations.iter().map(read_location).collect::<Result<_, _>>()?;
    let page = search(&app, &fields, experiments).await?;
    Ok(Json(page_json(&page, |info| TraceInfoV3::new(info, flavor))))
}

/// The search with the parameters that both versions share, which are all but the experiments.
pub(crate) async fn search(
    app: &App,
    fields: &Fields,
    experiments: Vec<ExperimentId>,
) -> Result<SearchPage, ApiError> {
    if EXPERIMENTS_MAX < experiments.len() {
        let message = format!("search {EXPERIMENTS_MAX} experiments at most");
        return Err(ApiError::invalid(message));
    }
    let mut filter = Filter::parse(&fields.str("filter")?.unwrap_or_default())?;
    // Several experiments may have different settings, so only the rules guessed from names apply
    // to them.
    if let [only] = experiments.as_slice()
        && filter.asks_for_verdicts()
    {
        filter = filter.with_feedback_settings(&app.traces.feedback_settings(*only).await?);
    }
    let search = TraceSearch {
        experiments,
        filter,
        order_by: OrderBy::parse_list(&fields.list_str("order_by")?)?,
        max_results: max_results(fields)?,
        page_token: fields.str("page_token")?.filter(|token| !token.is_empty()),
        deadline: app.limits.search_deadline,
    };
    if search.experiments.is_empty() {
        return Ok(SearchPage::default());
    }
    Ok(app.traces.search(search).await?)
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

pub(crate) fn page_json<'a, T: Serialize>(
    page: &'a SearchPage,
    info: impl Fn(&'a TraceInfo) -> T,
) -> Value {
    let mut json = listed("traces", page.traces.iter().map(info).collect());
    if let Some(token) = &page.next_page_token {
        json["next_page_token"] = json!(token);
    }
    json
}
