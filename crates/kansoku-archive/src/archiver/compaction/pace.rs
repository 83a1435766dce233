//! The share of a core that compaction uses.
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// The rest after a piece of work, in units of the time that the work took: a fifth of a core.
const REST: u32 = 4;

/// Lets work rest in proportion to what it did, and tells it when to end.
pub(in crate::archiver) struct Pace {
    stop: CancellationToken,
    /// When something else waits. Rests end then, and nothing new begins.
    until: Option<Instant>,
    begun: Instant,
    owed: Duration,
    is_limited: bool,
}

impl Pace {
    /// Works a fifth of the time.
    pub(in crate::archiver) fn gentle(stop: CancellationToken) -> Self {
        let owed = Duration::ZERO;
        Self { stop, until: None, begun: Instant::now(), owed, is_limited: true }
    }

    /// Never rests.
    pub(super) fn full_speed(stop: CancellationToken) -> Self {
        Self { is_limited: false, ..Self::gentle(stop) }
    }

    pub(in crate::archiver) fn until(&mut self, until: Instant) {
        self.until = Some(until);
    }

    /// Rests until work may begin. Returns whether it may: not after the end, and not if the work
    /// before still owes rest then.
    pub(super) async fn begin(&mut self) -> bool {
        let goes_on = self.sleep().await;
        self.begun = Instant::now();
        let is_over = self.until.is_some_and(|until| until <= self.begun);
        goes_on && !is_over && self.owed.is_zero()
    }

    /// Rests for the work since the last rest. Returns whether to go on.
    pub(super) async fn rest(&mut self) -> bool {
        if self.is_limited {
            self.owed += self.begun.elapsed() * REST;
        }
        let goes_on = self.sleep().await;
        self.begun = Instant::now();
        goes_on
    }

    /// Sleeps what is owed, as long as nothing else waits. Returns whether to go on.
    async fn sleep(&mut self) -> bool {
        let now = Instant::now();
        let end = self.until.map_or(now + self.owed, |until| until.min(now + self.owed));
        if now < end {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = sleep_until(end) => {}
            }
            self.owed = self.owed.saturating_sub(end - now);
        }
        !self.stop.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_owes_four_times_as_much_rest_and_pays_before_more_begins() {
        let mut pace = Pace::gentle(CancellationToken::new());
        pace.begun = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        // Something else waits already, so the work ends without a rest.
        pace.until(Instant::now());
        assert!(pace.rest().await);
        assert!(Duration::from_secs(40) <= pace.owed, "{:?}", pace.owed);
        assert!(!pace.begin().await);
        pace.owed = Duration::ZERO;
        pace.until(Instant::now() + Duration::from_secs(3600));
        assert!(pace.begin().await);
    }

    #[tokio::test]
    async fn work_at_full_speed_owes_nothing_and_stops_when_told() {
        let stop = CancellationToken::new();
        let mut pace = Pace::full_speed(stop.clone());
        pace.begun = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        assert!(pace.rest().await && pace.begin().await);
        stop.cancel();
        assert!(!pace.rest().await && !pace.begin().await);
    }
}
