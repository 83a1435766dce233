//! The catalog of the archive.
use kansoku_model::{ExperimentId, TimestampMs};

use super::Stores;
use super::build::{batch, experiment, feedback, info, number, small_trace, span, trace_id};
use crate::{
    ArchiveBatch, ArchiveFile, ArchivedIn, BatchFiles, BatchPlan, Deletion, QueuedChange,
    RowGroupIndex, RowGroupPage, StoreError, TraceRows, Unarchived, trace_hash,
};

const FAR: TimestampMs = TimestampMs(9_000_000_000_000);
const LONG_AGO: TimestampMs = TimestampMs(1);

fn all(experiment: ExperimentId) -> BatchPlan {
    BatchPlan {
        experiment,
        quiet_since: FAR,
        abandoned_since: FAR,
        traces_max: 100,
        only_deleted: false,
    }
}

async fn archived(stores: &Stores, name: &str) -> ExperimentId {
    let experiment = experiment(stores, name).await;
    stores.archive.begin_archiving().await.unwrap();
    stores.archive.archive_prefix(experiment, name).await.unwrap();
    experiment
}

async fn plan(stores: &Stores, experiment: ExperimentId) -> Option<ArchiveBatch> {
    stores.archive.plan_batch(all(experiment)).await.unwrap()
}

/// The traces of a batch with the batches that archived them and what changed.
fn changes(batch: &ArchiveBatch) -> Vec<(u64, Option<ArchivedIn>, QueuedChange)> {
    let traces = batch.traces.iter();
    traces.map(|it| (number(&it.trace_id), it.archived_in, it.change)).collect()
}

fn at(spans: i64, info: i64) -> Option<ArchivedIn> {
    Some(ArchivedIn { spans, info })
}

/// Finishes a batch without files.
async fn finish(stores: &Stores, experiment: ExperimentId) {
    stores.archive.batch_written(experiment, BatchFiles::default()).await.unwrap();
    stores.archive.finish_batch(experiment, LONG_AGO).await.unwrap();
}

async fn archive_all(stores: &Stores, experiment: ExperimentId) {
    plan(stores, experiment).await.unwrap();
    finish(stores, experiment).await;
    assert!(plan(stores, experiment).await.is_none());
}

fn file(path: &str, table: &str, batch: i64, rows: u64) -> ArchiveFile {
    ArchiveFile {
        path: path.to_owned(),
        table: table.to_owned(),
        first_batch: batch,
        last_batch: batch,
        bytes: 100,
        rows,
        min_time: TimestampMs(1),
        max_time: TimestampMs(2),
        statistics: "{}".to_owned(),
        footer_checksum: u64::MAX,
        locator: vec![row(2), row(1)],
        row_groups: Vec::new(),
    }
}

/// A row of each trace.
fn row(n: u64) -> TraceRows {
    TraceRows { trace: n, row_group: 0, first: n as u32, rows: 1 }
}

pub async fn changed_traces_are_archived_once_they_are_quiet(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    // The root of this one has not ended.
    let open = batch([span(2, 1, None, 0, 5).field("endTimeUnixNano", "0".into())]);
    stores.traces.append(here, open).await.unwrap();
    stores.traces.append(ExperimentId::DEFAULT, small_trace(3, 0)).await.unwrap();
    let [other, backlog] = &stores.archive.archive_backlogs().await.unwrap()[..] else {
        panic!("two experiments")
    };
    assert_eq!((other.experiment, other.traces), (ExperimentId::DEFAULT, 1));
    assert_eq!((backlog.experiment, backlog.traces), (here, 2));
    let just_now = BatchPlan { quiet_since: LONG_AGO, abandoned_since: LONG_AGO, ..all(here) };
    assert!(stores.archive.plan_batch(just_now).await.unwrap().is_none());

    let quiet = BatchPlan { abandoned_since: LONG_AGO, ..all(here) };
    let batch = stores.archive.plan_batch(quiet).await.unwrap().unwrap();
    assert_eq!((batch.experiment, batch.number), (here, 1));
    assert_eq!(changes(&batch), [(1, None, QueuedChange::Spans)]);
    finish(stores, here).await;
    let abandoned = plan(stores, here).await.unwrap();
    assert_eq!((abandoned.number, changes(&abandoned)[0].0), (2, 2));
    finish(stores, here).await;
    assert!(plan(stores, here).await.is_none());

    stores.traces.create_assessment(feedback(1, "good", true)).await.unwrap();
    stores.traces.append(here, batch_of_late_span()).await.unwrap();
    let batch = plan(stores, here).await.unwrap();
    let expected = [(1, at(1, 1), QueuedChange::Info), (2, at(2, 2), QueuedChange::Spans)];
    assert_eq!(changes(&batch), expected);
}

