//! A queued write, and the reply that its caller waits for.
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::StoreError;

/// Fixed overhead charged per queued write, in addition to its payload.
pub(super) const WRITE_OVERHEAD_BYTES: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Done,
    /// The write was refused, before it changed anything.
    Rejected,
    /// The database failed; partial changes remain until the rollback.
    Failed,
}

pub(super) trait Write: Send {
    fn checked(&self) -> bool;
    fn apply(&mut self, tx: &Tx<'_>) -> Applied;
    fn bytes(&self) -> usize;
    fn met_full_disk(&self) -> bool;
    fn answer(self: Box<Self>, committed: &Result<(), Uncommitted>);
}

/// The reason why a commit failed, given to each of its writes.
#[derive(Clone)]
pub(super) enum Uncommitted {
    DiskFull,
    Failed(Arc<str>),
}

impl From<&Uncommitted> for StoreError {
    fn from(why: &Uncommitted) -> Self {
        match why {
            Uncommitted::DiskFull => Self::DiskFull,
            Uncommitted::Failed(why) => Self::Unwritable(why.to_string()),
        }
    }
}

pub(super) struct Job<F, T> {
    pub(super) doing: &'static str,
    pub(super) bytes: usize,
    checked: bool,
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job<F, T> {
    pub(super) fn new(
        doing: &'static str,
        bytes: usize,
        checked: bool,
        work: F,
    ) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let bytes = bytes + WRITE_OVERHEAD_BYTES;
        (Self { doing, bytes, checked, work, result: None, reply }, answer)
    }
}

impl<F, T> Write for Job<F, T>
where
    F: FnMut(&Tx<'_>) -> Result<T, EngineError> + Send,
    T: Send,
{
    fn checked(&self) -> bool {
        self.checked
    }

    fn apply(&mut self, tx: &Tx<'_>) -> Applied {
        let result = (self.work)(tx).map_err(StoreError::from);
        let applied = match &result {
            Ok(_) => Applied::Done,
            Err(error) if error.is_failure() => Applied::Failed,
            Err(_) => Applied::Rejected,
        };
        self.result = Some(result);
        applied
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn met_full_disk(&self) -> bool {
        matches!(self.result, Some(Err(StoreError::DiskFull)))
    }

    fn answer(self: Box<Self>, committed: &Result<(), Uncommitted>) {
        let result = match (self.result, committed) {
            (Some(Err(StoreError::Backend { source, .. })), _) => {
                Err(StoreError::Backend { doing: self.doing, source })
            }
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(why)) => Err(why.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => unreachable!("every write of a batch was applied"),
        };
        // Fails only if the caller is gone and needs no result.
        let _ = self.reply.send(result);
    }
}
