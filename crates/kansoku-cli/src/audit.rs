//! `kansoku audit`: counts the stored spans and compares them with the ledger.
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kansoku_store::{Audit, Maintenance as _};

use crate::args::{AuditArgs, FolderArgs, PlaceArgs};
use crate::ask::Route;
use crate::store;

/// Minimum time between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(2);
/// Timeout of the request: a large store takes long.
const ANSWER_WITHIN: Duration = Duration::from_secs(24 * 3600);
const ANSWER_BYTES_MAX: u64 = 10 << 20;

pub(crate) fn run(asked: AuditArgs) -> anyhow::Result<()> {
    let PlaceArgs { url, token, folder } = asked.place;
    let audit = match &url {
        Some(url) => ask_server(url, token)?,
        None => count(folder)?,
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

/// Audits a data folder that no server uses.
fn count(folder: FolderArgs) -> anyhow::Result<Audit> {
    let settings = folder.settings()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("could not start the runtime")?.block_on(async {
        let (_owned, store) = store::open_stopped(
            &settings,
            "to audit a running server, name it: kansoku audit --url http://127.0.0.1:5000",
        )?;
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

fn ask_server(url: &str, token: Option<String>) -> anyhow::Result<Audit> {
    let route = Route::new(url, token, "audit", Some(ANSWER_WITHIN), ANSWER_BYTES_MAX);
    let body = route.get()?;
    let count = |name: &str| body[name].as_u64().with_context(|| route.is_strange());
    let problems = body["problems"].as_array().into_iter().flatten();
    Ok(Audit {
        traces: count("traces")?,
        spans: count("spans")?,
        expected_spans: count("expected_spans")?,
        spans_in_payload: count("spans_in_payload")?,
        problems: problems.filter_map(|text| Some(text.as_str()?.to_owned())).collect(),
    })
}
