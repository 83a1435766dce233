//! Repricing by a running server, page by page.
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use kansoku_model::Money;
use kansoku_store::{CostChange, ModelRepriced, Reprice, Repriced, RepricedPage};
use serde_json::{Value, json};

use crate::ask::Route;
use crate::prices;

/// Timeout of a page, which takes some seconds, or longer if it has a very large trace.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);

const ANSWER_BYTES_MAX: u64 = 10 << 20;

pub(super) struct Server {
    route: Route,
    prices: Option<String>,
}

impl Server {
    pub(super) fn new(
        url: &str,
        token: Option<String>,
        price_file: Option<&Path>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            route: Route::new(url, token, "reprice", Some(ANSWER_WITHIN), ANSWER_BYTES_MAX),
            prices: price_file.map(prices::read).transpose()?,
        })
    }

    pub(super) fn page(&self, which: Reprice) -> anyhow::Result<RepricedPage> {
        let asked = json!({
            "since": which.since.to_string(),
            "until": which.until.map(|time| time.to_string()),
            "experiment_id": which.experiment,
            "dry_run": which.dry_run,
            "page_token": which.page_token,
            "prices": self.prices,
        });
        page_of(&self.route.post(&asked)?).with_context(|| self.route.is_strange())
    }
}

fn page_of(body: &Value) -> Option<RepricedPage> {
    let mut repriced = Repriced {
        traces: body["traces"].as_u64()?,
        changed_traces: body["changed_traces"].as_u64()?,
        changed_spans: body["changed_spans"].as_u64()?,
        cost: change_of(&body["cost"])?,
        ..Repriced::default()
    };
    for model in body["models"].as_array()? {
        let of_model = ModelRepriced {
            changed_spans: model["changed_spans"].as_u64()?,
            unpriced_spans: model["unpriced_spans"].as_u64()?,
            cost: change_of(model)?,
        };
        repriced.add_model(model["model"].as_str()?, of_model);
    }
    let next_page_token = body["next_page_token"].as_str().map(str::to_owned);
    Some(RepricedPage { repriced, next_page_token })
}

fn change_of(json: &Value) -> Option<CostChange> {
    let dollars = |name: &str| json[name].as_f64().map(Money::from_dollars);
    Some(CostChange { before: dollars("before")?, after: dollars("after")? })
}
