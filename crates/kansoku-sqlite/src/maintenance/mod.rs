//! [`Maintenance`] on SQLite: measurements run on readers; shrinking the file and updating
//! statistics run in small writes.
pub(crate) mod audit;
pub(crate) mod reprice;
pub(crate) mod retention;
pub(crate) mod thread;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, Retention, TimestampMs, TraceId};
use rusqlite::{Connection, Row};

use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::payload::chunks;
use crate::{SqliteStore, backup};
use kansoku_store::backup::{BackupError, Manifest};
use kansoku_store::{
    Audit, ClockMark, ClockMarks, Maintenance, Pricer, Reprice, RepricedPage, RetentionCursor,
    StorageUse, StoreError, StoreSize, TraceShare,
};

/// SQL for the compressed payload of the trace `t` in bytes. `length` does not read the payload.
pub(crate) const PAYLOAD_BYTES: &str =
    "((select coalesce(sum(length(c.bytes)), 0) from span_chunks c where c.trace = t.id)
      + (select coalesce(sum(b.bytes), 0) from blobs b where b.trace = t.id))";
/// Deadline of measurements: sums over all traces of an experiment are slow in a large store.
const MEASURE_MAX: Duration = Duration::from_secs(600);
/// Deadline of an audit, which reads all data.
const AUDIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// Number of free pages that one write returns to the file system, which takes milliseconds.
const RECLAIMED_PAGES_MAX: u64 = 512;
/// One page in this many stays free for new traces.
const KEPT_PAGE_IN: u64 = 20;
/// Number of rows per index that `pragma optimize` reads for statistics.
const ANALYZED_ROWS: i64 = 1000;

fn size(db: &Connection) -> Result<StoreSize, EngineError> {
    let mut select = db.prepare_cached(
        "select (select page_count from pragma_page_count())
                * (select page_size from pragma_page_size()),
                (select coalesce(sum(bytes), 0) from blobs),
                (select count(*) from traces)",
    )?;
    let size = select.query_row([], |row| {
        let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
        Ok(StoreSize { database_bytes: number(0)?, blob_bytes: number(1)?, traces: number(2)? })
    })?;
    Ok(size)
}

#[async_trait]
impl Maintenance for SqliteStore {
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError> {
        let measure = move |db: &_| storage(db, experiment);
        self.readers.run("measure an experiment", MEASURE_MAX, measure).await
    }

    async fn size(&self) -> Result<StoreSize, StoreError> {
        self.read("measure the store", size).await
    }

    async fn audit(&self, progress: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError> {
        let codec = self.codec.clone();
        let audit = move |db: &_| audit::audit(db, &codec, progress);
        self.readers.run("audit the store", AUDIT_MAX, audit).await
    }

    async fn reprice(&self, which: Reprice, price: Pricer) -> Result<RepricedPage, StoreError> {
        self.reprice_page(which, price).await
    }

    async fn expired(
        &self,
        experiment: ExperimentId,
        limits: Retention,
        now: TimestampMs,
    ) -> Result<Option<RetentionCursor>, StoreError> {
        let find = move |db: &_| retention::expired(db, experiment, limits, now);
        let place = self.readers.run("find expired traces", MEASURE_MAX, find).await?;
        Ok(place.map(RetentionCursor::from))
    }

    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError> {
        let before = retention::Place::parse(before)?;
        let find = move |db: &_| retention::oldest(db, experiment, before, traces_max);
        self.read("find the oldest traces", find).await
    }

    async fn share_before(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
    ) -> Result<TraceShare, StoreError> {
        let before = retention::Place::parse(before)?;
        let count = move |db: &_| retention::share_before(db, experiment, before);
        self.readers.run("count expired traces", MEASURE_MAX, count).await
    }

    async fn clock_marks(&self) -> Result<ClockMarks, StoreError> {
        self.read("read when the server was last seen", retention::clock_marks).await
    }

    async fn mark_clock(&self, mark: ClockMark) -> Result<bool, StoreError> {
        let change = move |db: &Tx<'_>| retention::mark_clock(db, mark);
        self.writer.run_freeing("remember the clock", change).await
    }

    async fn reclaim(&self) -> Result<u64, StoreError> {
        let pages = self.read("look for unused space", reclaimable_pages).await?;
        if pages == 0 {
            return Ok(0);
        }
        let shrink = move |db: &Tx<'_>| reclaim(db, pages.min(RECLAIMED_PAGES_MAX));
        self.writer.run_freeing("give unused space back", shrink).await
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        let optimize = |db: &Tx<'_>| {
            db.pragma_update(None, "analysis_limit", ANALYZED_ROWS)?;
            Ok(db.execute_batch("pragma optimize")?)
        };
        self.writer.run("renew the statistics", 0, optimize).await
    }

