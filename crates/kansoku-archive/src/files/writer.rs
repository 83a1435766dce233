//! Writes a file as a stream of row groups.
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use kansoku_store::RowGroupIndex;
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;

use super::checksums::{BlockHasher, HashingWriter};
use super::locator::Locator;
use super::properties::writer_properties;
use super::row_groups::RowGroups;
use super::statistics::delta_statistics;
use super::{FileError, TraceRange};
use crate::tables::{Layout, Table};

/// A row group is what a reader of one trace opens, and what is in memory while it is written.
pub(super) const ROW_GROUP_ROWS_MAX: usize = 64 << 10;
pub(super) const ROW_GROUP_BYTES_MAX: usize = 64 << 20;
/// Searches read the table of traces by row groups, newest first.
const TRACES_A_ROW_GROUP: usize = 8 << 10;

/// Larger files are uploaded in parts of this size, one at a time.
const PART_BYTES: usize = 8 << 20;
const PARTS_IN_FLIGHT: usize = 1;

/// A file that is being written. It does not exist for readers before [`FileWriter::finish`].
///
/// Besides the compressed row group, only one batch is in memory: a trace of any size is written in
/// batches. Rows come sorted by the request time of their trace, the trace, and the start of the
/// span, and all traces of a file are of one UTC day.
pub struct FileWriter {
    writer: AsyncArrowWriter<HashingWriter>,
    hasher: Arc<Mutex<BlockHasher>>,
    table: Table,
    schema: SchemaRef,
    path: Path,
    row_group: u32,
    /// The rows and bytes in the row group.
    group_rows: usize,
    group_bytes: usize,
    rows: u64,
    /// The most rows of a row group.
    group_rows_max: usize,
    locator: Locator,
    /// For a table of traces.
    row_groups: Option<RowGroups>,
    /// The UTC day of the first trace, for rows that have its request time.
    day: Option<i64>,
}

/// A file that was written.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    pub path: Path,
    pub bytes: u64,
    pub rows: u64,
    /// The statistics of an `add` action in Delta's log, as JSON text.
    pub statistics: String,
    /// The checksum of the footer, for [`FileReader::verify_footer`](super::FileReader::verify_footer).
    pub footer_checksum: u64,
    /// The rows of each trace, in the order of the file.
    pub traces: Vec<TraceRange>,
    /// The row groups of a table of traces.
    pub row_groups: Vec<RowGroupIndex>,
}

