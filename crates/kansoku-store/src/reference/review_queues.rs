//! Review queues with their items.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{
    ExperimentId, LabelSchemaId, ReviewItem, ReviewQueue, ReviewQueueId, ReviewStatus, TraceId,
};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::core::review_queues;
use crate::{
    NewReviewQueue, ReviewItemQuery, ReviewQueueEdit, ReviewQueueQuery, ReviewQueueStore,
    StoreError,
};

#[derive(Clone)]
pub(super) struct StoredQueue {
    queue: ReviewQueue,
    pub(super) items: BTreeMap<TraceId, ReviewItem>,
}

#[async_trait]
impl ReviewQueueStore for ReferenceStore {
    async fn create_review_queue(&self, new: NewReviewQueue) -> Result<ReviewQueue, StoreError> {
        let now = self.now();
        let mut state = self.state();
        state.require_active(new.experiment)?;
        state.require_labels(new.experiment, &new.schemas)?;
        let queue = review_queues::create(new, now);
        state.require_free_queue(&queue)?;
        let stored = StoredQueue { queue: queue.clone(), items: BTreeMap::new() };
        state.review_queues.insert(queue.queue_id.clone(), stored);
        Ok(queue)
    }

    async fn review_queue(&self, id: &ReviewQueueId) -> Result<ReviewQueue, StoreError> {
        Ok(self.state().stored_queue(id)?.queue.clone())
    }

    async fn review_queues(
        &self,
        query: ReviewQueueQuery,
    ) -> Result<(Vec<ReviewQueue>, bool), StoreError> {
        let state = self.state();
        let name = query.name.map(|name| name.to_lowercase());
        let is_asked_for = |StoredQueue { queue, items }: &&StoredQueue| {
            queue.experiment == query.experiment
                && name.as_ref().is_none_or(|name| queue.name.to_lowercase() == *name)
                && query.user.as_ref().is_none_or(|user| queue.users.contains(user))
                && query.trace.as_ref().is_none_or(|it| items.keys().any(|id| id.as_str() == it))
        };
        let found = state.review_queues.values().filter(is_asked_for);
        let mut found: Vec<_> = found.map(|stored| stored.queue.clone()).collect();
        found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.queue_id.cmp(&b.queue_id)));
        Ok(page(found, query.offset, query.max_results))
    }

    async fn edit_review_queue(
        &self,
        id: &ReviewQueueId,
        edit: ReviewQueueEdit,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let mut stored = state.stored_queue(id)?.clone();
        let StoredQueue { queue, items } = &mut stored;
        match edit {
            ReviewQueueEdit::Delete => {
                state.review_queues.remove(id);
                return Ok(());
            }
            ReviewQueueEdit::Update(update) => {
                let schemas = update.schemas.clone().unwrap_or_default();
                review_queues::update(queue, update, !items.is_empty(), now)?;
                state.require_labels(queue.experiment, &schemas)?;
                state.require_free_queue(queue)?;
            }
            ReviewQueueEdit::AddItems(traces) => {
                for trace in traces {
                    let known = state.traces.get(&trace);
                    known
                        .filter(|known| known.row.experiment == queue.experiment)
                        .ok_or_else(|| StoreError::TraceNotFound(trace.clone()))?;
                    items.entry(trace.clone()).or_insert(ReviewItem {
                        queue_id: id.clone(),
                        trace,
                        status: ReviewStatus::Pending,
                        completed_by: None,
                        completed: None,
                        created: now,
                        last_update: now,
                    });
                }
            }
            ReviewQueueEdit::RemoveItems(traces) => {
                items.retain(|trace, _| !traces.contains(trace));
            }
            ReviewQueueEdit::SetStatus { trace, status, completed_by } => {
                let missing =
                    StoreError::ReviewItemNotFound { queue: id.clone(), trace: trace.clone() };
                let item = items.get_mut(&trace).ok_or(missing)?;
                review_queues::set_status(item, status, completed_by, now);
            }
        }
        state.review_queues.insert(id.clone(), stored);
        Ok(())
    }

    async fn review_items(
        &self,
        query: ReviewItemQuery,
    ) -> Result<(Vec<ReviewItem>, bool), StoreError> {
        let state = self.state();
        let items = state.stored_queue(&query.queue)?.items.values();
        let items = items.filter(|it| query.status.is_none_or(|status| it.status == status));
        let mut found: Vec<_> = items
            .filter(|it| query.traces.as_ref().is_none_or(|traces| traces.contains(&it.trace)))
            .cloned()
            .collect();
        found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.trace.cmp(&b.trace)));
        Ok(page(found, query.offset, query.max_results))
    }
}

impl State {
    fn stored_queue(&self, id: &ReviewQueueId) -> Result<&StoredQueue, StoreError> {
        self.review_queues.get(id).ok_or_else(|| StoreError::ReviewQueueNotFound(id.clone()))
    }

    fn require_free_queue(&self, queue: &ReviewQueue) -> Result<(), StoreError> {
        let key = queue.name.to_lowercase();
        let is_taken = self.review_queues.values().any(|stored| {
            stored.queue.experiment == queue.experiment
                && stored.queue.name.to_lowercase() == key
                && stored.queue.queue_id != queue.queue_id
        });
        match is_taken {
            true => Err(StoreError::ReviewQueueExists(queue.name.clone())),
            false => Ok(()),
        }
    }

    fn require_labels(
        &self,
        experiment: ExperimentId,
        ids: &[LabelSchemaId],
    ) -> Result<(), StoreError> {
        let is_known = |id: &&LabelSchemaId| {
            self.label_schemas.get(*id).is_some_and(|schema| schema.experiment == experiment)
        };
        match ids.iter().find(|id| !is_known(id)) {
            None => Ok(()),
            Some(id) => Err(StoreError::ForeignLabelSchema { experiment, schema: id.clone() }),
        }
    }
}
