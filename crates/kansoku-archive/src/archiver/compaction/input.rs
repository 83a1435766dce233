//! A file that is merged, read as a sequence of runs: adjacent rows of one trace.
use std::ops::Range;
use std::sync::Arc;
use std::vec::IntoIter;

use arrow_array::{Array, RecordBatch};
use futures::TryStreamExt;
use kansoku_store::ArchiveFile;
use object_store::ObjectStore;
use object_store::path::Path;

use crate::files::{FileError, FileReader, RowRange, RowSelector};
use crate::tables::{Table, TraceColumn};

/// The encoded bytes that are decoded at once. Pages of wide columns are larger, and are decoded again
/// for each window.
const WINDOW_BYTES: usize = 2 << 20;

/// The place of a run among those of all files. Of the table of traces it is exact. Rows of the other
/// tables have no request time; their first time is nearly it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RunKey {
    time_us: i64,
    pub(super) trace: String,
}

pub(super) struct Input {
    table: Table,
    reader: FileReader,
    windows: IntoIter<RowRange>,
    /// The batches of the last window, mostly none: its decoder, which has whole pages, is not kept.
    ready: IntoIter<RecordBatch>,
    batch: Option<RecordBatch>,
    run: Range<usize>,
    key: RunKey,
}

impl Input {
    /// Opens a file before its first row. Fails if its footer is damaged.
    pub(super) async fn open(
        store: Arc<dyn ObjectStore>,
        file: &ArchiveFile,
        table: Table,
    ) -> Result<Self, FileError> {
        let path = Path::from(file.path.as_str());
        let reader = FileReader::open(store, path, file.bytes, table).await?;
        reader.verify_footer(file.footer_checksum).await?;
        let windows = reader.windows(WINDOW_BYTES).into_iter();
        let (run, key) = (0..0, RunKey::default());
        let ready = Vec::new().into_iter();
        Ok(Self { table, reader, windows, ready, batch: None, run, key })
    }

    /// The rows that are decoded; `None` before the first ones.
    pub(super) fn batch(&self) -> Option<&RecordBatch> {
        self.batch.as_ref()
    }

    /// The rows of the present run in the batch. It may go on in the next one.
    pub(super) fn run(&self) -> Range<usize> {
        self.run.clone()
    }

    pub(super) fn key(&self) -> &RunKey {
        &self.key
    }

    /// Replaces the batch by the next one. Returns whether there is one.
    pub(super) async fn next_batch(&mut self) -> Result<bool, FileError> {
        // Not both in memory.
        self.batch = None;
        loop {
            if let Some(batch) = self.ready.next() {
                (self.batch, self.run) = (Some(batch), 0..0);
                if self.next_run() {
                    return Ok(true);
                }
                continue;
            }
            let Some(window) = self.windows.next() else { return Ok(false) };
            let batches = self.reader.read(None, RowSelector::Ranges(vec![window]), None)?;
            self.ready = batches.try_collect::<Vec<_>>().await?.into_iter();
        }
    }

    /// Goes on to the next run of the batch. Returns whether there is one.
    pub(super) fn next_run(&mut self) -> bool {
        let Some(batch) = self.batch.as_ref().filter(|it| self.run.end < it.num_rows()) else {
            return false;
        };
        let first = self.run.end;
        let (trace, end) = match TraceColumn::new(self.table, batch) {
            Some(traces) => {
                let trace = traces.text(first);
                let others = (first + 1..batch.num_rows()).find(|row| traces.text(*row) != trace);
                (trace.to_owned(), others.unwrap_or(batch.num_rows()))
            }
            None => (String::new(), batch.num_rows()),
        };
        self.key = RunKey { time_us: time_us(self.table, batch, first), trace };
        self.run = first..end;
        true
    }
}

fn time_us(table: Table, batch: &RecordBatch, row: usize) -> i64 {
    let times = table.row_times(batch);
    times.filter(|times| times.is_valid(row)).map_or(i64::MIN, |times| times.value(row))
}
