//! A semaphore that is fair between callers.
//!
//! Each caller has its own queue of waiting requests. A released slot goes to the next caller in
//! round-robin order, so the hundredth search of one caller does not delay the first of another. A
//! caller can hold at most its share of the slots, so that others find a free one.
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use kansoku_store::ReadCaller;

/// Limits of waiting requests, over all callers and per caller. Further requests fail.
const WAITING_MAX: usize = 1024;
const WAITING_PER_CALLER_MAX: usize = 256;

#[derive(Clone)]
pub(crate) struct FairSlots(Arc<Shared>);

struct Shared {
    /// Number of slots that one caller can hold.
    per_caller: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: usize,
    used: HashMap<ReadCaller, usize>,
    /// Waiting requests by caller; only callers that have any.
    queues: BTreeMap<ReadCaller, VecDeque<oneshot::Sender<Slot>>>,
    /// The caller that received the last slot. The search for the next one starts after it.
    last: ReadCaller,
}

/// A slot in use. Dropping it passes it to the next waiting request.
pub(crate) struct Slot {
    slots: FairSlots,
    caller: ReadCaller,
    is_taken: bool,
}

/// The queue of waiting requests is full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyWaiting;

impl FairSlots {
    pub(crate) fn new(count: usize, per_caller: usize) -> Self {
        let state = Mutex::new(State { free: count, ..State::default() });
        Self(Arc::new(Shared { per_caller, state }))
    }

    /// Waits for a slot. Dropping the future leaves the queue. Fails if too many requests wait.
    pub(crate) async fn acquire(&self, caller: ReadCaller) -> Result<Slot, TooManyWaiting> {
        let waiting = {
            let mut state = self.state();
            state.queues.retain(|_, queue| {
                queue.retain(|waiting| !waiting.is_closed());
                !queue.is_empty()
            });
            if 0 < state.free && state.used_by(caller) < self.0.per_caller {
                state.take(caller);
                return Ok(self.slot(caller));
            }
            let all: usize = state.queues.values().map(VecDeque::len).sum();
            let queue = state.queues.entry(caller).or_default();
            if WAITING_MAX <= all || WAITING_PER_CALLER_MAX <= queue.len() {
                return Err(TooManyWaiting);
            }
            let (give, waiting) = oneshot::channel();
            queue.push_back(give);
            waiting
        };
        Ok(waiting.await.expect("a queue gives up only those who stopped waiting"))
    }

    fn slot(&self, caller: ReadCaller) -> Slot {
        Slot { slots: self.clone(), caller, is_taken: true }
    }

    fn release(&self, caller: ReadCaller) {
        let mut next = self.state().give_back(caller, self.0.per_caller);
        while let Some((caller, waiting)) = next {
            let Err(mut refused) = waiting.send(self.slot(caller)) else { return };
            // The receiver was dropped meanwhile: pass the slot on to the next.
            refused.is_taken = false;
            next = self.state().give_back(caller, self.0.per_caller);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn used_by(&self, caller: ReadCaller) -> usize {
        self.used.get(&caller).copied().unwrap_or(0)
    }

    fn take(&mut self, caller: ReadCaller) {
        self.free -= 1;
        *self.used.entry(caller).or_default() += 1;
    }

    /// Frees a slot, and takes it for the next waiting request.
    fn give_back(
        &mut self,
        caller: ReadCaller,
        per_caller: usize,
    ) -> Option<(ReadCaller, oneshot::Sender<Slot>)> {
        self.free += 1;
        if let Some(used) = self.used.get_mut(&caller) {
            *used -= 1;
            if *used == 0 {
                self.used.remove(&caller);
            }
        }
        let after = self.queues.range((Bound::Excluded(self.last), Bound::Unbounded));
        let mut in_turn = after.chain(self.queues.range(..=self.last)).map(|(caller, _)| *caller);
        let next = in_turn.find(|caller| self.used_by(*caller) < per_caller)?;
        let queue = self.queues.get_mut(&next)?;
        let waiting = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&next);
        }
        self.last = next;
        self.take(next);
        Some((next, waiting.expect("a queue without anyone is removed")))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.is_taken {
            self.slots.release(self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const A: ReadCaller = ReadCaller(1);
    const B: ReadCaller = ReadCaller(2);

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn now(slots: &FairSlots, caller: ReadCaller) -> Option<Slot> {
        match poll(pin!(slots.acquire(caller))) {
            Poll::Ready(slot) => Some(slot.unwrap()),
            Poll::Pending => None,
        }
    }

    #[test]
    fn one_caller_leaves_a_slot_for_the_others() {
        let slots = FairSlots::new(3, 2);
        let (first, second) = (now(&slots, A).unwrap(), now(&slots, A).unwrap());
        assert!(now(&slots, A).is_none());
        let other = now(&slots, B).unwrap();
        assert!(now(&slots, B).is_none(), "all are in use");
        drop((first, second, other));
        assert_eq!(slots.state().free, 3);
        assert!(slots.state().used.is_empty());
    }

    #[test]
    fn those_who_wait_come_in_turn_by_caller() {
        let slots = FairSlots::new(1, 1);
        let mut running = now(&slots, A);
        let mut waiting: Vec<_> = [A, A, A, B, ReadCaller(3), B]
            .into_iter()
            .map(|caller| (caller, Box::pin(slots.acquire(caller))))
            .collect();
        for (_, wait) in &mut waiting {
            assert!(poll(wait.as_mut()).is_pending());
        }
        let mut order = Vec::new();
        while !waiting.is_empty() {
            drop(running.take());
            let found =
                waiting.iter_mut().enumerate().find_map(|(at, (caller, wait))| {
                    match poll(wait.as_mut()) {
                        Poll::Ready(slot) => Some((at, *caller, slot.unwrap())),
                        Poll::Pending => None,
                    }
                });
            let (at, caller, slot) = found.expect("a freed slot goes to someone who waits");
            drop(waiting.remove(at));
            order.push(caller.0);
            running = Some(slot);
        }
        drop(running);
        assert_eq!(order, [1, 2, 3, 1, 2, 1]);
        assert_eq!(slots.state().free, 1);
    }

    #[test]
    fn who_leaves_gives_its_place_back_at_once() {
        let slots = FairSlots::new(1, 1);
        let running = now(&slots, A).unwrap();
        let mut gone = Box::pin(slots.acquire(A));
        let mut given = Box::pin(slots.acquire(A));
        let mut last = Box::pin(slots.acquire(B));
        for wait in [&mut gone, &mut given, &mut last] {
            assert!(poll(wait.as_mut()).is_pending());
        }
        drop(gone);
        drop(last);
        drop(running);
        // A future that is dropped after it received its slot returns it, too.
        drop(given);
        assert!(now(&slots, B).is_some());
    }

    #[test]
    fn no_more_than_so_many_wait() {
        let slots = FairSlots::new(1, 1);
        let _running = now(&slots, A).unwrap();
        let mut waiting = Vec::new();
        for _ in 0..WAITING_PER_CALLER_MAX {
            let mut wait = Box::pin(slots.acquire(A));
            assert!(poll(wait.as_mut()).is_pending());
            waiting.push(wait);
        }
        assert!(matches!(poll(pin!(slots.acquire(A))), Poll::Ready(Err(TooManyWaiting))));
        assert!(poll(pin!(slots.acquire(B))).is_pending(), "others still may");
        waiting.pop();
        assert!(poll(pin!(slots.acquire(A))).is_pending(), "there is room again");
    }
}
