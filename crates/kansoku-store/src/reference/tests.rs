use std::sync::Arc;

use super::ReferenceStore;
use crate::suite::Stores;

fn fresh() -> Stores {
    Stores::of_engine(Arc::new(ReferenceStore::default()), ())
}

crate::store_suite!(fresh);
