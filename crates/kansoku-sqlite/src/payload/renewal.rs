//! Replaces retired dictionaries, so that no content of a deleted trace remains in one.
//!
//! Every frame that refers to a retired dictionary is compressed again, some frames per write. The
//! replacement is complete when a walk over all frames finds none. After a crash a new walk begins.
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kansoku_model::Clock;
use rusqlite::Connection;

use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::error::EngineError;
use crate::ingest::previews;
use crate::payload::chunks::{self, Chunk, Kind};
use crate::payload::dictionaries::{self, Dictionary, Saved};
use kansoku_store::StoreError;
use kansoku_store::core::payload::codec::{self, Codec};
use kansoku_store::core::payload::training::{self, OwnedSample, Sample};

/// Number of rows read in one step.
const ROWS_A_STEP: i64 = 1000;
/// Limits of one write: frames, and their uncompressed bytes.
const FRAMES_A_WRITE: usize = 100;
const BYTES_A_WRITE: usize = 4 << 20;
/// The pause after a step, as a multiple of its duration: a third of a core at most.
const RESTS: u32 = 2;
/// Maximum number of trainings, if their traces are deleted meanwhile.
const TRAININGS_MAX: usize = 3;
/// Interval of waiting for frames that are being committed, or for readers that need the log.
const AGAIN: Duration = Duration::from_millis(200);
/// Bytes read of each frame: the longest zstd frame header with what precedes it.
const HEADER_BYTES: i64 = 24;

/// Parts of the store that replacing dictionaries needs.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) reader: &'a Connection,
    pub(crate) checkpoints: &'a Connection,
    pub(crate) wal: &'a Path,
    pub(crate) writer: &'a Writer,
    pub(crate) codec: &'a Codec,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

/// The state of a walk over all frames.
#[derive(Default)]
pub(crate) struct Renewal {
    retired: Vec<u32>,
    place: Place,
    found: bool,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Start,
    /// After the chunk with this id.
    Chunks(i64),
    /// After the previews of the trace with this row id.
    Previews(i64),
}

impl Renewal {
    /// Does one bounded step if a dictionary is retired; returns the time until the next one.
    pub(crate) async fn step(&mut self, tools: Tools<'_>) -> Result<Option<Duration>, StoreError> {
        if !tools.codec.blobs.is_owner() {
            return Ok(None);
        }
        let retired = dictionaries::retired(tools.reader)?;
        if retired.is_empty() {
            *self = Self::default();
            return Ok(None);
        }
        if retired != self.retired {
            *self = Self { retired: self.begin(tools, &retired).await?, ..Self::default() };
            return Ok(Some(Duration::ZERO));
        }
        if self.retired.iter().any(|id| tools.codec.is_awaited(*id)) {
            return Ok(Some(AGAIN));
        }
        let began = Instant::now();
        let rest = |began: Instant| Ok(Some(began.elapsed() * RESTS));
        match self.place {
            Place::Start => {
                let stored = dictionaries::stored(tools.reader, &self.retired)?;
                if stored.is_empty() {
                    return self.truncate_log(tools).await;
                }
                (self.place, self.found) = (Place::Chunks(0), false);
            }
            Place::Chunks(after) => {
                self.place = match self.renew_chunks(tools, after).await? {
                    Some(after) => Place::Chunks(after),
                    None => Place::Previews(0),
                };
            }
            Place::Previews(after) => match self.renew_previews(tools, after).await? {
                Some(after) => self.place = Place::Previews(after),
                None => self.end_walk(tools).await?,
            },
        }
        rest(began)
    }

    /// Retires the dictionaries in the codec, so that new frames do not refer to them, and trains
    /// another. Returns the retired ones.
    async fn begin(&self, tools: Tools<'_>, retired: &[u32]) -> Result<Vec<u32>, StoreError> {
        retired.iter().for_each(|id| tools.codec.retire(*id));
        if tools.codec.dictionary().is_none() {
            let samples = dictionaries::samples(tools.reader, tools.codec)?;
            tools.learn(samples).await?;
        }
        // Previews are compressed by the writer, so everything after this write uses the new state.
        tools.writer.run("begin to replace a dictionary", 0, |_| Ok(())).await?;
        let left = dictionaries::retired(tools.reader)?;
        tracing::info!(
            dictionaries = left.len(),
            "traces that a dictionary was trained on are deleted; it is being replaced"
        );
        Ok(left)
    }

