//! Recomputes costs. Traces whose costs would change are found on a reader and changed by the
//! writer in small writes, so that ingest is never delayed for long.
//!
//! The writer computes the changes again, because spans may have arrived in between.
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{SpanId, SpanRow, TimestampMs};
use rusqlite::{Connection, Row, params};

use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::amounts::{CostColumns, cost_from_row, usage_from_row};
use crate::ingest::traces;
use kansoku_store::core::repricing::{self, PricedSpan};
use kansoku_store::{Pricer, Reprice, Repriced, RepricedPage, StoreError};

/// Limits of a page: the number of traces, and the number of spans after which no further trace is
/// added.
const TRACES_A_PAGE: usize = 500;
const SPANS_A_PAGE: usize = 20_000;
/// Limits of a write: the number of traces, and the number of spans after which no further trace is
/// added.
const TRACES_A_WRITE: usize = 50;
const SPANS_A_WRITE: usize = 2_000;
/// Time until a write is retried when the queue is full.
const PAUSE: Duration = Duration::from_millis(100);

impl SqliteStore {
    pub(crate) async fn reprice_page(
        &self,
        which: Reprice,
        price: Pricer,
    ) -> Result<RepricedPage, StoreError> {
        let (dry_run, pricer) = (which.dry_run, price.clone());
        let look = move |db: &_| look(db, &which, &pricer);
        let Looked { traces, mut found, due, next } = self.read("look for costs", look).await?;
        if !dry_run {
            for due in writes(due) {
                found.add(self.reprice_traces(due, &price).await?);
            }
        }
        found.traces = traces;
        Ok(RepricedPage { repriced: found, next_page_token: next.map(|place| place.to_string()) })
    }

    async fn reprice_traces(&self, due: Vec<Due>, price: &Pricer) -> Result<Repriced, StoreError> {
        let due = Arc::new(due);
        loop {
            let (due, price) = (due.clone(), price.clone());
            let write = move |tx: &Tx<'_>| {
                let mut repriced = Repriced::default();
                for due in due.iter() {
                    let spans = of_trace(tx, due.trace, &price)?;
                    repriced.add(write(tx, due.trace, &spans)?);
                }
                Ok(repriced)
            };
            match self.writer.run("write costs", 0, write).await {
                // Requests have priority over repricing.
                Err(StoreError::Overloaded) => tokio::time::sleep(PAUSE).await,
                done => return done,
            }
        }
    }
}

/// A page of traces that were read, and what to do with them.
struct Looked {
    traces: u64,
    /// Spans without a price; in a dry run also the changes that would be made.
    found: Repriced,
    /// Traces whose costs would change.
    due: Vec<Due>,
    next: Option<Place>,
}

#[derive(Clone, Copy)]
struct Due {
    trace: i64,
    spans: usize,
}

fn writes(due: Vec<Due>) -> Vec<Vec<Due>> {
    let mut writes: Vec<Vec<Due>> = Vec::new();
    let mut spans = 0;
    for due in due {
        match writes.last_mut().filter(|last| last.len() < TRACES_A_WRITE && spans < SPANS_A_WRITE)
        {
            Some(last) => last.push(due),
            None => {
                writes.push(vec![due]);
                spans = 0;
            }
        }
        spans += due.spans;
    }
    writes
}

fn look(db: &Connection, which: &Reprice, price: &Pricer) -> Result<Looked, EngineError> {
    let mut looked = Looked { traces: 0, found: Repriced::default(), due: Vec::new(), next: None };
    let mut spans_read = 0;
    let places = places(db, which)?;
    let is_full = places.len() == TRACES_A_PAGE;
    let last = places.last().copied();
    for place in places {
        let spans = of_trace(db, place.trace, price)?;
        looked.traces += 1;
        repricing::count_unpriced(&spans, &mut looked.found);
        if spans.iter().any(PricedSpan::changes) {
            looked.due.push(Due { trace: place.trace, spans: spans.len() });
            if which.dry_run {
                looked.found.add(difference(db, place.trace, &spans)?.1);
            }
        }
        spans_read += spans.len();
        if SPANS_A_PAGE <= spans_read {
            looked.next = Some(place);
            return Ok(looked);
        }
    }
    looked.next = last.filter(|_| is_full);
    Ok(looked)
}

