//! The queue of jobs. Times are far in the past or the future, so that no case waits.
use kansoku_model::{DurationMs, TimestampMs};

use super::Stores;
use crate::{
    Backlog, JOBS_FINISHED_MAX, Job, JobId, JobOrder, JobOutcome, JobQuery, JobSource, JobState,
    NewJob,
};

const LONG: DurationMs = DurationMs(1_000_000_000);
const NONE: DurationMs = DurationMs(0);
const FAR: TimestampMs = TimestampMs(9_000_000_000_000);

fn job(id: &str, subject: &str, due: i64) -> NewJob {
    NewJob {
        id: JobId(id.to_owned()),
        queue: "q".to_owned(),
        subject: subject.to_owned(),
        kind: "k".to_owned(),
        payload: format!("payload of {id}"),
        due: TimestampMs(due),
        waiting_max: None,
        postpones: false,
    }
}

fn all() -> JobSource {
    JobSource { queue: "q".to_owned(), ..JobSource::default() }
}

async fn take(stores: &Stores, lease: DurationMs) -> Option<String> {
    stores.jobs.take_job(&all(), lease).await.unwrap().map(|job| job.id.0)
}

async fn jobs_of(stores: &Stores, subject: &str) -> Vec<Job> {
    let (queue, subject) = ("q".to_owned(), subject.to_owned());
    let query = JobQuery { queue, subject, offset: 0, max_results: 20_000 };
    let (jobs, more) = stores.jobs.jobs(query).await.unwrap();
    assert!(!more);
    jobs
}

pub async fn a_job_is_taken_when_it_is_due_and_again_if_it_is_not_settled(stores: &Stores) {
    let mut added = stores.jobs.jobs_added();
    added.borrow_and_update();
    assert_eq!(take(stores, LONG).await, None);
    stores.jobs.add_jobs(vec![job("b", "s", 2), job("a", "s", 1)]).await.unwrap();
    stores.jobs.add_jobs(vec![job("late", "s", FAR.0)]).await.unwrap();
    assert!(added.has_changed().unwrap());
    assert_eq!(stores.jobs.next_job_due(&all()).await.unwrap(), Some(TimestampMs(1)));
    let other = JobSource { queue: "other".to_owned(), ..JobSource::default() };
    assert_eq!(stores.jobs.take_job(&other, LONG).await.unwrap(), None);
    assert_eq!(stores.jobs.next_job_due(&other).await.unwrap(), None);

    // Nobody settled it before its lease ended.
    assert_eq!(take(stores, DurationMs(-1_000_000_000_000_000)).await.as_deref(), Some("a"));
    let again = stores.jobs.take_job(&all(), LONG).await.unwrap().unwrap();
    assert_eq!((again.id.as_str(), again.attempts), ("a", 2));
    assert_eq!(again.payload, "payload of a");
    assert_eq!(take(stores, LONG).await.as_deref(), Some("b"));
    assert_eq!(take(stores, LONG).await, None);

    let retry = JobOutcome::Retry { at: TimestampMs(3), result: "not yet".to_owned() };
    stores.jobs.settle_job(&again.id, retry).await.unwrap();
    let third = stores.jobs.take_job(&all(), LONG).await.unwrap().unwrap();
    assert_eq!((third.attempts, third.result.as_deref()), (3, Some("not yet")));
    stores.jobs.settle_job(&third.id, JobOutcome::Obsolete).await.unwrap();
    stores.jobs.settle_job(&third.id, JobOutcome::Obsolete).await.unwrap();
    let left: Vec<_> = jobs_of(stores, "s").await.into_iter().map(|job| job.id.0).collect();
    assert_eq!(left, ["late", "b"]);
}

