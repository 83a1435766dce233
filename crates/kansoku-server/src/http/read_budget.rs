//! The limit on memory for all responses.
//!
//! A read is charged for the data that it decompresses, decodes and renders, until the client has
//! received it. If there is no room, it waits for a limited time and then fails with 429. One
//! caller gets a share of the budget, and a limited number of large reads at a time. Memory of a
//! slow reader that can be loaded again is taken from it when others need the room.
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Duration,
};

use kansoku_model::{Coded, ErrorCode};
use kansoku_store::ReadCaller;
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout_at},
};

const BYTES_MAX: usize = 128 << 20;
/// The longest wait of a read for room, or for a slot of its caller.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// Memory of slow readers becomes available as they grow idle, so waiting reads retry in this
/// interval.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The most large responses that one caller may read at a time.
const LARGE_READS_PER_CALLER_MAX: usize = 16;

/// The memory of all current reads; cheap to clone.
#[derive(Clone)]
pub struct ReadBudget(Arc<Shared>);

struct Shared {
    bytes_max: usize,
    wait_max: Duration,
    large_reads_max: usize,
    state: Mutex<State>,
    /// Notified when bytes or a slot are released.
    freed: Notify,
    /// Limits how many chunks of traces are decompressed at a time to the number of CPU cores. Each
    /// chunk is copied several times, and the allocator keeps its peak memory.
    turns: Semaphore,
}

#[derive(Default)]
struct State {
    bytes: usize,
    /// The most bytes that were ever charged at a time.
    peak_bytes: usize,
    callers: HashMap<ReadCaller, Used>,
    evictable: Vec<Weak<dyn Evict>>,
}

#[derive(Default)]
struct Used {
    bytes: usize,
    large_reads: usize,
}

/// Memory that its holder can load again.
pub(crate) trait Evict: Send + Sync {
    /// Releases what was not used for some time.
    fn evict(&self);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadsBusy {
    #[error(
        "the answers that other clients are reading fill the memory there is for them \
         (`reads_mib_max`), try again shortly"
    )]
    Full,
    #[error(
        "{0} large answers are being read with this token or from this address already; finish one first"
    )]
    TooManyLarge(usize),
}

impl Coded for ReadsBusy {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Full | Self::TooManyLarge(_) => ErrorCode::ResourceExhausted,
        }
    }
}

impl ReadBudget {
    pub fn new(bytes_max: usize) -> Self {
        Self::with_limits(bytes_max, WAIT_MAX, LARGE_READS_PER_CALLER_MAX)
    }

    /// `wait_max` is the longest wait of a read for room, `large_reads_max` the most large
    /// responses that one caller may read at a time.
    pub fn with_limits(bytes_max: usize, wait_max: Duration, large_reads_max: usize) -> Self {
        Self(Arc::new(Shared {
            bytes_max,
            wait_max,
            large_reads_max,
            state: Mutex::default(),
            freed: Notify::new(),
            turns: Semaphore::new(thread::available_parallelism().map_or(1, usize::from)),
        }))
    }

    /// The most bytes that are charged at a time.
    pub(crate) fn bytes_max(&self) -> usize {
        self.0.bytes_max
    }

