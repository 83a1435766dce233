//! Costs of stored spans computed anew, some traces at a time.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, ids::experiment_id};
use kansoku_model::{Money, Scope, TimestampMs};
use kansoku_pricing::PriceList;
use kansoku_store::{CostChange, ModelRepriced, Pricer, Reprice, Repriced};
use serde_json::{Value, json};

use crate::{ApiError, App, auth::audit::AuditEvent, route_table::Routes};

/// An answer is given after about so long, with the token of the next page.
const PAGE_TIME: Duration = Duration::from_secs(2);

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/reprice", reprice);
}

/// `POST /api/3.0/kansoku/reprice`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/reprice",
    summary = "Work out costs anew, by other prices",
    request_body(content = Value, description = "`since`, `until`, `experiment_id`, `dry_run`, `prices`, `page_token`"),
    responses((status = 200, body = Value)),
)]
pub(super) async fn reprice(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let mut which = Reprice {
        experiment: None,
        since: time(&fields, "since")?.ok_or_else(|| fields.missing("since"))?,
        until: time(&fields, "until")?,
        dry_run: fields.bool("dry_run")?.unwrap_or(false),
        page_token: fields.str("page_token")?,
    };
    if fields.has("experiment_id")? {
        let experiment = app.meta.experiment(experiment_id(&fields)?).await?;
        which.experiment = Some(experiment.experiment_id);
    }
    let price = pricer(&app, &fields)?;

    let (began, mut repriced) = (Instant::now(), Repriced::default());
    loop {
        let page = app.maintenance.reprice(which.clone(), price.clone()).await?;
        repriced.add(page.repriced);
        which.page_token = page.next_page_token;
        if which.page_token.is_none() || PAGE_TIME < began.elapsed() {
            break;
        }
    }
    if !which.dry_run && 0 < repriced.changed_spans {
        let object = format!("{} traces", repriced.changed_traces);
        app.access.record(AuditEvent::CostsChanged, object);
        let Repriced { changed_spans, changed_traces, .. } = repriced;
        tracing::info!("gave {changed_spans} spans of {changed_traces} traces a new cost");
    }
    let mut answer = repriced_json(&repriced);
    if let Some(token) = which.page_token {
        answer["next_page_token"] = token.into();
    }
    Ok(Json(answer))
}

fn time(fields: &Fields, name: &str) -> Result<Option<TimestampMs>, ApiError> {
    let Some(text) = fields.str(name)? else { return Ok(None) };
    let time = TimestampMs::parse(&text);
    time.map(Some).map_err(|error| ApiError::invalid(format!("`{name}`: {error}")))
}

/// The list that came with the request, or the server's own.
fn pricer(app: &App, fields: &Fields) -> Result<Pricer, ApiError> {
    let prices = match fields.str("prices")? {
        None => app.prices.clone(),
        Some(text) => Arc::new(
            PriceList::with_file(&text)
                .map_err(|error| ApiError::invalid(format!("`prices`: {error}")))?,
        ),
    };
    Ok(Arc::new(move |row| prices.cost_of(row)))
}

fn repriced_json(repriced: &Repriced) -> Value {
    let model = |(name, of_model): (&String, &ModelRepriced)| {
        let mut json = change_json(&of_model.cost);
        json["model"] = json!(name);
        json["changed_spans"] = json!(of_model.changed_spans);
        json["unpriced_spans"] = json!(of_model.unpriced_spans);
        json
    };
    json!({
        "traces": repriced.traces,
        "changed_traces": repriced.changed_traces,
        "changed_spans": repriced.changed_spans,
        "cost": change_json(&repriced.cost),
        "models": repriced.models.iter().map(model).collect::<Vec<_>>(),
    })
}

/// In dollars.
fn change_json(cost: &CostChange) -> Value {
    let CostChange { before, after } = cost;
    let dollars = |money: Money| money.as_dollars();
    json!({
        "before": dollars(*before),
        "after": dollars(*after),
        "difference": dollars(cost.difference()),
    })
}
