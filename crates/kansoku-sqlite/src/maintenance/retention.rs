//! Finds expired traces, and stores the clock marks that decide about expiry.
//!
//! A trace's age is that of its request time, but this counts at most one hour after its first part
//! arrived: a sender whose clock is ahead cannot keep its traces for ever or displace others. Few
//! traces are dated further ahead; they have their own index.
use kansoku_model::{DurationMs, ExperimentId, Retention, TimestampMs, TraceId};
use rusqlite::{Connection, OptionalExtension, Rows, params};

use crate::error::EngineError;
use crate::maintenance::{PAYLOAD_BYTES, count};
use kansoku_store::{
    ClockMark, ClockMarks, RetentionCursor, RetentionWait, StoreError, TraceShare,
};

/// Maximum of `request_time_ms - received_ms` that counts; the same number is in the index.
const AHEAD_MS: i64 = 3_600_000;
/// Condition for traces dated further ahead, exactly as in their index.
const IS_AHEAD: &str = "received_ms + 3600000 < request_time_ms";
const LAST_SEEN: &str = "retention.last_seen";
const WAIT: &str = "retention.wait";

/// A position among the traces of an experiment, ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    time: TimestampMs,
    /// The row id, which orders traces of the same time.
    row: i64,
}

impl Place {
    pub(crate) fn parse(cut: &RetentionCursor) -> Result<Self, StoreError> {
        let parts = cut.as_str().split_once(':');
        let place = parts.and_then(|(time, row)| Some((time.parse().ok()?, row.parse().ok()?)));
        let (time, row) = place.ok_or_else(|| StoreError::Invalid("this is no cut".to_owned()))?;
        Ok(Self { time: TimestampMs(time), row })
    }
}

impl From<Place> for RetentionCursor {
    fn from(Place { time, row }: Place) -> Self {
        Self::new(format!("{}:{row}", time.0))
    }
}

/// The last trace to delete: the later one of the cuts by age and by size. `None` if nothing has
/// expired.
pub(crate) fn expired(
    db: &Connection,
    experiment: ExperimentId,
    retention: Retention,
    now: TimestampMs,
) -> Result<Option<Place>, EngineError> {
    let by_age = match retention.max_age {
        Some(age) => last_before(db, experiment, TimestampMs(now.0.saturating_sub(age.0)))?,
        None => None,
    };
    let by_size = match retention.max_bytes {
        Some(bytes) => last_beyond(db, experiment, bytes)?,
        None => None,
    };
    Ok(by_age.max(by_size))
}

/// The newest trace older than `time`.
fn last_before(
    db: &Connection,
    experiment: ExperimentId,
    time: TimestampMs,
) -> Result<Option<Place>, EngineError> {
    let newest = |sql: &str, time: i64| -> Result<Option<Place>, EngineError> {
        let mut select = db.prepare_cached(sql)?;
        let found = select.query_row(params![experiment.0, time], |row| {
            Ok(Place { time: TimestampMs(row.get(0)?), row: row.get(1)? })
        });
        Ok(found.optional()?)
    };
    let in_time = newest(
        "select request_time_ms, id from traces
         where experiment_id = ?1 and request_time_ms < ?2
         order by request_time_ms desc, id desc limit 1",
        time.0,
    )?;
    let ahead = newest(
        &format!(
            "select received_ms + {AHEAD_MS}, id from traces
             where experiment_id = ?1 and {IS_AHEAD} and received_ms < ?2
             order by received_ms desc, id desc limit 1"
        ),
        time.0.saturating_sub(AHEAD_MS),
    )?;
    Ok(in_time.max(ahead))
}

/// The newest trace that exceeds `bytes_max` together with all newer ones.
fn last_beyond(
    db: &Connection,
    experiment: ExperimentId,
    bytes_max: u64,
) -> Result<Option<Place>, EngineError> {
    let mut in_time = db.prepare_cached(&format!(
        "select t.request_time_ms, t.id, {PAYLOAD_BYTES} from traces t
         where t.experiment_id = ?1 and ({IS_AHEAD}) is not 1
         order by t.request_time_ms desc, t.id desc"
    ))?;
    let mut ahead = db.prepare_cached(&format!(
        "select t.received_ms + {AHEAD_MS}, t.id, {PAYLOAD_BYTES} from traces t
         where t.experiment_id = ?1 and {IS_AHEAD} order by t.received_ms desc, t.id desc"
    ))?;
    let mut rows = [in_time.query([experiment.0])?, ahead.query([experiment.0])?];
    let mut heads = [next(&mut rows[0])?, next(&mut rows[1])?];
    let mut bytes: u64 = 0;
    loop {
        let cut_of = |head: &Option<(Place, u64)>| head.map(|(cut, _)| cut);
        let newer = usize::from(cut_of(&heads[0]) < cut_of(&heads[1]));
        let Some((cut, of_trace)) = heads[newer] else { return Ok(None) };
        bytes = bytes.saturating_add(of_trace);
        if bytes_max < bytes {
            return Ok(Some(cut));
        }
        heads[newer] = next(&mut rows[newer])?;
    }
}