    /// The bytes that are currently charged.
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }

    /// The most bytes that were ever charged at a time.
    pub fn peak_bytes(&self) -> usize {
        self.state().peak_bytes
    }

    /// Charges the current caller; waits if there is no room.
    pub(crate) async fn charge(&self, bytes: usize) -> Result<Charge, ReadsBusy> {
        let caller = ReadCaller::current();
        self.wait(ReadsBusy::Full, || self.try_charge(caller, bytes)).await
    }

    /// Charges the current caller; fails at once if there is no room.
    pub(crate) fn charge_at_once(&self, bytes: usize) -> Result<Charge, ReadsBusy> {
        let caller = ReadCaller::current();
        if let Some(charge) = self.try_charge(caller, bytes) {
            return Ok(charge);
        }
        self.evict();
        self.try_charge(caller, bytes).ok_or(ReadsBusy::Full)
    }

    /// Charges the current caller for data that is already in memory, even if there is no room.
    pub(crate) fn charge_made(&self, bytes: usize) -> Charge {
        let mut charge = Charge { budget: self.clone(), caller: ReadCaller::current(), bytes: 0 };
        charge.set(bytes);
        charge
    }

    /// Waits until the current caller may read another large response.
    pub(crate) async fn begin_large(&self) -> Result<LargeRead, ReadsBusy> {
        let caller = ReadCaller::current();
        let max = self.0.large_reads_max;
        self.wait(ReadsBusy::TooManyLarge(max), || {
            let mut state = self.state();
            let used = state.callers.entry(caller).or_default();
            if max <= used.large_reads {
                return None;
            }
            used.large_reads += 1;
            Some(LargeRead { budget: self.clone(), caller })
        })
        .await
    }

    /// Runs work on one decompressed chunk, after waiting for one of the slots.
    pub(crate) async fn in_turn<T>(&self, work: impl Future<Output = T>) -> T {
        let _turn = self.0.turns.acquire().await;
        work.await
    }

    /// Allows the budget to take memory from a holder that is idle.
    pub(crate) fn register(&self, holder: &Arc<impl Evict + 'static>) {
        let weak: Weak<dyn Evict> = Arc::downgrade(&(holder.clone() as Arc<dyn Evict>));
        let mut state = self.state();
        state.evictable.retain(|holder| 0 < holder.strong_count());
        state.evictable.push(weak);
    }

    fn evict(&self) {
        // The lock is released first, because holders need it to release their charges.
        let holders: Vec<_> = self.state().evictable.iter().filter_map(Weak::upgrade).collect();
        for holder in holders {
            holder.evict();
        }
    }

    async fn wait<T>(
        &self,
        busy: ReadsBusy,
        mut attempt: impl FnMut() -> Option<T>,
    ) -> Result<T, ReadsBusy> {
        let until = Instant::now() + self.0.wait_max;
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            freed.as_mut().enable();
            if let Some(done) = attempt() {
                return Ok(done);
            }
            self.evict();
            if let Some(done) = attempt() {
                return Ok(done);
            }
            let now = Instant::now();
            if until <= now {
                return Err(busy);
            }
            let _ = timeout_at(until.min(now + LOOK_EVERY), freed).await;
        }
    }

    fn try_charge(&self, caller: ReadCaller, bytes: usize) -> Option<Charge> {
        let bytes_max = self.0.bytes_max;
        let share = bytes_max / 2;
        let mut state = self.state();
        let own = state.callers.get(&caller).map_or(0, |used| used.bytes);
        let fits = match bytes <= share {
            true => state.bytes + bytes <= bytes_max && (own == 0 || own + bytes <= share),
            // A charge larger than a share passes while little else is charged; otherwise it never
            // could.
            false => state.bytes <= bytes_max / 4,
        };
        if !fits {
            return None;
        }
        state.add(caller, bytes);
        Some(Charge { budget: self.clone(), caller, bytes })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, caller: ReadCaller, change: impl FnOnce(&mut Used)) {
        let mut state = self.state();
        if let Some(used) = state.callers.get_mut(&caller) {
            change(used);
            if used.bytes == 0 && used.large_reads == 0 {
                state.callers.remove(&caller);
            }
        }
        drop(state);
        self.0.freed.notify_waiters();
    }
}

impl Default for ReadBudget {
    fn default() -> Self {
        Self::new(BYTES_MAX)
    }
}

impl State {
    fn add(&mut self, caller: ReadCaller, bytes: usize) {
        self.bytes += bytes;
        self.peak_bytes = self.peak_bytes.max(self.bytes);
        self.callers.entry(caller).or_default().bytes += bytes;
    }
}

/// Bytes charged for a read; released when this is dropped.
pub(crate) struct Charge {
    budget: ReadBudget,
    caller: ReadCaller,
    bytes: usize,
}

impl Charge {
    /// Moves so many bytes of the charge to another one of the same caller.
    pub(crate) fn split(&mut self, bytes: usize) -> Self {
        let mut part = Self { budget: self.budget.clone(), caller: self.caller, bytes: 0 };
        self.set(self.bytes.saturating_sub(bytes));
        part.set(bytes);
        part
    }

