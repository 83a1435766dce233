//! Traces that may match a search, newest first, in batches.
use kansoku_model::ExperimentId;
use rusqlite::{Connection, params};

use crate::error::EngineError;
use crate::index::postings::{Cursor, Entry};

pub(crate) enum Candidates<'db> {
    /// Traces that have a term of each set: entries of `first` that all `others` contain.
    ByTerms { first: Cursor<'db>, others: Vec<Cursor<'db>>, next: Option<Entry> },
    /// All traces of an experiment.
    ByTime { db: &'db Connection, experiment: ExperimentId, from: i64, below: Option<Entry> },
}

impl<'db> Candidates<'db> {
    pub(crate) fn by_terms(
        db: &'db Connection,
        sets: &[Vec<i64>],
        range: (i64, i64),
    ) -> Result<Self, EngineError> {
        let mut cursors = sets.iter().map(|set| Cursor::open(db, set, range));
        let mut first = match cursors.next() {
            Some(first) => first?,
            None => Cursor::open(db, &[], range)?,
        };
        let others = cursors.collect::<Result<_, _>>()?;
        let next = first.next()?;
        Ok(Self::ByTerms { first, others, next })
    }

    pub(crate) fn by_time(
        db: &'db Connection,
        experiment: ExperimentId,
        (from, to): (i64, i64),
    ) -> Self {
        let below = Entry { time_ms: to.saturating_add(1), trace: i64::MIN };
        Self::ByTime { db, experiment, from, below: Some(below) }
    }

    /// The next batch of about `wanted` entries. Entries of the same time stay in one batch,
    /// because a page orders them by trace id. The batch is empty at the end.
    pub(crate) fn next(&mut self, wanted: usize) -> Result<Vec<Entry>, EngineError> {
        match self {
            Self::ByTerms { first, others, next } => {
                let mut found: Vec<Entry> = Vec::with_capacity(wanted);
                while let Some(entry) = *next {
                    let same_time = found.last().is_some_and(|last| last.time_ms == entry.time_ms);
                    if wanted <= found.len() && !same_time {
                        break;
                    }
                    let mut everywhere = true;
                    for other in &mut *others {
                        everywhere = everywhere && other.has(entry)?;
                    }
                    if everywhere {
                        found.push(entry);
                    }
                    *next = first.next()?;
                }
                Ok(found)
            }
            Self::ByTime { db, experiment, from, below } => {
                let Some(last) = *below else { return Ok(Vec::new()) };
                let mut select = db.prepare_cached(
                    "select request_time_ms, id from traces
                     where experiment_id = ?1 and request_time_ms >= ?2 and request_time_ms < ?3
                     order by request_time_ms desc limit ?4",
                )?;
                let bounds = params![experiment.0, *from, last.time_ms, wanted as i64];
                let mut found = entries(&mut select, bounds)?;
                *below = found.last().copied().filter(|_| found.len() == wanted);
                if let Some(oldest) = *below {
                    // The remaining entries of the same time.
                    let mut select = db.prepare_cached(
                        "select request_time_ms, id from traces
                         where experiment_id = ?1 and request_time_ms = ?2",
                    )?;
                    found.retain(|entry| entry.time_ms != oldest.time_ms);
                    found.extend(entries(&mut select, params![experiment.0, oldest.time_ms])?);
                }
                Ok(found)
            }
        }
    }
}

fn entries(
    select: &mut rusqlite::Statement<'_>,
    bounds: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Entry>, EngineError> {
    let rows =
        select.query_map(bounds, |row| Ok(Entry { time_ms: row.get(0)?, trace: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
