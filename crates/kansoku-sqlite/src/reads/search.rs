//! Trace search: starts from the most selective index entries, newest first, and stops as soon as
//! the page is full.
//!
//! The index only yields candidates; every trace is checked against the whole filter.
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use kansoku_filter::sql::sqlite;
use kansoku_filter::{AnyOf, Order, PageToken, Required, SqlValue, Term};
use kansoku_model::{ExperimentId, metadata_key};
use kansoku_otlp::{COMPOSED_WORDS, RENDERED_WORDS};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::engine::statement::Statement;
use crate::error::EngineError;
use crate::index::candidates::Candidates;
use crate::index::postings::{self, Cursor, Entry};
use crate::payload::literal_matcher::LiteralMatcher;
use crate::reads::infos;
use kansoku_store::core::list_bounds::{self, ListRoom};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::search_token;
use kansoku_store::{SearchPage, TraceSearch};

/// Maximum number of entries counted per term; a term that reaches it is common.
const COUNT_MAX: i64 = 1000;
/// Number of candidates per batch. It starts low, since most searches find enough among the newest.
const CANDIDATES_MIN: usize = 128;
const CANDIDATES_MAX: usize = 4096;
/// Number of infos that are loaded at once. A page may end early after each.
const LOADED_AT_ONCE: usize = 25;
/// Maximum number of sessions that a filter by session-level assessments looks up in the index.
const SESSIONS_MAX: usize = 500;

pub(crate) fn search(
    db: &Connection,
    codec: &Codec,
    search: &TraceSearch,
) -> Result<SearchPage, EngineError> {
    let hits = hits(db, codec, search)?;
    let mut traces = Vec::with_capacity(hits.len());
    let mut room = ListRoom::default();
    for some in hits.chunks(LOADED_AT_ONCE) {
        let ids: Vec<i64> = some.iter().map(|hit| hit.id).collect();
        let infos = infos::load_listed(db, &ids)?;
        traces
            .extend(infos.into_iter().take_while(|info| room.take(list_bounds::info_bytes(info))));
        if room.is_full() {
            break;
        }
    }
    // The rest of a page that ended early is on the next one.
    let ended_early = traces.len() < hits.len();
    let last = traces.len().checked_sub(1).and_then(|last| hits.get(last));
    let is_full = hits.len() == search.max_results;
    let next_page_token =
        last.filter(|_| is_full || ended_early).map(|hit| hit.token(search_token::digest(search)));
    Ok(SearchPage { traces, next_page_token, covered_from: None })
}

/// The traces of one page, with their sort keys only.
pub(crate) fn hits(
    db: &Connection,
    codec: &Codec,
    search: &TraceSearch,
) -> Result<Vec<Hit>, EngineError> {
    let order = Order::new(&search.order_by);
    let after = match search.page_token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => Some(search_token::read(token, &order, search_token::digest(search))?),
        None => None,
    };
    let query = Query { db, codec, search, order, after, required: required(search) };
    let mut hits = query.hits()?;
    hits.truncate(search.max_results);
    Ok(hits)
}

/// A callback for batches of matches; it breaks when it needs no more.
pub(crate) type EachSome<'a> = dyn FnMut(&[Entry]) -> Result<ControlFlow<()>, EngineError> + 'a;

