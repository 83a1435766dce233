//! Edits of review queues and their items, held in memory.
use kansoku_model::{QueueType, ReviewItem, ReviewQueue, ReviewQueueId, ReviewStatus, TimestampMs};

use crate::{NewReviewQueue, ReviewQueueUpdate, StoreError};

/// A queue as it is created. The engine checks the name and the schemas.
pub fn create(new: NewReviewQueue, now: TimestampMs) -> ReviewQueue {
    let mut queue = ReviewQueue {
        queue_id: ReviewQueueId::random(),
        experiment: new.experiment,
        name: new.name,
        queue_type: new.queue_type,
        created_by: new.created_by,
        created: now,
        last_update: now,
        users: new.users,
        schemas: new.schemas,
    };
    sort_lists(&mut queue);
    queue
}

/// Applies an update, or fails without a change. The engine checks the name and the schemas.
pub fn update(
    queue: &mut ReviewQueue,
    update: ReviewQueueUpdate,
    has_items: bool,
    now: TimestampMs,
) -> Result<(), StoreError> {
    if queue.queue_type == QueueType::User {
        let why = "the queue of a user is what it is: name, user, owner and label schemas stay";
        return Err(StoreError::Invalid(why.to_owned()));
    }
    let ReviewQueueUpdate { name, users, schemas, created_by } = update;
    if name.is_none() && users.is_none() && schemas.is_none() && created_by.is_none() {
        return Ok(());
    }
    if schemas.is_some() && has_items {
        let why = "the label schemas of a review queue stay once it has items; remove those first";
        return Err(StoreError::Invalid(why.to_owned()));
    }
    queue.name = name.unwrap_or_else(|| std::mem::take(&mut queue.name));
    queue.users = users.unwrap_or_else(|| std::mem::take(&mut queue.users));
    queue.schemas = schemas.unwrap_or_else(|| std::mem::take(&mut queue.schemas));
    sort_lists(queue);
    queue.created_by = created_by.or(queue.created_by.take());
    queue.last_update = now;
    Ok(())
}

/// Sorts users and schemas, and removes duplicates.
fn sort_lists(queue: &mut ReviewQueue) {
    queue.users.sort();
    queue.users.dedup();
    queue.schemas.sort();
    queue.schemas.dedup();
}

/// Sets the status of an item. The same status again changes nothing: who completed it first is kept.
pub fn set_status(
    item: &mut ReviewItem,
    status: ReviewStatus,
    completed_by: Option<String>,
    now: TimestampMs,
) {
    if item.status == status {
        return;
    }
    let is_settled = status != ReviewStatus::Pending;
    item.status = status;
    item.completed_by = completed_by.filter(|_| is_settled);
    item.completed = is_settled.then_some(now);
    item.last_update = now;
}
