//! Searches the bytes of whole traces for literals, before individual spans are decoded.
//!
//! One thread reads frames; the others decompress and search them, which takes most of the time.
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use kansoku_filter::Literal;
use regex::bytes::{Regex, RegexBuilder};
use rusqlite::Connection;

use crate::engine::readers;
use crate::error::EngineError;
use crate::index::postings::Entry;
use kansoku_store::StoreError;
use kansoku_store::core::payload::codec::Codec;

/// Number of frames that are passed to a worker together.
const FRAMES_AT_ONCE: usize = 64;
/// Maximum number of such batches that wait for a worker.
const WAITING_MAX: usize = 4;
/// How long a worker that yields to ingest sleeps before it checks again.
const REST: Duration = Duration::from_millis(5);
/// Minimum number of candidates for which workers are started.
const APART_MIN: usize = 64;

pub(crate) struct LiteralMatcher(Vec<Regex>);

/// Frames with the row ids of their traces.
type Frames = Vec<(i64, Vec<u8>)>;

/// Bit `n` represents literal `n`.
type Found = u64;

impl LiteralMatcher {
    /// Creates a matcher. Literals that exceed the bits of [`Found`] are ignored, which only lets
    /// more candidates pass.
    pub(crate) fn new(literals: &[Literal]) -> Self {
        let finder = |literal: &Literal| {
            let mut regex = RegexBuilder::new(&regex::escape(&literal.text));
            regex.case_insensitive(literal.ignore_case).unicode(false).build().ok()
        };
        Self(literals.iter().filter_map(finder).take(Found::BITS as usize).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, codec: &Codec, frame: &[u8]) -> Found {
        // A damaged frame passes, so that the filter itself reports the error.
        let Ok(bytes) = codec.decompress(frame) else { return Found::MAX };
        let found = self.0.iter().enumerate().filter(|(_, finder)| finder.is_match(&bytes));
        found.fold(0, |mask, (at, _)| mask | 1 << at)
    }

    fn all(&self) -> Found {
        Found::MAX.checked_shr(Found::BITS - self.0.len() as u32).unwrap_or(0)
    }

    /// The candidates whose spans contain all literals, each in any span.
    pub(crate) fn keep(
        &self,
        db: &Connection,
        codec: &Codec,
        mut candidates: Vec<Entry>,
    ) -> Result<Vec<Entry>, EngineError> {
        let found = self.look(db, codec, &candidates)?;
        let all = self.all();
        candidates.retain(|entry| found.get(&entry.trace).is_some_and(|found| found & all == all));
        Ok(candidates)
    }

    fn look(
        &self,
        db: &Connection,
        codec: &Codec,
        candidates: &[Entry],
    ) -> Result<HashMap<i64, Found>, EngineError> {
        let apart = match candidates.len() {
            APART_MIN.. => thread::available_parallelism().map_or(1, usize::from),
            _ => 0,
        };
        let ids: Vec<i64> = candidates.iter().map(|entry| entry.trace).collect();
        let list = serde_json::json!(ids).to_string();
        let (send, frames) = sync_channel::<Frames>(WAITING_MAX);
        let frames = &Mutex::new(frames);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..apart)
                .map(|n| scope.spawn(move || self.look_at(codec, frames, n == 0)))
                .collect();
            let mut found = HashMap::new();
            let mut waiting = Frames::new();
            let read = each_frame(db, &list, |trace, frame| match apart {
                0 => *found.entry(trace).or_default() |= self.find(codec, frame),
                _ => {
                    waiting.push((trace, frame.to_vec()));
                    if waiting.len() == FRAMES_AT_ONCE {
                        let _ = send.send(std::mem::take(&mut waiting));
                    }
                }
            });
            let _ = send.send(waiting);
            drop(send);
            for worker in workers {
                let seen = worker.join().map_err(|_| {
                    StoreError::backend("look through payloads", "a thread panicked")
                })?;
                for (trace, mask) in seen {
                    *found.entry(trace).or_default() |= mask;
                }
            }
            read.map(|()| found)
        })
    }

    /// The loop of a worker. All but the first pause while ingest requests are in progress.
    fn look_at(
        &self,
        codec: &Codec,
        frames: &Mutex<Receiver<Frames>>,
        is_first: bool,
    ) -> HashMap<i64, Found> {
        let mut found = HashMap::new();
        loop {
            while !is_first && 0 < codec.ingests.load(Ordering::Relaxed) {
                thread::sleep(REST);
            }
            let next = frames.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(frames) = next else { return found };
            for (trace, frame) in frames {
                *found.entry(trace).or_default() |= self.find(codec, &frame);
            }
        }
    }
}

fn each_frame(
    db: &Connection,
    list: &str,
    mut look: impl FnMut(i64, &[u8]),
) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(
        "select c.trace, c.bytes from json_each(?1) e
         cross join span_chunks c on c.trace = e.value where c.kind = 0",
    )?;
    let mut rows = select.query([list])?;
    while let Some(row) = rows.next()? {
        // Decompressing a frame takes long, and SQLite needs only a few instructions for a row.
        readers::check_stop()?;
        let frame = row.get_ref(1)?.as_blob();
        look(row.get(0)?, frame.map_err(|e| StoreError::backend("read spans", e))?);
    }
    Ok(())
}
