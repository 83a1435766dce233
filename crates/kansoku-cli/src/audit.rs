//! `kansoku audit`: the store counted anew, beside what its ledger says came in.
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kansoku_store::{Audit, SqliteStore, StoreOptions, Upkeep as _};
use serde_json::Value;

use crate::args::{AuditArgs, FolderArgs};
use crate::data::{self, DataLock};

/// Between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(2);
/// A large store takes its time.
const ANSWER_WITHIN: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn run(asked: AuditArgs) -> anyhow::Result<()> {
    let audit = match &asked.url {
        Some(url) => ask_server(url, asked.token.as_deref())?,
        None => count(asked.folder)?,
    };
    let Audit { traces, spans, expected_spans, spans_in_payload, problems } = &audit;
    println!("{traces} traces");
    println!("{spans} spans by their rows, {spans_in_payload} by their kept bytes");
    println!("{expected_spans} spans by the ledger: stored, less those deleted since");
    println!("difference: {}", spans.cast_signed() - expected_spans.cast_signed());
    if problems.is_empty() {
        println!("Everything adds up.");
        return Ok(());
    }
    for problem in problems {
        println!("- {problem}");
    }
    bail!("the store does not add up");
}

/// Counts a store that no server has open.
fn count(folder: FolderArgs) -> anyhow::Result<Audit> {
    let settings = folder.settings()?;
    let data = &settings.data;
    let path = data::database(data);
    if !path.exists() {
        bail!("there is no store in {}; name its folder by --data", data.display());
    }
    let _owned = DataLock::take(data)
        .context("to audit a running server, name it: kansoku audit --url http://127.0.0.1:5000")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("could not start the runtime")?.block_on(async {
        let options = StoreOptions { blobs: Some(settings.blobs()), ..StoreOptions::default() };
        let store = SqliteStore::open(&path, options)?;
        let mut last = Instant::now();
        let say = move |traces| {
            if SAY_EVERY < last.elapsed() {
                last = Instant::now();
                eprintln!("{traces} traces counted");
            }
        };
        let audit = store.audit(Box::new(say)).await;
        store.close().await;
        Ok(audit?)
    })
}

fn ask_server(url: &str, token: Option<&str>) -> anyhow::Result<Audit> {
    let url = format!("{}/api/3.0/kansoku/audit", url.trim_end_matches('/'));
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(ANSWER_WITHIN));
    let agent: ureq::Agent = config.build().into();
    let mut request = agent.get(&url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = request.call().with_context(|| format!("no answer from {url}"))?;
    let status = answer.status();
    let body: Value = answer.body_mut().read_json().unwrap_or_default();
    if status != 200 {
        bail!("the server refused ({status}): {}", body["message"].as_str().unwrap_or_default());
    }
    let count = |name: &str| {
        body[name].as_u64().with_context(|| format!("{url} answered, but not as Kansoku does"))
    };
    let problems = body["problems"].as_array().into_iter().flatten();
    Ok(Audit {
        traces: count("traces")?,
        spans: count("spans")?,
        expected_spans: count("expected_spans")?,
        spans_in_payload: count("spans_in_payload")?,
        problems: problems.filter_map(|text| Some(text.as_str()?.to_owned())).collect(),
    })
}
