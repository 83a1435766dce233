//! Rows of traces, row group by row group, newest first.
use std::time::Instant;

use futures::TryStreamExt;
use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, TimestampMs};
use kansoku_store::{LocatedRowGroup, RowGroupPage, RowGroupPosition, StoreError};

use super::ArchiveReader;
use super::columns::Columns;
use crate::files::{RowSelector, may_have_a_term};
use crate::tables::{ArchivedTrace, read_traces};

/// Row groups that are looked up at once. Their filters of terms have some 50 KB each.
const GROUPS_A_PAGE: usize = 16;

/// The traces of an experiment to look at.
pub(crate) struct RowQuery<'a> {
    pub(crate) experiment: ExperimentId,
    pub(crate) filter: &'a Filter,
    /// The range includes both ends.
    pub(crate) from: Option<TimestampMs>,
    pub(crate) to: Option<TimestampMs>,
    /// The columns that are read, besides those that the filter tests.
    pub(crate) columns: Columns,
    /// The deadline.
    pub(crate) until: Option<Instant>,
}

impl<'a> RowQuery<'a> {
    /// All traces of an experiment that match, without a deadline.
    pub(crate) fn all(experiment: ExperimentId, filter: &'a Filter) -> Self {
        let columns = Columns::default();
        Self { experiment, filter, from: None, to: None, columns, until: None }
    }

    pub(super) fn is_late(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

/// How far a walk over row groups got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visited {
    All,
    /// The deadline passed. Traces of this time or older were not all visited.
    NewerThan(TimestampMs),
}

/// Row groups that may have matches, newest first.
pub(super) struct RowGroups<'a> {
    reader: &'a ArchiveReader,
    page: RowGroupPage,
    /// Sets of terms: a match has at least one term of each.
    terms: Vec<Vec<i64>>,
    found: std::vec::IntoIter<LocatedRowGroup>,
    is_last_page: bool,
}

impl<'a> RowGroups<'a> {
    pub(super) fn new(reader: &'a ArchiveReader, query: &RowQuery<'_>) -> Self {
        let required = query.filter.required(&[]);
        let of_session = |any: &&kansoku_filter::AnyOf| any.sessions.is_none();
        let hashes = |any: &kansoku_filter::AnyOf| {
            any.terms.iter().map(|term| term.hash(query.experiment)).collect()
        };
        let bound = |a: Option<i64>, b: Option<i64>, pick: fn(i64, i64) -> i64| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (a, b) => a.or(b),
        };
        let from = bound(query.from.map(|it| it.0), required.from_ms, i64::max);
        let to = bound(query.to.map(|it| it.0), required.to_ms, i64::min);
        let page = RowGroupPage {
            experiment: query.experiment,
            from: from.map(TimestampMs),
            to: to.map(TimestampMs),
            after: None,
            max_results: GROUPS_A_PAGE,
        };
        Self {
            reader,
            page,
            terms: required.any_of.iter().filter(of_session).map(hashes).collect(),
            found: Vec::new().into_iter(),
            is_last_page: false,
        }
    }

    /// The next row group that may have matches.
    pub(super) async fn next(&mut self) -> Result<Option<LocatedRowGroup>, StoreError> {
        loop {
            let terms = &self.terms;
            let may_match = |group: &LocatedRowGroup| {
                terms.iter().all(|terms| may_have_a_term(&group.index, terms))
            };
            if let Some(group) = self.found.by_ref().find(may_match) {
                return Ok(Some(group));
            }
            if self.is_last_page {
                return Ok(None);
            }
            let found = self.reader.index.row_groups(self.page.clone()).await?;
            self.is_last_page = found.len() < GROUPS_A_PAGE;
            let last: Option<RowGroupPosition> = found.last().map(|group| group.position.clone());
            self.page.after = last.or(self.page.after.take());
            self.found = found.into_iter();
        }
    }
}

impl ArchiveReader {
    /// The rows of a row group in their order, with some columns.
    pub(super) async fn rows(
        &self,
        group: &LocatedRowGroup,
        columns: Columns,
    ) -> Result<Vec<ArchivedTrace>, StoreError> {
        self.read_rows(group, columns, RowSelector::RowGroups(vec![group.row_group])).await
    }

    pub(super) async fn read_rows(
        &self,
        group: &LocatedRowGroup,
        columns: Columns,
        rows: RowSelector,
    ) -> Result<Vec<ArchivedTrace>, StoreError> {
        let file = self.files.get(&group.file).await?;
        let names = columns.names();
        let mut batches = file.read(names.as_deref(), rows, None)?;
        let mut traces = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            traces.extend(read_traces(&batch)?);
        }
        Ok(traces)
    }
}
