//! The traces of a row group that match a filter.
use std::cmp::Reverse;
use std::collections::HashMap;

use async_trait::async_trait;
use kansoku_filter::eval::Evaluator;
use kansoku_filter::{Filter, Order, PageToken, Tested};
use kansoku_model::{Assessment, ExperimentId, TimestampMs, TraceId, metadata_key};
use kansoku_store::{LocatedRowGroup, StoreError};

use super::ArchiveReader;
use super::columns::Columns;
use super::row_groups::{RowGroups, RowQuery};
use super::viewed::Viewed;
use crate::files::may_assess_sessions;
use crate::tables::{ArchivedTrace, Table};

/// Traces that are tested before it is checked whether these are enough.
const TESTED_AT_ONCE: usize = 256;

/// Looks up assessments of sessions as a whole, which a filter tests for each of their traces.
#[async_trait]
pub(crate) trait SessionAssessments: Send + Sync {
    /// Those of traces of the archive are only looked up with `with_archive`, which takes long.
    async fn read_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
        with_archive: bool,
    ) -> Result<Vec<Assessment>, StoreError>;
}

/// Tests rows by a filter.
pub(super) struct Matcher<'a> {
    reader: &'a ArchiveReader,
    query: &'a RowQuery<'a>,
    sessions: &'a dyn SessionAssessments,
    tested: Tested,
    columns: Columns,
    /// The position in the order of time that matches come after.
    after: Option<(Reverse<TimestampMs>, String)>,
    known_sessions: HashMap<String, Vec<Assessment>>,
    /// Whether traces of the archive may have assessments of sessions, once that was looked up.
    assesses_sessions: Option<bool>,
}

