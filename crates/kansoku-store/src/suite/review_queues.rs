//! Review queues and their items.
use kansoku_model::{
    ExperimentId, LabelInput, LabelSchemaId, LabelType, QueueType, ReviewQueue, ReviewQueueId,
    ReviewStatus, TraceId,
};

use super::Stores;
use super::build::{experiment, info, number};
use crate::{
    Deletion, NewLabelSchema, NewReviewQueue, ReviewItemQuery, ReviewProgress, ReviewQueueEdit,
    ReviewQueueQuery, ReviewQueueUpdate, StoreError,
};

fn new(experiment: ExperimentId, name: &str) -> NewReviewQueue {
    NewReviewQueue {
        experiment,
        name: name.to_owned(),
        queue_type: QueueType::Custom,
        created_by: None,
        users: vec!["bob".to_owned(), "ann".to_owned(), "bob".to_owned()],
        schemas: Vec::new(),
    }
}

async fn question(stores: &Stores, experiment: ExperimentId, name: &str) -> LabelSchemaId {
    let new = NewLabelSchema {
        experiment,
        name: name.to_owned(),
        label_type: LabelType::Feedback,
        input: LabelInput::Text { max_length: None },
        instruction: None,
        enable_comment: false,
        is_default: false,
    };
    stores.meta.create_label_schema(new).await.unwrap().schema_id
}

async fn trace(stores: &Stores, experiment: ExperimentId, n: u64) -> TraceId {
    stores.traces.upsert_info(info(n, experiment)).await.unwrap().trace_id
}

/// `number of the trace=STATUS` of each item.
async fn items(
    stores: &Stores,
    queue: &ReviewQueueId,
    status: Option<ReviewStatus>,
) -> Vec<String> {
    let query =
        ReviewItemQuery { queue: queue.clone(), status, traces: None, offset: 0, max_results: 100 };
    let (items, more) = stores.meta.review_items(query).await.unwrap();
    assert!(!more);
    let mut shown: Vec<_> =
        items.iter().map(|it| format!("{}={}", number(&it.trace), it.status.as_str())).collect();
    shown.sort();
    shown
}

