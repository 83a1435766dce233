//! A trace's row in memory: the fold of what its spans and its client say.
//!
//! What a client said wins; the rest comes from the spans. Both kinds may
//! arrive in any order and any number of times, and give the same row.
use kansoku_model::{
    Cost, ExperimentId, RootFacts, SpanId, TimestampMs, TokenUsage, TraceFold, TraceInfo,
    TraceState,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use crate::error::EngineError;
use crate::ingest::amounts::{CostColumns, UsageColumns, cost_from_row, usage_from_row};
use crate::ingest::given::Given;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TraceRecord {
    pub(crate) trace_id: String,
    pub(crate) experiment: ExperimentId,
    pub(crate) request_time: TimestampMs,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) state: TraceState,
    pub(crate) name: Option<String>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) request_preview: Option<String>,
    pub(crate) response_preview: Option<String>,
    pub(crate) given: Given,
    pub(crate) start_ns: Option<i64>,
    pub(crate) end_ns: Option<i64>,
    pub(crate) root: Option<RootKey>,
    pub(crate) span_count: u64,
    pub(crate) usage: Option<TokenUsage>,
    pub(crate) cost: Option<Cost>,
}

/// What must be remembered of the root to tell whether another span's facts are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RootKey {
    start_ns: i64,
    span_id: SpanId,
    open: bool,
    failed: bool,
}

impl RootKey {
    fn of(root: &RootFacts) -> Self {
        let RootFacts { start_ns, span_id, open, failed, .. } = *root;
        Self { start_ns, span_id, open, failed }
    }

    /// An earlier root, or the same root again unless that would reopen it.
    fn yields_to(&self, other: &Self) -> bool {
        (other.start_ns, other.span_id, other.open) <= (self.start_ns, self.span_id, self.open)
    }

    fn state(&self) -> TraceState {
        match (self.open, self.failed) {
            (true, _) => TraceState::InProgress,
            (false, true) => TraceState::Error,
            (false, false) => TraceState::Ok,
        }
    }
}

impl TraceRecord {
    /// A trace of which nothing is known yet.
    pub(crate) fn new(trace_id: String, experiment: ExperimentId) -> Self {
        Self {
            trace_id,
            experiment,
            request_time: TimestampMs(0),
            duration_ms: None,
            state: TraceState::InProgress,
            name: None,
            client_request_id: None,
            request_preview: None,
            response_preview: None,
            given: Given::default(),
            start_ns: None,
            end_ns: None,
            root: None,
            span_count: 0,
            usage: None,
            cost: None,
        }
    }

    /// Adds what more spans say; tags and metadata are apart.
    pub(crate) fn merge_spans(&mut self, fold: &TraceFold) {
        self.start_ns = [self.start_ns, fold.start_ns].into_iter().flatten().min();
        self.end_ns = self.end_ns.max(fold.end_ns);
        if let Some(root) = &fold.root {
            let key = RootKey::of(root);
            if self.root.is_none_or(|present| present.yields_to(&key)) {
                self.root = Some(key);
                let name = Some(&root.name).filter(|name| !name.is_empty());
                self.set_unless_given(Given::NAME, |r| &mut r.name, name);
                self.set_unless_given(
                    Given::REQUEST_PREVIEW,
                    |r| &mut r.request_preview,
                    root.request_preview.as_ref(),
                );
                self.set_unless_given(
                    Given::RESPONSE_PREVIEW,
                    |r| &mut r.response_preview,
                    root.response_preview.as_ref(),
                );
            }
        }
        self.settle();
    }

    pub(crate) fn root_span(&self) -> Option<SpanId> {
        self.root.map(|root| root.span_id)
    }

    fn set_unless_given(
        &mut self,
        part: Given,
        field: impl Fn(&mut Self) -> &mut Option<String>,
        value: Option<&String>,
    ) {
        if !self.given.has(part) {
            *field(self) = value.cloned();
        }
    }

    /// Adds what a client says; tags, metadata and assessments are apart.
    pub(crate) fn merge_info(&mut self, info: &TraceInfo) {
        self.experiment = info.experiment_id;
        self.given.add(Given::INFO);
        self.request_time = info.request_time;
        self.client_request_id.clone_from(&info.client_request_id);
        if let Some(duration) = info.execution_duration {
            self.given.add(Given::DURATION);
            self.duration_ms = Some(duration.0);
        }
        if info.state.is_final() {
            self.given.add(Given::STATE);
        } else {
            self.given.remove(Given::STATE);
        }
        self.state = info.state;
        for (part, said, field) in [
            (Given::NAME, &info.name, &mut self.name),
            (Given::REQUEST_PREVIEW, &info.request_preview, &mut self.request_preview),
            (Given::RESPONSE_PREVIEW, &info.response_preview, &mut self.response_preview),
        ] {
            if said.is_some() {
                self.given.add(part);
                field.clone_from(said);
            }
        }
        self.settle();
    }

