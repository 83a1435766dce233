//! `kansoku archive verify`: compares the archive with the data folder.
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use kansoku_archive::{Depth, VerifiedExperiment, Verifier, VerifyProgress};
use kansoku_sqlite::SqliteStore;

use super::status::megabytes;
use super::{experiment, experiments, place};
use crate::config::Settings;

/// Minimum time between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn verify(
    settings: &Settings,
    store: Arc<SqliteStore>,
    is_deep: bool,
    only: Option<String>,
) -> anyhow::Result<()> {
    let archive = place(settings)?.open()?;
    experiments(&store, only.as_deref()).await?;
    let only = match &only {
        Some(name) => Some(experiment(&store, name).await?),
        None => None,
    };
    let depth = if is_deep { Depth::Rows } else { Depth::Footers };
    let verifier = Verifier { store: archive, catalog: store, depth };
    let mut last = Instant::now();
    let mut say = |VerifyProgress { prefix, files, files_total }: VerifyProgress<'_>| {
        if SAY_EVERY < last.elapsed() {
            last = Instant::now();
            eprintln!("{prefix}: {files} of {files_total} files");
        }
    };
    let verified = verifier.verify(only, &mut say).await?;
    verified.iter().for_each(|experiment| print!("{}", report(experiment)));
    let problems: usize = verified.iter().map(|experiment| experiment.problems.len()).sum();
    match problems {
        0 => {
            println!("Everything adds up.");
            Ok(())
        }
        _ => bail!("the archive has {problems} problems"),
    }
}

fn report(verified: &VerifiedExperiment) -> String {
    let VerifiedExperiment { prefix, files, bytes, rows, archived, settled, queued, .. } = verified;
    let mut text = format!(
        "{prefix}: {files} files with {rows} rows ({}), {archived} traces archived; {settled} stored \
         traces do not wait, {queued} do\n",
        megabytes(*bytes)
    );
    for problem in &verified.problems {
        text.push_str(&format!("- {problem}\n"));
    }
    text
}