fn batch_of_late_span() -> Vec<kansoku_model::TraceSpans> {
    batch([span(2, 9, Some(1), 1, 2)])
}

pub async fn the_batch_of_spans_stays_until_they_change(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    archive_all(stores, here).await;
    stores.traces.set_tag(&trace_id(1), "k", "v").await.unwrap();
    archive_all(stores, here).await;
    stores.traces.set_tag(&trace_id(1), "k", "w").await.unwrap();
    let tagged = plan(stores, here).await.unwrap();
    assert_eq!(changes(&tagged), [(1, at(1, 2), QueuedChange::Info)]);
    // It is deleted while the batch is written.
    stores.traces.delete_traces(here, Deletion::Ids(vec![trace_id(1)])).await.unwrap();
    finish(stores, here).await;
    let left = plan(stores, here).await.unwrap();
    assert_eq!(changes(&left), [(1, at(1, tagged.number), QueuedChange::Deleted)]);
}

pub async fn changes_during_a_batch_stay_queued(stores: &Stores) {
    let here = archived(stores, "here").await;
    for n in 1..=3 {
        stores.traces.append(here, small_trace(n, 0)).await.unwrap();
    }
    plan(stores, here).await.unwrap();
    stores.traces.set_tag(&trace_id(1), "k", "v").await.unwrap();
    let ids = Deletion::Ids(vec![trace_id(2)]);
    stores.traces.delete_traces(here, ids).await.unwrap();
    finish(stores, here).await;
    let next = plan(stores, here).await.unwrap();
    let changes = changes(&next);
    assert_eq!((changes[0].0, changes[0].1), (1, at(1, 1)));
    assert_eq!(changes[1..], [(2, at(1, 1), QueuedChange::Deleted)]);
}

pub async fn deleted_and_moved_traces_leave_the_archive(stores: &Stores) {
    let here = archived(stores, "here").await;
    let there = archived(stores, "there").await;
    for n in 1..=3 {
        stores.traces.append(here, small_trace(n, 0)).await.unwrap();
    }
    archive_all(stores, here).await;
    stores.traces.append(here, small_trace(4, 0)).await.unwrap();
    let ids = Deletion::Ids(vec![trace_id(1), trace_id(4)]);
    stores.traces.delete_traces(here, ids).await.unwrap();
    stores.traces.upsert_info(info(2, there)).await.unwrap();
    let only_deleted = BatchPlan { only_deleted: true, ..all(there) };
    assert!(stores.archive.plan_batch(only_deleted).await.unwrap().is_none());
    let moved = plan(stores, there).await.unwrap();
    assert_eq!(changes(&moved), [(2, None, QueuedChange::Spans)]);
    finish(stores, there).await;
    // The fourth was not archived, so nothing is to be done about it.
    let only_deleted = BatchPlan { only_deleted: true, ..all(here) };
    let left = stores.archive.plan_batch(only_deleted).await.unwrap().unwrap();
    let deleted = QueuedChange::Deleted;
    assert_eq!(changes(&left), [(1, at(1, 1), deleted), (2, at(1, 1), deleted)]);
    finish(stores, here).await;

    // A trace that comes back replaces nothing.
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    let again = plan(stores, here).await.unwrap();
    assert_eq!(changes(&again), [(1, None, QueuedChange::Spans)]);
}

pub async fn expired_traces_stay_in_the_archive_and_wait_for_it(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    archive_all(stores, here).await;
    stores.traces.append(here, small_trace(2, 0)).await.unwrap();
    stores.traces.append(here, small_trace(3, 0)).await.unwrap();
    let expire = async |n: &[u64], unarchived| {
        let ids = n.iter().map(|n| trace_id(*n)).collect();
        let expired = Deletion::Expired { ids, unarchived };
        stores.traces.delete_traces(here, expired).await.unwrap()
    };
    assert_eq!(expire(&[1, 2, 3], Unarchived::Stay).await, [trace_id(1)]);
    assert_eq!(expire(&[2], Unarchived::Deleted).await, [trace_id(2)]);
    let batch = plan(stores, here).await.unwrap();
    assert_eq!(changes(&batch), [(3, None, QueuedChange::Spans)]);
}

