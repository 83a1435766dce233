//! Breaks an overview down by a property of traces or spans: which groups a trace belongs to.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_model::{Coded, ErrorCode};
use kansoku_store::{ScanProjection, ScannedSpan, ScannedTrace};

use super::buckets::Buckets;
use super::figures::{Consumption, Point, Points};
use super::filter_text::{equals_or_null, keyed};
use super::series::{Call, OverviewGroup, group};

/// The largest groups that are told.
const GROUPS_MAX: usize = 50;
/// Groups that are kept apart; traces of others are not told of.
const DISTINCT_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breakdown {
    Model,
    Provider,
    User,
    Version,
    Environment,
    Name,
    Session,
    Tag(String),
}

/// A text that names no breakdown of an overview.
#[derive(Debug, thiserror::Error)]
#[error(
    "`by` is `{0}`; it takes model, provider, user, version, environment, name, session or tag:KEY"
)]
pub struct UnknownBreakdown(String);

impl Coded for UnknownBreakdown {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

impl Breakdown {
    pub fn parse(text: &str) -> Result<Self, UnknownBreakdown> {
        Ok(match text {
            "model" => Self::Model,
            "provider" => Self::Provider,
            "user" => Self::User,
            "version" => Self::Version,
            "environment" => Self::Environment,
            "name" => Self::Name,
            "session" => Self::Session,
            other => match other.strip_prefix("tag:").filter(|key| !key.is_empty()) {
                Some(key) => Self::Tag(key.to_owned()),
                None => return Err(UnknownBreakdown(other.chars().take(100).collect())),
            },
        })
    }

    /// Whether a trace's spans say its groups.
    pub fn is_of_spans(&self) -> bool {
        matches!(self, Self::Model | Self::Provider)
    }

    /// Adds what must be known of each trace.
    pub fn project(&self, projection: &mut ScanProjection) {
        match self {
            Self::Model | Self::Provider => projection.spans = true,
            Self::User => projection.user = true,
            Self::Version => projection.version = true,
            Self::Environment => projection.environment = true,
            Self::Session => projection.session = true,
            Self::Tag(key) => projection.tags.push(key.clone()),
            Self::Name => {}
        }
    }

    fn field(&self) -> String {
        match self {
            Self::Model => "span.model".to_owned(),
            Self::Provider => "span.provider".to_owned(),
            Self::User => "user".to_owned(),
            Self::Session => "session".to_owned(),
            Self::Version => "version".to_owned(),
            Self::Environment => "environment".to_owned(),
            Self::Name => "name".to_owned(),
            Self::Tag(key) => keyed("tags", key),
        }
    }

    fn filter(&self, value: Option<&str>) -> String {
        match (self, value) {
            // Of spans there is always some that says nothing.
            (Self::Model | Self::Provider, None) => {
                format!("NOT ({} LIKE '%')", self.field())
            }
            (_, value) => equals_or_null(&self.field(), value),
        }
    }

    fn of_span<'a>(&self, span: &'a ScannedSpan) -> Option<&'a Arc<str>> {
        match self {
            Self::Model => span.model.as_ref(),
            _ => span.provider.as_ref(),
        }
    }

    /// Each group of the trace, with what was spent in it.
    fn groups(&self, scanned: &ScannedTrace) -> Vec<(Option<Arc<str>>, Consumption)> {
        let whole = || Consumption::new(scanned.usage, scanned.cost);
        let of_trace = match self {
            Self::Model | Self::Provider => {
                let mut groups: Vec<(Option<Arc<str>>, Consumption)> = Vec::new();
                for span in &scanned.spans {
                    let Some(value) = self.of_span(span) else { continue };
                    let spent = Consumption::new(span.usage, span.cost);
                    match groups.iter_mut().find(|(known, _)| known.as_ref() == Some(value)) {
                        Some((_, sum)) => *sum = sum.plus(spent),
                        None => groups.push((Some(value.clone()), spent)),
                    }
                }
                if groups.is_empty() {
                    groups.push((None, whole()));
                }
                return groups;
            }
            Self::User => &scanned.user,
            Self::Version => &scanned.version,
            Self::Environment => &scanned.environment,
            Self::Name => &scanned.name,
            Self::Session => &scanned.session,
            // The only key that is wanted.
            Self::Tag(_) => scanned.tags.first().unwrap_or(&None),
        };
        vec![(of_trace.clone(), whole())]
    }
}

/// A group's traces and, where spans say the groups, the durations of its calls.
#[derive(Default)]
struct Members {
    points: Vec<Point>,
    calls: Vec<Call>,
}

/// Traces by group.
pub struct BreakdownFold {
    breakdown: Breakdown,
    points: Points,
    groups: HashMap<Option<Arc<str>>, Members>,
}

impl BreakdownFold {
    pub fn new(breakdown: Breakdown) -> Self {
        Self { breakdown, points: Points::default(), groups: HashMap::new() }
    }

    pub fn add(&mut self, scanned: &ScannedTrace) {
        let whole = self.points.point(scanned);
        for (value, spent) in self.breakdown.groups(scanned) {
            if self.groups.len() < DISTINCT_MAX || self.groups.contains_key(&value) {
                self.groups.entry(value).or_default().points.push(Point { spent, ..whole });
            }
        }
        if self.breakdown.is_of_spans() {
            self.add_calls(scanned);
        }
    }

    /// A model is as slow as its calls are, not as the traces that they are in.
    fn add_calls(&mut self, scanned: &ScannedTrace) {
        for span in &scanned.spans {
            let Some(value) = self.breakdown.of_span(span) else { continue };
            let Some(members) = self.groups.get_mut(&Some(value.clone())) else { continue };
            let call = |ns: i64| Call { time: scanned.time, duration_ms: ns as f64 / 1e6 };
            members.calls.extend(span.duration_ns.map(call));
        }
    }

    /// The largest first.
    pub fn finish(self, buckets: Buckets) -> Vec<OverviewGroup> {
        let Self { breakdown, groups, .. } = self;
        let mut groups: Vec<_> = groups.into_iter().collect();
        let size = |members: &Members| members.points.len();
        groups.sort_unstable_by(|(a, m), (b, n)| size(n).cmp(&size(m)).then_with(|| a.cmp(b)));
        groups.truncate(GROUPS_MAX);
        let group = |(value, Members { points, calls }): (Option<Arc<str>>, Members)| {
            let filter = breakdown.filter(value.as_deref());
            let named = value.is_some();
            let mut group = group(value.map(|value| value.to_string()), filter, &points, buckets);
            if named && breakdown.is_of_spans() {
                group.set_durations(&calls, buckets);
            }
            group
        };
        groups.into_iter().map(group).collect()
    }
}
