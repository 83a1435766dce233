use std::sync::Arc;

use async_trait::async_trait;
use kansoku_store::{IngestLedger, Ledger, Rejection, StoreError};

use crate::auth::rights::BoundRights;

pub(crate) struct ScopedLedger {
    inner: Arc<dyn IngestLedger>,
    rights: Arc<BoundRights>,
}

impl ScopedLedger {
    pub(crate) fn new(inner: Arc<dyn IngestLedger>, rights: Arc<BoundRights>) -> Self {
        Self { inner, rights }
    }
}

#[async_trait]
impl IngestLedger for ScopedLedger {
    async fn record_rejection(&self, rejection: Rejection) -> Result<(), StoreError> {
        self.inner.record_rejection(rejection).await
    }

    async fn ledger(&self) -> Result<Ledger, StoreError> {
        Err(self.rights.forbidden("the ledger, which is about all experiments"))
    }
}
