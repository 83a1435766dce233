//! A folder on a local disk as a store of objects.
use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::FileError;

/// The store of a folder, which must exist. A file and its name are on the disk when a write
/// returns, because rows are deleted from the hot store after that.
pub fn local_store(folder: &Path) -> Result<Arc<dyn ObjectStore>, FileError> {
    match LocalFileSystem::new_with_prefix(folder) {
        Ok(store) => Ok(Arc::new(store.with_fsync(true))),
        Err(source) => Err(FileError::NoFolder { folder: folder.display().to_string(), source }),
    }
}