pub async fn files_of_a_batch_become_live_together(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    let first = plan(stores, here).await.unwrap().number;
    let archive = &stores.archive;
    for path in ["traces/a", "spans/a", "unused"] {
        archive.reserve_file(here, path).await.unwrap();
    }
    let added = vec![file("traces/a", "traces", first, 1), file("spans/a", "otel_spans", first, 2)];
    let files = BatchFiles { added, removed: Vec::new() };
    archive.batch_written(here, files).await.unwrap();
    assert!(archive.archive_files(here).await.unwrap().is_empty());
    let [open] = &archive.open_batches().await.unwrap()[..] else { panic!("one batch") };
    assert_eq!((open.experiment, open.number), (here, first));
    assert_eq!(open.files.as_ref().unwrap().added.len(), 2);
    assert!(matches!(archive.drop_batch(here).await, Err(StoreError::Invalid(_))));
    archive.finish_batch(here, FAR).await.unwrap();
    let live = archive.archive_files(here).await.unwrap();
    let paths: Vec<_> = live.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["spans/a", "traces/a"]);
    assert_eq!(archive.file_locator("spans/a").await.unwrap(), [row(1), row(2)]);
    assert_eq!(archive.file_locator("other").await.unwrap(), []);
    let [size] = &archive.archive_sizes().await.unwrap()[..] else { panic!("one experiment") };
    assert_eq!((size.files, size.bytes, size.traces, size.spans), (2, 200, 1, 2));
    assert_eq!(archive.deletable_files(9).await.unwrap(), ["unused"]);
    archive.forget_files(&["unused".to_owned()]).await.unwrap();

    let rewrite = archive.plan_rewrite(here).await.unwrap();
    assert_eq!((rewrite.number, rewrite.traces.len()), (first + 1, 0));
    archive.reserve_file(here, "spans/b").await.unwrap();
    let files = BatchFiles {
        added: vec![file("spans/b", "otel_spans", first, 2)],
        removed: vec!["spans/a".to_owned()],
    };
    archive.batch_written(here, files).await.unwrap();
    archive.finish_batch(here, LONG_AGO).await.unwrap();
    let live = archive.archive_files(here).await.unwrap();
    let paths: Vec<_> = live.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["spans/b", "traces/a"]);
    assert_eq!(archive.deletable_files(9).await.unwrap(), ["spans/a"]);
    assert_eq!(archive.next_deletion().await.unwrap(), Some(LONG_AGO));
    archive.forget_files(&["spans/a".to_owned()]).await.unwrap();
    assert_eq!(archive.next_deletion().await.unwrap(), None);
}

pub async fn files_that_were_replaced_before_are_deleted_with_erased_ones(stores: &Stores) {
    let (here, there) = (archived(stores, "here").await, archived(stores, "there").await);
    let archive = &stores.archive;
    let replace = async |experiment, old: Option<&str>, new: &str, delete_after| {
        let number = archive.plan_rewrite(experiment).await.unwrap().number;
        archive.reserve_file(experiment, new).await.unwrap();
        let removed = old.into_iter().map(str::to_owned).collect();
        let files = BatchFiles { added: vec![file(new, "traces", number, 1)], removed };
        archive.batch_written(experiment, files).await.unwrap();
        archive.finish_batch(experiment, delete_after).await.unwrap();
    };
    replace(there, None, "there/a", FAR).await;
    replace(there, Some("there/a"), "there/b", FAR).await;
    replace(here, None, "here/a", FAR).await;
    replace(here, Some("here/a"), "here/b", FAR).await;
    assert!(archive.deletable_files(9).await.unwrap().is_empty());
    replace(here, Some("here/b"), "here/c", LONG_AGO).await;
    assert_eq!(archive.deletable_files(9).await.unwrap(), ["here/a", "here/b"]);
}

pub async fn traces_that_are_not_queued_must_be_in_the_archive(stores: &Stores) {
    let here = archived(stores, "here").await;
    for n in 1..=4 {
        stores.traces.append(here, small_trace(n, 0)).await.unwrap();
    }
    let unqueued = async |after: Option<u64>| {
        let after = after.map(trace_id);
        let traces = stores.archive.unqueued_traces(after.as_ref(), 2).await.unwrap();
        traces.iter().map(|(of, trace)| (*of, number(trace))).collect::<Vec<_>>()
    };
    assert_eq!(unqueued(None).await, []);
    while stores.archive.queue_stored_traces(9).await.unwrap() {}
    archive_all(stores, here).await;
    stores.traces.set_tag(&trace_id(2), "k", "v").await.unwrap();
    // Experiments without tables have no rows.
    stores.traces.append(ExperimentId::DEFAULT, small_trace(5, 0)).await.unwrap();
    assert_eq!(unqueued(None).await, [(here, 1), (here, 3)]);
    assert_eq!(unqueued(Some(3)).await, [(here, 4)]);
    assert_eq!(unqueued(Some(4)).await, []);
}

