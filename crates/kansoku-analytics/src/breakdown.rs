//! Breaks traces down by the value of a field: the groups of each trace, and a filter for each
//! group.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_filter::{FIELDS, Field, Projection, print};
use kansoku_model::{Coded, ErrorCode};
use kansoku_store::{
    ScanProjection, ScannedSpan, ScannedTrace, SpanColumns, SpanProjection, TextColumn,
};

use super::buckets::Buckets;
use super::error_signature::{error_signature, pattern};
use super::field_values::{add_projection, each_value};
use super::figures::{Consumption, Point, PointFold};
use super::series::{Call, OverviewGroup, group};

/// The most groups that [`BreakdownFold::finish`] returns, the largest first.
const GROUPS_MAX: usize = 50;
/// The most groups that are counted; traces of further groups are left out.
const DISTINCT_MAX: usize = 10_000;

/// A field by which traces are grouped.
#[derive(Clone, Debug)]
pub struct Breakdown {
    field: Field,
    /// The name of the field in filters.
    name: String,
}

/// A text that is not the name of a field for grouping.
#[derive(Debug, thiserror::Error)]
#[error("`by` is `{0}`; it takes {words}", words = words())]
pub struct UnknownBreakdown(String);

impl Coded for UnknownBreakdown {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

/// The names that [`Breakdown::parse`] accepts, for an error message.
fn words() -> String {
    let words = FIELDS.iter().filter_map(|def| {
        let word = def.groupable?;
        Some(if def.is_keyed() { format!("{word}:KEY") } else { word.to_owned() })
    });
    words.collect::<Vec<_>>().join(", ")
}

impl Breakdown {
    /// Parses the `group_by` name of a field: `session`, `model`, `tag:KEY`, … Fails if traces
    /// cannot be grouped by it.
    pub fn parse(text: &str) -> Result<Self, UnknownBreakdown> {
        let unknown = || UnknownBreakdown(text.chars().take(100).collect());
        let field = Field::grouped_by(text).ok_or_else(unknown)?;
        let name = field.name().ok_or_else(unknown)?;
        Ok(Self { field, name })
    }

    /// Whether the groups of a trace come from its spans.
    pub fn is_of_spans(&self) -> bool {
        self.span_value().is_some()
    }

    /// Adds the parts of a trace that [`Breakdown::each_group`] reads.
    pub fn project(&self, projection: &mut ScanProjection) {
        add_projection(&self.field, projection);
    }

    /// The value of a span, if groups come from spans.
    fn span_value(&self) -> Option<fn(&ScannedSpan) -> Option<&str>> {
        match self.field.projection() {
            Projection::SpanModel => Some(|span| span.model.as_deref()),
            Projection::SpanProvider => Some(|span| span.provider.as_deref()),
            _ => None,
        }
    }

    /// The columns of spans that [`Self::span_column`] reads.
    pub(crate) fn span_projection(&self) -> SpanProjection {
        let projection = self.field.projection();
        SpanProjection {
            model: projection == Projection::SpanModel,
            provider: projection == Projection::SpanProvider,
            relatives: false,
        }
    }