/// Passes all matches of a search to `some`, newest first, in batches, until it breaks.
/// `by_time_alone` means that the filter restricts only the time, so that traces need no check.
pub(crate) fn each_match(
    db: &Connection,
    codec: &Codec,
    search: &TraceSearch,
    by_time_alone: bool,
    some: &mut EachSome<'_>,
) -> Result<(), EngineError> {
    let required = required(search);
    let query = Query { db, codec, search, order: Order::new(&[]), after: None, required };
    if query.required.trace_ids.is_some() {
        let entries: Vec<Entry> = query.in_any_order()?.iter().map(entry_of).collect();
        return some(&entries).map(drop);
    }
    for experiment in &search.experiments {
        if query.each_of(*experiment, by_time_alone, some)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The requirements of a search, without words that stored bytes may lack.
fn required(search: &TraceSearch) -> Required {
    search.filter.required(&[RENDERED_WORDS, COMPOSED_WORDS].concat())
}

struct Query<'a> {
    db: &'a Connection,
    codec: &'a Codec,
    search: &'a TraceSearch,
    order: Order,
    after: Option<PageToken>,
    required: Required,
}

pub(crate) struct Hit {
    pub(crate) id: i64,
    trace_id: String,
    keys: Vec<SqlValue>,
}

impl Hit {
    /// The page token that continues after this trace, in the search with this digest.
    pub(crate) fn token(&self, digest: u64) -> String {
        let place = PageToken { values: self.keys.clone(), trace_id: self.trace_id.clone() };
        search_token::write(&place, digest)
    }
}

/// Where to find candidates for matches.
enum Source {
    Nowhere,
    Everywhere,
    /// Index entries, rarest set first: a match has at least one term of every set.
    Terms(Vec<Vec<i64>>),
}

impl Query<'_> {
    fn hits(&self) -> Result<Vec<Hit>, EngineError> {
        if self.required.trace_ids.is_some() || !self.order.is_newest_first() {
            return self.in_any_order();
        }
        let literals = LiteralMatcher::new(&self.required.literals);
        // Each experiment yields its newest matches; the page has the newest of those.
        let mut hits = Vec::new();
        for experiment in &self.search.experiments {
            match self.source(&[*experiment])? {
                Source::Nowhere => {}
                Source::Everywhere if literals.is_empty() => {
                    hits.extend(self.run(&self.by_time(*experiment))?);
                }
                Source::Everywhere => {
                    let all = Candidates::by_time(self.db, *experiment, self.time_range());
                    hits.extend(self.walk(*experiment, all, &literals)?);
                }
                Source::Terms(sets) => {
                    let some = Candidates::by_terms(self.db, &sets, self.time_range())?;
                    hits.extend(self.walk(*experiment, some, &literals)?);
                }
            }
        }
        if 1 < self.search.experiments.len() {
            hits.sort_by(|a, b| newest(a).cmp(&newest(b)));
        }
        Ok(hits)
    }

    fn by_time(&self, experiment: ExperimentId) -> Statement {
        let mut sql = Statement::default();
        let (from, to) = self.time_range();
        sql.push("select t.id, t.trace_id, t.request_time_ms as k0 from traces t where 1");
        sql.push_with(" and t.request_time_ms >= ", from);
        sql.push_with(" and t.request_time_ms <= ", to);
        sql.push_with(" and t.experiment_id = ", experiment.0);
        self.push_rest(&mut sql);
        sql
    }

    /// Checks candidates in batches, newest first, until there are enough matches.
    fn walk(
        &self,
        experiment: ExperimentId,
        mut candidates: Candidates<'_>,
        literals: &LiteralMatcher,
    ) -> Result<Vec<Hit>, EngineError> {
        let mut hits = Vec::new();
        let mut wanted = self.search.max_results.max(CANDIDATES_MIN);
        while hits.len() < self.search.max_results {
            let mut some = candidates.next(wanted)?;
            if some.is_empty() {
                break;
            }
            if !literals.is_empty() {
                some = literals.keep(self.db, self.codec, some)?;
            }
            hits.extend(self.matching(experiment, &some)?);
            wanted = CANDIDATES_MAX.min(wanted * 4);
        }
        Ok(hits)
    }

    fn each_of(
        &self,
        experiment: ExperimentId,
        by_time_alone: bool,
        some: &mut EachSome<'_>,
    ) -> Result<ControlFlow<()>, EngineError> {
        let literals = LiteralMatcher::new(&self.required.literals);
        let mut candidates = match self.source(&[experiment])? {
            Source::Nowhere => return Ok(ControlFlow::Continue(())),
            Source::Everywhere => Candidates::by_time(self.db, experiment, self.time_range()),
            Source::Terms(sets) => Candidates::by_terms(self.db, &sets, self.time_range())?,
        };
        let mut wanted = CANDIDATES_MIN;
        loop {
            let mut found = candidates.next(wanted)?;
            if found.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            if !by_time_alone {
                if !literals.is_empty() {
                    found = literals.keep(self.db, self.codec, found)?;
                }
                found = self.matching(experiment, &found)?.iter().map(entry_of).collect();
            }
            if some(&found)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            wanted = CANDIDATES_MAX.min(wanted * 4);
        }
    }

    /// Those of the candidates that match, newest first.
    fn matching(
        &self,
        experiment: ExperimentId,
        candidates: &[Entry],
    ) -> Result<Vec<Hit>, EngineError> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = candidates.iter().map(|entry| entry.trace).collect();
        let mut hits = self.run(&self.lookup(experiment, &ids))?;
        // An entry with another time than the trace is stale: the trace has a newer entry.
        let indexed: HashSet<Entry> = candidates.iter().copied().collect();
        hits.retain(|hit| match hit.keys.first() {
            Some(SqlValue::Integer(time_ms)) => {
                indexed.contains(&Entry { time_ms: *time_ms, trace: hit.id })
            }
            _ => false,
        });
        hits.sort_by(|a, b| newest(a).cmp(&newest(b)));
        Ok(hits)
    }

    fn lookup(&self, experiment: ExperimentId, ids: &[i64]) -> Statement {
        let mut sql = Statement::default();
        sql.push("select t.id, t.trace_id, t.request_time_ms as k0");
        sql.push_with(" from json_each(", serde_json::json!(ids).to_string());
        sql.push(") e cross join traces t on t.id = e.value");
        sql.push_with(" where t.experiment_id = ", experiment.0);
        self.push_filter(&mut sql);
        sql
    }

    /// One statement over all experiments, in the order of the search.
    fn in_any_order(&self) -> Result<Vec<Hit>, EngineError> {
        let mut sql = Statement::default();
        sql.push("select t.id, t.trace_id, ");
        sql.push_sql(sqlite::trace_order_columns(&self.order));
        let source = match &self.required.trace_ids {
            Some(_) => Source::Everywhere,
            None => self.source(&self.search.experiments)?,
        };
        match source {
            Source::Nowhere => return Ok(Vec::new()),
            Source::Terms(sets) if sets.len() == 1 => {
                let mut cursor = Cursor::open(self.db, &sets[0], self.time_range())?;
                let mut traces = BTreeSet::new();
                while let Some(entry) = cursor.next()? {
                    traces.insert(entry.trace);
                }
                let ids = serde_json::json!(traces).to_string();
                sql.push_with(" from json_each(", ids);
                sql.push(") e cross join traces t on t.id = e.value where 1");
            }
            Source::Everywhere | Source::Terms(_) => sql.push(" from traces t where 1"),
        }
        if let Some(ids) = &self.required.trace_ids {
            sql.push(" and t.trace_id in (");
            sql.push_list(ids.iter().map(|id| Value::Text(id.clone())));
            sql.push(")");
        }
        sql.push(" and t.experiment_id in (");
        sql.push_list(self.search.experiments.iter().map(|id| Value::Integer(id.0)));
        sql.push(")");
        self.push_rest(&mut sql);
        self.run(&sql)
    }

    /// Pushes the filter, the end of the last page, the order and the limit.
    fn push_rest(&self, sql: &mut Statement) {
        self.push_filter(sql);
        let order = sqlite::trace_order_by(&self.order);
        sql.push(&format!(" order by {order} limit {}", self.search.max_results));
    }

    fn push_filter(&self, sql: &mut Statement) {
        if !self.search.filter.is_all() {
            sql.push(" and ");
            sql.push_sql(sqlite::trace_condition(&self.search.filter));
        }
        if let Some(after) = &self.after {
            sql.push(" and ");
            sql.push_sql(sqlite::traces_after(&self.order, after));
        }
    }

    fn run(&self, sql: &Statement) -> Result<Vec<Hit>, EngineError> {
        let mut select = self.db.prepare_cached(&sql.text)?;
        let rows = select.query_map(params_from_iter(&sql.params), |row| {
            let keys = (0..self.order.len()).map(|i| key(row, 2 + i)).collect::<Result<_, _>>()?;
            Ok(Hit { id: row.get(0)?, trace_id: row.get(1)?, keys })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Time bounds from the filter, and from the end of the last page if the order is newest first.
    fn time_range(&self) -> (i64, i64) {
        let from = self.required.from_ms.unwrap_or(i64::MIN);
        let to = self.required.to_ms.unwrap_or(i64::MAX);
        let ended = self.after.as_ref().filter(|_| self.order.is_newest_first());
        match ended.map(|token| token.values.as_slice()) {
            Some([SqlValue::Integer(at)]) => (from, to.min(*at)),
            _ => (from, to),
        }
    }

    fn source(&self, experiments: &[ExperimentId]) -> Result<Source, EngineError> {
        let mut sets = Vec::new();
        for any_of in &self.required.any_of {
            let Some(set) = self.term_set(any_of, experiments)? else { continue };
            let count = self.count(&set)?;
            if count == 0 {
                return Ok(Source::Nowhere);
            }
            sets.push((count, set));
        }
        sets.sort_by_key(|(count, _)| *count);
        let Some((rarest, _)) = sets.first() else { return Ok(Source::Everywhere) };
        // If even the rarest term is common, the other terms are joined before traces are read.
        let common = COUNT_MAX <= *rarest;
        if common && !self.order.is_newest_first() {
            return Ok(Source::Everywhere);
        }
        let wanted = if common { sets.len() } else { 1 };
        let joinable = |(i, (_, set)): &(usize, (i64, Vec<i64>))| *i == 0 || set.len() == 1;
        let sets = sets.into_iter().enumerate().filter(joinable).take(wanted);
        Ok(Source::Terms(sets.map(|(_, (_, set))| set).collect()))
    }

    /// Hashes of terms of which a match has at least one; `None` if the index cannot be used.
    fn term_set(
        &self,
        any_of: &AnyOf,
        experiments: &[ExperimentId],
    ) -> Result<Option<Vec<i64>>, EngineError> {
        let mut terms = any_of.terms.clone();
        if let Some(sessions) = &any_of.sessions {
            let mut sql = Statement::default();
            sql.push(
                "select distinct m.value from assessments a
                 join trace_metadata m on m.trace = a.trace
                 where a.session_level = 1 and a.valid = 1 and m.value is not null",
            );
            sql.push_with(" and m.key = ", metadata_key::SESSION.to_owned());
            sql.push_with(" and a.kind = ", sessions.kind.to_owned());
            sql.push_with(" and a.name = ", sessions.name.clone());
            if !sessions.values.is_empty() {
                sql.push(" and a.value in (");
                sql.push_list(sessions.values.iter().cloned().map(Value::Text));
                sql.push(")");
            }
            sql.push(&format!(" limit {}", SESSIONS_MAX + 1));
            let mut select = self.db.prepare_cached(&sql.text)?;
            let rows = select.query_map(params_from_iter(&sql.params), |row| row.get(0))?;
            let sessions = rows.collect::<Result<Vec<String>, _>>()?;
            if SESSIONS_MAX < sessions.len() {
                return Ok(None);
            }
            let term =
                |session: String| Term::Metadata(metadata_key::SESSION.into(), session.into());
            terms.extend(sessions.into_iter().map(term));
        }
        if !terms.iter().all(Term::is_indexed) {
            return Ok(None);
        }
        let hashes = experiments.iter().flat_map(|id| terms.iter().map(|term| term.hash(*id)));
        Ok(Some(hashes.collect()))
    }

    /// Number of entries of these terms, up to `COUNT_MAX` per term.
    fn count(&self, set: &[i64]) -> Result<i64, EngineError> {
        let range = self.time_range();
        set.iter().map(|term| postings::count(self.db, *term, range, COUNT_MAX)).sum()
    }
}

fn entry_of(hit: &Hit) -> Entry {
    let time_ms = match hit.keys.first() {
        Some(SqlValue::Integer(time_ms)) => *time_ms,
        _ => i64::MIN,
    };
    Entry { time_ms, trace: hit.id }
}

/// Sort key: newest first, then by trace id.
fn newest(hit: &Hit) -> (Reverse<i64>, &str) {
    (Reverse(entry_of(hit).time_ms), &hit.trace_id)
}

fn key(row: &Row<'_>, at: usize) -> Result<SqlValue, rusqlite::Error> {
    Ok(match row.get(at)? {
        Value::Integer(n) => SqlValue::Integer(n),
        Value::Real(n) => SqlValue::Real(n),
        Value::Text(text) => SqlValue::Text(text),
        Value::Null | Value::Blob(_) => SqlValue::Null,
    })
}

#[cfg(test)]
mod tests;
