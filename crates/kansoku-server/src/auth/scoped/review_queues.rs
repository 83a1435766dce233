//! Review queues as a token for some experiments may use them. Those of others look as if they did
//! not exist. The items of a queue are traces of its experiment.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, ReviewItem, ReviewQueue, ReviewQueueId};
use kansoku_store::{
    NewReviewQueue, ReviewItemQuery, ReviewProgress, ReviewQueueEdit, ReviewQueueQuery,
    ReviewQueueStore, StoreError,
};

use super::meta::ScopedMeta;

#[async_trait]
impl ReviewQueueStore for ScopedMeta {
    async fn create_review_queue(&self, new: NewReviewQueue) -> Result<ReviewQueue, StoreError> {
        self.rights.check(new.experiment).await?;
        self.inner.create_review_queue(new).await
    }

    async fn review_queue(&self, id: &ReviewQueueId) -> Result<ReviewQueue, StoreError> {
        let queue = self.inner.review_queue(id).await?;
        match self.rights.includes(queue.experiment).await? {
            true => Ok(queue),
            false => Err(StoreError::ReviewQueueNotFound(id.clone())),
        }
    }

    async fn review_queues(
        &self,
        query: ReviewQueueQuery,
    ) -> Result<(Vec<ReviewQueue>, bool), StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.review_queues(query).await
    }

    async fn edit_review_queue(
        &self,
        id: &ReviewQueueId,
        edit: ReviewQueueEdit,
    ) -> Result<(), StoreError> {
        self.review_queue(id).await?;
        self.inner.edit_review_queue(id, edit).await
    }

    async fn review_items(
        &self,
        query: ReviewItemQuery,
    ) -> Result<(Vec<ReviewItem>, bool), StoreError> {
        self.review_queue(&query.queue).await?;
        self.inner.review_items(query).await
    }

    async fn review_progress(
        &self,
        experiment: ExperimentId,
    ) -> Result<BTreeMap<ReviewQueueId, ReviewProgress>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.review_progress(experiment).await
    }
}
