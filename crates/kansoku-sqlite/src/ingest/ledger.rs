//! Reads and writes the ledger. Counts are written with the commit of the spans they count.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{IngestProtocol, Source, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::error::EngineError;
use kansoku_store::{IngestLedger, Ledger, Rejection, SourceCounts, StoreError};

#[async_trait]
impl IngestLedger for SqliteStore {
    async fn record_rejection(&self, rejection: Rejection) -> Result<(), StoreError> {
        self.writer.record_rejection(rejection);
        self.maintenance_thread.wake();
        Ok(())
    }

    async fn ledger(&self) -> Result<Ledger, StoreError> {
        // Pending rejections are part of the ledger.
        if self.writer.has_rejections() {
            self.writer.run_freeing("write rejections", |_| Ok(())).await?;
        }
        self.read("read the ledger", read).await
    }
}

/// Number of individual rejections kept, for authenticated senders.
const REJECTIONS_KEPT: i64 = 1000;
/// Number of individual rejections kept for requests without a valid token: in total, and per
/// address.
const UNAUTHENTICATED_KEPT: i64 = 100;
const UNAUTHENTICATED_OF_ADDRESS_KEPT: i64 = 5;
/// Maximum number of distinct sources, so that a client with changing names cannot fill the disk.
const SOURCES_MAX: i64 = 10_000;
const LABEL_CHARS_MAX: usize = 200;
const OTHERS: &str = "(others)";

/// One change of the ledger by a write.
#[derive(Clone, Debug)]
pub(crate) enum Count {
    Source { source: Source, service_name: String, at: TimestampMs, deltas: Deltas },
    Deleted { spans: u64 },
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deltas {
    pub(crate) stored: u64,
    pub(crate) duplicate: u64,
    pub(crate) rejected: u64,
    pub(crate) rejected_requests: u64,
    pub(crate) log_records: u64,
    pub(crate) bytes: u64,
}

impl Deltas {
    fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        self.rejected_requests += other.rejected_requests;
        self.log_records += other.log_records;
        self.bytes += other.bytes;
    }
}

/// Sums over one source and service within a commit.
struct Sum {
    first: TimestampMs,
    last: TimestampMs,
    deltas: Deltas,
}

pub(crate) fn write(db: &Connection, counts: &mut Vec<Count>) -> Result<(), EngineError> {
    let mut sums: BTreeMap<(Source, String), Sum> = BTreeMap::new();
    let mut deleted = 0;
    for count in counts.drain(..) {
        match count {
            Count::Deleted { spans } => deleted += spans,
            Count::Source { source, service_name, at, deltas } => {
                let new = Sum { first: at, last: at, deltas: Deltas::default() };
                let sum = sums.entry((source, service_name)).or_insert(new);
                sum.first = sum.first.min(at);
                sum.last = sum.last.max(at);
                sum.deltas.add(deltas);
            }
        }
    }
    for ((source, service_name), sum) in sums {
        add(db, &source, &service_name, sum)?;
    }
    if 0 < deleted {
        db.prepare_cached("update ledger_deleted set spans = spans + ?1")?
            .execute([deleted.cast_signed()])?;
    }
    Ok(())
}

