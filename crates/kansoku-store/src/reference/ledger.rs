use async_trait::async_trait;

use super::{ReferenceStore, State};
use crate::{IngestLedger, Ledger, Rejection, SourceCounts, StoreError};

/// The most rejections that are kept for display.
const REJECTIONS_MAX: usize = 1000;
/// The most rejections of requests without a valid token: of all senders, and (the next one) of one
/// address.
const UNAUTHENTICATED_MAX: usize = 100;
const UNAUTHENTICATED_OF_ADDRESS_MAX: usize = 5;

#[async_trait]
impl IngestLedger for ReferenceStore {
    async fn record_rejection(&self, rejection: Rejection) -> Result<(), StoreError> {
        let mut state = self.state();
        let Rejection { source, service_name, spans, at, requests, .. } = rejection.clone();
        state.count(SourceCounts {
            source,
            service_name: service_name.unwrap_or_default(),
            first_seen: at,
            last_seen: at,
            rejected: spans,
            rejected_requests: if spans == 0 { requests } else { 0 },
            ..SourceCounts::default()
        });
        state.ledger.keep(rejection);
        Ok(())
    }

    async fn ledger(&self) -> Result<Ledger, StoreError> {
        Ok(self.state().ledger.clone())
    }
}

impl State {
    pub(super) fn count(&mut self, new: SourceCounts) {
        let sources = &mut self.ledger.sources;
        let is_same = |known: &&mut SourceCounts| {
            known.source == new.source && known.service_name == new.service_name
        };
        match sources.iter_mut().find(is_same) {
            None => sources.push(new),
            Some(known) => {
                known.last_seen = known.last_seen.max(new.last_seen);
                known.stored += new.stored;
                known.duplicate += new.duplicate;
                known.rejected += new.rejected;
                known.rejected_requests += new.rejected_requests;
                known.log_records += new.log_records;
                known.bytes += new.bytes;
            }
        }
        sources.sort_by_key(|source| std::cmp::Reverse(source.last_seen));
    }
}

impl Ledger {
    /// Merges a rejection with an equal one, or adds it; keeps the newest.
    fn keep(&mut self, rejection: Rejection) {
        let kept = &mut self.rejections;
        let address = rejection.address;
        match kept.iter_mut().find(|known| known.says_same(&rejection)) {
            Some(known) => known.merge(rejection),
            // Inserted before those of the same time, since the one that arrived last is the
            // newest.
            None => kept.insert(0, rejection),
        }
        kept.sort_by_key(|rejection| std::cmp::Reverse(rejection.at));
        limit(
            kept,
            |it| !it.authenticated && it.address == address,
            UNAUTHENTICATED_OF_ADDRESS_MAX,
        );
        limit(kept, |it| !it.authenticated, UNAUTHENTICATED_MAX);
        limit(kept, |it| it.authenticated, REJECTIONS_MAX);
    }
}

/// Keeps the first `max` rejections that `is_meant` selects, and all others.
fn limit(kept: &mut Vec<Rejection>, is_meant: impl Fn(&Rejection) -> bool, max: usize) {
    let mut count = 0;
    kept.retain(|rejection| {
        count += usize::from(is_meant(rejection));
        !is_meant(rejection) || count <= max
    });
}
