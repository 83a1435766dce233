//! A store of objects and a catalog that fail at a chosen step.
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use kansoku_store::{
    ArchiveBacklog, ArchiveBatch, ArchiveCatalog, ArchiveFile, ArchiveSize, BatchFiles, BatchPlan,
    StoreError, TraceRows,
};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    /// The step is done, but its caller does not learn of it.
    After,
}

/// Everything fails from one write on, as for a process that ends there.
#[derive(Debug)]
pub(crate) struct Faults {
    left: AtomicI64,
    when: When,
}

impl Faults {
    pub(crate) fn new(steps: i64, when: When) -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(steps), when })
    }

    fn is_over(&self) -> bool {
        self.left.load(Ordering::Relaxed) < 0
    }

    fn step(&self) -> i64 {
        self.left.fetch_sub(1, Ordering::Relaxed)
    }

    fn fails_before(&self, step: i64) -> bool {
        step < 0 || (step == 0 && self.when == When::Before)
    }

    fn fails_after(&self, step: i64) -> bool {
        step == 0
    }
}

#[derive(Debug)]
pub(crate) struct FaultyStore {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) faults: Arc<Faults>,
}

fn failed() -> Error {
    Error::Generic { store: "faulty", source: "the process ended".into() }
}

impl FaultyStore {
    async fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let step = self.faults.step();
        if self.faults.fails_before(step) {
            return Err(failed());
        }
        let done = work.await?;
        if self.faults.fails_after(step) { Err(failed()) } else { Ok(done) }
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store with faults")
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        path: &Path,
        content: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.run(self.store.put_opts(path, content, options)).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.run(self.store.put_multipart_opts(path, options)).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        match self.faults.is_over() {
            true => Err(failed()),
            false => self.store.get_opts(path, options).await,
        }
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}

pub(crate) struct FaultyCatalog {
    pub(crate) catalog: Arc<dyn ArchiveCatalog>,
    pub(crate) faults: Arc<Faults>,
}

/// Passes each call on, if it does not fail.
macro_rules! pass_on {
    (
        reads { $($read:ident($($read_arg:ident: $read_type:ty),*) -> $read_result:ty;)* }
        writes { $($write:ident($($arg:ident: $type:ty),*) -> $result:ty;)* }
    ) => {
        #[async_trait]
        impl ArchiveCatalog for FaultyCatalog {
            $(async fn $read(&self, $($read_arg: $read_type),*) -> Result<$read_result, StoreError> {
                match self.faults.is_over() {
                    true => Err(StoreError::Overloaded),
                    false => self.catalog.$read($($read_arg),*).await,
                }
            })*
            $(async fn $write(&self, $($arg: $type),*) -> Result<$result, StoreError> {
                let step = self.faults.step();
                if self.faults.fails_before(step) {
                    return Err(StoreError::Overloaded);
                }
                let done = self.catalog.$write($($arg),*).await?;
                if self.faults.fails_after(step) { Err(StoreError::Overloaded) } else { Ok(done) }
            })*
        }
    };
}

pass_on! {
    reads {
        archive_backlogs() -> Vec<ArchiveBacklog>;
        archive_prefix(experiment: ExperimentId, wanted: &str) -> String;
        open_batches() -> Vec<ArchiveBatch>;
        archive_files(experiment: ExperimentId) -> Vec<ArchiveFile>;
        file_locator(path: &str) -> Vec<TraceRows>;
        deletable_files(files_max: usize) -> Vec<String>;
        next_deletion() -> Option<TimestampMs>;
        unqueued_traces(after: Option<&TraceId>, traces_max: usize) -> Vec<(ExperimentId, TraceId)>;
        archive_sizes() -> Vec<ArchiveSize>;
    }
    writes {
        begin_archiving() -> String;
        queue_stored_traces(traces_max: usize) -> bool;
        plan_batch(plan: BatchPlan) -> Option<ArchiveBatch>;
        plan_rewrite(experiment: ExperimentId) -> ArchiveBatch;
        reserve_file(experiment: ExperimentId, path: &str) -> ();
        postpone_traces(experiment: ExperimentId, traces: &[TraceId]) -> ();
        batch_written(experiment: ExperimentId, files: BatchFiles) -> ();
        finish_batch(experiment: ExperimentId, delete_after: TimestampMs) -> ();
        drop_batch(experiment: ExperimentId) -> ();
        forget_files(paths: &[String]) -> ();
    }
}
