//! A store in memory on which commits meet what they meet in a bucket.
use std::fmt;
use std::sync::Mutex;

use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result,
};

#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    None,
    /// The response of a put is lost, and the client repeats the request.
    LostResponse,
    /// The put happens, and the client sees a time-out.
    TimedOut,
    /// Another writer is faster for this number of puts.
    OtherWriter {
        puts: usize,
    },
}

#[derive(Debug)]
pub(super) struct FaultyStore {
    store: InMemory,
    fault: Mutex<Fault>,
}

impl FaultyStore {
    pub(super) fn new() -> Self {
        Self { store: InMemory::new(), fault: Mutex::new(Fault::None) }
    }

    pub(super) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    fn take_fault(&self) -> Fault {
        let mut fault = self.fault.lock().unwrap();
        let current = *fault;
        *fault = match current {
            Fault::OtherWriter { puts } if 1 < puts => Fault::OtherWriter { puts: puts - 1 },
            _ => Fault::None,
        };
        current
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store with faults")
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        path: &Path,
        content: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let fault = if options.mode == PutMode::Create { self.take_fault() } else { Fault::None };
        match fault {
            Fault::None => {}
            Fault::LostResponse => {
                self.store.put_opts(path, content.clone(), options.clone()).await?;
            }
            Fault::TimedOut => {
                self.store.put_opts(path, content, options).await?;
                return Err(Error::Generic { store: "faulty", source: "it took too long".into() });
            }
            Fault::OtherWriter { .. } => {
                let foreign = r#"{"txn":{"appId":"other","version":1}}"#;
                self.store.put(path, foreign.into()).await?;
            }
        }
        self.store.put_opts(path, content, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.store.get_opts(path, options).await
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
