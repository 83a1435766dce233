//! The deliveries that are being sent, with limits in all and for each webhook: a slow receiver does
//! not hold up the others.
use std::collections::{BTreeMap, HashMap};
use std::future::Future;

use kansoku_store::JobSource;
use kansoku_store::core::webhooks::DELIVERIES;
use tokio::task::{Id, JoinError, JoinSet};

const SENT_AT_ONCE_MAX: usize = 16;
const SENT_AT_ONCE_TO_ONE_MAX: usize = 4;

#[derive(Default)]
pub(crate) struct Sending {
    tasks: JoinSet<()>,
    /// The webhook of each task.
    subjects: HashMap<Id, String>,
}

impl Sending {
    pub(crate) fn is_full(&self) -> bool {
        SENT_AT_ONCE_MAX <= self.tasks.len()
    }

    /// The jobs that may be taken now.
    pub(crate) fn source(&self) -> JobSource {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        self.subjects.values().for_each(|subject| *counts.entry(subject).or_default() += 1);
        let busy = counts.into_iter().filter(|(_, count)| SENT_AT_ONCE_TO_ONE_MAX <= *count);
        JobSource {
            queue: DELIVERIES.to_owned(),
            except_subjects: busy.map(|(subject, _)| subject.clone()).collect(),
            ..JobSource::default()
        }
    }

    pub(crate) fn start(
        &mut self,
        subject: String,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.subjects.insert(id, subject);
    }

    /// Waits until one has ended; forever if there is none.
    pub(crate) async fn ended(&mut self) {
        let Some(ended) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        // A panic is logged where it happens.
        let id = ended.map_or_else(|panic: JoinError| panic.id(), |(id, ())| id);
        self.subjects.remove(&id);
    }

    /// Waits until all have ended.
    pub(crate) async fn all_ended(&mut self) {
        while !self.tasks.is_empty() {
            self.ended().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_webhook_has_its_places_again_after_its_tasks_have_ended_or_panicked() {
        let mut sending = Sending::default();
        let busy = |sending: &Sending| sending.source().except_subjects;
        sending.start("slow".to_owned(), std::future::pending());
        for _ in 0..SENT_AT_ONCE_TO_ONE_MAX - 1 {
            sending.start("one".to_owned(), async {});
        }
        assert_eq!(busy(&sending), [""; 0]);
        sending.start("one".to_owned(), async { panic!("a defect") });
        assert_eq!(busy(&sending), ["one"]);
        for _ in 0..SENT_AT_ONCE_TO_ONE_MAX {
            sending.ended().await;
        }
        assert_eq!(busy(&sending), [""; 0]);
        for _ in 0..SENT_AT_ONCE_TO_ONE_MAX - 1 {
            sending.start("one".to_owned(), async {});
        }
        assert_eq!(busy(&sending), [""; 0]);
    }
}
