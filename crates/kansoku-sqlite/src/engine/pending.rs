//! Rejections that will be written with the next commit.
use kansoku_store::Rejection;

/// Number of rejections kept of authenticated senders.
const KNOWN_MAX: usize = 1000;
/// Number of rejections kept of requests without a valid token, which anybody can send.
const UNAUTHENTICATED_MAX: usize = 100;

/// Equal rejections are merged. Those of unauthenticated requests have their own limit, so that
/// they cannot displace the others.
#[derive(Default)]
pub(crate) struct PendingRejections {
    known: Vec<Rejection>,
    unauthenticated: Vec<Rejection>,
}

impl PendingRejections {
    pub(crate) fn add(&mut self, rejection: Rejection) {
        let (of_kind, max) = match rejection.authenticated {
            true => (&mut self.known, KNOWN_MAX),
            false => (&mut self.unauthenticated, UNAUTHENTICATED_MAX),
        };
        let is_full = max <= of_kind.len();
        let same = of_kind.iter_mut().rev().find(|waiting| waiting.says_same(&rejection));
        match same {
            Some(same) => same.merge(rejection),
            // Counted with the last one of the same kind.
            None if is_full => {
                if let Some(last) = of_kind.last_mut() {
                    last.spans += rejection.spans;
                    last.requests += rejection.requests;
                }
            }
            None => of_kind.push(rejection),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.unauthenticated.is_empty()
    }

    pub(crate) fn take(&mut self) -> Vec<Rejection> {
        let mut all = std::mem::take(&mut self.known);
        all.append(&mut self.unauthenticated);
        all
    }
}
