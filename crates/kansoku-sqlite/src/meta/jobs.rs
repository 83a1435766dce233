//! [`JobQueue`] on SQLite.
use async_trait::async_trait;
use kansoku_model::{DurationMs, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::watch;

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::{
    Backlog, JOBS_FINISHED_MAX, Job, JobId, JobOrder, JobOutcome, JobQuery, JobQueue, JobSource,
    JobState, NewJob, StoreError,
};

#[async_trait]
impl JobQueue for SqliteStore {
    async fn take_jobs(
        &self,
        from: &JobSource,
        lease: DurationMs,
        max: usize,
    ) -> Result<Vec<Job>, StoreError> {
        let (from, now) = (from.clone(), self.options.clock.now());
        // A write only if there is something to take.
        let next = self.next_job_due(&from).await?;
        if next.is_none_or(|due| now < due) {
            return Ok(Vec::new());
        }
        self.write("take jobs", move |db| take(db, &from, lease, max, now)).await
    }

    async fn next_job_due(&self, from: &JobSource) -> Result<Option<TimestampMs>, StoreError> {
        let from = from.clone();
        let next = move |db: &Connection| next_due(db, &from);
        self.look_up("look for a job", next).await
    }

    async fn settle_jobs(
        &self,
        outcomes: Vec<(JobId, JobOutcome)>,
        added: Vec<NewJob>,
    ) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let bytes = added.iter().map(|job| job.payload.len()).sum();
        let settle_all = move |tx: &Tx<'_>| {
            outcomes.iter().try_for_each(|(id, outcome)| settle(tx, id, outcome, now))?;
            added.iter().try_for_each(|job| add(tx, job, now))
        };
        self.writer.run("settle jobs", bytes, settle_all).await
    }

    async fn jobs(&self, query: JobQuery) -> Result<(Vec<Job>, bool), StoreError> {
        self.read("read jobs", move |db| list(db, &query)).await
    }

    async fn backlog(&self, queue: &str, subject: &str) -> Result<Backlog, StoreError> {
        let (queue, subject) = (queue.to_owned(), subject.to_owned());
        let count = move |db: &Connection| {
            let mut select = db.prepare_cached(
                "select count(*), min(created_ms) from jobs
                 where queue = ?1 and subject = ?2 and state = 'waiting'",
            )?;
            let backlog = |row: &Row<'_>| {
                let (waiting, oldest): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
                Ok(Backlog { waiting: waiting.cast_unsigned(), oldest: oldest.map(TimestampMs) })
            };
            Ok(select.query_row([queue, subject], backlog)?)
        };
        self.read("count jobs", count).await
    }

    async fn release_jobs(&self, queue: &str) -> Result<(), StoreError> {
        let (queue, now) = (queue.to_owned(), self.options.clock.now());
        let release = move |db: &Tx<'_>| {
            db.prepare_cached(
                "update jobs set due_ms = ?2
                 where queue = ?1 and state = 'waiting' and ?2 < due_ms and 0 < attempts",
            )?
            .execute(params![queue, now.0])?;
            Ok(())
        };
        self.write("release jobs", release).await
    }

    fn jobs_added(&self) -> watch::Receiver<u64> {
        self.jobs_added.subscribe()
    }
}

const COLUMNS: &str = "job_id, subject, kind, payload, state, attempts, created_ms, due_ms, result";

pub(crate) fn add(tx: &Tx<'_>, new: &NewJob, now: TimestampMs) -> Result<(), EngineError> {
    if let Some(max) = new.waiting_max {
        let is_full = tx
            .prepare_cached(
                "select 1 from jobs where queue = ?1 and subject = ?2 and state = 'waiting'
                 limit 1 offset ?3",
            )?
            .exists(params![new.queue, new.subject, max as i64 - 1])?;
        if is_full {
            return Ok(());
        }
    }
    let added = tx
        .prepare_cached(
            "insert into jobs (job_id, queue, subject, kind, payload, state, created_ms, due_ms)
             values (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7)
             on conflict (job_id) do update set due_ms = excluded.due_ms, attempts = 0
                 where ?8 and state = 'waiting'",
        )?
        .execute(params![
            new.id.as_str(),
            new.queue,
            new.subject,
            new.kind,
            new.payload,
            now.0,
            new.due.0,
            new.postpones,
        ])?;
    if 0 < added {
        tx.job_added();
    }
    Ok(())
}

/// A statement that finds jobs of some subjects: `subjects` are all that have waiting jobs of queue
/// `?1`, but for those in the list `?2`. It steps from subject to subject, and never reads the jobs of
/// the others, which may be many.
macro_rules! by_subject {
    ($select:literal) => {
        concat!(
            "with recursive every(subject) as (
                 select min(subject) from jobs where queue = ?1 and state = 'waiting'
                 union all
                 select (select min(subject) from jobs
                         where queue = ?1 and state = 'waiting' and subject > every.subject)
                 from every where subject is not null),
             subjects(subject) as (
                 select subject from every where subject is not null
                     and subject not in (select value from json_each(?2))) ",
            $select
        )
    };
}

