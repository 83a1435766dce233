//! Opens the store of a data folder, for a server or for commands that need a stopped one.
use anyhow::{Context as _, bail};
use kansoku_sqlite::{SqliteStore, StoreOptions};

use crate::config::Settings;
use crate::data::{self, DataLock};

/// Size in bytes of the reserve file, which is deleted when the disk is full so that traces can be
/// deleted.
const RESERVE_BYTES: u64 = 32 << 20;

pub(crate) fn open(settings: &Settings) -> anyhow::Result<SqliteStore> {
    let path = data::database(&settings.data);
    let options = StoreOptions {
        readers: settings.readers.into(),
        queue_bytes_max: settings.queue_bytes_max(),
        blobs: Some(settings.blobs()),
        artifact_root: settings.default_artifact_root.stored(),
        reserve_bytes: RESERVE_BYTES,
        ..StoreOptions::default()
    };
    SqliteStore::open(&path, options).with_context(|| format!("could not open {}", path.display()))
}

/// Opens an existing store for a few reads. A server may be using it: SQLite coordinates the
/// processes.
pub(crate) fn open_beside_server(settings: &Settings) -> anyhow::Result<SqliteStore> {
    let path = data::database(&settings.data);
    require_existing(settings)?;
    let options = StoreOptions { readers: 1, blobs: None, ..StoreOptions::default() };
    SqliteStore::open(&path, options).with_context(|| format!("could not open {}", path.display()))
}

/// Opens an existing store that no server uses; the returned lock keeps it so. `otherwise` is the
/// advice in the error message if a server uses it.
pub(crate) fn open_stopped(
    settings: &Settings,
    otherwise: &'static str,
) -> anyhow::Result<(DataLock, SqliteStore)> {
    require_existing(settings)?;
    let owned = DataLock::take(&settings.data).context(otherwise)?;
    Ok((owned, open(settings)?))
}

fn require_existing(settings: &Settings) -> anyhow::Result<()> {
    let data = &settings.data;
    if !data::database(data).exists() {
        bail!("there is no store in {}; name its folder by --data", data.display());
    }
    Ok(())
}