/// A row that matches, with its number in the row group.
pub(super) struct Match {
    pub(super) row: u32,
    pub(super) trace: ArchivedTrace,
    /// The assessments of its session, if the filter tests them.
    pub(super) session_assessments: Vec<Assessment>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        reader: &'a ArchiveReader,
        query: &'a RowQuery<'a>,
        order: &Order,
        after: Option<(TimestampMs, String)>,
        sessions: &'a dyn SessionAssessments,
    ) -> Self {
        let tested = Tested::new(query.filter, order);
        let columns = query.columns.and(Columns::tested(&tested));
        let after = after.map(|(time, trace)| (Reverse(time), trace));
        let known_sessions = HashMap::new();
        let assesses_sessions = None;
        Self { reader, query, sessions, tested, columns, after, known_sessions, assesses_sessions }
    }

    /// The matches of a row group, newest first; at least the newest `wanted`, if there are so many.
    /// Also the time of the first trace that was not tested because the deadline passed.
    pub(super) async fn matches(
        &mut self,
        group: &LocatedRowGroup,
        wanted: usize,
    ) -> Result<(Vec<Match>, Option<TimestampMs>), StoreError> {
        let rows = self.reader.rows(group, self.columns).await?;
        let numbered = rows.into_iter().zip(0u32..).filter(|(trace, _)| self.is_in_range(trace));
        let mut numbered: Vec<_> = numbered.map(|(trace, row)| (row, trace)).collect();
        numbered.sort_by_cached_key(|(_, trace)| position(trace));
        let mut matches = Vec::new();
        let mut numbered = numbered.into_iter().peekable();
        let mut is_first = true;
        while let Some((_, next)) = numbered.peek()
            && matches.len() < wanted
        {
            if !is_first && self.query.is_late() {
                return Ok((matches, Some(next.info.request_time)));
            }
            is_first = false;
            let some: Vec<_> = numbered.by_ref().take(TESTED_AT_ONCE).collect();
            matches.extend(self.test(some).await?);
        }
        Ok((matches, None))
    }

    fn is_in_range(&self, trace: &ArchivedTrace) -> bool {
        let time = trace.info.request_time;
        self.query.from.is_none_or(|from| from <= time)
            && self.query.to.is_none_or(|to| time <= to)
            && self.after.as_ref().is_none_or(|after| *after < position(trace))
    }

    async fn test(
        &mut self,
        mut rows: Vec<(u32, ArchivedTrace)>,
    ) -> Result<Vec<Match>, StoreError> {
        // Few traces match, so it is cheaper to test first, unless the test reads more.
        let is_cheap = !self.tested.payload && !self.tested.assessments;
        if !is_cheap {
            self.retain_expired(&mut rows, |(_, trace)| trace).await?;
        }
        let mut payloads = match self.tested.payload {
            true => {
                let traces: Vec<_> = rows.iter().map(|(_, trace)| trace).collect();
                self.reader.small_payloads(self.query.experiment, &traces).await?
            }
            false => HashMap::new(),
        };
        let mut matches = Vec::new();
        for (row, mut trace) in rows {
            if self.tested.spans && !trace.has_all_rows() {
                let whole = self.reader.trace(&trace.info.trace_id).await?;
                trace.span_rows = whole.map(|whole| whole.span_rows).unwrap_or_default();
            }
            let session_assessments = self.session_assessments(&trace).await?;
            let chunks = match payloads.remove(&trace.info.trace_id) {
                Some(chunks) => chunks,
                None if self.tested.payload => self.reader.payload(&trace, Table::Spans).await?,
                None => Vec::new(),
            };
            let viewed = Viewed::with_payload(&trace, &chunks);
            if Evaluator::new(self.query.filter).matches(&viewed.view(&session_assessments)) {
                drop(viewed);
                matches.push(Match { row, trace, session_assessments });
            }
        }
        if is_cheap {
            self.retain_expired(&mut matches, |found| &found.trace).await?;
        }
        Ok(matches)
    }

    /// Retains traces that are only in the archive, and not on their way to another experiment.
    async fn retain_expired<T: Send>(
        &self,
        items: &mut Vec<T>,
        trace_of: fn(&T) -> &ArchivedTrace,
    ) -> Result<(), StoreError> {
        let ids = items.iter().map(|item| trace_of(item).info.trace_id.clone());
        let ids: Vec<TraceId> = ids.collect();
        let expired = self.reader.index.expired_traces(&ids).await?;
        let here = self.query.experiment;
        items.retain(|item| expired.get(&trace_of(item).info.trace_id) == Some(&here));
        Ok(())
    }

    async fn session_assessments(
        &mut self,
        trace: &ArchivedTrace,
    ) -> Result<Vec<Assessment>, StoreError> {
        let session = trace.info.metadata.get(metadata_key::SESSION);
        let Some(session) = session.filter(|_| self.tested.assessments) else {
            return Ok(Vec::new());
        };
        if let Some(known) = self.known_sessions.get(session) {
            return Ok(known.clone());
        }
        let experiment = trace.info.experiment_id;
        let with_archive = match self.assesses_sessions {
            Some(known) => known,
            None => self.reader.may_assess_sessions(experiment).await?,
        };
        self.assesses_sessions = Some(with_archive);
        let found = self.sessions.read_assessments(experiment, session, with_archive).await?;
        self.known_sessions.insert(session.clone(), found.clone());
        Ok(found)
    }
}

impl ArchiveReader {
    async fn may_assess_sessions(&self, experiment: ExperimentId) -> Result<bool, StoreError> {
        let filter = Filter::all();
        let mut groups = RowGroups::new(self, &RowQuery::all(experiment, &filter));
        while let Some(group) = groups.next().await? {
            if may_assess_sessions(&group.index, experiment) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The place of a trace in an order; `None` if it does not match the filter.
    pub(crate) async fn place_if_matches(
        &self,
        trace: &ArchivedTrace,
        filter: &Filter,
        order: &Order,
        sessions: &dyn SessionAssessments,
    ) -> Result<Option<PageToken>, StoreError> {
        let rows = RowQuery::all(trace.info.experiment_id, filter);
        let mut matcher = Matcher::new(self, &rows, order, None, sessions);
        let found = matcher.test(vec![(0, trace.clone())]).await?.pop();
        Ok(found.map(|it| order.place_of(&Viewed::new(&it.trace).view(&it.session_assessments))))
    }
}

/// The position of a trace, newest first.
fn position(trace: &ArchivedTrace) -> (Reverse<TimestampMs>, String) {
    (Reverse(trace.info.request_time), trace.info.trace_id.to_string())
}