fn add(
    db: &Connection,
    source: &Source,
    service_name: &str,
    Sum { first, last, deltas }: Sum,
) -> Result<(), EngineError> {
    let mut update = db.prepare_cached(
        "update ledger set last_seen_ms = max(last_seen_ms, ?5), stored = stored + ?6,
             duplicate = duplicate + ?7, rejected = rejected + ?8,
             rejected_requests = rejected_requests + ?9, log_records = log_records + ?10,
             bytes = bytes + ?11
         where token = ?1 and client = ?2 and door = ?3 and service_name = ?4",
    )?;
    let (token, client) = (label(&source.token), label(&source.client));
    let service_name = label(service_name);
    let mut values = |client: &str, service_name: &str| {
        update.execute(params![
            token,
            client,
            source.protocol.as_str(),
            service_name,
            last.0,
            deltas.stored.cast_signed(),
            deltas.duplicate.cast_signed(),
            deltas.rejected.cast_signed(),
            deltas.rejected_requests.cast_signed(),
            deltas.log_records.cast_signed(),
            deltas.bytes.cast_signed(),
        ])
    };
    if 0 < values(client, service_name)? {
        return Ok(());
    }
    let known: i64 = db.query_row("select count(*) from ledger", [], |row| row.get(0))?;
    let (client, service_name) =
        if known < SOURCES_MAX { (client, service_name) } else { (OTHERS, OTHERS) };
    db.prepare_cached(
        "insert or ignore into ledger (token, client, door, service_name, first_seen_ms, last_seen_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![token, client, source.protocol.as_str(), service_name, first.0, last.0])?;
    values(client, service_name)?;
    Ok(())
}

fn label(text: &str) -> &str {
    text.char_indices().nth(LABEL_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

/// Counts rejections, and keeps the newest ones individually.
pub(crate) fn reject(db: &Connection, rejections: &[Rejection]) -> Result<(), EngineError> {
    if rejections.is_empty() {
        return Ok(());
    }
    let mut counts = Vec::with_capacity(rejections.len());
    for rejection in rejections {
        keep(db, rejection)?;
        let Rejection { source, service_name, spans, at, requests, .. } = rejection;
        let rejected_requests = if *spans == 0 { *requests } else { 0 };
        let deltas = Deltas { rejected: *spans, rejected_requests, ..Deltas::default() };
        let service_name = service_name.clone().unwrap_or_default();
        counts.push(Count::Source { source: source.clone(), service_name, at: *at, deltas });
    }
    write(db, &mut counts)?;
    for (authenticated, kept) in [(true, REJECTIONS_KEPT), (false, UNAUTHENTICATED_KEPT)] {
        db.prepare_cached(
            "delete from rejections where id in (
                 select id from rejections where authenticated = ?1
                 order by at_ms desc, id desc limit -1 offset ?2)",
        )?
        .execute(params![authenticated, kept])?;
    }
    Ok(())
}

/// Stores a rejection as its own row, or adds it to an equal one.
fn keep(db: &Connection, rejection: &Rejection) -> Result<(), EngineError> {
    let Rejection { source, service_name, spans, reason, at, requests, address, authenticated } =
        rejection;
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    let reason: String = reason.chars().take(1000).collect();
    let (token, client) = (label(&source.token), label(&source.client));
    let service_name = label(service_name.as_deref().unwrap_or_default());
    let protocol = source.protocol.as_str();
    let merged = db
        .prepare_cached(
            "update rejections set at_ms = max(at_ms, ?1), spans = spans + ?2, requests = requests + ?3
             where authenticated = ?4 and address = ?5 and reason = ?6 and token = ?7
                 and client = ?8 and door = ?9 and service_name = ?10 and (spans = 0) = (?2 = 0)",
        )?
        .execute(params![
            at.0,
            spans.cast_signed(),
            requests.cast_signed(),
            authenticated,
            address,
            reason,
            token,
            client,
            protocol,
            service_name,
        ])?;
    if 0 < merged {
        return Ok(());
    }
    db.prepare_cached(
        "insert into rejections (at_ms, token, client, door, service_name, spans, reason, requests,
             address, authenticated)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        at.0,
        token,
        client,
        protocol,
        service_name,
        spans.cast_signed(),
        reason,
        requests.cast_signed(),
        address,
        authenticated,
    ])?;
    if !authenticated {
        db.prepare_cached(
            "delete from rejections where id in (
                 select id from rejections where authenticated = 0 and address = ?1
                 order by at_ms desc, id desc limit -1 offset ?2)",
        )?
        .execute(params![address, UNAUTHENTICATED_OF_ADDRESS_KEPT])?;
    }
    Ok(())
}

pub(crate) fn read(db: &Connection) -> Result<Ledger, EngineError> {
    let mut select = db.prepare_cached(
        "select token, client, door, service_name, first_seen_ms, last_seen_ms, stored, duplicate,
                rejected, rejected_requests, log_records, bytes
         from ledger order by last_seen_ms desc",
    )?;
    let number = |row: &Row<'_>, at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    let sources = select.query_map([], |row| {
        Ok(SourceCounts {
            source: source(row, 0)?,
            service_name: row.get(3)?,
            first_seen: TimestampMs(row.get(4)?),
            last_seen: TimestampMs(row.get(5)?),
            stored: number(row, 6)?,
            duplicate: number(row, 7)?,
            rejected: number(row, 8)?,
            rejected_requests: number(row, 9)?,
            log_records: number(row, 10)?,
            bytes: number(row, 11)?,
        })
    })?;
    let sources = sources.collect::<Result<_, _>>()?;
    let mut select = db.prepare_cached(
        "select token, client, door, service_name, spans, reason, at_ms, requests, address,
             authenticated
         from rejections order by at_ms desc, id desc",
    )?;
    let rejections = select.query_map([], |row| {
        Ok(Rejection {
            source: source(row, 0)?,
            service_name: Some(row.get(3)?).filter(|name: &String| !name.is_empty()),
            spans: number(row, 4)?,
            reason: row.get(5)?,
            at: TimestampMs(row.get(6)?),
            requests: number(row, 7)?,
            address: row.get_ref(8)?.as_str()?.parse().ok(),
            authenticated: row.get(9)?,
        })
    })?;
    let rejections = rejections.collect::<Result<_, _>>()?;
    let deleted: Option<i64> = db
        .prepare_cached("select spans from ledger_deleted")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(Ledger { sources, rejections, deleted_spans: deleted.unwrap_or(0).cast_unsigned() })
}

fn source(row: &Row<'_>, first: usize) -> Result<Source, rusqlite::Error> {
    let protocol = match row.get_ref(first + 2)?.as_str()? {
        "otlp-grpc" => IngestProtocol::OtlpGrpc,
        "otlp-logs" => IngestProtocol::OtlpLogs,
        "traces-json" => IngestProtocol::TracesJson,
        _ => IngestProtocol::OtlpHttp,
    };
    Ok(Source { token: row.get(first)?, client: row.get(first + 1)?, protocol })
}
