//! Payload too large for the database: files in a folder, or objects on S3.
//!
//! A blob belongs to one chunk of one trace. Its name is a hash and a random number, and is never
//! reused. The engine deletes blobs that no chunk refers to.
use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};

use object_store::{ObjectStore, ObjectStoreExt as _, path::Path as Name};
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};

use crate::StoreError;

mod place;

pub use place::{BlobPlace, InvalidBlobPlace};

/// The folder beside the database, unless another place is configured.
pub const FOLDER: &str = "blobs";
const LOCK: &str = "blobs.lock";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobOptions {
    /// Frames larger than this, in compressed bytes, are stored as blobs; `None` means never.
    pub over: Option<u64>,
    pub place: BlobPlace,
}

impl Default for BlobOptions {
    fn default() -> Self {
        Self { over: Some(1 << 20), place: BlobPlace::BesideTheDatabase }
    }
}

pub struct Blobs {
    /// New blobs are written to the first place; older ones may be in any.
    places: Vec<Arc<dyn ObjectStore>>,
    over: usize,
    lock: Option<PathBuf>,
    /// Runs reads and writes, whichever thread waits for them. Created on first use.
    runtime: OnceLock<Runtime>,
    in_flight: Arc<Mutex<HashSet<String>>>,
    holds: AtomicUsize,
    /// Whether the last write failed. Only the log has the reason, since it contains names of
    /// places.
    failing: AtomicBool,
}

impl Blobs {
    /// Opens the blobs of the database in the folder `data`.
    pub fn open(data: &Path, options: &BlobOptions) -> Result<Self, StoreError> {
        let places = place::open(&data.join(FOLDER), &options.place)?;
        let over = options.over.and_then(|bytes| usize::try_from(bytes).ok());
        Ok(Self::in_places(places, over.unwrap_or(usize::MAX), Some(data.join(LOCK))))
    }

    /// Stores no blobs.
    pub fn none() -> Self {
        Self::in_places(Vec::new(), usize::MAX, None)
    }

    fn in_places(places: Vec<Arc<dyn ObjectStore>>, over: usize, lock: Option<PathBuf>) -> Self {
        Self {
            places,
            over,
            lock,
            runtime: OnceLock::new(),
            in_flight: Arc::default(),
            holds: AtomicUsize::new(0),
            failing: AtomicBool::new(false),
        }
    }

    pub fn is_owner(&self) -> bool {
        !self.places.is_empty()
    }

    pub fn takes(&self, bytes: usize) -> bool {
        self.over < bytes && !self.places.is_empty()
    }

    /// Reserves a name for a blob with these bytes.
    pub fn begin(&self, bytes: &[u8]) -> InFlight {
        let name = new_name(bytes);
        self.in_flight.lock().expect("inserting never panics").insert(name.clone());
        InFlight { name, bytes: bytes.len() as u64, all: self.in_flight.clone() }
    }

    /// Writes a blob, and returns when it is durable. The write completes even if the caller is
    /// dropped.
    pub async fn put(&self, blob: InFlight, bytes: Vec<u8>) -> Result<InFlight, StoreError> {
        let place = self.places[0].clone();
        let writing = self.runtime()?.spawn(async move {
            let put = place.put(&Name::from(blob.name.as_str()), bytes.into()).await;
            put.map(|_| blob)
        });
        let written = writing.await.map_err(|error| StoreError::backend("write a blob", error))?;
        self.note(written.as_ref().err());
        written.map_err(|_| StoreError::BlobsUnwritable)
    }

    /// Reads a blob. Blocks; must not be called from async code.
    pub fn get(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let (places, key) = (self.places.clone(), Name::from(name));
        let bytes = self.wait_for(async move {
            let mut found = Err(object_store::Error::NotFound {
                path: key.to_string(),
                source: "no place for blobs is set".into(),
            });
            for place in places {
                found = match place.get(&key).await {
                    Ok(object) => object.bytes().await,
                    Err(error) => Err(error),
                };
                if !matches!(found, Err(object_store::Error::NotFound { .. })) {
                    break;
                }
            }
            found
        })?;
        let bytes = bytes.map_err(|error| StoreError::backend("read a blob", error))?;
        if !name.rsplit('/').next().unwrap_or(name).starts_with(&hash(&bytes)) {
            return Err(StoreError::damaged(format!("blob {name} is not as it was written")));
        }
        Ok(bytes.into())
    }

