//! The compression dictionaries that frames refer to, and the traces they were trained on.
use std::collections::HashSet;
use std::path::Path;

use kansoku_model::{TimestampMs, metadata_key};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use xxhash_rust::xxh3::xxh3_64;

use crate::engine::connections::BUSY_MAX;
use crate::error::EngineError;
use crate::payload::chunks::Kind;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::payload::training::{SAMPLE_BYTES_MAX, SAMPLES, Sample};

/// A stored dictionary.
pub(crate) struct Dictionary {
    pub(crate) id: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A trace that a dictionary is trained on, with its owner.
pub(crate) struct Feeder {
    pub(crate) trace: i64,
    pub(crate) trace_id: String,
    /// `user …` or else `session …` from its metadata, or else `trace …`.
    pub(crate) owner: String,
}

/// Installs all stored dictionaries in the codec; it compresses with the newest one that is not
/// retired.
///
/// If `compresses` is false, they are only used to decompress: a process that does not replace
/// dictionaries must not create frames that refer to them.
pub(crate) fn load(db: &Connection, codec: &Codec, compresses: bool) -> Result<(), EngineError> {
    let mut select = db.prepare(
        "select id, bytes, exists (select 1 from retired_dictionaries r where r.id = d.id)
         from dictionaries d order by created_ms, rowid",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, bytes, retired): (u32, Vec<u8>, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match retired || !compresses {
            true => codec.install_decoder(id, &bytes),
            false => codec.install(id, &bytes),
        }
    }
    Ok(())
}

/// Reads a dictionary on its own connection, because the caller's snapshot may be older than the
/// dictionary.
pub(crate) fn read_one(path: &Path, id: u32) -> Result<Option<Vec<u8>>, EngineError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_MAX)?;
    let bytes =
        db.query_row("select bytes from dictionaries where id = ?1", [id], |row| row.get(0));
    Ok(bytes.optional()?)
}

/// Ids of dictionaries that are being replaced.
pub(crate) fn retired(db: &Connection) -> Result<Vec<u32>, EngineError> {
    let mut select = db.prepare_cached("select id from retired_dictionaries order by id")?;
    let ids = select.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The trace of each sample; `None` if it has been deleted.
pub(crate) fn feeders(
    db: &Connection,
    samples: &[Sample],
) -> Result<Vec<Option<Feeder>>, EngineError> {
    let mut select = db.prepare_cached(
        "select t.id, coalesce(
             (select 'user ' || value from trace_metadata where trace = t.id and key = ?2),
             (select 'session ' || value from trace_metadata where trace = t.id and key = ?3),
             'trace ' || t.trace_id)
         from traces t where t.trace_id = ?1",
    )?;
    let mut feeder = |sample: &Sample| {
        let keys = params![sample.trace.as_str(), metadata_key::USER, metadata_key::SESSION];
        let trace_id = sample.trace.as_str().to_owned();
        let found = select
            .query_row(keys, |row| Ok(Feeder { trace: row.get(0)?, owner: row.get(1)?, trace_id }));
        Ok(found.optional()?)
    };
    samples.iter().map(&mut feeder).collect()
}

/// Samples of the newest traces, which stay longest under retention.
pub(crate) fn samples(db: &Connection, codec: &Codec) -> Result<Vec<Sample>, EngineError> {
    let mut select = db.prepare_cached(
        "select t.trace_id, c.bytes from traces t
         join span_chunks c on c.id = (
             select min(id) from span_chunks where trace = t.id and kind = ?1)
         order by t.id desc limit ?2",
    )?;
    let mut rows = select.query([Kind::Spans.number(), SAMPLES as i64])?;
    let mut samples = Vec::new();
    while let Some(row) = rows.next()? {
        let trace: String = row.get(0)?;
        let frame = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        // Unreadable traces are no samples.
        let (Ok(trace), Ok(mut bytes)) = (trace.try_into(), codec.decompress(frame)) else {
            continue;
        };
        bytes.truncate(SAMPLE_BYTES_MAX);
        bytes.shrink_to_fit();
        samples.push(Sample { trace, bytes });
    }
    Ok(samples)
}