pub async fn a_job_is_added_once(stores: &Stores) {
    stores.jobs.add_jobs(vec![job("a", "s", 1), job("a", "s", 2)]).await.unwrap();
    let taken = stores.jobs.take_job(&all(), LONG).await.unwrap().unwrap();
    let done = JobOutcome::Succeeded { result: "fine".to_owned() };
    stores.jobs.settle_job(&taken.id, done).await.unwrap();
    stores.jobs.add_jobs(vec![job("a", "s", 1)]).await.unwrap();
    assert_eq!(take(stores, LONG).await, None);
    let [job] = &jobs_of(stores, "s").await[..] else { panic!("one job") };
    assert_eq!((job.state, job.result.as_deref()), (JobState::Succeeded, Some("fine")));
    assert_eq!(job.payload, "");
}

pub async fn jobs_of_busy_subjects_wait(stores: &Stores) {
    let jobs = vec![job("a", "busy", 1), job("b", "busy", 1), job("c", "free", 5)];
    stores.jobs.add_jobs(jobs).await.unwrap();
    let from = JobSource { except_subjects: vec!["busy".to_owned()], ..all() };
    assert_eq!(stores.jobs.next_job_due(&from).await.unwrap(), Some(TimestampMs(5)));
    assert_eq!(stores.jobs.take_job(&from, LONG).await.unwrap().unwrap().id.as_str(), "c");
    assert!(stores.jobs.take_job(&from, LONG).await.unwrap().is_none());
    assert_eq!(take(stores, LONG).await.as_deref(), Some("a"));
}

pub async fn finished_jobs_are_a_log_of_the_newest(stores: &Stores) {
    let count = JOBS_FINISHED_MAX + 2;
    for number in 0..count {
        stores.jobs.add_jobs(vec![job(&number.to_string(), "s", 1)]).await.unwrap();
        let taken = stores.jobs.take_job(&all(), NONE).await.unwrap().unwrap();
        let result = String::new();
        let failed = JobOutcome::Failed { result };
        stores.jobs.settle_job(&taken.id, failed).await.unwrap();
    }
    stores.jobs.add_jobs(vec![job("waiting", "s", FAR.0)]).await.unwrap();
    let log = jobs_of(stores, "s").await;
    assert_eq!(log.len(), JOBS_FINISHED_MAX + 1);
    assert_eq!((log[0].id.as_str(), log[0].state), ("waiting", JobState::Waiting));
    assert_eq!(log[1].id.as_str(), (count - 1).to_string());
    assert_eq!(log[1].state, JobState::Failed);
    assert_eq!(log[JOBS_FINISHED_MAX].id.as_str(), "2");
    let query =
        JobQuery { queue: "q".to_owned(), subject: "s".to_owned(), offset: 1, max_results: 2 };
    let (page, more) = stores.jobs.jobs(query).await.unwrap();
    let page: Vec<_> = page.iter().map(|job| job.id.0.clone()).collect();
    assert_eq!((page, more), (vec![(count - 1).to_string(), (count - 2).to_string()], true));
}

pub async fn so_many_jobs_of_a_subject_wait_at_most(stores: &Stores) {
    let limited = |id: &str, subject| NewJob { waiting_max: Some(3), ..job(id, subject, 1) };
    let jobs = ["a", "b", "c", "d"].map(|id| limited(id, "s"));
    stores.jobs.add_jobs(jobs.to_vec()).await.unwrap();
    stores.jobs.add_jobs(vec![limited("other", "t")]).await.unwrap();
    assert_eq!(jobs_of(stores, "s").await.len(), 3);
    assert_eq!(jobs_of(stores, "t").await.len(), 1);
    let taken = stores.jobs.take_job(&all(), LONG).await.unwrap().unwrap();
    let done = JobOutcome::Succeeded { result: String::new() };
    stores.jobs.settle_job(&taken.id, done).await.unwrap();
    stores.jobs.add_jobs(vec![limited("e", "s"), limited("f", "s")]).await.unwrap();
    assert_eq!(jobs_of(stores, "s").await.len(), 4);
}

