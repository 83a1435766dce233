//! Metrics from packed blocks: only the columns that a question names are read.
use rusqlite::Connection;

use super::blocks::{self, Entry, Texts};
use super::column::Column;
use crate::error::EngineError;
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::core::columns::ints::NONE;
use kansoku_store::core::columns::values::scaled;
use kansoku_store::metrics_query::{Metric, MetricsQuery, View};

/// Whether blocks hold all that is asked for.
pub(super) fn can_answer(query: &MetricsQuery) -> bool {
    query.metric.view() != View::Assessments
        && query.filters.iter().all(|filter| Column::of_filter(filter).is_some())
}

/// Adds a block's rows to `groups`.
pub(super) fn scan(
    db: &Connection,
    query: &MetricsQuery,
    block: i64,
    entry: Entry,
    groups: &mut Groups,
) -> Result<(), EngineError> {
    let by_span = matches!(query.metric, Metric::SpanCost(_));
    let ends = if by_span { entry.span_times } else { entry.times };
    if !Entry::overlaps(ends, query.from, query.to) {
        return Ok(());
    }
    let mut reader = Reader { db, query, block };
    let is_wanted = reader.traces(by_span)?;
    let view = query.metric.view();
    let (time, mut is_wanted) = match view {
        View::Traces | View::Assessments => (Column::Time, is_wanted),
        View::Spans => (Column::SpanStart, reader.spans_of(&is_wanted)?),
    };
    if !is_wanted.contains(&true) {
        return Ok(());
    }
    let times = blocks::numbers(db, block, time)?;
    if by_span {
        reader.keep_in_range(&times, &mut is_wanted);
    }
    if view == View::Spans {
        reader.keep_equal(true, &mut is_wanted)?;
    }
    let values = match Column::of_metric(query.metric) {
        Some(column) => Some(blocks::numbers(db, block, column)?),
        None => None,
    };
    let texts = reader.dimensions(groups)?;
    add(query, &is_wanted, &times, values.as_deref(), &texts, groups)
}

struct Reader<'a> {
    db: &'a Connection,
    query: &'a MetricsQuery,
    block: i64,
}

/// A dimension of a block: what `Groups` calls its texts, and the rows' places among them.
struct Dimension {
    codes: Vec<u32>,
    places: Vec<i64>,
}

impl Reader<'_> {
    /// Of each trace whether it is asked for; its time does not matter where a span's does.
    fn traces(&mut self, by_span: bool) -> Result<Vec<bool>, EngineError> {
        let experiments = blocks::numbers(self.db, self.block, Column::Experiment)?;
        let is_asked = |id: &i64| self.query.experiments.iter().any(|asked| asked.0 == *id);
        let mut is_wanted: Vec<bool> = experiments.iter().map(is_asked).collect();
        if !by_span && (self.query.from.is_some() || self.query.to.is_some()) {
            let times = blocks::numbers(self.db, self.block, Column::Time)?;
            self.keep_in_range(&times, &mut is_wanted);
        }
        self.keep_equal(false, &mut is_wanted)?;
        Ok(is_wanted)
    }

    /// The same of each span, by its trace.
    fn spans_of(&self, traces: &[bool]) -> Result<Vec<bool>, EngineError> {
        let counts = blocks::numbers(self.db, self.block, Column::Spans)?;
        let mut spans = Vec::new();
        for (is_wanted, count) in traces.iter().zip(counts) {
            let spans_after = spans.len() + usize::try_from(count).unwrap_or(0);
            spans.resize(spans_after, *is_wanted);
        }
        Ok(spans)
    }

    fn keep_in_range(&self, times: &[i64], is_wanted: &mut [bool]) {
        let (from, to) = (self.query.from, self.query.to);
        let is_in =
            |time: i64| from.is_none_or(|from| from.0 <= time) && to.is_none_or(|to| time <= to.0);
        for (is_wanted, time) in is_wanted.iter_mut().zip(times) {
            *is_wanted &= is_in(*time);
        }
    }

    /// Applies the filters on columns of spans, or else of traces.
    fn keep_equal(&self, of_spans: bool, is_wanted: &mut [bool]) -> Result<(), EngineError> {
        for (column, value) in self.query.filters.iter().filter_map(Column::of_filter) {
            if column.is_of_spans() != of_spans {
                continue;
            }
            let Texts { texts, codes } = blocks::texts(self.db, self.block, column)?;
            let wanted = texts.iter().position(|text| text == value).map(|place| place as i64);
            for (is_wanted, code) in is_wanted.iter_mut().zip(codes) {
                *is_wanted &= Some(code) == wanted;
            }
        }
        Ok(())
    }

    fn dimensions(&self, groups: &mut Groups) -> Result<Vec<Dimension>, EngineError> {
        let mut dimensions = Vec::new();
        for column in self.query.dimensions.iter().filter_map(|d| Column::of_dimension(*d)) {
            let Texts { texts, codes } = blocks::texts(self.db, self.block, column)?;
            let codes_of_groups = texts.iter().map(|text| groups.code(text)).collect();
            dimensions.push(Dimension { codes: codes_of_groups, places: codes });
        }
        Ok(dimensions)
    }
}

fn add(
    query: &MetricsQuery,
    is_wanted: &[bool],
    times: &[i64],
    values: Option<&[i64]>,
    dimensions: &[Dimension],
    groups: &mut Groups,
) -> Result<(), EngineError> {
    let mut texts = vec![0; dimensions.len()];
    'rows: for (i, (is_wanted, time)) in is_wanted.iter().zip(times).enumerate() {
        let value = values.map_or(1, |values| values[i]);
        if !is_wanted || value == NONE {
            continue;
        }
        for (text, dimension) in texts.iter_mut().zip(dimensions) {
            match usize::try_from(dimension.places[i]) {
                Ok(place) => *text = dimension.codes[place],
                Err(_) => continue 'rows,
            }
        }
        match query.metric {
            Metric::SessionCount => groups.add_distinct(*time, value)?,
            metric => groups.add(*time, &texts, scaled(metric, value))?,
        }
    }
    Ok(())
}
