//! `kansoku archive`: shows, verifies, compacts and queries the archive of a data folder.
mod compact;
mod sql;
mod status;
mod verify;

use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use kansoku_archive::ArchivePlace;
use kansoku_model::{Experiment, ExperimentId};
use kansoku_sqlite::SqliteStore;
use kansoku_store::{ArchiveCatalog as _, ArchiveSize, ExperimentStore as _, StoreError};

use crate::args::FolderArgs;
use crate::config::{self, Settings};
use crate::store;

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct ArchiveCommand {
    #[command(subcommand)]
    verb: Verb,
}

const HELP: &str = "\
The data folder and the archive are those of `kansoku serve` with the same flags, variables and file.
`status`, `verify` and `sql` may run beside the server, on the same machine.

Examples:
  kansoku archive status --data /var/lib/kansoku
  kansoku archive verify --deep --config /etc/kansoku.toml
  kansoku archive sql --for duckdb --archive file:///var/lib/kansoku-archive > views.sql";

#[derive(Subcommand)]
enum Verb {
    /// Show what is archived by experiment, and what waits
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        from: ArchiveFrom,
    },
    /// Compare tables, files and rows with the data folder; exits with 1 if something is wrong
    #[command(after_help = VERIFY_HELP)]
    Verify {
        /// Decode all rows, too, which reads the whole archive
        #[arg(long)]
        deep: bool,
        /// Name or id of the only experiment to verify [default: all]
        #[arg(long, value_name = "NAME")]
        experiment: Option<String>,
        #[command(flatten)]
        from: ArchiveFrom,
    },
    /// Merge small files now and at full speed; the server does so by itself, slowly
    #[command(after_help = COMPACT_HELP)]
    Compact {
        #[command(flatten)]
        from: ArchiveFrom,
    },
    /// Print SQL, or Python for Polars, that opens the tables
    #[command(after_help = SQL_HELP)]
    Sql {
        /// Program that is to run it
        #[arg(long = "for", value_name = "PROGRAM")]
        engine: sql::Engine,
        /// Name or id of the only experiment [default: all]
        #[arg(long, value_name = "NAME")]
        experiment: Option<String>,
        #[command(flatten)]
        from: ArchiveFrom,
    },
}

const VERIFY_HELP: &str = "\
Each file must be in the log of its table and in the data folder's catalog, with its size, its number
of rows, and the checksum of its footer. With --deep all rows are decoded, which verifies the checksums
of all blocks, and each trace must be where the catalog locates it. Each stored trace must have one row
in the archive, unless its last change waits.

Examples:
  kansoku archive verify --data /var/lib/kansoku --archive file:///mnt/archive
  kansoku archive verify --deep --experiment /Shared/support";

const COMPACT_HELP: &str = "\
Stop the server of the data folder first. Files that were replaced are deleted an hour later, by the
server or the next of these commands.

Examples:
  kansoku archive compact --data /var/lib/kansoku --archive file:///mnt/archive";

const SQL_HELP: &str = "\
Each table becomes a view, or an external table in Databricks; an example follows as a comment.
S3 needs the usual credentials of the program.

Examples:
  kansoku archive sql --for duckdb > views.sql && duckdb -init views.sql
  kansoku archive sql --for polars --experiment /Shared/support > tables.py
  kansoku archive sql --for databricks --archive s3://traces/kansoku";

#[derive(clap::Args)]
struct ArchiveFrom {
    /// The archive's location [default: the one that `kansoku serve` would use]
    #[arg(long, value_name = "URL")]
    archive: Option<ArchivePlace>,
    #[command(flatten)]
    folder: FolderArgs,
}

impl ArchiveFrom {
    fn settings(self) -> anyhow::Result<Settings> {
        let archive = self.archive.map(|place| place.to_string());
        let flags = archive.map(|place| config::flag("archive", place.as_ref()));
        self.folder.settings_with(flags.into_iter().collect())
    }
}

pub(crate) fn run(asked: ArchiveCommand) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("could not start the runtime")?.block_on(async {
        match asked.verb {
            Verb::Status { json, from } => {
                let (settings, store) = open(from)?;
                let text = status::status(&settings, &store, json).await;
                store.close().await;
                print!("{}", text?);
                Ok(())
            }
            Verb::Verify { deep, experiment, from } => {
                let (settings, store) = open(from)?;
                let store = Arc::new(store);
                let verified = verify::verify(&settings, store.clone(), deep, experiment).await;
                store.close().await;
                verified
            }
            Verb::Compact { from } => compact::compact(&from.settings()?).await,
            Verb::Sql { engine, experiment, from } => {
                let (settings, store) = open(from)?;
                let text = sql::sql(&settings, &store, engine, experiment).await;
                store.close().await;
                print!("{}", text?);
                Ok(())
            }
        }
    })
}

fn open(from: ArchiveFrom) -> anyhow::Result<(Settings, SqliteStore)> {
    let settings = from.settings()?;
    let store = store::open_beside_server(&settings)?;
    Ok((settings, store))
}

fn place(settings: &Settings) -> anyhow::Result<&ArchivePlace> {
    let place = settings.archive.archive.as_ref();
    place.context(
        "no archive is configured; name it by --archive, or the file of settings by --config",
    )
}

/// The archived experiments, or only one. A deleted one is only known by its tables.
async fn experiments(
    store: &SqliteStore,
    only: Option<&str>,
) -> anyhow::Result<Vec<(ArchiveSize, Option<Experiment>)>> {
    let only_id = match only {
        Some(name) => Some(experiment(store, name).await?),
        None => None,
    };
    let mut experiments = Vec::new();
    for size in store.archive_sizes().await? {
        if only_id.is_some_and(|only| only != size.experiment) {
            continue;
        }
        let experiment = match store.experiment(size.experiment).await {
            Ok(experiment) => Some(experiment),
            // Its traces stay in the archive.
            Err(StoreError::ExperimentNotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        experiments.push((size, experiment));
    }
    match (experiments.is_empty(), only) {
        (false, _) => Ok(experiments),
        (true, Some(name)) => bail!("no trace of experiment `{name}` is archived yet"),
        (true, None) => bail!("no trace of this data folder is archived yet"),
    }
}

/// The experiment with a name or an id.
async fn experiment(store: &SqliteStore, text: &str) -> anyhow::Result<ExperimentId> {
    match store.experiment_by_name(text).await {
        Ok(found) => Ok(found.experiment_id),
        Err(error) => match text.parse() {
            Ok(id) => Ok(ExperimentId(id)),
            Err(_) => Err(error.into()),
        },
    }
}

/// A name for the terminal, which clients choose.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).take(80).collect()
}
