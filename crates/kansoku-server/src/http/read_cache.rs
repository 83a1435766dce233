//! Results of reads of many traces that are kept for the requests after them.
//!
//! A result is kept until a trace of its experiment changes, so that no change is missed: the store
//! announces each change before the write returns. Requests for the same result wait for the one
//! that reads it. The results have a share of the read budget, which can take their memory back.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kansoku_model::ExperimentId;
use kansoku_store::TraceChange;
use tokio::sync::{
    OnceCell,
    broadcast::{Receiver, error::TryRecvError},
};

use super::read_budget::{Evict, ReadBudget};

/// The part of the read budget that results may fill: one in so many bytes.
const SHARE: usize = 4;
/// The most results that are kept.
const RESULTS_MAX: usize = 16;

/// A result whose memory is known, and charged to the read budget as long as it exists.
pub(crate) trait KeptResult: Send + Sync + 'static {
    fn bytes(&self) -> usize;
}

/// All that a result depends on, except for the traces of its experiment.
pub(crate) trait ResultKey: PartialEq + Send + 'static {
    fn experiment(&self) -> ExperimentId;
}

/// The results that are kept.
pub(crate) struct ReadCache<K, V>(Arc<Kept<K, V>>);

struct Kept<K, V> {
    bytes_max: usize,
    /// Never read; each entry has a subscription that begins before its result is read.
    changes: Receiver<TraceChange>,
    /// The last used first.
    entries: Mutex<Vec<Entry<K, V>>>,
}

struct Entry<K, V> {
    key: K,
    /// The changes since the result was requested first.
    changes: Receiver<TraceChange>,
    result: Arc<OnceCell<Arc<V>>>,
}

impl<K, V> Clone for ReadCache<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: ResultKey, V: KeptResult> ReadCache<K, V> {
    /// `changes` are those of all traces, whoever the caller is.
    pub(crate) fn new(changes: Receiver<TraceChange>, reads: &ReadBudget) -> Self {
        let bytes_max = reads.bytes_max() / SHARE;
        let kept = Arc::new(Kept { bytes_max, changes, entries: Mutex::default() });
        reads.register(&kept);
        Self(kept)
    }

    /// The result with this key, which is read unless it is kept and no trace has changed.
    pub(crate) async fn get_or_read<E>(
        &self,
        key: K,
        read: impl AsyncFnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let entry = self.0.entry(key);
        let read = || async { Ok(Arc::new(read().await?)) };
        let result = entry.get_or_try_init(read).await.cloned();
        self.0.limit();
        result
    }
}

impl<K: ResultKey, V: KeptResult> Kept<K, V> {
    /// The valid entry of a key, or a new one.
    fn entry(&self, key: K) -> Arc<OnceCell<Arc<V>>> {
        let mut entries = self.entries();
        let known = entries.iter().position(|entry| entry.key == key);
        let known = known.map(|at| entries.remove(at));
        let entry = known.and_then(Entry::if_valid).unwrap_or_else(|| Entry {
            key,
            changes: self.changes.resubscribe(),
            result: Arc::default(),
        });
        let result = entry.result.clone();
        entries.insert(0, entry);
        result
    }

    /// Drops the results that do not fit, those first that were not used for the longest time.
    fn limit(&self) {
        let mut room = self.bytes_max;
        let mut entries = self.entries();
        entries.truncate(RESULTS_MAX);
        entries.retain(|entry| match room.checked_sub(entry.bytes()) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        });
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry<K, V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: ResultKey, V: KeptResult> Evict for Kept<K, V> {
    /// Results can be read again, whenever they were used.
    fn evict(&self) {
        self.entries().retain(|entry| !entry.result.initialized());
    }
}

impl<K: ResultKey, V: KeptResult> Entry<K, V> {
    /// This entry, unless a trace of the experiment changed or changes were missed.
    fn if_valid(mut self) -> Option<Self> {
        let experiment = self.key.experiment();
        loop {
            match self.changes.try_recv() {
                Ok(change) if change.experiment == experiment => return None,
                Ok(_) => {}
                Err(TryRecvError::Empty) => return Some(self),
                Err(TryRecvError::Lagged(_) | TryRecvError::Closed) => return None,
            }
        }
    }

