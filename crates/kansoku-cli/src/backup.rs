//! `kansoku backup` and `kansoku restore`: a data folder kept, and brought back.
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kansoku_model::{Clock as _, SystemClock};
use kansoku_store::backup::{self, Manifest, Progress};
use serde_json::{Value, json};

use crate::args::{BackupArgs, RestoreArgs};
use crate::data::{self, DataLock};

/// Between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: u64 = 1 << 20;

pub(crate) fn run(asked: BackupArgs) -> anyhow::Result<()> {
    let manifest = match &asked.url {
        Some(url) => ask_server(url, asked.token.as_deref(), &asked.to)?,
        None => {
            let data = asked.folder.data()?;
            backup::take(&data, Path::new(&asked.to), SystemClock.now(), say_progress())?
        }
    };
    println!("Backup `{}` is on disk: {}.", asked.to, described(&manifest));
    Ok(())
}

pub(crate) fn restore(asked: RestoreArgs) -> anyhow::Result<()> {
    let data = asked.folder.data()?;
    data::make_folder(&data)?;
    let _owned = DataLock::take(&data)?;
    let manifest = backup::restore(&asked.from, &data, asked.force, say_progress())?;
    println!("{} is restored: {}.", data.display(), described(&manifest));
    Ok(())
}

fn described(manifest: &Manifest) -> String {
    let Manifest { taken_at, database_bytes, files, files_bytes, .. } = manifest;
    format!(
        "the database of {taken_at} ({}), {files} files beside it ({})",
        megabytes(*database_bytes),
        megabytes(*files_bytes)
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Speaks on stderr, and only of work that takes a while.
fn say_progress() -> impl FnMut(Progress) {
    let mut last = Instant::now();
    move |Progress { doing, percent }| {
        if SAY_EVERY < last.elapsed() {
            last = Instant::now();
            eprintln!("{doing}: {percent} %");
        }
    }
}

/// A running server takes the backup into its own folder for backups, under the name `to`.
fn ask_server(url: &str, token: Option<&str>, to: &str) -> anyhow::Result<Manifest> {
    let url = format!("{}/api/3.0/kansoku/backup", url.trim_end_matches('/'));
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.post(&url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer =
        request.send_json(json!({ "to": to })).with_context(|| format!("no answer from {url}"))?;
    let text = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).lossy_utf8(true);
    let text = text.read_to_string().with_context(|| format!("no whole answer from {url}"))?;
    let status = answer.status();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    if status != 200 {
        bail!("the server refused ({status}): {}", body["message"].as_str().unwrap_or(&text));
    }
    Manifest::try_from(&body["backup"])
        .map_err(|_| anyhow::anyhow!("{url} answered, but not as Kansoku does"))
}
