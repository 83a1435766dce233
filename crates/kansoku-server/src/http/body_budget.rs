//! The limit on memory for the bodies of all requests, and for those of one sender.
//!
//! A request reserves memory for its inflated body and for its decoded form, and releases it with
//! the response. If a limit is reached, the sender gets 429 and has to send again: memory is
//! bounded at any load, and no sender can block the others.
use std::{
    collections::HashMap,
    future::Future,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
};

use axum::{
    extract::{Request, State},
    http::Extensions,
    middleware::Next,
    response::Response,
};
use kansoku_model::{Coded, ErrorCode};
use tokio::sync::Semaphore;

use super::client_address::ClientAddress;
use super::metrics::REQUEST_BODY_BYTES;
use crate::auth::caller::Caller;

const BYTES_MAX: usize = 256 << 20;

/// The memory for the bodies of all current requests; cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes_max: usize,
    reserved: Mutex<Reserved>,
    /// Decoding a body needs several times its size, so at most as many are decoded at once as
    /// there are CPU cores.
    turns: Semaphore,
}

/// The bytes that all requests have reserved.
#[derive(Debug, Default)]
struct Reserved {
    bytes: usize,
    bytes_by_sender: HashMap<Sender, usize>,
}

/// The sender of a body: a token, or else an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sender {
    /// The number of the token's id.
    Token(i64),
    Address(IpAddr),
}

impl Sender {
    fn from_extensions(extensions: &Extensions) -> Self {
        let token = extensions.get::<Caller>().and_then(|caller| caller.token);
        token.map_or_else(
            || Self::Address(ClientAddress::from_extensions(extensions).0),
            |token| Self::Token(token.0),
        )
    }
}

impl BodyBudget {
    pub fn new(bytes_max: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (reserved, turns) = (Mutex::default(), Semaphore::new(cores));
        Self(Arc::new(Shared { bytes_max, reserved, turns }))
    }

    /// Runs the decoding of a large body, after waiting until one of few slots is free.
    pub(crate) async fn run_limited<T>(&self, work: impl Future<Output = T>) -> T {
        let _turn = self.0.turns.acquire().await;
        work.await
    }

    fn reserved(&self) -> MutexGuard<'_, Reserved> {
        self.0.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self::new(BYTES_MAX)
    }
}

impl Reserved {
    /// Whether a request that holds `own` bytes of its `sender` may hold `more`.
    ///
    /// The bodies of one sender may take half of the memory, or three quarters while there are no
    /// others, so that there is room for the next sender. A larger body passes when it is the only
    /// one; otherwise it never could.
    fn has_room(&self, bytes_max: usize, sender: Sender, own: usize, more: usize) -> bool {
        if self.bytes == own {
            return true;
        }
        let of_sender = self.bytes_by_sender.get(&sender).copied().unwrap_or(0);
        let share = if of_sender == self.bytes { bytes_max / 4 * 3 } else { bytes_max / 2 };
        self.bytes + more <= bytes_max && of_sender + more <= share
    }

    fn add(&mut self, sender: Sender, more: usize) {
        self.bytes += more;
        *self.bytes_by_sender.entry(sender).or_default() += more;
    }

    fn remove(&mut self, sender: Sender, bytes: usize) {
        self.bytes -= bytes;
        if let Some(of_sender) = self.bytes_by_sender.get_mut(&sender) {
            *of_sender -= bytes;
            if *of_sender == 0 {
                self.bytes_by_sender.remove(&sender);
            }
        }
    }
}

/// The bodies of current requests take all memory, or all that one sender may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the requests under way fill the memory there is for them, try again shortly")]
pub(crate) struct BudgetExceeded;

impl Coded for BudgetExceeded {
    fn code(&self) -> ErrorCode {
        ErrorCode::ResourceExhausted
    }
}

/// The bytes that one request has reserved; released with its last clone.
#[derive(Clone, Debug)]
pub(crate) struct Reservation(Arc<Held>);

#[derive(Debug)]
struct Held {
    budget: BodyBudget,
    /// Set once the request was authenticated; nothing is reserved before.
    sender: OnceLock<Sender>,
    bytes: Mutex<usize>,
}

impl Reservation {
    /// A reservation for memory that the server itself uses.
    pub(crate) fn of_server(budget: &BodyBudget) -> Self {
        Self::in_budget(budget)
    }

    fn in_budget(budget: &BodyBudget) -> Self {
        let (budget, bytes) = (budget.clone(), Mutex::new(0));
        Self(Arc::new(Held { budget, sender: OnceLock::new(), bytes }))
    }

