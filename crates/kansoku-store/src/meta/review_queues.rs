//! Review queues: traces of an experiment that wait for reviewers.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{
    ExperimentId, LabelSchemaId, QueueType, ReviewItem, ReviewQueue, ReviewQueueId, ReviewStatus,
    TraceId,
};

use crate::StoreError;

/// Review queues. With a trace go its items; with a label schema nothing goes.
#[async_trait]
pub trait ReviewQueueStore: Send + Sync {
    /// Refused where the name is taken in any case of letters, where a label schema is none of the
    /// experiment, and in a deleted experiment.
    async fn create_review_queue(&self, new: NewReviewQueue) -> Result<ReviewQueue, StoreError>;

    async fn review_queue(&self, id: &ReviewQueueId) -> Result<ReviewQueue, StoreError>;

    /// The newest first and then by id, and whether more follow.
    async fn review_queues(
        &self,
        query: ReviewQueueQuery,
    ) -> Result<(Vec<ReviewQueue>, bool), StoreError>;

    /// All or nothing.
    async fn edit_review_queue(
        &self,
        id: &ReviewQueueId,
        edit: ReviewQueueEdit,
    ) -> Result<(), StoreError>;

    /// The newest first and then by id, and whether more follow.
    async fn review_items(
        &self,
        query: ReviewItemQuery,
    ) -> Result<(Vec<ReviewItem>, bool), StoreError>;

    /// The progress of those queues of an experiment that have items.
    async fn review_progress(
        &self,
        experiment: ExperimentId,
    ) -> Result<BTreeMap<ReviewQueueId, ReviewProgress>, StoreError> {
        let mut queues = ReviewQueueQuery {
            experiment,
            name: None,
            user: None,
            trace: None,
            offset: 0,
            max_results: PAGE_ROWS,
        };
        let mut progress: BTreeMap<ReviewQueueId, ReviewProgress> = BTreeMap::new();
        loop {
            let (found, has_more_queues) = self.review_queues(queues.clone()).await?;
            for queue in found {
                let mut items = ReviewItemQuery {
                    queue: queue.queue_id,
                    status: None,
                    traces: None,
                    offset: 0,
                    max_results: PAGE_ROWS,
                };
                loop {
                    let (found, has_more_items) = self.review_items(items.clone()).await?;
                    for ReviewItem { queue_id, status, completed_by, .. } in found {
                        progress.entry(queue_id).or_default().add(status, completed_by, 1);
                    }
                    if !has_more_items {
                        break;
                    }
                    items.offset += PAGE_ROWS;
                }
            }
            if !has_more_queues {
                return Ok(progress);
            }
            queues.offset += PAGE_ROWS;
        }
    }

    async fn review_queue_by_name(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<ReviewQueue, StoreError> {
        let query = ReviewQueueQuery {
            experiment,
            name: Some(name.to_owned()),
            user: None,
            trace: None,
            offset: 0,
            max_results: 1,
        };
        let (mut found, _) = self.review_queues(query).await?;
        found.pop().ok_or_else(|| StoreError::ReviewQueueNameNotFound {
            experiment,
            name: name.to_owned(),
        })
    }

    async fn review_item(
        &self,
        queue: &ReviewQueueId,
        trace: &TraceId,
    ) -> Result<ReviewItem, StoreError> {
        let query = ReviewItemQuery {
            queue: queue.clone(),
            status: None,
            traces: Some(vec![trace.clone()]),
            offset: 0,
            max_results: 1,
        };
        let (mut found, _) = self.review_items(query).await?;
        let missing =
            || StoreError::ReviewItemNotFound { queue: queue.clone(), trace: trace.clone() };
        found.pop().ok_or_else(missing)
    }
}

/// Rows that are read at once.
const PAGE_ROWS: usize = 1000;

/// The number of items of a queue by status and by reviewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewProgress {
    pub pending: u64,
    pub complete: u64,
    pub declined: u64,
    /// The complete and declined items of each reviewer.
    pub by_reviewer: BTreeMap<String, u64>,
}

impl ReviewProgress {
    /// Counts items with the same status and reviewer.
    pub fn add(&mut self, status: ReviewStatus, completed_by: Option<String>, items: u64) {
        let count = match status {
            ReviewStatus::Pending => &mut self.pending,
            ReviewStatus::Complete => &mut self.complete,
            ReviewStatus::Declined => &mut self.declined,
        };
        *count += items;
        if let Some(reviewer) = completed_by.filter(|_| status != ReviewStatus::Pending) {
            *self.by_reviewer.entry(reviewer).or_default() += items;
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewReviewQueue {
    pub experiment: ExperimentId,
    pub name: String,
    pub queue_type: QueueType,
    pub created_by: Option<String>,
    pub users: Vec<String>,
    pub schemas: Vec<LabelSchemaId>,
}

/// A change of one queue.
#[derive(Clone, Debug)]
pub enum ReviewQueueEdit {
    /// Refused for the queue of a user.
    Update(ReviewQueueUpdate),
    /// A trace that is there keeps its status. Refused where one is none of the experiment.
    AddItems(Vec<TraceId>),
    /// Nothing where one is not there.
    RemoveItems(Vec<TraceId>),
    /// Changes nothing if the item has that status.
    SetStatus {
        trace: TraceId,
        status: ReviewStatus,
        /// Ignored for `Pending`.
        completed_by: Option<String>,
    },
    Delete,
}

/// The fields that an update sets; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ReviewQueueUpdate {
    pub name: Option<String>,
    pub users: Option<Vec<String>>,
    /// Refused once the queue has items: their answers are to these questions.
    pub schemas: Option<Vec<LabelSchemaId>>,
    pub created_by: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ReviewQueueQuery {
    pub experiment: ExperimentId,
    /// In any case of letters.
    pub name: Option<String>,
    /// Only the queues of this user.
    pub user: Option<String>,
    /// Only queues that have this trace.
    pub trace: Option<String>,
    pub offset: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug)]
pub struct ReviewItemQuery {
    pub queue: ReviewQueueId,
    pub status: Option<ReviewStatus>,
    /// Only of these traces.
    pub traces: Option<Vec<TraceId>>,
    pub offset: usize,
    pub max_results: usize,
}