    async fn try_write(&self) -> Result<(), StoreError> {
        let writer = self.writer.clone();
        let look = tokio::task::spawn_blocking(move || writer.look_for_space());
        look.await.map_err(|error| StoreError::backend("look for space", error))?;
        let now = self.options.clock.now();
        let write = move |db: &Tx<'_>| {
            db.prepare_cached("insert or replace into settings values ('last_try_to_write', ?1)")?
                .execute([now.0.to_be_bytes()])?;
            Ok(())
        };
        self.writer.run_freeing("try to write", write).await?;
        Ok(self.try_blobs().await?)
    }

    async fn back_up(&self, to: &Path) -> Result<Manifest, BackupError> {
        let data = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        let (to, now) = (to.to_owned(), self.options.clock.now());
        let taking = tokio::task::spawn_blocking(move || backup::take(&data, &to, now, |_| {}));
        taking.await.map_err(|error| StoreError::backend("take a backup", error))?
    }

    fn unwritable(&self) -> Option<String> {
        SqliteStore::unwritable(self)
    }
}

impl SqliteStore {
    /// Writes a small blob if the last write of a blob failed, to find out whether blobs can be
    /// written again.
    async fn try_blobs(&self) -> Result<(), EngineError> {
        let blobs = &self.codec.blobs;
        if blobs.unhealthy_reason().is_none() {
            return Ok(());
        }
        // No chunk refers to it, so the maintenance thread deletes it.
        let probe = b"can this be written?".to_vec();
        chunks::write_blob(&self.codec, &self.writer, probe).await.map(drop)
    }
}

fn storage(db: &Connection, experiment: ExperimentId) -> Result<StorageUse, EngineError> {
    let sql = format!(
        "select count(*), coalesce(sum(t.span_count), 0), coalesce(sum({PAYLOAD_BYTES}), 0),
             min(t.request_time_ms), max(t.request_time_ms)
         from traces t where t.experiment_id = ?1"
    );
    let row = db.prepare_cached(&sql)?.query_row([experiment.0], |row| {
        Ok(StorageUse {
            traces: count(row, 0)?,
            spans: count(row, 1)?,
            payload_bytes: count(row, 2)?,
            oldest: row.get::<_, Option<i64>>(3)?.map(TimestampMs),
            newest: row.get::<_, Option<i64>>(4)?.map(TimestampMs),
        })
    })?;
    Ok(row)
}

fn reclaimable_pages(db: &Connection) -> Result<u64, EngineError> {
    let of = |pragma: &str| db.query_row(pragma, [], |row| count(row, 0));
    let (free, all) = (of("pragma freelist_count")?, of("pragma page_count")?);
    Ok(free.saturating_sub(all / KEPT_PAGE_IN))
}

/// Returns free pages to the file system. Each step of the pragma frees one page, so all are run.
fn reclaim(db: &Connection, pages: u64) -> Result<u64, EngineError> {
    let pages_now = || db.query_row("pragma page_count", [], |row| count(row, 0));
    let before = pages_now()?;
    let mut shrink = db.prepare(&format!("pragma incremental_vacuum({pages})"))?;
    let mut steps = shrink.query([])?;
    while steps.next()?.is_some() {}
    let freed = before.saturating_sub(pages_now()?);
    let page_bytes = db.query_row("pragma page_size", [], |row| count(row, 0))?;
    Ok(freed * page_bytes)
}

/// Reads a count, which SQLite stores as a signed integer.
pub(crate) fn count(row: &Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}
