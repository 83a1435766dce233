//! Metrics from packed blocks; reads only the columns that a query names.
use kansoku_model::TimestampMs;

use super::block::TextColumn;
use super::column::Column;
use super::groups::Groups;
use super::ints::NONE;
use super::values::scaled;
use crate::StoreError;
use crate::metrics_query::{Metric, MetricsQuery, View};

/// The columns of one block of traces, independent of how an engine stores them.
pub trait PackedBlock {
    type Error: From<StoreError>;

    /// The first and last time of its traces, in milliseconds; `None` if it has none.
    fn times(&self) -> Option<(i64, i64)>;

    /// The first and last start of its spans, in milliseconds.
    fn span_times(&self) -> Option<(i64, i64)>;

    fn numbers(&self, column: Column) -> Result<Vec<i64>, Self::Error>;

    fn texts(&self, column: Column) -> Result<TextColumn, Self::Error>;
}

/// Whether a block with rows between these times can have rows in the range.
pub fn overlaps(
    ends: Option<(i64, i64)>,
    from: Option<TimestampMs>,
    to: Option<TimestampMs>,
) -> bool {
    let Some((first, last)) = ends else { return false };
    from.is_none_or(|from| from.0 <= last) && to.is_none_or(|to| first <= to.0)
}

/// Whether blocks have all columns that a query needs.
pub fn can_answer(query: &MetricsQuery) -> bool {
    query.metric.view() != View::Assessments
        && query.filters.iter().all(|filter| Column::of_filter(filter).is_some())
}

/// Adds a block's rows to `groups`.
pub fn scan<B: PackedBlock>(
    block: &B,
    query: &MetricsQuery,
    groups: &mut Groups,
) -> Result<(), B::Error> {
    let by_span = matches!(query.metric, Metric::SpanCost(_));
    let ends = if by_span { block.span_times() } else { block.times() };
    if !overlaps(ends, query.from, query.to) {
        return Ok(());
    }
    let mut reader = Reader { query, block };
    let is_wanted = reader.traces(by_span)?;
    let view = query.metric.view();
    let (time, mut is_wanted) = match view {
        View::Traces | View::Assessments => (Column::Time, is_wanted),
        View::Spans => (Column::SpanStart, reader.spans_of(&is_wanted)?),
    };
    if !is_wanted.contains(&true) {
        return Ok(());
    }
    let times = block.numbers(time)?;
    if by_span {
        reader.keep_in_range(&times, &mut is_wanted);
    }
    if view == View::Spans {
        reader.keep_equal(true, &mut is_wanted)?;
    }
    let values = match Column::of_metric(query.metric) {
        Some(column) => Some(block.numbers(column)?),
        None => None,
    };
    let texts = reader.dimensions(groups)?;
    Ok(add(query, &is_wanted, &times, values.as_deref(), &texts, groups)?)
}

struct Reader<'a, B> {
    query: &'a MetricsQuery,
    block: &'a B,
}

/// A dimension of a block: the codes of its texts in [`Groups`], and for each row the index of its
/// code.
struct Dimension {
    codes: Vec<u32>,
    places: Vec<i64>,
}

impl<B: PackedBlock> Reader<'_, B> {
    /// Whether each trace matches the query. `by_span` ignores the trace's time, because the time
    /// range applies to spans.
    fn traces(&mut self, by_span: bool) -> Result<Vec<bool>, B::Error> {
        let experiments = self.block.numbers(Column::Experiment)?;
        let is_asked = |id: &i64| self.query.experiments.iter().any(|asked| asked.0 == *id);
        let mut is_wanted: Vec<bool> = experiments.iter().map(is_asked).collect();
        if !by_span && (self.query.from.is_some() || self.query.to.is_some()) {
            let times = self.block.numbers(Column::Time)?;
            self.keep_in_range(&times, &mut is_wanted);
        }
        self.keep_equal(false, &mut is_wanted)?;
        Ok(is_wanted)
    }

    /// Whether each span belongs to a trace that matches.
    fn spans_of(&self, traces: &[bool]) -> Result<Vec<bool>, B::Error> {
        let counts = self.block.numbers(Column::Spans)?;
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

    /// Applies the filters on columns of spans if `of_spans`, else those on columns of traces.
    fn keep_equal(&self, of_spans: bool, is_wanted: &mut [bool]) -> Result<(), B::Error> {
        for (column, value) in self.query.filters.iter().filter_map(Column::of_filter) {
            if column.is_of_spans() != of_spans {
                continue;
            }
            let TextColumn { texts, codes } = self.block.texts(column)?;
            let wanted = texts.iter().position(|text| text == value).map(|place| place as i64);
            for (is_wanted, code) in is_wanted.iter_mut().zip(codes) {
                *is_wanted &= Some(code) == wanted;
            }
        }
        Ok(())
    }

    fn dimensions(&self, groups: &mut Groups) -> Result<Vec<Dimension>, B::Error> {
        let mut dimensions = Vec::new();
        for column in self.query.dimensions.iter().filter_map(|d| Column::of_dimension(*d)) {
            let TextColumn { texts, codes } = self.block.texts(column)?;
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
) -> Result<(), StoreError> {
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