/// The next traces, ordered by experiment, time and row id.
fn places(db: &Connection, which: &Reprice) -> Result<Vec<Place>, EngineError> {
    let after = match which.page_token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => token.parse()?,
        None => Place {
            experiment: which.experiment.map_or(i64::MIN, |id| id.0),
            time: i64::MIN,
            trace: i64::MIN,
        },
    };
    let (first, last) = match which.experiment {
        Some(id) => (id.0, id.0),
        None => (i64::MIN, i64::MAX),
    };
    let until = which.until.unwrap_or(TimestampMs(i64::MAX));
    let mut select = db.prepare_cached(
        "select experiment_id, request_time_ms, id from traces
         where (experiment_id, request_time_ms, id) > (?1, ?2, ?3)
             and experiment_id between ?4 and ?5 and request_time_ms >= ?6 and request_time_ms < ?7
         order by experiment_id, request_time_ms, id limit ?8",
    )?;
    let rows = select.query_map(
        params![
            after.experiment,
            after.time,
            after.trace,
            first,
            last,
            which.since.0,
            until.0,
            TRACES_A_PAGE as i64
        ],
        |row| Ok(Place { experiment: row.get(0)?, time: row.get(1)?, trace: row.get(2)? }),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last trace of a page; its text form is the page token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    experiment: i64,
    time: i64,
    trace: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.experiment, self.time, self.trace)
    }
}

impl FromStr for Place {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let numbers: Result<Vec<i64>, _> = text.split('_').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([experiment, time, trace]) => {
                Ok(Self { experiment: *experiment, time: *time, trace: *trace })
            }
            _ => {
                let shown: String = text.chars().take(100).collect();
                Err(StoreError::InvalidPageToken(format!("`{shown}` is no page of a repricing")))
            }
        }
    }
}

fn of_trace(db: &Connection, trace: i64, price: &Pricer) -> Result<Vec<PricedSpan>, EngineError> {
    let mut select = db.prepare_cached(
        "select span_id, parent_id, start_ns, model, provider, service_tier, cost_given,
                input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
                cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
                reasoning_output_tokens, input_cost, output_cost, total_cost
         from spans where trace = ?1",
    )?;
    let rows = select.query_map([trace], row_of)?;
    let mut spans = Vec::new();
    for row in rows {
        spans.push(PricedSpan::new(row?, price));
    }
    Ok(spans)
}

/// The columns of a span that prices and totals depend on.
fn row_of(row: &Row<'_>) -> Result<SpanRow, rusqlite::Error> {
    let id = |n: i64| SpanId(n.cast_unsigned());
    Ok(SpanRow {
        span_id: id(row.get(0)?),
        parent_id: row.get::<_, Option<i64>>(1)?.map(id),
        start_ns: row.get(2)?,
        model: row.get(3)?,
        provider: row.get(4)?,
        service_tier: row.get(5)?,
        cost_given: row.get(6)?,
        usage: usage_from_row(row, 7)?,
        cost: cost_from_row(row, 14)?,
        ..SpanRow::default()
    })
}

/// Computes the change of a trace's totals. Returns the changed trace, unsaved, and the difference.
fn difference(
    db: &Connection,
    trace: i64,
    spans: &[PricedSpan],
) -> Result<(traces::OpenTrace, Repriced), EngineError> {
    let mut open = traces::OpenTrace::of_row(db, trace)?;
    let repriced = repricing::reprice(&mut open.change, spans);
    Ok((open, repriced))
}

fn write(tx: &Tx<'_>, trace: i64, spans: &[PricedSpan]) -> Result<Repriced, EngineError> {
    if !spans.iter().any(PricedSpan::changes) {
        return Ok(Repriced::default());
    }
    let mut update = tx.prepare_cached(
        "update spans set input_cost = ?3, output_cost = ?4, total_cost = ?5
         where trace = ?1 and span_id = ?2",
    )?;
    for PricedSpan { row, after } in spans.iter().filter(|span| span.changes()) {
        let cost = CostColumns::from_cost(*after);
        update.execute(params![
            trace,
            row.span_id.0.cast_signed(),
            cost.input,
            cost.output,
            cost.total
        ])?;
    }
    let (change, repriced) = difference(tx, trace, spans)?;
    change.close(tx, Default::default())?;
    Ok(repriced)
}
