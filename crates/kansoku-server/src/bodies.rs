//! How many bytes of request bodies are in memory together, whoever sends them.
//!
//! A request reserves what it reads, once inflated, and gives it back with its answer. Past the
//! cap it hears 429 and sends again later: memory is bounded at any load.
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use axum::{
    extract::{Request, State},
    http::Extensions,
    middleware::Next,
    response::Response,
};
use tokio::sync::Semaphore;

use crate::metrics::REQUEST_BODY_BYTES;

const BYTES_MAX: usize = 256 << 20;

/// The bodies of all requests under way; cheap to clone.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes: AtomicUsize,
    bytes_max: usize,
    /// Taking a body apart needs several times its size: no more at once than there are cores.
    turns: Semaphore,
}

impl Bodies {
    pub fn new(bytes_max: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Shared {
            bytes: AtomicUsize::new(0),
            bytes_max,
            turns: Semaphore::new(cores),
        }))
    }

    /// Waits until one of few large bodies may be taken apart, and does it.
    pub(crate) async fn in_turn<T>(&self, work: impl Future<Output = T>) -> T {
        let _turn = self.0.turns.acquire().await;
        work.await
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self::new(BYTES_MAX)
    }
}

/// More bodies are under way than fit in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the requests under way fill the memory there is for them, try again shortly")]
pub(crate) struct Full;

/// What one request holds; given back when its last clone goes.
#[derive(Clone, Debug)]
pub(crate) struct Reservation(Arc<Held>);

#[derive(Debug)]
struct Held {
    bodies: Bodies,
    bytes: AtomicUsize,
}

impl Reservation {
    pub(crate) fn in_bodies(bodies: &Bodies) -> Self {
        Self(Arc::new(Held { bodies: bodies.clone(), bytes: AtomicUsize::new(0) }))
    }

    /// That of the request these extensions belong to.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let own = || Self::in_bodies(&Bodies::default());
        extensions.get().cloned().unwrap_or_else(own)
    }

    /// Holds `bytes` in all, if it did not hold as many before.
    ///
    /// A body larger than the cap passes when it is alone, or it never could.
    pub(crate) fn grow_to(&self, bytes: usize) -> Result<(), Full> {
        let Held { bodies, bytes: held } = &*self.0;
        let own = held.load(Ordering::Relaxed);
        let Some(more) = bytes.checked_sub(own).filter(|more| 0 < *more) else { return Ok(()) };
        let Shared { bytes: all, bytes_max, .. } = &*bodies.0;
        let fits = |all: usize| (all == own || all + more <= *bytes_max).then_some(all + more);
        all.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| Full)?;
        held.store(bytes, Ordering::Relaxed);
        bodies.tell();
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let held = *self.bytes.get_mut();
        if 0 < held {
            self.bodies.0.bytes.fetch_sub(held, Ordering::Relaxed);
            self.bodies.tell();
        }
    }
}

impl Bodies {
    fn tell(&self) {
        metrics::gauge!(REQUEST_BODY_BYTES).set(self.0.bytes.load(Ordering::Relaxed) as f64);
    }
}

/// Gives each request its reservation, and holds it until there is an answer.
pub(crate) async fn account(
    State(bodies): State<Bodies>,
    mut request: Request,
    next: Next,
) -> Response {
    let reservation = Reservation::in_bodies(&bodies);
    request.extensions_mut().insert(reservation.clone());
    let response = next.run(request).await;
    drop(reservation);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_together_stays_under_the_cap_and_comes_back() {
        let bodies = Bodies::new(100);
        let [first, second] = [0, 1].map(|_| Reservation::in_bodies(&bodies));
        assert_eq!(first.grow_to(60), Ok(()));
        assert_eq!(second.grow_to(41), Err(Full));
        assert_eq!(second.grow_to(40), Ok(()));
        assert_eq!(first.grow_to(60), Ok(()), "it holds as many already");
        assert_eq!(first.grow_to(61), Err(Full));
        drop(second);
        assert_eq!(first.grow_to(61), Ok(()));
        drop(first);
        assert_eq!(bodies.0.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_body_larger_than_the_cap_passes_alone() {
        let bodies = Bodies::new(100);
        let [large, small] = [0, 1].map(|_| Reservation::in_bodies(&bodies));
        assert_eq!(small.grow_to(1), Ok(()));
        assert_eq!(large.grow_to(200), Err(Full));
        drop(small);
        assert_eq!(large.grow_to(200), Ok(()));
        assert_eq!(large.grow_to(300), Ok(()));
    }
}