/// When the waiting job that is due first is due.
fn next_due(db: &Connection, from: &JobSource) -> Result<Option<TimestampMs>, EngineError> {
    let sql = match from.except_subjects.is_empty() {
        true => "select min(due_ms) from jobs where queue = ?1 and state = 'waiting' and ?2 = '[]'",
        false => by_subject!(
            "select min((select min(due_ms) from jobs
                 where queue = ?1 and state = 'waiting' and jobs.subject = subjects.subject))
             from subjects"
        ),
    };
    let mut select = db.prepare_cached(sql)?;
    let due: Option<i64> = select.query_row([&from.queue, &busy_json(from)], |row| row.get(0))?;
    Ok(due.map(TimestampMs))
}

fn take(
    db: &Connection,
    from: &JobSource,
    lease: DurationMs,
    max: usize,
    now: TimestampMs,
) -> Result<Vec<Job>, EngineError> {
    let sql = match (from.order, from.except_subjects.is_empty()) {
        (JobOrder::LongestDue, true) => {
            "select id from jobs where queue = ?1 and state = 'waiting' and due_ms <= ?3 and ?2 = '[]'
             order by due_ms, id limit ?4"
        }
        (JobOrder::NewestDue, true) => {
            "select id from jobs where queue = ?1 and state = 'waiting' and due_ms <= ?3 and ?2 = '[]'
             order by due_ms desc, id desc limit ?4"
        }
        (JobOrder::LongestDue, false) => by_subject!(
            "select found.id from subjects cross join jobs found on found.id in (
                 select id from jobs
                 where queue = ?1 and state = 'waiting' and jobs.subject = subjects.subject
                     and due_ms <= ?3
                 order by due_ms, id limit ?4)
             order by found.due_ms, found.id limit ?4"
        ),
        (JobOrder::NewestDue, false) => by_subject!(
            "select found.id from subjects cross join jobs found on found.id in (
                 select id from jobs
                 where queue = ?1 and state = 'waiting' and jobs.subject = subjects.subject
                     and due_ms <= ?3
                 order by due_ms desc, id desc limit ?4)
             order by found.due_ms desc, found.id desc limit ?4"
        ),
    };
    let mut select = db.prepare_cached(sql)?;
    let due = params![from.queue, busy_json(from), now.0, max as i64];
    let ids: Vec<i64> = select.query_map(due, |row| row.get(0))?.collect::<Result<_, _>>()?;
    let until = now.0.saturating_add(lease.0);
    let mut update = db.prepare_cached(&format!(
        "update jobs set attempts = attempts + 1, due_ms = ?2 where id = ?1 returning {COLUMNS}"
    ))?;
    ids.into_iter().map(|id| Ok(update.query_row([id, until], from_row)?)).collect()
}

fn busy_json(from: &JobSource) -> String {
    serde_json::json!(from.except_subjects).to_string()
}

fn settle(
    db: &Connection,
    id: &JobId,
    outcome: &JobOutcome,
    now: TimestampMs,
) -> Result<(), EngineError> {
    match outcome {
        JobOutcome::Obsolete => {
            db.prepare_cached("delete from jobs where job_id = ?1 and 0 < attempts")?
                .execute([id.as_str()])?;
            Ok(())
        }
        JobOutcome::Retry { at, result } => {
            db.prepare_cached(
                "update jobs set due_ms = ?2, result = ?3 where job_id = ?1 and 0 < attempts",
            )?
            .execute(params![id.as_str(), at.0, result])?;
            Ok(())
        }
        JobOutcome::Succeeded { result } => finish(db, id, JobState::Succeeded, result, now),
        JobOutcome::Failed { result } => finish(db, id, JobState::Failed, result, now),
    }
}

/// Finishes a job, and forgets the oldest finished ones of its subject beyond the maximum.
fn finish(
    db: &Connection,
    id: &JobId,
    state: JobState,
    result: &str,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let of = db
        .prepare_cached(
            "update jobs set state = ?2, result = ?3, due_ms = ?4, payload = ''
             where job_id = ?1 and 0 < attempts
             returning queue, subject",
        )?
        .query_row(params![id.as_str(), state.as_str(), result, now.0], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    if let Some((queue, subject)) = of {
        db.prepare_cached(
            "delete from jobs where id in (
                 select id from jobs where queue = ?1 and subject = ?2 and state <> 'waiting'
                 order by id desc limit -1 offset ?3)",
        )?
        .execute(params![queue, subject, JOBS_FINISHED_MAX as i64])?;
    }
    Ok(())
}

fn list(db: &Connection, query: &JobQuery) -> Result<(Vec<Job>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from jobs"));
    sql.push_with(" where queue = ", query.queue.clone());
    sql.push_with(" and subject = ", query.subject.clone());
    sql.push(" order by id desc");
    Ok(sql.page(db, query.offset, query.max_results, from_row)?)
}

pub(crate) fn delete_all_of(
    db: &Connection,
    queue: &str,
    subject: &str,
) -> Result<(), EngineError> {
    db.prepare_cached("delete from jobs where queue = ?1 and subject = ?2")?
        .execute([queue, subject])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<Job, rusqlite::Error> {
    Ok(Job {
        id: JobId(row.get(0)?),
        subject: row.get(1)?,
        kind: row.get(2)?,
        payload: row.get(3)?,
        state: JobState::from_text(row.get_ref(4)?.as_str()?).unwrap_or(JobState::Failed),
        attempts: row.get(5)?,
        created: TimestampMs(row.get(6)?),
        due: TimestampMs(row.get(7)?),
        result: row.get(8)?,
    })
}