impl FileWriter {
    /// Begins a file. Nothing is sent to the store yet.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        path: Path,
        table: Table,
        layout: Layout,
    ) -> Result<Self, FileError> {
        let inner = BufWriter::with_capacity(store, path.clone(), PART_BYTES)
            .with_max_concurrency(PARTS_IN_FLIGHT);
        let hasher = Arc::<Mutex<BlockHasher>>::default();
        let sink = HashingWriter { inner, hasher: hasher.clone() };
        let schema = table.arrow_schema(layout);
        // Arrow's schema in a file makes some readers expect types that Parquet does not have.
        let options = ArrowWriterOptions::new()
            .with_properties(writer_properties(table, layout))
            .with_skip_arrow_metadata(true);
        let writer = AsyncArrowWriter::try_new_with_options(sink, schema.clone(), options)
            .map_err(|error| FileError::writing(table, &path, error))?;
        let is_traces = table == Table::Traces;
        Ok(Self {
            writer,
            hasher,
            table,
            schema,
            path,
            row_group: 0,
            group_rows: 0,
            group_bytes: 0,
            rows: 0,
            group_rows_max: if is_traces { TRACES_A_ROW_GROUP } else { ROW_GROUP_ROWS_MAX },
            locator: Locator::default(),
            row_groups: is_traces.then(RowGroups::default),
            day: None,
        })
    }

    /// Appends rows, which builders in [`tables`](crate::tables) or a [`FileReader`](super::FileReader)
    /// made. Fails if they have other columns than the table.
    pub async fn append(&mut self, batch: &RecordBatch) -> Result<(), FileError> {
        let columns = batch.columns().to_vec();
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(|error| {
            let path = self.path.clone();
            FileError::OtherColumns { table: self.table, path, reason: error.to_string() }
        })?;
        debug_assert!(self.has_one_day(&batch), "the traces of a file are of one UTC day");
        let bytes = batch_bytes(&batch);
        let mut first = 0;
        while first < batch.num_rows() {
            let is_full = self.group_rows_max <= self.group_rows
                || ROW_GROUP_BYTES_MAX < self.group_bytes + bytes;
            if is_full && 0 < self.group_rows {
                self.end_row_group().await?;
            }
            let rows = (batch.num_rows() - first).min(self.group_rows_max - self.group_rows);
            self.write(&batch.slice(first, rows)).await?;
            first += rows;
        }
        self.group_bytes += bytes;
        Ok(())
    }

    /// Whether the request times of a batch are of the same UTC day as those before.
    fn has_one_day(&mut self, batch: &RecordBatch) -> bool {
        const DAY_US: i64 = 86_400_000_000;
        let times = Table::Traces.row_times(batch);
        let mut days = times.into_iter().flatten().flatten().map(|time| time.div_euclid(DAY_US));
        days.all(|day| *self.day.get_or_insert(day) == day)
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<(), FileError> {
        self.locator.add(self.table, batch, self.row_group, self.group_rows as u32);
        if let Some(row_groups) = &mut self.row_groups {
            row_groups.add(batch).map_err(|error| {
                let path = self.path.clone();
                FileError::OtherColumns { table: self.table, path, reason: error.to_string() }
            })?;
        }
        let written = self.writer.write(batch).await;
        written.map_err(|error| FileError::writing(self.table, &self.path, error))?;
        self.group_rows += batch.num_rows();
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    async fn end_row_group(&mut self) -> Result<(), FileError> {
        let flushed = self.writer.flush().await;
        flushed.map_err(|error| FileError::writing(self.table, &self.path, error))?;
        self.row_groups.iter_mut().for_each(RowGroups::end_row_group);
        self.row_group += 1;
        (self.group_rows, self.group_bytes) = (0, 0);
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of rows that are in memory.
    pub fn memory_bytes(&self) -> usize {
        self.writer.memory_size()
    }

    /// The bytes that the file has so far, including an estimate of the last row group.
    pub fn file_bytes(&self) -> usize {
        self.writer.bytes_written() + self.writer.in_progress_size()
    }

    /// Completes the file. When this returns, the file is durable.
    pub async fn finish(mut self) -> Result<WrittenFile, FileError> {
        self.end_row_group().await?;
        let hasher = self.hasher.clone();
        let hasher = || hasher.lock().unwrap_or_else(PoisonError::into_inner);
        self.writer.append_key_value_metadata(hasher().footer_entry());
        let metadata = self.writer.finish().await;
        let metadata =
            metadata.map_err(|error| FileError::writing(self.table, &self.path, error))?;
        Ok(WrittenFile {
            bytes: self.writer.bytes_written() as u64,
            rows: self.rows,
            footer_checksum: hasher().footer_checksum(),
            statistics: delta_statistics(self.table, &metadata),
            traces: self.locator.finish(),
            row_groups: self.row_groups.map(RowGroups::finish).unwrap_or_default(),
            path: self.path,
        })
    }

    /// Gives up the file. Parts that were already sent are removed from the store.
    pub async fn abort(self) -> Result<(), FileError> {
        let path = self.path;
        let aborted = self.writer.into_inner().inner.abort().await;
        aborted.map_err(|source| FileError::Unavailable { doing: "give up", path, source })
    }
}

/// The bytes of the rows of a batch, without spare capacity.
fn batch_bytes(batch: &RecordBatch) -> usize {
    let bytes = |array: &Arc<dyn Array>| {
        let data = array.to_data();
        data.get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size())
    };
    batch.columns().iter().map(bytes).sum()
}