    /// The values of spans in columns, if groups come from spans.
    pub(crate) fn span_column<'a>(&self, columns: &'a SpanColumns) -> Option<&'a TextColumn> {
        match self.field.projection() {
            Projection::SpanModel => Some(&columns.model),
            Projection::SpanProvider => Some(&columns.provider),
            _ => None,
        }
    }

    /// Visits each group of the trace once, with its tokens and cost: those of the spans with this
    /// value if groups come from spans, otherwise those of the whole trace.
    pub fn each_group(
        &self,
        scanned: &ScannedTrace,
        visit: &mut dyn FnMut(Option<&str>, Consumption),
    ) {
        let whole = Consumption::new(scanned.usage, scanned.cost);
        let Some(span_value) = self.span_value() else {
            let mut value = None;
            each_value(&self.field, scanned, &mut |found| value = Some(self.group_of(found)));
            return visit(value.as_deref(), whole);
        };
        let mut groups: Vec<(&str, Consumption)> = Vec::new();
        for span in &scanned.spans {
            let Some(value) = span_value(span) else { continue };
            let consumption = Consumption::new(span.usage, span.cost);
            match groups.iter_mut().find(|(known, _)| *known == value) {
                Some((_, sum)) => *sum = sum.plus(consumption),
                None => groups.push((value, consumption)),
            }
        }
        if groups.is_empty() {
            return visit(None, whole);
        }
        groups.into_iter().for_each(|(value, consumption)| visit(Some(value), consumption));
    }

    /// The group of a value of the field.
    fn group_of(&self, value: &str) -> String {
        match self.field.projection() {
            // Errors that differ only in numbers and ids are in one group.
            Projection::Error => error_signature(value),
            _ => value.to_owned(),
        }
    }

    /// A clause that matches this value of the field.
    pub(crate) fn equals(&self, value: &str) -> String {
        print::equals(&self.name, value)
    }

    /// The filter `q` with a clause that matches only one group; `None` is the group without a
    /// value.
    pub fn filter(&self, q: &str, value: Option<&str>) -> String {
        let name = &self.name;
        let clause = match (self.field.projection(), value) {
            // Fields of spans have no `IS NULL`. This clause matches traces none of whose spans has
            // a value.
            (Projection::SpanModel | Projection::SpanProvider, None) => {
                format!("NOT {name} LIKE '%'")
            }
            (Projection::Number(_), None) => format!("NOT {name} != 0 AND NOT {name} = 0"),
            (Projection::Number(_), Some(value)) => format!("{name} = {value}"),
            (_, None) => format!("{name} IS NULL"),
            (Projection::Error, Some(value)) if value.contains('…') => {
                format!("{name} LIKE '{}'", pattern(value))
            }
            (_, Some(value)) => self.equals(value),
        };
        print::both(q, &clause)
    }
}

/// The traces of a group and, if groups come from spans, the durations of its calls.
#[derive(Default)]
struct Members {
    points: Vec<Point>,
    calls: Vec<Call>,
}

/// Collects the traces of each group.
pub struct BreakdownFold {
    breakdown: Breakdown,
    points: PointFold,
    groups: HashMap<Arc<str>, Members>,
    /// Traces without a value of the field.
    rest: Vec<Point>,
}

impl BreakdownFold {
    pub fn new(breakdown: Breakdown) -> Self {
        let (points, groups, rest) = (PointFold::default(), HashMap::new(), Vec::new());
        Self { breakdown, points, groups, rest }
    }

    pub fn add(&mut self, scanned: &ScannedTrace) {
        let whole = self.points.point(scanned);
        let Self { breakdown, groups, rest, .. } = self;
        breakdown.each_group(scanned, &mut |value, consumption| {
            let point = Point { consumption, ..whole };
            let Some(value) = value else { return rest.push(point) };
            let may_begin = groups.len() < DISTINCT_MAX;
            match groups.get_mut(value) {
                Some(members) => members.points.push(point),
                None if may_begin => {
                    groups.insert(value.into(), Members { points: vec![point], calls: Vec::new() });
                }
                None => {}
            }
        });
        self.add_calls(scanned);
    }

    /// Collects durations of calls, because the speed of a model is that of its calls, not of the
    /// traces that contain them.
    fn add_calls(&mut self, scanned: &ScannedTrace) {
        let Some(span_value) = self.breakdown.span_value() else { return };
        for span in &scanned.spans {
            let members = span_value(span).and_then(|value| self.groups.get_mut(value));
            let call = |ns: i64| Call { time: scanned.time, duration_ms: ns as f64 / 1e6 };
            if let Some(members) = members {
                members.calls.extend(span.duration_ns.map(call));
            }
        }
    }

    /// The groups, the largest first, at most 50.
    pub fn finish(self, buckets: Buckets) -> Vec<OverviewGroup> {
        let Self { breakdown, groups, rest, .. } = self;
        let rest = Members { points: rest, calls: Vec::new() };
        let rest = (!rest.points.is_empty()).then_some((None, rest));
        let named = groups.into_iter().map(|(value, members)| (Some(value), members));
        let mut groups: Vec<_> = rest.into_iter().chain(named).collect();
        let size = |members: &Members| members.points.len();
        groups.sort_unstable_by(|(a, m), (b, n)| size(n).cmp(&size(m)).then_with(|| a.cmp(b)));
        groups.truncate(GROUPS_MAX);
        let group = |(value, Members { points, calls }): (Option<Arc<str>>, Members)| {
            let filter = breakdown.filter("", value.as_deref());
            let is_named = value.is_some();
            let mut group = group(value.map(|value| value.to_string()), filter, &points, buckets);
            if is_named && breakdown.is_of_spans() {
                group.set_durations(&calls, buckets);
            }
            group
        };
        groups.into_iter().map(group).collect()
    }
}
