//! Traces in files of a temporary folder.
use std::sync::Arc;

use futures::TryStreamExt;
use kansoku_archive::files::{FileReader, FileWriter, RowSelector, WrittenFile, local_store};
use kansoku_archive::tables::{
    Layout, LogRows, RepeatedSpans, SpanRows, Table, read_logs, read_spans,
};
use kansoku_model::TraceId;
use object_store::ObjectStore;
use object_store::path::Path;

pub(crate) const LAYOUTS: [Layout; 2] = [Layout::V1, Layout::V2];

/// A trace as the hot store keeps it.
#[derive(Clone, Debug)]
pub(crate) struct StoredTrace {
    pub(crate) id: TraceId,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) logs: Vec<Vec<u8>>,
}

/// A folder with one file of spans and one of log records.
pub(crate) struct Archive {
    /// Removed with its files when dropped.
    _folder: tempfile::TempDir,
    store: Arc<dyn ObjectStore>,
    pub(crate) spans: WrittenFile,
    logs: WrittenFile,
}

impl Archive {
    pub(crate) async fn write(layout: Layout, traces: &[StoredTrace]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = local_store(folder.path()).unwrap();
        let mut writer = new_writer(&store, "spans/1.parquet", Table::Spans, layout);
        let mut rows = SpanRows::new(layout);
        for trace in traces {
            let mut repeated = RepeatedSpans::default();
            for chunk in &trace.chunks {
                repeated.add(&trace.id, chunk).unwrap();
            }
            for chunk in &trace.chunks {
                for batch in rows.append(&trace.id, chunk, &mut repeated).unwrap() {
                    writer.append(&batch).await.unwrap();
                }
            }
        }
        if let Some(batch) = rows.finish() {
            writer.append(&batch).await.unwrap();
        }
        let spans = writer.finish().await.unwrap();

        let mut writer = new_writer(&store, "logs/1.parquet", Table::Logs, layout);
        let mut rows = LogRows::new(layout);
        for (trace, chunk) in traces.iter().flat_map(|it| it.logs.iter().map(move |log| (it, log)))
        {
            for batch in rows.append(&trace.id, chunk).unwrap() {
                writer.append(&batch).await.unwrap();
            }
        }
        if let Some(batch) = rows.finish() {
            writer.append(&batch).await.unwrap();
        }
        let logs = writer.finish().await.unwrap();
        Self { _folder: folder, store, spans, logs }
    }

    pub(crate) async fn reader(&self, file: &WrittenFile, table: Table) -> FileReader {
        FileReader::open(self.store.clone(), file.path.clone(), file.bytes, table).await.unwrap()
    }

    /// Reads a trace by the locators of its rows.
    pub(crate) async fn read(&self, trace: &TraceId) -> StoredTrace {
        let mut read = StoredTrace { id: trace.clone(), chunks: Vec::new(), logs: Vec::new() };
        for (table, file) in [(Table::Spans, &self.spans), (Table::Logs, &self.logs)] {
            let ranges = file.traces.iter().filter(|it| it.trace == *trace);
            let ranges = RowSelector::Ranges(ranges.map(|it| it.rows).collect());
            let reader = self.reader(file, table).await;
            let mut batches = reader.read(None, ranges, Some(trace)).unwrap();
            while let Some(batch) = batches.try_next().await.unwrap() {
                match table {
                    Table::Spans => read.chunks.push(read_spans(&batch, trace).unwrap()),
                    _ => read.logs.push(read_logs(&batch, trace).unwrap()),
                }
            }
        }
        read
    }
}

pub(crate) fn new_writer(
    store: &Arc<dyn ObjectStore>,
    path: &str,
    table: Table,
    layout: Layout,
) -> FileWriter {
    FileWriter::new(store.clone(), Path::from(path), table, layout).unwrap()
}