    fn bytes(&self) -> usize {
        self.result.get().map_or(0, |result| result.bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::future::join;
    use kansoku_model::TraceId;
    use kansoku_store::ReadCaller;
    use proptest::prelude::*;
    use tokio::{
        sync::broadcast::{self, Sender},
        task::yield_now,
    };

    use super::*;
    use crate::http::read_budget::Charge;

    /// Changes that are kept for a subscriber.
    const CHANGES_KEPT: usize = 4;
    const BYTES_MAX: usize = 1000;

    #[derive(Clone, Copy, PartialEq)]
    struct Key(i64, u64);

    impl ResultKey for Key {
        fn experiment(&self) -> ExperimentId {
            ExperimentId(self.0)
        }
    }

    struct Found {
        number: u64,
        bytes: usize,
        _charge: Charge,
    }

    impl KeptResult for Found {
        fn bytes(&self) -> usize {
            self.bytes
        }
    }

    struct Fixture {
        reads: ReadBudget,
        changes: Sender<TraceChange>,
        cache: ReadCache<Key, Found>,
    }

    impl Fixture {
        fn new() -> Self {
            let reads = ReadBudget::new(SHARE * BYTES_MAX);
            let (changes, receiver) = broadcast::channel(CHANGES_KEPT);
            Self { cache: ReadCache::new(receiver, &reads), changes, reads }
        }

        fn change(&self, experiment: i64) {
            let trace_id = TraceId::from_otel([7; 16]);
            let change = TraceChange { experiment: ExperimentId(experiment), trace_id };
            assert!(self.changes.send(change).is_ok());
        }

        fn found(&self, number: u64, bytes: usize) -> Found {
            Found { number, bytes, _charge: self.reads.charge_made(bytes) }
        }

        /// The number of the result with this key, which is `number` if it is read now.
        async fn get(&self, key: Key, number: u64) -> u64 {
            let read = async || Ok::<_, Infallible>(self.found(number, 300));
            self.cache.get_or_read(key, read).await.unwrap().number
        }
    }

    #[tokio::test]
    async fn a_result_is_kept_until_a_trace_of_its_experiment_changes() {
        let it = Fixture::new();
        assert_eq!(it.get(Key(1, 0), 1).await, 1);
        assert_eq!(it.get(Key(2, 0), 2).await, 2);
        assert_eq!(it.get(Key(1, 1), 3).await, 3);
        it.change(2);
        assert_eq!(it.get(Key(1, 0), 4).await, 1);
        assert_eq!(it.get(Key(2, 0), 5).await, 5);
        assert_eq!(it.get(Key(1, 1), 6).await, 3);
    }

    #[tokio::test]
    async fn a_result_is_read_again_if_changes_were_missed() {
        let it = Fixture::new();
        it.get(Key(1, 0), 1).await;
        (0..=CHANGES_KEPT).for_each(|_| it.change(2));
        assert_eq!(it.get(Key(1, 0), 2).await, 2);
    }

    #[tokio::test]
    async fn a_change_during_the_read_is_noticed() {
        let it = Fixture::new();
        let read = async || {
            let found = it.found(1, 10);
            it.change(1);
            Ok::<_, Infallible>(found)
        };
        it.cache.get_or_read(Key(1, 0), read).await.unwrap();
        assert_eq!(it.get(Key(1, 0), 2).await, 2);
    }

    #[tokio::test]
    async fn requests_at_the_same_time_read_once_and_a_failure_is_not_kept() {
        let it = Fixture::new();
        let failed = it.cache.get_or_read(Key(1, 0), async || Err::<Found, _>("late")).await;
        assert_eq!(failed.err(), Some("late"));
        let read = async || {
            yield_now().await;
            Ok::<_, Infallible>(it.found(1, 10))
        };
        let (a, b) = join(it.cache.get_or_read(Key(1, 0), read), it.get(Key(1, 0), 2)).await;
        assert_eq!((a.unwrap().number, b), (1, 1));
    }

    #[tokio::test]
    async fn a_result_that_is_too_large_is_not_kept() {
        let it = Fixture::new();
        it.get(Key(1, 0), 1).await;
        let read = async || Ok::<_, Infallible>(it.found(2, BYTES_MAX + 1));
        assert_eq!(it.cache.get_or_read(Key(1, 1), read).await.unwrap().number, 2);
        assert_eq!(it.reads.bytes(), 300);
        assert_eq!((it.get(Key(1, 0), 3).await, it.get(Key(1, 1), 4).await), (1, 4));
    }

    #[tokio::test]
    async fn memory_is_given_back_when_other_reads_need_it() {
        let it = Fixture::new();
        for key in [Key(1, 0), Key(1, 1), Key(2, 0)] {
            it.get(key, 1).await;
        }
        assert_eq!(it.reads.bytes(), 900);
        let charge = |caller| {
            let charge = || it.reads.charge_at_once(1500);
            ReadCaller(caller).sync_scope(charge)
        };
        let first = charge(1);
        assert_eq!((first.is_ok(), it.reads.bytes()), (true, 2400));
        let second = charge(2);
        assert_eq!((second.is_ok(), it.reads.bytes()), (true, 3900));
        assert!(ReadCaller(3).sync_scope(|| it.reads.charge_at_once(200)).is_ok());
        assert_eq!(it.reads.bytes(), 3000);
        assert_eq!(it.get(Key(1, 0), 2).await, 2);
    }

    proptest! {
        /// Whatever is requested and changed, a result is never older than the last change of its
        /// experiment, and the kept results fit.
        #[test]
        fn results_are_new_and_few(
            steps in prop::collection::vec((any::<bool>(), 0..3_i64, 0..30_u64), 1..100),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let it = Fixture::new();
                let mut last_change = [0; 3];
                for (number, (is_change, experiment, key)) in (1..).zip(steps) {
                    if is_change {
                        last_change[experiment as usize] = number;
                        it.change(experiment);
                    } else {
                        let found = it.get(Key(experiment, key), number).await;
                        prop_assert!(last_change[experiment as usize] < found);
                    }
                    prop_assert!(it.reads.bytes() <= BYTES_MAX);
                    prop_assert!(it.cache.0.entries().len() <= RESULTS_MAX);
                }
                Ok(())
            })?;
        }
    }
}
