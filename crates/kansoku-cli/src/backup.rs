//! `kansoku backup` and `kansoku restore`: copies a data folder, and restores it from a copy.
use std::path::Path;
use std::time::{Duration, Instant};

use kansoku_model::{Clock as _, SystemClock};
use kansoku_sqlite::backup::{self, Manifest, Progress};
use serde_json::json;

use crate::args::{BackupArgs, PlaceArgs, RestoreArgs};
use crate::ask::Route;
use crate::data::{self, DataLock};

/// Minimum time between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: u64 = 1 << 20;

pub(crate) fn run(asked: BackupArgs) -> anyhow::Result<()> {
    let PlaceArgs { url, token, folder } = asked.place;
    let manifest = match &url {
        Some(url) => ask_server(url, token, &asked.to)?,
        None => {
            let data = folder.data()?;
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

/// Reports progress on stderr, for steps that take longer than [`SAY_EVERY`].
fn say_progress() -> impl FnMut(Progress) {
    let mut last = Instant::now();
    move |Progress { doing, percent }| {
        if SAY_EVERY < last.elapsed() {
            last = Instant::now();
            eprintln!("{doing}: {percent} %");
        }
    }
}

/// Requests a backup from a running server, into its own backup folder under the name `to`.
fn ask_server(url: &str, token: Option<String>, to: &str) -> anyhow::Result<Manifest> {
    let route = Route::new(url, token, "backup", None, ANSWER_BYTES_MAX);
    let body = route.post(&json!({ "to": to }))?;
    Manifest::try_from(&body["backup"]).map_err(|_| anyhow::anyhow!(route.is_strange()))
}