pub async fn a_batch_that_is_dropped_leaves_the_queue_as_it_was(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    let first = plan(stores, here).await.unwrap();
    stores.archive.reserve_file(here, "spans/a").await.unwrap();
    stores.archive.drop_batch(here).await.unwrap();
    assert!(stores.archive.open_batches().await.unwrap().is_empty());
    assert_eq!(stores.archive.deletable_files(9).await.unwrap(), ["spans/a"]);
    let again = plan(stores, here).await.unwrap();
    assert_eq!(again.traces, first.traces);
    assert!(first.number < again.number);
}

pub async fn traces_that_cannot_be_archived_stay_queued(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    stores.traces.append(here, small_trace(2, 0)).await.unwrap();
    plan(stores, here).await.unwrap();
    stores.archive.postpone_traces(here, &[trace_id(1)]).await.unwrap();
    finish(stores, here).await;
    let now = stores.archive.archive_backlogs().await.unwrap()[0].oldest_change;
    let soon = BatchPlan { quiet_since: TimestampMs(now.0 - 1), ..all(here) };
    assert!(stores.archive.plan_batch(soon).await.unwrap().is_none());
    let later = plan(stores, here).await.unwrap();
    assert_eq!(changes(&later), [(1, None, QueuedChange::Spans)]);
}

pub async fn stored_traces_are_queued_when_archiving_begins(stores: &Stores) {
    let here = experiment(stores, "here").await;
    for n in 1..=3 {
        stores.traces.append(here, small_trace(n, 0)).await.unwrap();
    }
    assert!(stores.archive.archive_backlogs().await.unwrap().is_empty());
    let id = stores.archive.begin_archiving().await.unwrap();
    assert_eq!(stores.archive.begin_archiving().await.unwrap(), id);
    stores.archive.archive_prefix(here, "here").await.unwrap();
    while stores.archive.queue_stored_traces(2).await.unwrap() {}
    let batch = plan(stores, here).await.unwrap();
    let mut traces: Vec<_> = changes(&batch).into_iter().map(|(number, ..)| number).collect();
    traces.sort_unstable();
    assert_eq!(traces, [1, 2, 3]);
    finish(stores, here).await;
    assert!(!stores.archive.queue_stored_traces(2).await.unwrap());
    assert!(plan(stores, here).await.is_none());
}

pub async fn a_prefix_belongs_to_one_experiment(stores: &Stores) {
    let (here, there) = (archived(stores, "a").await, experiment(stores, "b").await);
    let archive = &stores.archive;
    assert_eq!(archive.archive_prefix(here, "other").await.unwrap(), "a");
    let taken = archive.archive_prefix(there, "a").await;
    assert!(matches!(taken, Err(StoreError::Invalid(_))));
    assert_eq!(archive.archive_prefix(there, "b").await.unwrap(), "b");
    let unknown = experiment(stores, "c").await;
    assert!(archive.plan_rewrite(unknown).await.is_err());
}

async fn expire(stores: &Stores, experiment: ExperimentId, numbers: &[u64]) {
    let ids = numbers.iter().map(|n| trace_id(*n)).collect();
    let expired = Deletion::Expired { ids, unarchived: Unarchived::Stay };
    stores.traces.delete_traces(experiment, expired).await.unwrap();
}

async fn expired(stores: &Stores, numbers: &[u64]) -> Vec<u64> {
    let ids: Vec<_> = numbers.iter().map(|n| trace_id(*n)).collect();
    let found = stores.archive_index.expired_traces(&ids).await.unwrap();
    let mut found: Vec<u64> = found.keys().map(number).collect();
    found.sort_unstable();
    found
}

pub async fn expired_traces_are_known_until_they_are_deleted(stores: &Stores) {
    let here = archived(stores, "here").await;
    for n in 1..=4 {
        stores.traces.append(here, small_trace(n, n)).await.unwrap();
    }
    let index = &stores.archive_index;
    assert!(index.archive_floors().await.unwrap().is_empty());
    archive_all(stores, here).await;
    stores.traces.append(here, small_trace(5, 0)).await.unwrap();
    let second = stores.traces.info(&trace_id(2)).await.unwrap().request_time;
    // The fifth is not archived, so it stays.
    expire(stores, here, &[1, 2, 5]).await;
    assert_eq!(expired(stores, &[1, 2, 3, 4, 5]).await, [1, 2]);
    assert_eq!(index.count_expired(here).await.unwrap(), 2);
    let floors = index.archive_floors().await.unwrap();
    assert_eq!((floors.len(), floors[&here]), (1, second));

    let archived_in = ArchivedIn { spans: 1, info: 1 };
    let leaving = vec![(trace_id(1), archived_in), (trace_id(3), archived_in)];
    let deleted = index.delete_expired(here, leaving).await.unwrap();
    assert_eq!(deleted, [trace_id(1)]);
    assert_eq!(expired(stores, &[1, 2]).await, [2]);
    let batch = plan(stores, here).await.unwrap();
    let deletion = (1, at(1, 1), QueuedChange::Deleted);
    assert!(changes(&batch).contains(&deletion), "{:?}", changes(&batch));
}

