//! The deliveries that are being sent, with limits in all and for each webhook: a slow receiver does
//! not hold up the others.
use std::collections::BTreeMap;
use std::future::Future;

use kansoku_store::JobSource;
use kansoku_store::core::webhooks::DELIVERIES;
use tokio::task::JoinSet;

const SENT_AT_ONCE_MAX: usize = 16;
const SENT_AT_ONCE_TO_ONE_MAX: usize = 4;

#[derive(Default)]
pub(crate) struct Sending {
    tasks: JoinSet<String>,
    /// The number of tasks by webhook.
    counts: BTreeMap<String, usize>,
}

impl Sending {
    pub(crate) fn is_full(&self) -> bool {
        SENT_AT_ONCE_MAX <= self.tasks.len()
    }

    /// The jobs that may be taken now.
    pub(crate) fn source(&self) -> JobSource {
        let busy = self.counts.iter().filter(|(_, count)| SENT_AT_ONCE_TO_ONE_MAX <= **count);
        JobSource {
            queue: DELIVERIES.to_owned(),
            except_subjects: busy.map(|(subject, _)| subject.clone()).collect(),
        }
    }

    pub(crate) fn start(
        &mut self,
        subject: String,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        *self.counts.entry(subject.clone()).or_default() += 1;
        self.tasks.spawn(async move {
            task.await;
            subject
        });
    }

    /// Waits until one has ended; forever if there is none.
    pub(crate) async fn ended(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(subject)) => {
                if let Some(count) = self.counts.get_mut(&subject) {
                    *count -= 1;
                }
                self.counts.retain(|_, count| 0 < *count);
            }
            // A panic, which is logged where it happens: the webhook it was for is not known.
            Some(Err(_)) if self.tasks.is_empty() => self.counts.clear(),
            Some(Err(_)) => {}
            None => std::future::pending().await,
        }
    }

    /// Waits until all have ended.
    pub(crate) async fn all_ended(&mut self) {
        while !self.tasks.is_empty() {
            self.ended().await;
        }
    }
}
