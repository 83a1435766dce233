//! How far a scorer agrees with people who judged the same traces.
use axum::Json;
use kansoku_analytics::agreement::{Agreement, AgreementFold, CaseQuery};
use kansoku_model::TimestampMs;
use kansoku_store::{Coverage, ReviewedQuery, ReviewedTrace};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ScorerPath;
use super::compared::{ComparedPage, compared_page};
use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    params::trace_scope::{ScopeQuery, TRACES_MAX, TraceScope},
};

const CASES_DEFAULT: i64 = 50;
const CASES_MAX: i64 = 200;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AgreementQuery {
    /// a version of the scorer; all of them together if absent
    version: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScorerAgreement {
    name: String,
    #[serde(flatten)]
    agreement: Agreement,
    /// Whether all traces in scope were compared, not only the newest.
    complete: bool,
    /// The time of the oldest trace that was compared, if not all were.
    covered_from_ms: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers/{name}/agreement`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/{name}/agreement",
    summary = "How far the feedback of a scorer agrees with that of people on the same traces",
    params(ScorerPath, ScopeQuery, AgreementQuery),
    responses((status = 200, body = ScorerAgreement)),
)]
pub(super) async fn get_agreement(
    app: App,
    scope: TraceScope,
    Path(ScorerPath { name, .. }): Path<ScorerPath>,
    Query(AgreementQuery { version }): Query<AgreementQuery>,
) -> Result<Json<ScorerAgreement>, ApiError> {
    let (fold, coverage) = fold(&app, &scope, &name).await?;
    let version = version.filter(|version| !version.is_empty());
    Ok(Json(ScorerAgreement {
        agreement: fold.finish(version.as_deref()),
        name,
        complete: coverage.complete,
        covered_from_ms: coverage.covered_from.map(|TimestampMs(time)| time),
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CasesQuery {
    /// a version of the scorer; all of them together if absent
    version: Option<String>,
    /// with `person`, a category of the scorer: the list is of this cell of the matrix; without both,
    /// it is of all disagreements
    scorer: Option<String>,
    /// the category of the person
    person: Option<String>,
    page_token: Option<String>,
    /// 1 to 200, by default 50
    max_results: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers/{name}/agreement/cases`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/{name}/agreement/cases",
    summary = "The traces on which a scorer and people disagree, or those of one cell of the matrix",
    params(ScorerPath, ScopeQuery, CasesQuery),
    responses((status = 200, body = ComparedPage)),
)]
pub(super) async fn list_cases(
    app: App,
    scope: TraceScope,
    Path(ScorerPath { name, .. }): Path<ScorerPath>,
    Query(query): Query<CasesQuery>,
) -> Result<Json<ComparedPage>, ApiError> {
    let max_results = query.max_results.unwrap_or(CASES_DEFAULT);
    if !(1..=CASES_MAX).contains(&max_results) {
        let message = format!("`max_results` is a number from 1 to {CASES_MAX}");
        return Err(ApiError::invalid(message));
    }
    let cell = match (query.scorer, query.person) {
        (None, None) => None,
        (Some(scorer), Some(person)) => Some((scorer, person)),
        _ => return Err(ApiError::invalid("send both `scorer` and `person`, or neither")),
    };
    let cases = CaseQuery {
        version: query.version.filter(|version| !version.is_empty()),
        cell,
        page_token: query.page_token.filter(|token| !token.is_empty()),
        max_results: max_results as usize,
    };
    let (fold, _) = fold(&app, &scope, &name).await?;
    let page = fold.page(&cases).map_err(|error| ApiError::invalid(error.to_string()))?;
    Ok(Json(compared_page(&app, page).await?))
}

async fn fold(
    app: &App,
    scope: &TraceScope,
    name: &str,
) -> Result<(AgreementFold, Coverage), ApiError> {
    let query = ReviewedQuery {
        experiment: scope.experiment,
        name: name.to_owned(),
        filter: scope.filter.clone(),
        from: scope.from,
        to: scope.to,
        traces_max: TRACES_MAX,
        deadline: app.limits.search_deadline,
    };
    let add = |fold: &mut AgreementFold, trace: ReviewedTrace| fold.add(&trace);
    Ok(app.traces.fold_reviewed(query, AgreementFold::default(), add).await?)
}