    /// Brings the columns that spans decide up to date, where no client did.
    fn settle(&mut self) {
        if let Some(start_ns) = self.start_ns.filter(|_| !self.given.has(Given::INFO)) {
            self.request_time = TimestampMs::floor_ns(start_ns);
        }
        if !self.given.has(Given::DURATION) {
            let ended = |end_ns| TimestampMs::floor_ns(end_ns).0 - self.request_time.0;
            // Clocks of different machines disagree: a trace never lasts less than zero.
            self.duration_ms = self.end_ns.map(|end_ns| ended(end_ns).max(0));
        }
        if !self.given.has(Given::STATE) && 0 < self.span_count {
            self.state = self.root.map_or(TraceState::InProgress, |root| root.state());
        }
    }

    pub(crate) fn load(
        db: &Connection,
        trace_id: &str,
    ) -> Result<Option<(i64, Self)>, EngineError> {
        let mut select = db.prepare_cached(
            "select id, trace_id, experiment_id, request_time_ms, duration_ms, state, name,
                    client_request_id, request_in(previews), response_in(previews), given,
                    start_ns, end_ns, root_start_ns, root_span_id, root_open, root_failed, span_count,
                    input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
                    cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
                    reasoning_output_tokens, input_cost, output_cost, total_cost
             from traces where trace_id = ?1",
        )?;
        Ok(select
            .query_row([trace_id], |row| Ok((row.get(0)?, Self::from_row(row)?)))
            .optional()?)
    }

    fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let root_start_ns: Option<i64> = row.get(13)?;
        let root = match root_start_ns {
            Some(start_ns) => Some(RootKey {
                start_ns,
                span_id: SpanId(row.get::<_, i64>(14)?.cast_unsigned()),
                open: row.get(15)?,
                failed: row.get(16)?,
            }),
            None => None,
        };
        Ok(Self {
            trace_id: row.get(1)?,
            experiment: ExperimentId(row.get(2)?),
            request_time: TimestampMs(row.get(3)?),
            duration_ms: row.get(4)?,
            state: TraceState::from_text(row.get_ref(5)?.as_str()?),
            name: row.get(6)?,
            client_request_id: row.get(7)?,
            request_preview: row.get(8)?,
            response_preview: row.get(9)?,
            given: Given(row.get(10)?),
            start_ns: row.get(11)?,
            end_ns: row.get(12)?,
            root,
            span_count: row.get::<_, i64>(17)?.cast_unsigned(),
            usage: usage_from_row(row, 18)?,
            cost: cost_from_row(row, 25)?,
        })
    }

    /// `received` is when its first part came.
    pub(crate) fn insert(
        &self,
        db: &Connection,
        received: TimestampMs,
    ) -> Result<i64, EngineError> {
        let insert = db.prepare_cached(
            "insert into traces (trace_id, experiment_id, request_time_ms, duration_ms, state, name,
                 client_request_id, previews, given, start_ns, end_ns,
                 root_start_ns, root_span_id, root_open, root_failed, span_count,
                 input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
                 cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
                 reasoning_output_tokens, input_cost, output_cost, total_cost, received_ms)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, pack_previews(?8, ?9), ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)",
        )?;
        self.execute(insert, Some(received))?;
        Ok(db.last_insert_rowid())
    }

    pub(crate) fn update(&self, db: &Connection) -> Result<(), EngineError> {
        let update = db.prepare_cached(
            "update traces set experiment_id = ?2, request_time_ms = ?3, duration_ms = ?4,
                 state = ?5, name = ?6, client_request_id = ?7,
                 previews = pack_previews(?8, ?9), given = ?10, start_ns = ?11, end_ns = ?12,
                 root_start_ns = ?13, root_span_id = ?14, root_open = ?15, root_failed = ?16,
                 span_count = ?17, input_tokens = ?18, output_tokens = ?19, total_tokens = ?20,
                 cache_read_input_tokens = ?21, cache_creation_input_tokens = ?22,
                 cache_creation_input_tokens_above_1hr = ?23, reasoning_output_tokens = ?24,
                 input_cost = ?25, output_cost = ?26, total_cost = ?27,
                 received_ms = coalesce(?28, received_ms)
             where trace_id = ?1",
        )?;
        self.execute(update, None)
    }

    fn execute(
        &self,
        mut statement: CachedStatement<'_>,
        received: Option<TimestampMs>,
    ) -> Result<(), EngineError> {
        let usage = UsageColumns::of(self.usage);
        let cost = CostColumns::of(self.cost);
        statement.execute(params![
            self.trace_id,
            self.experiment.0,
            self.request_time.0,
            self.duration_ms,
            self.state.as_str(),
            self.name,
            self.client_request_id,
            self.request_preview,
            self.response_preview,
            self.given.0,
            self.start_ns,
            self.end_ns,
            self.root.map(|root| root.start_ns),
            self.root.map(|root| root.span_id.0.cast_signed()),
            self.root.map(|root| root.open),
            self.root.map(|root| root.failed),
            self.span_count.cast_signed(),
            usage.input,
            usage.output,
            usage.total,
            usage.cache_read,
            usage.cache_creation,
            usage.cache_creation_above_1hr,
            usage.reasoning,
            cost.input,
            cost.output,
            cost.total,
            received.map(|received| received.0),
        ])?;
        Ok(())
    }
}