    /// Changes the charge to the bytes that are in memory now.
    pub(crate) fn set(&mut self, bytes: usize) {
        let (caller, before) = (self.caller, std::mem::replace(&mut self.bytes, bytes));
        match bytes.checked_sub(before) {
            Some(more) => self.budget.state().add(caller, more),
            None => {
                let less = before - bytes;
                self.budget.state().bytes -= less;
                self.budget.give_back(caller, |used| used.bytes -= less);
            }
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
        // Removes the entry of a caller that was charged for 0 bytes.
        self.budget.give_back(self.caller, |_| ());
    }
}

/// Permission to read a large response; released when this is dropped.
pub(crate) struct LargeRead {
    budget: ReadBudget,
    caller: ReadCaller,
}

impl Drop for LargeRead {
    fn drop(&mut self) {
        self.budget.give_back(self.caller, |used| used.large_reads -= 1);
    }
}

/// Bytes of a response that are charged until the client has received them.
pub(crate) struct ChargedBytes {
    bytes: Vec<u8>,
    _charge: Charge,
}

impl ChargedBytes {
    pub(crate) fn into_bytes(bytes: Vec<u8>, charge: Charge) -> bytes::Bytes {
        bytes::Bytes::from_owner(Self { bytes, _charge: charge })
    }
}

impl AsRef<[u8]> for ChargedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ReadCaller = ReadCaller(1);
    const B: ReadCaller = ReadCaller(2);

    fn budget() -> ReadBudget {
        ReadBudget::with_limits(100, Duration::from_secs(10), 2)
    }

    #[tokio::test]
    async fn a_part_of_a_charge_outlives_it() {
        let budget = budget();
        let mut charge = A.scope(budget.charge(50)).await.unwrap();
        let part = charge.split(20);
        assert_eq!((charge.bytes, part.bytes, budget.bytes()), (30, 20, 50));
        let larger = charge.split(40);
        assert_eq!((charge.bytes, larger.bytes, budget.bytes()), (0, 40, 60));
        drop((charge, larger));
        assert_eq!(budget.bytes(), 20);
        drop(part);
        assert!(budget.state().callers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_room_waits_so_long_and_is_then_refused() {
        let budget = budget();
        let held = A.scope(budget.charge(50)).await.unwrap();
        let other = B.scope(budget.charge(50)).await.unwrap();
        let began = Instant::now();
        assert_eq!(ReadCaller(3).scope(budget.charge(1)).await.err(), Some(ReadsBusy::Full));
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { ReadCaller(3).scope(budget.charge(40)).await.map(|charge| charge.bytes) }
        });
        tokio::task::yield_now().await;
        drop(other);
        assert_eq!(waiting.await.unwrap(), Ok(40));
        drop(held);
        assert_eq!((budget.bytes(), budget.peak_bytes()), (0, 100));
        assert!(budget.state().callers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn one_caller_gets_a_share_and_so_many_large_reads() {
        let budget = budget();
        let first = A.scope(budget.charge(30)).await.unwrap();
        assert!(A.scope(budget.charge(21)).await.is_err(), "half of all is its share");
        let others = B.scope(budget.charge(40)).await.unwrap();
        let large = [A.scope(budget.begin_large()).await, A.scope(budget.begin_large()).await];
        assert!(large.iter().all(Result::is_ok));
        let refused = A.scope(budget.begin_large()).await.err();
        assert_eq!(refused, Some(ReadsBusy::TooManyLarge(2)));
        assert!(B.scope(budget.begin_large()).await.is_ok());
        drop((first, others, large));
        let alone = A.scope(budget.charge(1000)).await;
        assert!(alone.is_ok(), "what is larger than all passes alone");
        drop(alone);
        assert!(budget.state().callers.is_empty());
    }

    #[test]
    fn a_charge_follows_what_is_held() {
        let budget = budget();
        let mut charge = budget.charge_at_once(60).unwrap();
        charge.set(10);
        assert_eq!(budget.bytes(), 10);
        charge.set(90);
        assert_eq!(budget.bytes(), 90);
        assert!(budget.charge_at_once(20).is_err());
        let made = budget.charge_made(20);
        assert_eq!(budget.bytes(), 110);
        drop((charge, made));
        assert_eq!(budget.bytes(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_that_can_be_made_again_goes_first() {
        struct Idle(Mutex<Option<Charge>>);
        impl Evict for Idle {
            fn evict(&self) {
                self.0.lock().unwrap().take();
            }
        }
        let budget = budget();
        let held = A.scope(budget.charge(80)).await.unwrap();
        let idle = Arc::new(Idle(Mutex::new(Some(held))));
        budget.register(&idle);
        assert!(B.scope(budget.charge(70)).await.is_ok());
        assert!(idle.0.lock().unwrap().is_none());
    }
}
