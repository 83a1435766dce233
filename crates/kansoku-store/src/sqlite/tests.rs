use std::sync::Arc;

use super::*;
use crate::suite::Stores;

/// A store in a temporary folder.
fn fresh() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    // Sealing runs beside every case: nobody may see it.
    let options = StoreOptions { seal_after: Duration::ZERO, ..StoreOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).unwrap());
    Stores { traces: store.clone(), meta: store, keep: Box::new(folder) }
}

crate::store_suite!(fresh);

mod sealing;
