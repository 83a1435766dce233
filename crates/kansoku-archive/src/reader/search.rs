//! Searches and walks over all archived traces of an experiment.
use kansoku_filter::{Order, PageToken};
use kansoku_model::TimestampMs;
use kansoku_store::{LocatedRowGroup, StoreError};

use super::matching::{Match, Matcher, SessionAssessments};
use super::row_groups::{RowGroups, RowQuery, Visited};
use super::viewed::Viewed;
use super::{ArchiveReader, Columns};
use crate::files::{RowRange, RowSelector};
use crate::tables::ArchivedTrace;

pub(crate) struct ArchiveSearch<'a> {
    pub(crate) rows: RowQuery<'a>,
    pub(crate) order: &'a Order,
    /// The last trace of the page before.
    pub(crate) after: Option<&'a PageToken>,
    pub(crate) max_results: usize,
}

/// The first traces of a search, in its order.
pub(crate) struct ArchivePage {
    pub(crate) traces: Vec<(PageToken, ArchivedTrace)>,
    pub(crate) visited: Visited,
}

impl ArchiveReader {
    /// Searches the traces that are only in the archive. At least one row group is read, so that a
    /// client that asks for page after page gets to the end.
    pub(crate) async fn search(
        &self,
        search: &ArchiveSearch<'_>,
        sessions: &dyn SessionAssessments,
    ) -> Result<ArchivePage, StoreError> {
        let ArchiveSearch { rows, order, after, max_results } = search;
        let newest_first = order.is_newest_first();
        let position = after.filter(|_| newest_first);
        let position = position.map(|place| (time_of(place), place.trace_id.clone()));
        let mut matcher = Matcher::new(self, rows, order, position, sessions);
        let mut groups = RowGroups::new(self, rows);
        let mut best: Vec<(PageToken, LocatedRowGroup, u32)> = Vec::new();
        let mut visited = Visited::All;
        let mut is_first = true;
        while let Some(group) = groups.next().await? {
            let newest = group.index.max_time;
            if newest_first && *max_results <= best.len() {
                let last = best.last().map(|(place, ..)| time_of(place));
                if last.is_some_and(|last| newest < last) {
                    break;
                }
            }
            if !is_first && rows.is_late() {
                visited = Visited::NewerThan(newest);
                break;
            }
            is_first = false;
            let wanted = if newest_first { *max_results } else { usize::MAX };
            let (matches, stopped_at) = matcher.matches(&group, wanted).await?;
            for Match { row, trace, session_assessments } in matches {
                let place = order.place_of(&Viewed::new(&trace).view(&session_assessments));
                if after.is_none_or(|after| order.compare(after, &place).is_lt()) {
                    best.push((place, group.clone(), row));
                }
            }
            best.sort_by(|(a, ..), (b, ..)| order.compare(a, b));
            best.truncate(*max_results);
            if let Some(time) = stopped_at {
                visited = Visited::NewerThan(time);
                break;
            }
        }
        if let Visited::NewerThan(time) = visited {
            best.retain(|(place, ..)| time < time_of(place));
        }
        Ok(ArchivePage { traces: self.whole(best).await?, visited })
    }

    /// Reads whole rows, those of a row group together.
    async fn whole(
        &self,
        rows: Vec<(PageToken, LocatedRowGroup, u32)>,
    ) -> Result<Vec<(PageToken, ArchivedTrace)>, StoreError> {
        let mut read: Vec<Option<ArchivedTrace>> = rows.iter().map(|_| None).collect();
        for at in 0..rows.len() {
            if read[at].is_some() {
                continue;
            }
            let group = &rows[at].1;
            let here = |it: &(PageToken, LocatedRowGroup, u32)| it.1.position == group.position;
            let mut places: Vec<(u32, usize)> = rows
                .iter()
                .enumerate()
                .filter(|(_, it)| here(it))
                .map(|(n, it)| (it.2, n))
                .collect();
            places.sort_unstable();
            let range = |row: u32| RowRange { row_group: group.row_group, first: row, rows: 1 };
            let ranges = places.iter().map(|(row, _)| range(*row)).collect();
            let traces = self.read_rows(group, Columns::ALL, RowSelector::Ranges(ranges)).await?;
            for ((_, place), trace) in places.into_iter().zip(traces) {
                read[place] = Some(trace);
            }
        }
        let mut whole = Vec::with_capacity(rows.len());
        for ((place, ..), trace) in rows.into_iter().zip(read) {
            let Some(mut trace) = trace else { continue };
            if !trace.has_all_rows()
                && let Some(with_rows) = self.trace(&trace.info.trace_id).await?
            {
                trace = with_rows;
            }
            whole.push((place, trace));
        }
        Ok(whole)
    }

    /// Calls `visit` with each match, newest row groups first, until it returns `false` or the
    /// deadline passes.
    pub(crate) async fn each_match(
        &self,
        query: &RowQuery<'_>,
        sessions: &dyn SessionAssessments,
        visit: &mut (dyn FnMut(&Viewed<'_>, &ArchivedTrace) -> Result<bool, StoreError> + Send),
    ) -> Result<Visited, StoreError> {
        let mut matcher = Matcher::new(self, query, &Order::new(&[]), None, sessions);
        let mut groups = RowGroups::new(self, query);
        while let Some(group) = groups.next().await? {
            let newest = group.index.max_time;
            if query.is_late() {
                return Ok(Visited::NewerThan(newest));
            }
            let (matches, stopped_at) = matcher.matches(&group, usize::MAX).await?;
            for Match { trace, .. } in matches {
                let time: TimestampMs = trace.info.request_time;
                if !visit(&Viewed::new(&trace), &trace)? {
                    return Ok(Visited::NewerThan(time));
                }
            }
            if let Some(time) = stopped_at {
                return Ok(Visited::NewerThan(time));
            }
        }
        Ok(Visited::All)
    }
}

/// The time of a place in the order of time.
fn time_of(place: &PageToken) -> TimestampMs {
    match place.values.first() {
        Some(kansoku_filter::SqlValue::Integer(time)) => TimestampMs(*time),
        _ => TimestampMs(i64::MIN),
    }
}