fn next(rows: &mut Rows<'_>) -> Result<Option<(Place, u64)>, EngineError> {
    let Some(row) = rows.next()? else { return Ok(None) };
    let cut = Place { time: TimestampMs(row.get(0)?), row: row.get(1)? };
    Ok(Some((cut, count(row, 2)?)))
}

/// SQL for traces up to a cut. Traces dated ahead are placed by the time they arrived.
fn up_to_cut() -> String {
    format!(
        "select id, trace_id, request_time_ms as time_ms from traces
             where experiment_id = ?1 and request_time_ms <= ?2
                 and (request_time_ms, id) <= (?2, ?3) and ({IS_AHEAD}) is not 1
         union all
         select id, trace_id, received_ms + {AHEAD_MS} as time_ms from traces
             where experiment_id = ?1 and {IS_AHEAD} and received_ms <= ?2 - {AHEAD_MS}
                 and (received_ms + {AHEAD_MS}, id) <= (?2, ?3)"
    )
}

pub(crate) fn oldest(
    db: &Connection,
    experiment: ExperimentId,
    before: Place,
    traces_max: usize,
) -> Result<Vec<TraceId>, EngineError> {
    let sql = format!("{} order by time_ms, id limit ?4", up_to_cut());
    let mut select = db.prepare_cached(&sql)?;
    let limit = i64::try_from(traces_max).unwrap_or(i64::MAX);
    let ids = select
        .query_map(params![experiment.0, before.time.0, before.row, limit], |row| {
            row.get::<_, String>(1)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ids.into_iter().filter_map(|id| TraceId::try_from(id).ok()).collect())
}

pub(crate) fn share_before(
    db: &Connection,
    experiment: ExperimentId,
    before: Place,
) -> Result<TraceShare, EngineError> {
    let sql = format!(
        "select (select count(*) from ({})),
             (select count(*) from traces where experiment_id = ?1)",
        up_to_cut()
    );
    let share = db
        .prepare_cached(&sql)?
        .query_row(params![experiment.0, before.time.0, before.row], |row| {
            Ok(TraceShare { traces: count(row, 0)?, of: count(row, 1)? })
        })?;
    Ok(share)
}

pub(crate) fn clock_marks(db: &Connection) -> Result<ClockMarks, EngineError> {
    let mark = setting(db, LAST_SEEN)?.and_then(|value| numbers::<1>(&value));
    let last_seen = match mark {
        Some([ms]) => Some(TimestampMs(ms)),
        // Older versions stored no mark: use the last time that spans arrived.
        None => db
            .prepare_cached("select max(last_seen_ms) from ledger")?
            .query_row([], |row| row.get::<_, Option<i64>>(0))?
            .filter(|ms| 0 < *ms)
            .map(TimestampMs),
    };
    let wait = setting(db, WAIT)?.and_then(|value| numbers::<2>(&value));
    let wait = wait.map(|[believed, left]| RetentionWait {
        believed: TimestampMs(believed),
        left: DurationMs(left),
    });
    Ok(ClockMarks { last_seen, wait })
}

/// Stores a mark. Returns `false` if there was no wait to continue or to end.
pub(crate) fn mark_clock(db: &Connection, mark: ClockMark) -> Result<bool, EngineError> {
    match mark {
        ClockMark::Seen(now) => put_setting(db, LAST_SEEN, &[now.0])?,
        ClockMark::BeginWait(wait) => put_wait(db, wait)?,
        ClockMark::ContinueWait(_) if setting(db, WAIT)?.is_none() => return Ok(false),
        ClockMark::ContinueWait(wait) => put_wait(db, wait)?,
        ClockMark::EndWait => {
            let mut delete = db.prepare_cached("delete from settings where key = ?1")?;
            return Ok(delete.execute([WAIT])? == 1);
        }
    }
    Ok(true)
}

fn put_wait(db: &Connection, wait: RetentionWait) -> Result<(), EngineError> {
    put_setting(db, WAIT, &[wait.believed.0, wait.left.0])
}

fn setting(db: &Connection, key: &str) -> Result<Option<Vec<u8>>, EngineError> {
    let mut select = db.prepare_cached("select value from settings where key = ?1")?;
    Ok(select.query_row([key], |row| row.get(0)).optional()?)
}

fn put_setting(db: &Connection, key: &str, numbers: &[i64]) -> Result<(), EngineError> {
    let value: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    db.prepare_cached("insert or replace into settings (key, value) values (?1, ?2)")?
        .execute(params![key, value])?;
    Ok(())
}

fn numbers<const N: usize>(value: &[u8]) -> Option<[i64; N]> {
    let (numbers, rest) = value.as_chunks::<8>();
    let numbers: Vec<i64> = numbers.iter().map(|bytes| i64::from_be_bytes(*bytes)).collect();
    numbers.try_into().ok().filter(|_| rest.is_empty())
}
