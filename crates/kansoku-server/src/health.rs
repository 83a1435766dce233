//! The health of the server, for probes and the status page.
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// Whether load balancers should send requests to this server.
#[derive(Clone)]
pub struct Health {
    stopping: Arc<AtomicBool>,
    unhealthy_reason: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    warning: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// A warning about a clock that may be wrong.
    clock: Arc<Mutex<Option<String>>>,
}

impl Health {
    /// `unhealthy_reason` returns a sentence that describes the current problem, or `None`.
    pub fn watching(unhealthy_reason: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            stopping: Arc::default(),
            unhealthy_reason: Arc::new(unhealthy_reason),
            warning: Arc::new(|| None),
            clock: Arc::default(),
        }
    }

    /// `warning` returns a sentence that describes a problem that needs attention, although all
    /// requests are served.
    pub fn with_warning(
        self,
        warning: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { warning: Arc::new(warning), ..self }
    }

    /// Makes `/health` return 503 from now on; requests are still served.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn warn_of_clock(&self, warning: Option<String>) {
        *self.clock.lock().expect("setting never panics") = warning;
    }

    /// Problems that need attention, although all requests are served.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let clock = self.clock.lock().expect("cloning never panics").clone();
        clock.into_iter().chain((self.warning)()).collect()
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