    /// A reservation for tests.
    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        Self::in_budget(&BodyBudget::default())
    }

    /// The reservation of the request with these extensions, which must be authenticated.
    pub(crate) fn from_extensions(extensions: &Extensions) -> Self {
        let own = || Self::in_budget(&BodyBudget::default());
        let reservation: Self = extensions.get().cloned().unwrap_or_else(own);
        reservation.0.sender.get_or_init(|| Sender::from_extensions(extensions));
        reservation
    }

    /// Increases the reservation to `bytes` in total, if it is smaller.
    pub(crate) fn grow_to(&self, bytes: usize) -> Result<(), BudgetExceeded> {
        let Held { budget, bytes: held, .. } = &*self.0;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(more) = bytes.checked_sub(*held).filter(|more| 0 < *more) else { return Ok(()) };
        let sender = self.0.sender();
        let mut reserved = budget.reserved();
        if !reserved.has_room(budget.0.bytes_max, sender, *held, more) {
            return Err(BudgetExceeded);
        }
        reserved.add(sender, more);
        *held = bytes;
        record(&reserved);
        Ok(())
    }
}

impl Held {
    fn sender(&self) -> Sender {
        *self.sender.get_or_init(|| Sender::from_extensions(&Extensions::new()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let held = *self.bytes.get_mut().unwrap_or_else(PoisonError::into_inner);
        if 0 < held {
            let sender = self.sender();
            let mut reserved = self.budget.reserved();
            reserved.remove(sender, held);
            record(&reserved);
        }
    }
}

fn record(reserved: &Reserved) {
    metrics::gauge!(REQUEST_BODY_BYTES).set(reserved.bytes as f64);
}

/// Creates the reservation of each request, and holds it until there is a response.
pub(crate) async fn account(
    State(budget): State<BodyBudget>,
    mut request: Request,
    next: Next,
) -> Response {
    let reservation = Reservation::in_budget(&budget);
    request.extensions_mut().insert(reservation.clone());
    let response = next.run(request).await;
    drop(reservation);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reservations<const N: usize>(budget: &BodyBudget, tokens: [i64; N]) -> [Reservation; N] {
        tokens.map(|token| {
            let reservation = Reservation::in_budget(budget);
            reservation.0.sender.get_or_init(|| Sender::Token(token));
            reservation
        })
    }

    #[test]
    fn what_is_held_together_stays_under_the_cap_and_comes_back() {
        let budget = BodyBudget::new(100);
        let [first, second, third] = reservations(&budget, [1, 2, 3]);
        assert_eq!(first.grow_to(40), Ok(()));
        assert_eq!(second.grow_to(50), Ok(()));
        assert_eq!(third.grow_to(11), Err(BudgetExceeded));
        assert_eq!(third.grow_to(10), Ok(()));
        assert_eq!(first.grow_to(40), Ok(()), "it holds as many already");
        assert_eq!(first.grow_to(41), Err(BudgetExceeded));
        drop(second);
        assert_eq!(first.grow_to(41), Ok(()));
        drop((first, third));
        let reserved = budget.reserved();
        assert_eq!((reserved.bytes, reserved.bytes_by_sender.len()), (0, 0));
    }

    #[test]
    fn one_sender_leaves_room_for_others() {
        let budget = BodyBudget::new(100);
        let [first, second, third] = reservations(&budget, [1, 1, 2]);
        assert_eq!(first.grow_to(50), Ok(()));
        assert_eq!(second.grow_to(26), Err(BudgetExceeded), "three quarters while alone");
        assert_eq!(second.grow_to(25), Ok(()));
        assert_eq!(third.grow_to(25), Ok(()), "another sender finds room");
        drop(second);
        let [fourth] = reservations(&budget, [1]);
        assert_eq!(fourth.grow_to(1), Err(BudgetExceeded), "half while others hold something");
        drop(third);
        assert_eq!(fourth.grow_to(25), Ok(()));
    }

    #[test]
    fn a_body_larger_than_the_cap_passes_alone() {
        let budget = BodyBudget::new(100);
        let [large, small] = reservations(&budget, [1, 2]);
        assert_eq!(small.grow_to(1), Ok(()));
        assert_eq!(large.grow_to(200), Err(BudgetExceeded));
        drop(small);
        assert_eq!(large.grow_to(200), Ok(()));
        assert_eq!(large.grow_to(300), Ok(()));
    }
}