/// The result of saving a trained dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// The dictionary is stored under this id. If the same one was retired, it no longer is.
    As(u32),
    /// Not stored: a trace that it was trained on has been deleted.
    FeederIsGone,
}

/// Stores a dictionary, which must be durable before a frame refers to it.
pub(crate) fn save(
    db: &Connection,
    dictionary: &Dictionary,
    feeders: &[(i64, String)],
    now: TimestampMs,
) -> Result<Saved, EngineError> {
    let mut is_there = db.prepare_cached("select 1 from traces where id = ?1 and trace_id = ?2")?;
    for (trace, trace_id) in feeders {
        if !is_there.exists(params![trace, trace_id])? {
            return Ok(Saved::FeederIsGone);
        }
    }
    let Dictionary { id, bytes } = dictionary;
    // A dictionary that comes out the same contains nothing of the traces whose deletion retired
    // it.
    db.execute("delete from retired_dictionaries where id = ?1", [id])?;
    db.execute("delete from dictionary_feeders where dictionary = ?1", [id])?;
    db.execute(
        "insert or replace into dictionaries (id, bytes, created_ms) values (?1, ?2, ?3)",
        params![id, bytes, now.0],
    )?;
    let mut insert = db.prepare_cached(
        "insert or ignore into dictionary_feeders (trace, dictionary) values (?1, ?2)",
    )?;
    feeders.iter().try_for_each(|(trace, _)| insert.execute(params![trace, id]).map(drop))?;
    Ok(Saved::As(*id))
}

/// Gives the dictionary an id that no other one has, because frames refer to it by id only. `None`
/// if `bytes` has no id.
pub(crate) fn with_own_id(
    db: &Connection,
    mut bytes: Vec<u8>,
) -> Result<Option<Dictionary>, EngineError> {
    const ID: std::ops::Range<usize> = 4..8;
    let mut stored = db.prepare_cached("select bytes from dictionaries where id = ?1")?;
    loop {
        let Some(id) = zstd::zstd_safe::get_dict_id_from_dict(&bytes) else { return Ok(None) };
        let other: Option<Vec<u8>> = stored.query_row([id.get()], |row| row.get(0)).optional()?;
        if other.is_none_or(|other| other == bytes) {
            return Ok(Some(Dictionary { id: id.get(), bytes }));
        }
        // zstd reserves ids below 2^15 and from 2^31 on (RFC 8878, section 3.1.1.1.3).
        let next = (xxh3_64(&bytes) as u32 | 1 << 15) & (u32::MAX >> 1);
        bytes[ID].copy_from_slice(&next.to_le_bytes());
    }
}

/// Deletes dictionaries that no frame refers to.
pub(crate) fn delete(db: &Connection, ids: &[u32]) -> Result<(), EngineError> {
    for id in ids {
        db.execute("delete from dictionaries where id = ?1", [id])?;
        db.execute("delete from dictionary_feeders where dictionary = ?1", [id])?;
    }
    Ok(())
}

/// Ends the retirement of deleted dictionaries, once the write-ahead log no longer contains them.
pub(crate) fn forget(db: &Connection, ids: &[u32]) -> Result<(), EngineError> {
    let mut delete = db.prepare_cached(
        "delete from retired_dictionaries
         where id = ?1 and not exists (select 1 from dictionaries d where d.id = ?1)",
    )?;
    ids.iter().try_for_each(|id| delete.execute([id]).map(drop))?;
    Ok(())
}

/// Those of the dictionaries that are still stored.
pub(crate) fn stored(db: &Connection, ids: &[u32]) -> Result<HashSet<u32>, EngineError> {
    let mut select = db.prepare_cached("select 1 from dictionaries where id = ?1")?;
    let mut stored = HashSet::new();
    for id in ids {
        if select.exists([id])? {
            stored.insert(*id);
        }
    }
    Ok(stored)
}