    /// Renews some chunks after `after`. Returns the last chunk read; `None` if there are no more.
    async fn renew_chunks(
        &mut self,
        tools: Tools<'_>,
        after: i64,
    ) -> Result<Option<i64>, StoreError> {
        let (mut last, mut renewed, mut bytes) = (None, Vec::new(), 0);
        for row in chunk_rows(tools.reader, after)? {
            if FRAMES_A_WRITE <= renewed.len() || BYTES_A_WRITE <= bytes {
                break;
            }
            last = Some(row.id);
            if !self.names_retired(tools.codec, &row)? {
                continue;
            }
            let Some(frame) = chunks::frame(tools.reader, row.trace, row.id)? else { continue };
            match chunks::decompress(tools.reader, tools.codec, row.trace, &frame) {
                Ok(otlp) => {
                    let mut chunk = Chunk::compress(tools.codec, row.kind, &otlp, None)?;
                    chunk.offload(tools.codec, tools.writer).await?;
                    bytes += otlp.len();
                    renewed.push((row.id, chunk));
                }
                Err(EngineError(error @ StoreError::Damaged { .. })) => note_lost(&error),
                Err(error) => return Err(error.into()),
            }
        }
        if !renewed.is_empty() {
            self.found = true;
            let bytes = renewed.iter().map(|(_, chunk)| chunk.held_bytes()).sum();
            let put = move |tx: &Tx<'_>| {
                renewed.iter().try_for_each(|(id, chunk)| chunk.put_over(tx, *id))
            };
            write_patiently(tools.writer, bytes, put).await?;
        }
        Ok(last)
    }

    fn names_retired(&self, codec: &Codec, row: &ChunkRow) -> Result<bool, StoreError> {
        let dictionary = match row.is_small_blob {
            false => codec::dictionary_of(&row.header),
            true => match codec.frame_in_blob(&row.header) {
                Err(error @ StoreError::Damaged { .. }) => {
                    note_lost(&error);
                    None
                }
                header => codec::dictionary_of(&header?),
            },
        };
        Ok(dictionary.is_some_and(|id| self.retired.contains(&id)))
    }

    async fn renew_previews(
        &mut self,
        tools: Tools<'_>,
        after: i64,
    ) -> Result<Option<i64>, StoreError> {
        let (mut last, mut renewed) = (None, Vec::new());
        for (trace, header) in preview_rows(tools.reader, after)? {
            if FRAMES_A_WRITE <= renewed.len() {
                break;
            }
            last = Some(trace);
            let dictionary = previews::frame_of(&header).and_then(codec::dictionary_of);
            if dictionary.is_some_and(|id| self.retired.contains(&id)) {
                renewed.push(trace);
            }
        }
        if !renewed.is_empty() {
            self.found = true;
            let repack = move |tx: &Tx<'_>| {
                renewed.iter().try_for_each(|trace| previews::repack(tx, *trace))
            };
            write_patiently(tools.writer, 0, repack).await?;
        }
        Ok(last)
    }

    /// Deletes the dictionaries if the walk found no reference to them; otherwise another walk
    /// begins.
    async fn end_walk(&mut self, tools: Tools<'_>) -> Result<(), StoreError> {
        if !self.found {
            let ids = self.retired.clone();
            let delete = move |tx: &Tx<'_>| dictionaries::delete(tx, &ids);
            tools.writer.run("delete a dictionary", 0, delete).await?;
            tracing::info!("a dictionary that was trained on deleted traces is replaced");
        }
        self.place = Place::Start;
        Ok(())
    }

    /// Truncates the log, which may contain pages of the dictionaries, and ends their retirement.
    async fn truncate_log(&self, tools: Tools<'_>) -> Result<Option<Duration>, StoreError> {
        if !truncate_log(tools.checkpoints, tools.wal)? {
            return Ok(Some(AGAIN));
        }
        let ids = self.retired.clone();
        let forget = move |tx: &Tx<'_>| dictionaries::forget(tx, &ids);
        tools.writer.run("forget a dictionary", 0, forget).await?;
        Ok(Some(Duration::ZERO))
    }
}

