//! The caller that the current task reads for.
//!
//! Reads are scheduled fairly by caller, so that many reads of one caller do not delay those of
//! others. The caller is task-local instead of a parameter of every function: the server sets it
//! once per request.
use std::future::Future;

tokio::task_local! {
    static CALLER: ReadCaller;
}

/// Identifies a caller among those that currently read; the default is the server itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReadCaller(pub u64);

impl ReadCaller {
    /// The caller that the current task reads for.
    pub fn current() -> Self {
        CALLER.try_with(|caller| *caller).unwrap_or_default()
    }

    /// Runs a future whose reads are attributed to this caller.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CALLER.scope(self, work)
    }

    /// [`ReadCaller::scope`] for a single poll, such as that of a response body.
    pub fn sync_scope<T>(self, work: impl FnOnce() -> T) -> T {
        CALLER.sync_scope(self, work)
    }
}