pub async fn several_jobs_are_taken_at_once_in_the_order_of_the_source(stores: &Stores) {
    let due = [("a", 1), ("b", 3), ("c", 2), ("d", 3)];
    let jobs = due.map(|(id, due)| job(id, "s", due)).to_vec();
    stores.jobs.add_jobs([jobs, vec![job("later", "s", FAR.0)]].concat()).await.unwrap();
    let ids = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.id.0).collect::<Vec<_>>();
    let newest = JobSource { order: JobOrder::NewestDue, ..all() };
    let first = stores.jobs.take_jobs(&newest, LONG, 2).await.unwrap();
    assert!(first.iter().all(|job| job.attempts == 1));
    assert_eq!(ids(first), ["d", "b"]);
    assert_eq!(ids(stores.jobs.take_jobs(&all(), LONG, 9).await.unwrap()), ["a", "c"]);
    assert_eq!(ids(stores.jobs.take_jobs(&all(), LONG, 9).await.unwrap()), [""; 0]);
}

pub async fn jobs_that_a_process_took_are_released_after_its_end(stores: &Stores) {
    stores.jobs.add_jobs(vec![job("taken", "s", 1), job("later", "s", FAR.0)]).await.unwrap();
    assert_eq!(take(stores, LONG).await.as_deref(), Some("taken"));
    let backlog = stores.jobs.backlog("q", "s").await.unwrap();
    assert_eq!(backlog.waiting, 2);
    assert!(backlog.oldest.is_some());
    assert_eq!(stores.jobs.backlog("q", "other").await.unwrap(), Backlog::default());
    stores.jobs.release_jobs("other").await.unwrap();
    assert_eq!(take(stores, LONG).await, None);
    stores.jobs.release_jobs("q").await.unwrap();
    assert_eq!(take(stores, LONG).await.as_deref(), Some("taken"));
    assert_eq!(take(stores, LONG).await, None);
}

pub async fn jobs_are_settled_with_those_that_follow(stores: &Stores) {
    stores.jobs.add_jobs(vec![job("a", "s", 1), job("b", "s", 1)]).await.unwrap();
    assert_eq!(stores.jobs.take_jobs(&all(), LONG, 9).await.unwrap().len(), 2);
    let outcomes = ["a", "b", "gone"].map(|id| (JobId(id.to_owned()), JobOutcome::Obsolete));
    stores.jobs.settle_jobs(outcomes.to_vec(), vec![job("c", "s", 1)]).await.unwrap();
    let left: Vec<_> = jobs_of(stores, "s").await.into_iter().map(|job| job.id.0).collect();
    assert_eq!(left, ["c"]);
}

pub async fn a_job_that_is_postponed_is_done_once_after_the_last_time(stores: &Stores) {
    let postponed = |due| NewJob { postpones: true, ..job("a", "s", due) };
    stores.jobs.add_jobs(vec![postponed(1), postponed(FAR.0)]).await.unwrap();
    assert_eq!(jobs_of(stores, "s").await.len(), 1);
    assert_eq!(take(stores, LONG).await, None);
    stores.jobs.add_jobs(vec![postponed(1)]).await.unwrap();
    assert_eq!(take(stores, LONG).await.as_deref(), Some("a"));

    // It is asked for again during an attempt, whose outcome then counts for nothing.
    for outcome in [
        JobOutcome::Obsolete,
        JobOutcome::Succeeded { result: String::new() },
        JobOutcome::Retry { at: TimestampMs(1), result: String::new() },
    ] {
        stores.jobs.add_jobs(vec![postponed(FAR.0)]).await.unwrap();
        stores.jobs.settle_job(&JobId("a".to_owned()), outcome).await.unwrap();
        let [waiting] = &jobs_of(stores, "s").await[..] else { panic!("one job") };
        assert_eq!((waiting.state, waiting.due, waiting.attempts), (JobState::Waiting, FAR, 0));
        assert_eq!(take(stores, LONG).await, None);
        stores.jobs.add_jobs(vec![postponed(1)]).await.unwrap();
        assert_eq!(take(stores, LONG).await.as_deref(), Some("a"));
    }
    let done = JobOutcome::Succeeded { result: String::new() };
    stores.jobs.settle_job(&JobId("a".to_owned()), done).await.unwrap();
    stores.jobs.add_jobs(vec![postponed(1)]).await.unwrap();
    assert_eq!(take(stores, LONG).await, None);
}
