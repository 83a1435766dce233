//! Edits of review queues and their items, held in memory.
use kansoku_model::{QueueType, ReviewItem, ReviewQueue, ReviewStatus, TimestampMs};

use crate::{ReviewQueueUpdate, StoreError};

/// Makes an update, or refuses it whole. That the name is free and the schemas are there, the
/// engine has looked.
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

/// Users and schemas are in order, each once.
pub fn sort_lists(queue: &mut ReviewQueue) {
    queue.users.sort();
    queue.users.dedup();
    queue.schemas.sort();
    queue.schemas.dedup();
}

/// The first who settles an item stays the one who did: the same status again changes nothing.
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