    /// Deletes a blob, if it exists.
    pub fn delete(&self, name: &str) -> Result<(), StoreError> {
        let (places, key) = (self.places.clone(), Name::from(name));
        let deleted = self.wait_for(async move {
            for place in places {
                match place.delete(&key).await {
                    Err(object_store::Error::NotFound { .. }) | Ok(()) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })?;
        deleted.map_err(|error| StoreError::backend("delete a blob", error))
    }

    /// The names of blobs that are being written, or are written but not yet referred to by a
    /// commit.
    pub fn in_flight(&self) -> HashSet<String> {
        self.in_flight.lock().expect("cloning never panics").clone()
    }

    /// Prevents the deletion of blobs while the returned value lives; for long reads.
    pub fn hold(&self) -> Hold<'_> {
        self.holds.fetch_add(1, Ordering::SeqCst);
        Hold(self)
    }

    /// Permission to delete blobs; `None` during a backup or a long read. The lock file, where
    /// there is one, must be held while deleting.
    pub fn leave_to_delete(&self) -> Result<Option<Option<File>>, StoreError> {
        if 0 < self.holds.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let Some(lock) = &self.lock else { return Ok(Some(None)) };
        let failed = |error| StoreError::backend("lock the blobs", error);
        let file = open_lock(lock).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Some(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The reason why blobs cannot be written; `None` while the last write succeeded.
    pub fn unhealthy_reason(&self) -> Option<String> {
        let failing = self.failing.load(Ordering::Relaxed);
        failing.then(|| "large payload cannot be kept, the log says why".to_owned())
    }

    fn note(&self, failure: Option<&object_store::Error>) {
        match (self.failing.swap(failure.is_some(), Ordering::Relaxed), failure) {
            (false, Some(error)) => tracing::error!(%error, "writing blobs fails"),
            (true, None) => tracing::info!("blobs are written again"),
            _ => {}
        }
    }

    fn wait_for<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = mpsc::sync_channel(1);
        self.runtime()?.spawn(async move { drop(send.send(work.await)) });
        receive.recv().map_err(|error| StoreError::backend("wait for a blob", error))
    }

    fn runtime(&self) -> Result<&Runtime, StoreError> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let made = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("blobs")
            .enable_all()
            .build()
            .map_err(|error| StoreError::backend("start a thread for blobs", error))?;
        if let Err(second) = self.runtime.set(made) {
            second.shutdown_background();
        }
        Ok(self.runtime.get().expect("one was set, by whomever"))
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // A runtime that blocks on shutdown must not be dropped inside of another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A blob that no committed chunk refers to yet. Dropped when the write that refers to it has
/// succeeded or failed.
#[derive(Debug)]
pub struct InFlight {
    pub name: String,
    pub bytes: u64,
    all: Arc<Mutex<HashSet<String>>>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Ok(mut all) = self.all.lock() {
            all.remove(&self.name);
        }
    }
}

pub struct Hold<'a>(&'a Blobs);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.holds.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Prevents the server of this folder from deleting blobs, as long as the returned file is open.
/// Blocks while the server is deleting some.
pub fn keep_all(data: &Path) -> std::io::Result<File> {
    let file = open_lock(&data.join(LOCK))?;
    // Deletions are short, so this does not wait long.
    file.lock()?;
    Ok(file)
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create(true).truncate(false).open(path)
}

/// A name such as `ab/ab12…-7f3e…`: the hash's first two digits, the hash, and a random number.
fn new_name(bytes: &[u8]) -> String {
    let hash = hash(bytes);
    format!("{}/{hash}-{:016x}", &hash[..2], rand::random::<u64>())
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
}
