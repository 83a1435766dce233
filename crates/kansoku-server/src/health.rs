//! Whether the server is well, as probes and the status page say it.
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// Whether load balancers should send requests here.
#[derive(Clone)]
pub struct Health {
    stopping: Arc<AtomicBool>,
    unhealthy_reason: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// A sentence about a clock that may be wrong.
    clock: Arc<Mutex<Option<String>>>,
}

impl Health {
    /// `unhealthy_reason` says what is wrong, in a sentence, as long as something is.
    pub fn watching(unhealthy_reason: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            stopping: Arc::default(),
            unhealthy_reason: Arc::new(unhealthy_reason),
            clock: Arc::default(),
        }
    }

    /// From now on `/health` answers 503; requests are served as before.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn warn_of_clock(&self, warning: Option<String>) {
        *self.clock.lock().expect("setting never panics") = warning;
    }

    /// Problems that need attention although everything is served.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.clock.lock().expect("cloning never panics").iter().cloned().collect()
    }

    pub(crate) fn unhealthy_reason(&self) -> Option<String> {
        if self.stopping.load(Ordering::Relaxed) {
            return Some("the server is stopping".to_owned());
        }
        (self.unhealthy_reason)()
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::watching(|| None)
    }
}
