//! The place of a judge among those that ask a model at once.
use kansoku_model::DurationMs;
use tokio::sync::mpsc::UnboundedSender;

/// Whether the model answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallResult {
    Answered,
    Failed { retry_after: Option<DurationMs> },
}

/// A place that is given back as soon as the model is not asked any more, while its answer is being
/// stored. A judge that asks nothing gives it back unused.
pub(super) struct CallSlot {
    model: String,
    ended: UnboundedSender<EndedCall>,
    result: CallResult,
}

/// The model that was asked, and whether it answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EndedCall {
    pub(super) model: String,
    pub(super) result: CallResult,
}

impl CallSlot {
    pub(super) fn new(model: String, ended: UnboundedSender<EndedCall>) -> Self {
        Self { model, ended, result: CallResult::Answered }
    }

    pub(super) fn give_back(mut self, result: CallResult) {
        self.result = result;
    }
}

impl Drop for CallSlot {
    fn drop(&mut self) {
        let result = match std::thread::panicking() {
            true => CallResult::Failed { retry_after: None },
            false => self.result,
        };
        // Nobody receives it when the server stops.
        let _ = self.ended.send(EndedCall { model: std::mem::take(&mut self.model), result });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_slot_is_given_back_once_whatever_happens() {
        let (ended, mut calls) = mpsc::unbounded_channel();
        let slot = |model: &str| CallSlot::new(model.to_owned(), ended.clone());
        let failed = CallResult::Failed { retry_after: Some(DurationMs(5)) };
        slot("a").give_back(failed);
        drop(slot("b"));
        let panicking = slot("c");
        let task = tokio::spawn(async move {
            let _slot = panicking;
            panic!("a judge has a fault");
        });
        assert!(task.await.is_err());
        let crashed = CallResult::Failed { retry_after: None };
        for (model, result) in [("a", failed), ("b", CallResult::Answered), ("c", crashed)] {
            assert_eq!(calls.recv().await, Some(EndedCall { model: model.to_owned(), result }));
        }
        assert!(calls.try_recv().is_err());
    }
}
