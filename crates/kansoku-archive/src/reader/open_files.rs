//! Files whose footers were read lately.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use kansoku_store::{ArchiveFile, StoreError};
use object_store::ObjectStore;
use object_store::path::Path;

use crate::files::FileReader;
use crate::tables::Table;

/// A footer has some kilobytes.
const OPEN_MAX: usize = 256;

pub(super) struct OpenFiles {
    store: Arc<dyn ObjectStore>,
    /// The oldest first.
    open: Mutex<VecDeque<(String, FileReader)>>,
}

impl OpenFiles {
    pub(super) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, open: Mutex::default() }
    }

    pub(super) async fn get(&self, file: &ArchiveFile) -> Result<FileReader, StoreError> {
        if let Some(reader) = self.known(&file.path) {
            return Ok(reader);
        }
        let table = Table::from_suffix(&file.table).ok_or_else(|| {
            StoreError::ArchiveDamaged(format!("file `{}` is of an unknown table", file.path))
        })?;
        let path = Path::from(file.path.as_str());
        let reader = FileReader::open(self.store.clone(), path, file.bytes, table).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if OPEN_MAX <= open.len() {
            open.pop_front();
        }
        open.push_back((file.path.clone(), reader.clone()));
        Ok(reader)
    }

    fn known(&self, path: &str) -> Option<FileReader> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().find(|(known, _)| known == path).map(|(_, reader)| reader.clone())
    }
}
