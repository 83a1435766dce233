//! For whom the current task reads.
//!
//! Reads wait in turn by caller, so that the many reads of one do not keep out those of others. The
//! key travels with the task instead of through every signature: the server sets it once per request.
use std::future::Future;

tokio::task_local! {
    static CALLER: ReadCaller;
}

/// Identifies who reads, among all who read now; the default is the server itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReadCaller(pub u64);

impl ReadCaller {
    /// The caller that the current task reads for.
    pub fn current() -> Self {
        CALLER.try_with(|caller| *caller).unwrap_or_default()
    }

    /// Runs a future whose reads are this caller's.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CALLER.scope(self, work)
    }

    /// [`ReadCaller::scope`] for a single poll, such as that of a response body.
    pub fn sync_scope<T>(self, work: impl FnOnce() -> T) -> T {
        CALLER.sync_scope(self, work)
    }
}
