//! A server that is asked to reprice, page by page.
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use kansoku_model::Money;
use kansoku_store::{CostChange, ModelRepriced, Reprice, Repriced, RepricedPage};
use serde_json::{Value, json};

use crate::prices;

/// A page takes the server some seconds; one trace may be very large.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);

pub(super) struct Server {
    url: String,
    token: Option<String>,
    prices: Option<String>,
    agent: ureq::Agent,
}

impl Server {
    pub(super) fn new(
        url: &str,
        token: Option<String>,
        price_file: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_WITHIN));
        Ok(Self {
            url: format!("{}/api/3.0/kansoku/reprice", url.trim_end_matches('/')),
            token,
            prices: price_file.map(prices::read).transpose()?,
            agent: config.build().into(),
        })
    }

    pub(super) fn page(&self, which: Reprice) -> anyhow::Result<RepricedPage> {
        let Self { url, .. } = self;
        let mut request = self.agent.post(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let asked = json!({
            "since": which.since,
            "until": which.until,
            "experiment_id": which.experiment,
            "dry_run": which.dry_run,
            "page_token": which.page_token,
            "prices": self.prices,
        });
        let mut answer =
            request.send_json(asked).with_context(|| format!("no answer from {url}"))?;
        let status = answer.status();
        let body: Value = answer.body_mut().read_json().unwrap_or_default();
        if status != 200 {
            bail!(
                "the server refused ({status}): {}",
                body["message"].as_str().unwrap_or_default()
            );
        }
        page_of(&body).with_context(|| format!("{url} answered, but not as Kansoku does"))
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
