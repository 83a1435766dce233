//! Reads rows of a file: chosen columns of chosen row groups, ranges or traces.
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use kansoku_model::TraceId;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, RowFilter, RowSelection,
};
use parquet::arrow::async_reader::RowGroupSelection;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::statistics::Statistics;
use xxhash_rust::xxh3::xxh3_64;

use super::checksums::Checksums;
use super::object::ObjectReader;
use super::{FileError, RowRange};
use crate::tables::Table;

/// A batch has about this many bytes, but at least one row.
const BATCH_BYTES: usize = 8 << 20;
const BATCH_ROWS_MAX: usize = 8192;

/// A file whose footer was read. Copies share the footer.
#[derive(Clone)]
pub struct FileReader {
    object: ObjectReader,
    table: Table,
    metadata: ArrowReaderMetadata,
}

/// The rows to read.
#[derive(Clone, Debug)]
pub enum RowSelector {
    All,
    RowGroups(Vec<u32>),
    /// Ranges of rows; of a row group only the pages with these rows are fetched.
    Ranges(Vec<RowRange>),
}

impl FileReader {
    /// Reads the footer of a file with this many bytes.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        path: Path,
        bytes: u64,
        table: Table,
    ) -> Result<Self, FileError> {
        let mut object = ObjectReader { store, path: path.clone(), bytes, checksums: None };
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load_async(&mut object, options);
        let metadata = without_panic(metadata).await;
        let metadata = metadata.map_err(|error| FileError::reading(&path, error))?;
        object.checksums = Checksums::from_metadata(metadata.metadata()).map(Arc::new);
        Ok(Self { object, table, metadata })
    }

    /// Compares the footer with its checksum, which the writer returned. Columns have checksums in
    /// the footer, and every read verifies them.
    pub async fn verify_footer(&self, checksum: u64) -> Result<(), FileError> {
        let ObjectReader { store, path, bytes, checksums } = &self.object;
        let footer = checksums.as_ref().map(|checksums| checksums.footer(*bytes));
        let found = match footer.filter(|footer| !footer.is_empty()) {
            Some(footer) => {
                let footer = store.get_range(path, footer).await.map_err(|source| {
                    FileError::Unavailable { doing: "read", path: path.clone(), source }
                })?;
                xxh3_64(&footer)
            }
            // The entry of the checksums itself was changed.
            None => !checksum,
        };
        if found == checksum {
            return Ok(());
        }
        let source = ParquetError::General("its footer was changed".to_owned());
        Err(FileError::Damaged { path: path.clone(), source })
    }

    pub(super) fn table(&self) -> Table {
        self.table
    }

    pub fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    pub fn row_groups(&self) -> u32 {
        self.metadata.metadata().num_row_groups() as u32
    }

    /// All rows, in ranges of about this many encoded bytes each.
    pub(crate) fn windows(&self, bytes: usize) -> Vec<RowRange> {
        let mut windows = Vec::new();
        for row_group in 0..self.row_groups() {
            let rows = self.rows_in(row_group).unwrap_or(0);
            let step = self.rows_of_bytes(bytes, row_group as usize).clamp(1, BATCH_ROWS_MAX);
            // A row group has far fewer rows than `u32::MAX`.
            windows.extend((0..rows).step_by(step).map(|first| RowRange {
                row_group,
                first: first as u32,
                rows: step.min(rows - first) as u32,
            }));
        }
        windows
    }

    /// The row groups that may contain rows of the trace, according to their Bloom filters.
    pub async fn row_groups_with(&self, trace: &TraceId) -> Result<Vec<u32>, FileError> {
        let all = (0..self.row_groups()).collect();
        let Some(column) = self.table.trace_column().filter(|_| self.table.has_bloom_filter())
        else {
            return Ok(all);
        };
        let Some(leaf) = self.leaf(column) else { return Ok(all) };
        let text = self.table.encode_trace(trace);
        let mut found = Vec::new();
        let mut builder = self.builder();
        for row_group in 0..self.row_groups() {
            let filter = builder.get_row_group_column_bloom_filter(row_group as usize, leaf);
            let filter = without_panic(filter).await;
            let filter = filter.map_err(|error| FileError::reading(&self.object.path, error))?;
            if filter.is_none_or(|filter| filter.check(&text.as_str())) {
                found.push(row_group);
            }
        }
        Ok(found)
    }

    /// The row groups that may have a value within `range` in a column of type `Long` or
    /// `Timestamp`, according to their statistics.
    pub fn row_groups_in(&self, column: &str, range: &RangeInclusive<i64>) -> Vec<u32> {
        let leaf = self.leaf(column);
        let may_contain = |row_group: &u32| {
            let group = self.metadata.metadata().row_group(*row_group as usize);
            match leaf.and_then(|leaf| group.column(leaf).statistics()) {
                Some(Statistics::Int64(values)) => {
                    values.min_opt().is_none_or(|min| min <= range.end())
                        && values.max_opt().is_none_or(|max| range.start() <= max)
                }
                _ => true,
            }
        };
        (0..self.row_groups()).filter(may_contain).collect()
    }

    /// Reads rows in batches. Without `columns` all are read; with `trace`, only its rows, of which
    /// the trace column is compared before other columns are fetched.
    pub fn read(
        &self,
        columns: Option<&[&str]>,
        rows: RowSelector,
        trace: Option<&TraceId>,
    ) -> Result<BoxStream<'static, Result<RecordBatch, FileError>>, FileError> {
        let selections = self.selections(rows)?;
        let groups = selections.iter().map(RowGroupSelection::row_group_index);
        let batch_rows = self.batch_rows(groups);
        let mut builder = self.builder().with_batch_size(batch_rows);
        if let Some(columns) = columns {
            builder = builder.with_projection(self.projection(columns)?);
        }
        if let (Some(trace), Some(column)) = (trace, self.table.trace_column()) {
            builder = builder.with_row_filter(self.trace_filter(column, trace)?);
        }
        let path = self.object.path.clone();
        let stream = builder.with_row_group_selections(selections).build();
        let stream = stream.map_err(|error| FileError::reading(&path, error))?;
        let mut is_over = false;
        // After an error or a panic, the decoder's state is undefined.
        let batches = AssertUnwindSafe(stream).catch_unwind().map(move |caught| {
            let batch = caught.unwrap_or_else(|_| Err(panic_error()));
            batch.map_err(|error| FileError::reading(&path, error))
        });
        let until_error = batches.take_while(move |batch| {
            let goes_on = !is_over;
            is_over |= batch.is_err();
            std::future::ready(goes_on)
        });
        Ok(until_error.boxed())
    }

    fn builder(&self) -> ParquetRecordBatchStreamBuilder<ObjectReader> {
        let (object, metadata) = (self.object.clone(), self.metadata.clone());
        ParquetRecordBatchStreamBuilder::new_with_metadata(object, metadata)
    }

    fn selections(&self, rows: RowSelector) -> Result<Vec<RowGroupSelection>, FileError> {
        let whole = |row_group: u32| {
            self.rows_in(row_group)?;
            Ok(RowGroupSelection::new(row_group as usize, None))
        };
        match rows {
            RowSelector::All => (0..self.row_groups()).map(whole).collect(),
            RowSelector::RowGroups(groups) => groups.into_iter().map(whole).collect(),
            RowSelector::Ranges(ranges) => {
                let mut by_group: BTreeMap<u32, Vec<std::ops::Range<usize>>> = BTreeMap::new();
                for RowRange { row_group, first, rows } in ranges {
                    let end = first as usize + rows as usize;
                    if self.rows_in(row_group)? < end {
                        let path = self.object.path.clone();
                        return Err(FileError::NoRow { path, row_group, row: end as u32 - 1 });
                    }
                    by_group.entry(row_group).or_default().push(first as usize..end);
                }
                let selection = |(row_group, ranges)| self.selection(row_group, ranges);
                by_group.into_iter().map(selection).collect()
            }
        }
    }

    fn selection(
        &self,
        row_group: u32,
        mut ranges: Vec<std::ops::Range<usize>>,
    ) -> Result<RowGroupSelection, FileError> {
        ranges.sort_by_key(|range| range.start);
        // Overlapping ranges would be read twice.
        let mut end = 0;
        for range in &mut ranges {
            range.start = range.start.max(end);
            range.end = range.end.max(range.start);
            end = range.end;
        }
        ranges.retain(|range| !range.is_empty());
        let rows = self.rows_in(row_group)?;
        let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), rows);
        Ok(RowGroupSelection::new(row_group as usize, Some(selection)))
    }

    fn rows_in(&self, row_group: u32) -> Result<usize, FileError> {
        let group = self.metadata.metadata().row_groups().get(row_group as usize);
        match group.and_then(|group| usize::try_from(group.num_rows()).ok()) {
            Some(rows) => Ok(rows),
            None => Err(FileError::NoRowGroup { path: self.object.path.clone(), row_group }),
        }
    }

    /// The rows of a batch, so that even the largest rows of these row groups do not fill the
    /// memory.
    fn batch_rows(&self, row_groups: impl Iterator<Item = usize>) -> usize {
        let rows = row_groups.map(|row_group| self.rows_of_bytes(BATCH_BYTES, row_group));
        rows.min().unwrap_or(1).clamp(1, BATCH_ROWS_MAX)
    }

    /// The number of a row group's rows that have this many bytes.
    fn rows_of_bytes(&self, bytes: usize, row_group: usize) -> usize {
        let group = self.metadata.metadata().row_group(row_group);
        let rows = usize::try_from(group.num_rows()).unwrap_or(0).max(1);
        let group_bytes = usize::try_from(group.total_byte_size()).unwrap_or(usize::MAX);
        bytes / (group_bytes / rows).max(1)
    }

    fn projection(&self, columns: &[&str]) -> Result<ProjectionMask, FileError> {
        let schema = self.metadata.parquet_schema();
        let fields = schema.root_schema().get_fields();
        let index = |column: &&str| match fields.iter().position(|field| field.name() == *column) {
            Some(index) => Ok(index),
            None => {
                let (path, column) = (self.object.path.clone(), (*column).to_owned());
                Err(FileError::NoColumn { table: self.table, path, column })
            }
        };
        let roots: Vec<usize> = columns.iter().map(index).collect::<Result<_, _>>()?;
        Ok(ProjectionMask::roots(schema, roots))
    }

    fn trace_filter(&self, column: &str, trace: &TraceId) -> Result<RowFilter, FileError> {
        let text = self.table.encode_trace(trace);
        let is_span_target = format!("{text}:");
        let may_be_span = self.table == Table::Annotations;
        let is_trace =
            move |value: &str| value == text || (may_be_span && value.starts_with(&is_span_target));
        let predicate = ArrowPredicateFn::new(self.projection(&[column])?, move |batch| {
            let texts = batch.column(0).as_any().downcast_ref::<StringArray>();
            Ok(match texts {
                Some(texts) => texts.iter().map(|text| Some(text.is_some_and(&is_trace))).collect(),
                None => BooleanArray::from(vec![false; batch.num_rows()]),
            })
        });
        Ok(RowFilter::new(vec![Box::new(predicate)]))
    }

    /// The leaf of a top-level column.
    fn leaf(&self, column: &str) -> Option<usize> {
        let leaves = self.metadata.parquet_schema().columns();
        leaves.iter().position(|leaf| matches!(leaf.path().parts(), [name] if name == column))
    }
}

/// Decoders of Parquet do not promise to return an error for every damaged file.
async fn without_panic<T>(
    work: impl Future<Output = Result<T, ParquetError>>,
) -> Result<T, ParquetError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(panic_error()))
}

fn panic_error() -> ParquetError {
    ParquetError::General("it cannot be decoded".to_owned())
}
