//! `kansoku archive compact`: merges small files while no server runs.
use std::sync::Arc;

use kansoku_archive::{Archiver, MergedFiles};
use tokio_util::sync::CancellationToken;

use super::status::megabytes;
use super::{experiments, place};
use crate::config::Settings;
use crate::{archive, store};

pub(super) async fn compact(settings: &Settings) -> anyhow::Result<()> {
    let place = place(settings)?;
    let (_owned, store) = store::open_stopped(
        settings,
        "a running server merges the files of its archive by itself; stop it to do so at full speed",
    )?;
    let store = Arc::new(store);
    // Begins no archive for a folder that has none.
    experiments(&store, None).await?;
    let source = archive::source(&store);
    let mut archiver = Archiver::begin(source, place.open()?, settings.archive.settings()).await?;
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            asked.cancel();
        }
    });
    let (mut files_before, mut files_after) = (0, 0);
    let mut say = |MergedFiles { table, files, bytes }: MergedFiles| {
        eprintln!("{table}: merged {files} files into one of {}", megabytes(bytes));
        (files_before, files_after) = (files_before + files, files_after + 1);
    };
    let compacted = archiver.compact_now(&stop, &mut say).await;
    store.close().await;
    compacted?;
    match files_before {
        0 => println!("No files are to be merged."),
        _ => println!("{files_before} files became {files_after}."),
    }
    Ok(())
}