impl Tools<'_> {
    /// Trains a dictionary on the samples and uses it. Returns `false` if they have too little in
    /// common.
    pub(crate) async fn learn(&self, mut samples: Vec<Sample>) -> Result<bool, StoreError> {
        for _ in 0..TRAININGS_MAX {
            let feeders = dictionaries::feeders(self.reader, &samples)?;
            let owned = samples.into_iter().zip(&feeders).filter_map(|(sample, feeder)| {
                let owner = feeder.as_ref()?.owner.clone();
                Some(OwnedSample { owner, bytes: sample.bytes })
            });
            let Some(bytes) = training::train(owned.collect())? else {
                return Ok(false);
            };
            let Some(dictionary) = dictionaries::with_own_id(self.reader, bytes)? else {
                return Ok(false);
            };
            let feeders = feeders.into_iter().flatten();
            let feeders: Vec<_> = feeders.map(|feeder| (feeder.trace, feeder.trace_id)).collect();
            let (now, dictionary) = (self.clock.now(), Arc::new(dictionary));
            let saved = dictionary.clone();
            let save = move |tx: &Tx<'_>| dictionaries::save(tx, &saved, &feeders, now);
            let Dictionary { id, bytes } = &*dictionary;
            let saved = self.writer.run("save a dictionary", bytes.len(), save).await?;
            if saved == Saved::As(*id) {
                self.codec.install(*id, bytes);
                tracing::debug!(
                    dictionary = id,
                    bytes = bytes.len(),
                    "chunks share a dictionary now"
                );
                return Ok(true);
            }
            samples = dictionaries::samples(self.reader, self.codec)?;
        }
        Ok(false)
    }
}

/// Checkpoints and truncates the write-ahead log, unless a reader or writer uses it. Returns
/// whether it is empty.
pub(crate) fn truncate_log(db: &Connection, wal: &Path) -> Result<bool, EngineError> {
    if std::fs::metadata(wal).map_or(0, |file| file.len()) == 0 {
        return Ok(true);
    }
    // Waiting for a lock here would block others.
    db.busy_timeout(Duration::ZERO)?;
    let busy = db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0));
    db.busy_timeout(crate::engine::connections::BUSY_MAX)?;
    match busy {
        Ok(busy) => Ok(busy == 0),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

fn note_lost(error: &StoreError) {
    tracing::warn!(
        error = error as &dyn Error,
        "a chunk cannot be read and keeps its dictionary's name; it is lost"
    );
}

/// Runs a write, and retries it while the queue is full: requests have priority.
async fn write_patiently(
    writer: &Writer,
    bytes: usize,
    work: impl Fn(&Tx<'_>) -> Result<(), EngineError> + Send + Sync + 'static,
) -> Result<(), StoreError> {
    let work = Arc::new(work);
    loop {
        let once = work.clone();
        match writer.run("replace a dictionary", bytes, move |tx| once(tx)).await {
            Err(StoreError::Overloaded) => tokio::time::sleep(AGAIN).await,
            done => return done,
        }
    }
}

struct ChunkRow {
    id: i64,
    trace: i64,
    kind: Kind,
    /// The beginning of the frame, or the complete name of a blob.
    header: Vec<u8>,
    /// Whether the frame is in a blob and small enough to use a dictionary.
    is_small_blob: bool,
}

fn chunk_rows(db: &Connection, after: i64) -> Result<Vec<ChunkRow>, EngineError> {
    let mut select = db.prepare_cached(
        "select id, trace, kind, raw_bytes, blob is not null,
             case when blob is null then substr(bytes, 1, ?3) else bytes end
         from span_chunks where id > ?1 order by id limit ?2",
    )?;
    let rows = select.query_map([after, ROWS_A_STEP, HEADER_BYTES], |row| {
        let raw_bytes: Option<i64> = row.get(3)?;
        let raw_bytes = raw_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        Ok(ChunkRow {
            id: row.get(0)?,
            trace: row.get(1)?,
            kind: Kind::of_number(row.get(2)?),
            header: row.get(5)?,
            is_small_blob: row.get(4)? && raw_bytes.is_none_or(codec::can_use_dictionary),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn preview_rows(db: &Connection, after: i64) -> Result<Vec<(i64, Vec<u8>)>, EngineError> {
    let mut select = db.prepare_cached(
        "select id, coalesce(substr(previews, 1, ?3), x'') from traces
         where id > ?1 order by id limit ?2",
    )?;
    let rows = select
        .query_map([after, ROWS_A_STEP, HEADER_BYTES], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