pub async fn a_review_queue_lives_from_creation_to_deletion(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let schema = question(stores, id, "q").await;
    let other = experiment(stores, "other").await;
    let foreign = question(stores, other, "q").await;
    let with = NewReviewQueue { schemas: vec![schema.clone()], ..new(id, "First") };
    let made = stores.meta.create_review_queue(with).await.unwrap();
    assert_eq!(made.users, ["ann", "bob"]);
    assert_eq!(stores.meta.review_queue(&made.queue_id).await.unwrap(), made);
    assert_eq!(stores.meta.review_queue_by_name(id, "FIRST").await.unwrap(), made);
    for refused in [
        new(id, "first"),
        new(ExperimentId(99), "x"),
        NewReviewQueue { schemas: vec![foreign], ..new(id, "x") },
    ] {
        assert!(stores.meta.create_review_queue(refused).await.is_err());
    }
    stores.meta.create_review_queue(new(other, "first")).await.unwrap();
    let mine = NewReviewQueue { users: vec!["eve".to_owned()], ..new(id, "eve") };
    let mine = NewReviewQueue { queue_type: QueueType::User, ..mine };
    let mine = stores.meta.create_review_queue(mine).await.unwrap();

    let queues = async |user: Option<&str>, trace: Option<&str>| {
        let query = ReviewQueueQuery {
            experiment: id,
            name: None,
            user: user.map(str::to_owned),
            trace: trace.map(str::to_owned),
            offset: 0,
            max_results: 10,
        };
        let (found, _) = stores.meta.review_queues(query).await.unwrap();
        let mut names: Vec<_> = found.into_iter().map(|it| it.name).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(queues(None, None).await, "First eve");
    assert_eq!(queues(Some("bob"), None).await, "First");
    let trace = trace(stores, id, 1).await;
    let add = ReviewQueueEdit::AddItems(vec![trace.clone()]);
    stores.meta.edit_review_queue(&mine.queue_id, add).await.unwrap();
    assert_eq!(queues(None, Some(trace.as_str())).await, "eve");

    stores.meta.edit_review_queue(&made.queue_id, ReviewQueueEdit::Delete).await.unwrap();
    let gone = stores.meta.review_queue(&made.queue_id).await;
    assert!(matches!(gone, Err(StoreError::ReviewQueueNotFound(_))));
    let gone = stores.meta.review_queue_by_name(id, "first").await;
    assert!(matches!(gone, Err(StoreError::ReviewQueueNameNotFound { .. })));
}

pub async fn an_update_of_a_review_queue_is_all_or_nothing(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let schema = question(stores, id, "q").await;
    let made = stores.meta.create_review_queue(new(id, "a")).await.unwrap().queue_id;
    stores.meta.create_review_queue(new(id, "Taken")).await.unwrap();
    let get = async || stores.meta.review_queue(&made).await.unwrap();
    let update = async |update: ReviewQueueUpdate| {
        stores.meta.edit_review_queue(&made, ReviewQueueEdit::Update(update)).await
    };
    let all = ReviewQueueUpdate {
        name: Some("A".to_owned()),
        users: Some(vec!["carol".to_owned()]),
        schemas: Some(vec![schema.clone()]),
        created_by: Some("Owner".to_owned()),
    };
    update(all.clone()).await.unwrap();
    update(ReviewQueueUpdate::default()).await.unwrap();
    let changed = get().await;
    let ReviewQueue { name, users, schemas, created_by, .. } = &changed;
    assert_eq!((name.as_str(), users.join(" "), schemas.len()), ("A", "carol".to_owned(), 1));
    assert_eq!(created_by.as_deref(), Some("Owner"));
    let unknown = LabelSchemaId("ls-none".to_owned());
    let refusing = [
        ReviewQueueUpdate { name: Some("taken".to_owned()), users: Some(vec![]), ..all.clone() },
        ReviewQueueUpdate { schemas: Some(vec![unknown]), users: Some(vec![]), ..all.clone() },
    ];
    for refused in refusing {
        assert!(update(refused).await.is_err());
        assert_eq!(get().await, changed);
    }
    let trace = trace(stores, id, 1).await;
    stores.meta.edit_review_queue(&made, ReviewQueueEdit::AddItems(vec![trace])).await.unwrap();
    assert!(update(all.clone()).await.is_err(), "the questions of a queue with items stay");
    update(ReviewQueueUpdate { schemas: None, ..all }).await.unwrap();

    let user = NewReviewQueue { queue_type: QueueType::User, ..new(id, "u") };
    let user = stores.meta.create_review_queue(user).await.unwrap().queue_id;
    let edit = ReviewQueueEdit::Update(ReviewQueueUpdate::default());
    assert!(stores.meta.edit_review_queue(&user, edit).await.is_err());
}

pub async fn an_item_is_settled_by_the_first_who_does(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let other = experiment(stores, "other").await;
    let queue = stores.meta.create_review_queue(new(id, "a")).await.unwrap().queue_id;
    let (one, two) = (trace(stores, id, 1).await, trace(stores, id, 2).await);
    let foreign = trace(stores, other, 3).await;
    let edit = async |edit| stores.meta.edit_review_queue(&queue, edit).await;
    let add = |traces: &[&TraceId]| {
        ReviewQueueEdit::AddItems(traces.iter().map(|it| (*it).clone()).collect())
    };
    assert!(edit(add(&[&one, &foreign])).await.is_err());
    assert!(items(stores, &queue, None).await.is_empty());
    edit(add(&[&one, &two])).await.unwrap();

    let set = |status, user: Option<&str>| ReviewQueueEdit::SetStatus {
        trace: one.clone(),
        status,
        completed_by: user.map(str::to_owned),
    };
    edit(set(ReviewStatus::Complete, Some("ann"))).await.unwrap();
    edit(set(ReviewStatus::Complete, Some("bob"))).await.unwrap();
    let item = stores.meta.review_item(&queue, &one).await.unwrap();
    assert_eq!(item.completed_by.as_deref(), Some("ann"));
    assert!(item.completed.is_some());
    // Items that are in the queue already keep their status.
    edit(add(&[&one])).await.unwrap();
    assert_eq!(items(stores, &queue, None).await, ["1=COMPLETE", "2=PENDING"]);
    assert_eq!(items(stores, &queue, Some(ReviewStatus::Pending)).await, ["2=PENDING"]);
    edit(set(ReviewStatus::Declined, Some("bob"))).await.unwrap();
    let item = stores.meta.review_item(&queue, &one).await.unwrap();
    assert_eq!(item.completed_by.as_deref(), Some("bob"));
    edit(set(ReviewStatus::Pending, None)).await.unwrap();
    let item = stores.meta.review_item(&queue, &one).await.unwrap();
    assert_eq!((item.completed_by, item.completed), (None, None));

    let missing = ReviewQueueEdit::SetStatus {
        trace: foreign.clone(),
        status: ReviewStatus::Pending,
        completed_by: None,
    };
    let missing = edit(missing).await;
    assert!(matches!(missing, Err(StoreError::ReviewItemNotFound { .. })));
    edit(ReviewQueueEdit::RemoveItems(vec![one, foreign])).await.unwrap();
    assert_eq!(items(stores, &queue, None).await, ["2=PENDING"]);
    stores.traces.delete_traces(id, Deletion::Ids(vec![two])).await.unwrap();
    assert!(items(stores, &queue, None).await.is_empty(), "with a trace go its items");
}

pub async fn progress_counts_items_by_status_and_reviewer(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let other = experiment(stores, "other").await;
    let create = async |experiment, name| {
        stores.meta.create_review_queue(new(experiment, name)).await.unwrap().queue_id
    };
    let first = create(id, "first").await;
    let second = create(id, "second").await;
    let foreign = create(other, "first").await;
    create(id, "empty").await;
    let edit = async |queue: &ReviewQueueId, edit| {
        stores.meta.edit_review_queue(queue, edit).await.unwrap();
    };
    let mut traces = Vec::new();
    for n in 1..=5 {
        traces.push(trace(stores, id, n).await);
    }
    edit(&first, ReviewQueueEdit::AddItems(traces.clone())).await;
    edit(&second, ReviewQueueEdit::AddItems(traces[..2].to_vec())).await;
    let elsewhere = trace(stores, other, 6).await;
    edit(&foreign, ReviewQueueEdit::AddItems(vec![elsewhere])).await;
    for (n, status, user) in [
        (0, ReviewStatus::Complete, Some("ann")),
        (1, ReviewStatus::Declined, Some("ann")),
        (2, ReviewStatus::Complete, Some("bob")),
        (3, ReviewStatus::Complete, None),
    ] {
        let completed_by = user.map(str::to_owned);
        let trace = traces[n].clone();
        edit(&first, ReviewQueueEdit::SetStatus { trace, status, completed_by }).await;
    }
    let counted = ReviewProgress {
        pending: 1,
        complete: 3,
        declined: 1,
        by_reviewer: [("ann".to_owned(), 2), ("bob".to_owned(), 1)].into(),
    };
    let untouched = ReviewProgress { pending: 2, ..ReviewProgress::default() };
    let expected = [(first, counted), (second, untouched)].into();
    for meta in [&stores.meta, &stores.required_only().meta] {
        assert_eq!(meta.review_progress(id).await.unwrap(), expected);
    }
}
