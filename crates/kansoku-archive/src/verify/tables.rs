//! The tables of an experiment: their files in the log, in the catalog, and as they are.
use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use kansoku_store::{ArchiveFile, ArchiveSize, StoreError};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::{Depth, Problem, VerifiedExperiment, Verifier, VerifyProgress};
use crate::archiver::batch_writer::table_folder;
use crate::archiver::locator;
use crate::files::{FileError, FileReader};
use crate::log;
use crate::reader::with_sources;
use crate::tables::Table;

impl Verifier {
    pub(super) async fn verify_tables(
        &self,
        size: &ArchiveSize,
        progress: &mut (dyn FnMut(VerifyProgress<'_>) + Send),
    ) -> Result<VerifiedExperiment, StoreError> {
        let (experiment, prefix) = (size.experiment, &size.prefix);
        let mut verified = VerifiedExperiment::new(experiment, prefix);
        let open = self.catalog.open_batches().await?.into_iter();
        let open = open.filter(|batch| batch.experiment == experiment).filter_map(|it| it.files);
        // An open batch is committed to some of the tables.
        let open: BTreeSet<String> = open
            .flat_map(|files| {
                files.removed.into_iter().chain(files.added.into_iter().map(|it| it.path))
            })
            .collect();
        let files = self.catalog.archive_files(experiment).await?;
        for table in Table::ALL {
            let files: Vec<_> = files.iter().filter(|it| it.table == table.suffix()).collect();
            let compared = self.compare_with_log(prefix, table, &files, &open).await;
            verified.problems.extend(compared);
        }
        for file in &files {
            verified.files += 1;
            verified.bytes += file.bytes;
            verified.rows += file.rows;
            verified.problems.extend(self.verify_file(file).await?);
            progress(VerifyProgress {
                prefix,
                files: verified.files,
                files_total: files.len() as u64,
            });
        }
        Ok(verified)
    }

    async fn compare_with_log(
        &self,
        prefix: &str,
        table: Table,
        files: &[&ArchiveFile],
        open: &BTreeSet<String>,
    ) -> Vec<Problem> {
        let folder = table_folder(prefix, table);
        let log = match log::Table::open(self.store.clone(), folder.as_str().into()).await {
            Ok(log) => log,
            // The first batch creates the tables.
            Err(log::LogError::NotFound { .. }) if files.is_empty() => return Vec::new(),
            Err(error) => {
                let reason = with_sources(&error);
                return vec![Problem::UnreadableTable { table: folder, reason }];
            }
        };
        let in_log = log.snapshot().files();
        let mut in_log: BTreeMap<String, u64> =
            in_log.map(|file| (format!("{folder}/{}", file.path), file.size)).collect();
        let mut problems = Vec::new();
        for file in files {
            let (path, expected) = (file.path.clone(), file.bytes);
            match in_log.remove(&path) {
                Some(found) if found != expected => {
                    problems.push(Problem::OtherSizeInLog { path, expected, found });
                }
                None if !open.contains(&path) => problems.push(Problem::NotInLog { path }),
                _ => {}
            }
        }
        let unknown = in_log.into_keys().filter(|path| !open.contains(path));
        problems.extend(unknown.map(|path| Problem::NotInCatalog { path }));
        problems
    }

    async fn verify_file(&self, file: &ArchiveFile) -> Result<Option<Problem>, StoreError> {
        let path = file.path.clone();
        match self.read_file(file).await {
            Ok(problem) => Ok(problem),
            Err(ReadError::Store(error)) => Err(error),
            Err(ReadError::File(FileError::NotFound { .. })) => Ok(Some(Problem::Missing { path })),
            Err(ReadError::File(error)) => {
                Ok(Some(Problem::Unreadable { path, reason: with_sources(&error) }))
            }
        }
    }

    /// The first problem of a file.
    async fn read_file(&self, file: &ArchiveFile) -> Result<Option<Problem>, ReadError> {
        let Some(table) = Table::from_suffix(&file.table) else {
            return Ok(None);
        };
        let (path, location) = (file.path.clone(), Path::from(file.path.as_str()));
        let found = match self.store.head(&location).await {
            Ok(found) => found.size,
            Err(object_store::Error::NotFound { .. }) => {
                return Ok(Some(Problem::Missing { path }));
            }
            Err(source) => {
                let doing = "look for";
                return Err(FileError::Unavailable { doing, path: location, source }.into());
            }
        };
        if found != file.bytes {
            return Ok(Some(Problem::OtherSize { path, expected: file.bytes, found }));
        }
        let reader = FileReader::open(self.store.clone(), location, file.bytes, table).await?;
        reader.verify_footer(file.footer_checksum).await?;
        if reader.rows() != file.rows {
            let (expected, found) = (file.rows, reader.rows());
            return Ok(Some(Problem::OtherRows { path, expected, found }));
        }
        match self.depth {
            Depth::Footers => Ok(None),
            Depth::Rows => self.scan(file, table, &reader).await,
        }
    }

    async fn scan(
        &self,
        file: &ArchiveFile,
        table: Table,
        reader: &FileReader,
    ) -> Result<Option<Problem>, ReadError> {
        let (path, expected) = (file.path.clone(), file.rows);
        let (mut found, mut are_times_right) = (0, true);
        let traces = reader.scan(|rows| {
            found += rows.num_rows() as u64;
            are_times_right &= table != Table::Traces || has_times(file, rows);
        });
        let mut traces = locator::locator(&traces.await?);
        traces.sort_unstable();
        let known = self.catalog.file_locator(&file.path).await?;
        Ok(if found != expected {
            Some(Problem::OtherRows { path, expected, found })
        } else if known != traces {
            Some(Problem::OtherLocator { path })
        } else if !are_times_right {
            Some(Problem::OtherTimes { path })
        } else {
            None
        })
    }
}

/// Whether the times of traces are within those of their file.
fn has_times(file: &ArchiveFile, rows: &RecordBatch) -> bool {
    let range = file.min_time.0..=file.max_time.0;
    Table::Traces.row_times(rows).is_some_and(|times| {
        times.iter().flatten().all(|time_us| range.contains(&time_us.div_euclid(1000)))
    })
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Store(#[from] StoreError),

    #[error(transparent)]
    File(#[from] FileError),
}