pub async fn a_restored_trace_is_archived_again_once_it_is_complete(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    archive_all(stores, here).await;
    expire(stores, here, &[1]).await;
    let index = &stores.archive_index;
    index.begin_restore(here, &trace_id(1)).await.unwrap();
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    assert_eq!(index.open_restores().await.unwrap(), [(trace_id(1), here)]);
    assert_eq!(expired(stores, &[1]).await, [1]);
    assert!(plan(stores, here).await.is_none(), "it is not complete yet");
    let archived_in = ArchivedIn { spans: 1, info: 1 };
    index.finish_restore(here, &trace_id(1), archived_in).await.unwrap();
    assert!(index.open_restores().await.unwrap().is_empty());
    assert!(expired(stores, &[1]).await.is_empty());
    let batch = plan(stores, here).await.unwrap();
    assert_eq!(changes(&batch), [(1, at(1, 1), QueuedChange::Spans)]);
}

pub async fn rows_and_row_groups_of_live_files_are_found(stores: &Stores) {
    let here = archived(stores, "here").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    let first = plan(stores, here).await.unwrap().number;
    let (archive, index) = (&stores.archive, &stores.archive_index);
    let rows_of = |n: u64, row_group: u32| TraceRows {
        trace: trace_hash(&trace_id(n)),
        row_group,
        first: n as u32,
        rows: 2,
    };
    let group = |min: i64, max: i64| RowGroupIndex {
        rows: 5,
        min_time: TimestampMs(min),
        max_time: TimestampMs(max),
        terms: vec![max as u8],
    };
    let mut added = Vec::new();
    for (path, table) in [("a", "traces"), ("b", "traces"), ("c", "otel_spans")] {
        archive.reserve_file(here, path).await.unwrap();
        let locator = (1..=100).map(|n| rows_of(n, 0)).chain([rows_of(7, 1)]).collect();
        let row_groups = match path {
            "a" => vec![group(1, 4), group(4, 9)],
            "b" => vec![group(2, 9)],
            _ => Vec::new(),
        };
        added.push(ArchiveFile { locator, row_groups, ..file(path, table, first, 10) });
    }
    let files = BatchFiles { added, removed: Vec::new() };
    archive.batch_written(here, files).await.unwrap();
    let page = |from, to, after, max_results| RowGroupPage {
        experiment: here,
        from: Some(TimestampMs(from)),
        to: Some(TimestampMs(to)),
        after,
        max_results,
    };
    assert!(index.row_groups(page(0, 9, None, 9)).await.unwrap().is_empty());
    archive.finish_batch(here, FAR).await.unwrap();

    let traces = [trace_id(7), trace_id(50), trace_id(500)];
    let located = index.locate(here, "otel_spans", &traces).await.unwrap();
    assert_eq!(located.len(), 1);
    assert_eq!(located[0].file.path, "c");
    let mut rows = located[0].rows.clone();
    rows.sort_unstable();
    let mut expected = vec![rows_of(7, 0), rows_of(7, 1), rows_of(50, 0)];
    expected.sort_unstable();
    assert_eq!(rows, expected);
    assert_eq!(index.locate(here, "traces", &traces[..1]).await.unwrap().len(), 2);
    assert!(index.locate(here, "traces", &traces[2..]).await.unwrap().is_empty());

    let (mut after, mut found) = (None, Vec::new());
    loop {
        let groups = index.row_groups(page(0, 9, after, 1)).await.unwrap();
        let Some(group) = groups.into_iter().next() else { break };
        found.push((group.file.path.clone(), group.row_group, group.index.terms[0]));
        after = Some(group.position);
    }
    let expected = [("a", 1, 9), ("b", 0, 9), ("a", 0, 4)];
    assert_eq!(found, expected.map(|(path, group, terms)| (path.to_owned(), group, terms)));
    assert_eq!(index.row_groups(page(5, 9, None, 9)).await.unwrap().len(), 2);
    assert_eq!(index.row_groups(page(0, 1, None, 9)).await.unwrap().len(), 1);
}
