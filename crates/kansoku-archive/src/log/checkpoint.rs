//! Checkpoints: the state of a version in one Parquet file, so that older commits need not be read.
//!
//! The checkpoint is written first and the hint to it second, so a hint that exists names a
//! checkpoint that is complete. Rows are converted from and to the JSON of commits, so both have one
//! reader.
use std::sync::Arc;

use arrow_json::{LineDelimitedWriter, ReaderBuilder};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde::{Deserialize, Serialize};

use super::actions::{self, Action};
use super::checkpoint_schema;
use super::error::{LogError, Rejection};
use super::file_names;
use super::folder::{CHECKPOINT_BYTES_MAX, LogFolder};
use super::open::Table;
use super::snapshot::Snapshot;
use super::validation::{APPLICATIONS_MAX, FILES_MAX};

const ROWS_AT_ONCE: usize = 1024;
const ROWS_MAX: usize = FILES_MAX + APPLICATIONS_MAX + 3;
pub(super) const HINT_BYTES_MAX: u64 = 1024 * 1024;

/// The content of `_last_checkpoint`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hint {
    version: u64,
    #[serde(default)]
    size: i64,
    #[serde(default)]
    size_in_bytes: i64,
    #[serde(default)]
    num_of_add_files: i64,
}

impl Table {
    /// Writes a checkpoint of the current version, and forgets files that were removed longer ago
    /// than the table's retention.
    pub async fn checkpoint(&mut self, now_ms: i64) -> Result<(), LogError> {
        Arc::make_mut(&mut self.snapshot).forget_old_tombstones(now_ms);
        let version = self.snapshot.version;
        let snapshot = self.snapshot.clone();
        let failed = |reason: String| LogError::CheckpointFailed {
            table: self.folder.table(),
            version,
            reason,
        };
        let encoded = tokio::task::spawn_blocking(move || encode(&snapshot)).await;
        let (content, rows) = encoded
            .map_err(|panic| failed(panic.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        if CHECKPOINT_BYTES_MAX < content.len() as u64 {
            return Err(failed(format!("it has more than {CHECKPOINT_BYTES_MAX} bytes")));
        }
        let hint = Hint {
            version,
            size: to_signed(rows),
            size_in_bytes: to_signed(content.len()),
            num_of_add_files: to_signed(self.snapshot.files.len()),
        };
        let hint = serde_json::to_vec(&hint).expect("numbers are JSON");
        self.folder.overwrite(&file_names::checkpoint(version), content).await?;
        self.folder.overwrite(file_names::HINT, hint).await
    }
}

impl LogFolder {
    /// The version of the checkpoint that the hint names. A hint that cannot be read is none.
    pub(super) async fn read_hint(&self) -> Result<Option<u64>, LogError> {
        let hint = match self.read(file_names::HINT, HINT_BYTES_MAX).await {
            Err(LogError::TooLarge { .. }) => None,
            hint => hint?,
        };
        let hint = hint.and_then(|text| serde_json::from_slice::<Hint>(&text).ok());
        Ok(hint.map(|hint| hint.version))
    }

    pub(super) async fn read_checkpoint(&self, version: u64) -> Result<Snapshot, LogError> {
        let name = file_names::checkpoint(version);
        let Some(content) = self.read(&name, CHECKPOINT_BYTES_MAX).await? else {
            return Err(LogError::MissingVersion { table: self.table(), version });
        };
        // Decoding takes long enough to need a thread, and `parquet` panics on some damaged files: in
        // a thread that is an error.
        let decoded = tokio::task::spawn_blocking(move || {
            decode(content).and_then(|actions| Snapshot::from_actions(version, actions))
        });
        let snapshot = decoded.await.unwrap_or_else(|_| {
            Err(Rejection::Malformed("it is no valid Parquet file".to_owned()))
        });
        snapshot.map_err(|rejection| rejection.in_file(&self.table(), version, &name))
    }
}

/// The content of a checkpoint, and its number of rows.
fn encode(snapshot: &Snapshot) -> Result<(Vec<u8>, usize), ParquetError> {
    let schema = Arc::new(checkpoint_schema::schema());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let options =
        ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options)?;
    let mut decoder = ReaderBuilder::new(schema).with_batch_size(ROWS_AT_ONCE).build_decoder()?;
    let (mut actions, mut rows) = (snapshot.actions(), 0);
    loop {
        let chunk: Vec<Action> = actions.by_ref().take(ROWS_AT_ONCE).collect();
        decoder.serialize(&chunk)?;
        let Some(batch) = decoder.flush()? else { break };
        rows += batch.num_rows();
        writer.write(&batch)?;
    }
    Ok((writer.into_inner()?, rows))
}

fn decode(content: Bytes) -> Result<Vec<Action>, Rejection> {
    let failed = |error: ParquetError| Rejection::Malformed(error.to_string());
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(content, options).map_err(failed)?;
    let schema = checkpoint_schema::schema();
    let columns = builder.parquet_schema().columns().iter().enumerate();
    let read: Vec<usize> = columns
        .filter(|(_, column)| checkpoint_schema::is_read(&schema, column.path().parts()))
        .map(|(at, _)| at)
        .collect();
    let mask = ProjectionMask::leaves(builder.parquet_schema(), read);
    let batches = builder.with_projection(mask).with_batch_size(ROWS_AT_ONCE).build();
    let mut actions = Vec::new();
    for batch in batches.map_err(failed)? {
        let batch = batch.map_err(|error| failed(error.into()))?;
        let mut writer = LineDelimitedWriter::new(Vec::new());
        writer.write(&batch).map_err(|error| failed(error.into()))?;
        let lines = writer.into_inner();
        if lines.split(|byte| *byte == b'\n').any(|line| line == b"{}") {
            return Err(Rejection::Unsupported("an unknown action in a checkpoint".to_owned()));
        }
        actions.extend(actions::parse_lines(&lines)?);
        if ROWS_MAX < actions.len() {
            return Err(Rejection::TooMany { things: "rows in a checkpoint", max: ROWS_MAX });
        }
    }
    Ok(actions)
}

fn to_signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
