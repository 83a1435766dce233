//! The rows of a metric, from whole traces: correct for every query, and fast for few traces.
use std::borrow::Cow;

use kansoku_filter::MetricFilter;
use kansoku_filter::eval::TraceView;
use kansoku_model::{
    Assessment, Cost, SpanRow, TagOrMetadataKind, TimestampMs, TokenUsage, metadata_key, tag_key,
};

use super::groups::Groups;
use super::python_json::respelled;
use super::values::{assessed_number, scaled, session_hash};
use crate::StoreError;
use crate::metrics_query::{CostPart, Dimension, Metric, MetricsQuery, Tokens, View};

/// A row of a metric: a trace, or one of its spans or assessments.
#[derive(Clone, Copy)]
struct Row<'a> {
    trace: &'a TraceView<'a>,
    span: Option<&'a SpanRow>,
    assessment: Option<&'a Assessment>,
}

/// Adds the rows of a trace that match a query.
pub fn add(
    trace: &TraceView<'_>,
    query: &MetricsQuery,
    groups: &mut Groups,
) -> Result<(), StoreError> {
    if !query.experiments.contains(&trace.info.experiment_id) {
        return Ok(());
    }
    let whole = Row { trace, span: None, assessment: None };
    let rows: Vec<Row<'_>> = match query.metric.view() {
        View::Traces => vec![whole],
        View::Spans => trace.spans.iter().map(|span| Row { span: Some(span), ..whole }).collect(),
        View::Assessments => {
            let valid = trace.info.assessments.iter().filter(|assessment| assessment.valid);
            valid.map(|it| Row { assessment: Some(it), ..whole }).collect()
        }
    };
    rows.into_iter().filter(|row| row.is_meant(query)).try_for_each(|row| row.add(query, groups))
}

impl Row<'_> {
    fn is_meant(self, query: &MetricsQuery) -> bool {
        // A time range applies to the time of the span for costs of spans, and to that of the trace
        // otherwise.
        let time = match (query.metric, self.span) {
            (Metric::SpanCost(_), Some(span)) => TimestampMs::floor_ns(span.start_ns),
            _ => self.trace.info.request_time,
        };
        query.from.is_none_or(|from| from <= time)
            && query.to.is_none_or(|to| time <= to)
            && query.filters.iter().all(|filter| self.passes(filter))
    }

    fn passes(self, filter: &MetricFilter) -> bool {
        let (trace, span, assessment) = (self.trace, self.span, self.assessment);
        let entry = |kind, key: &String, value: &String| {
            let entries = match kind {
                TagOrMetadataKind::Tag => &trace.info.tags,
                TagOrMetadataKind::Metadata => &trace.info.metadata,
            };
            entries.get(key) == Some(value)
        };
        match filter {
            MetricFilter::TraceStatus(status) => trace.info.state.as_str() == status,
            MetricFilter::TraceTag { key, value } if key == tag_key::TRACE_NAME => {
                trace.info.name.as_ref() == Some(value)
            }
            MetricFilter::TraceTag { key, value } => entry(TagOrMetadataKind::Tag, key, value),
            MetricFilter::TraceMetadata { key, value } => {
                entry(TagOrMetadataKind::Metadata, key, value)
                    || (key == metadata_key::SOURCE_RUN && trace.run_ids.contains(value))
            }
            MetricFilter::SpanName(name) => span.is_some_and(|span| span.name == *name),
            MetricFilter::SpanStatus(status) => {
                span.is_some_and(|span| span.status.as_str() == status)
            }
            MetricFilter::SpanType(name) => {
                span.is_some_and(|span| span.span_type.as_ref() == Some(name))
            }
            MetricFilter::AssessmentName(name) => {
                assessment.is_some_and(|it| it.assessment_name == *name)
            }
            MetricFilter::AssessmentType(kind) => {
                assessment.is_some_and(|it| it.value.kind() == kind)
            }
        }
    }

    fn add(self, query: &MetricsQuery, groups: &mut Groups) -> Result<(), StoreError> {
        let time = match self.span {
            Some(span) => span.start_ns / 1_000_000,
            None => self.trace.info.request_time.0,
        };
        if query.metric == Metric::SessionCount {
            let session = self.trace.info.metadata.get(metadata_key::SESSION);
            return match session {
                Some(session) => groups.add_distinct(time, session_hash(session.as_bytes())),
                None => Ok(()),
            };
        }
        let Some(value) = self.value(query.metric) else { return Ok(()) };
        let mut texts = Vec::new();
        for dimension in &query.dimensions {
            let Some(text) = self.dimension(*dimension) else { return Ok(()) };
            texts.push(groups.code(&text));
        }
        groups.add(time, &texts, value)
    }

    fn value(self, metric: Metric) -> Option<f64> {
        let (trace, span) = (self.trace, self.span);
        let ms = |end: Option<i64>| Some((end? - span?.start_ns) / 1_000_000);
        let number = match metric {
            Metric::AssessmentValue => {
                let json = self.assessment?.value.json()?;
                return assessed_number(&serde_json::from_str(&json).ok()?);
            }
            Metric::TraceCount | Metric::SpanCount | Metric::AssessmentCount => 1,
            // Sessions are counted in `Row::add`.
            Metric::SessionCount => return None,
            Metric::TraceLatency => trace.info.execution_duration?.0,
            Metric::TraceTokens(tokens) => {
                i64::try_from(self::tokens(trace.usage?, tokens)?).ok()?
            }
            Metric::TraceCost(part) => cost(trace.cost?, part),
            Metric::SpanLatency => ms(span?.end_ns)?,
            Metric::SpanCost(part) => cost(span?.cost?, part),
            Metric::TimeToFirstToken => ms(span?.first_token_ns)?,
        };
        Some(scaled(metric, number))
    }

    fn dimension(&self, dimension: Dimension) -> Option<Cow<'_, str>> {
        let text = |text: Option<&'_ String>| text.cloned().map(Cow::Owned);
        match dimension {
            Dimension::TraceName => text(self.trace.info.name.as_ref()),
            Dimension::TraceStatus => Some(self.trace.info.state.as_str().into()),
            Dimension::SpanName => text(self.span.map(|span| &span.name)),
            Dimension::SpanType => text(self.span?.span_type.as_ref()),
            Dimension::SpanStatus => Some(self.span?.status.as_str().into()),
            Dimension::SpanModelName => text(self.span?.model.as_ref()),
            Dimension::SpanModelProvider => text(self.span?.provider.as_ref()),
            Dimension::AssessmentName => text(self.assessment.map(|it| &it.assessment_name)),
            Dimension::AssessmentValue => {
                // Feedback with only an error has no value; MLflow reports it as null.
                let json = self.assessment?.value.json().unwrap_or_else(|| "null".to_owned());
                Some(respelled(&json).into())
            }
        }
    }
}

fn tokens(usage: TokenUsage, tokens: Tokens) -> Option<u64> {
    match tokens {
        Tokens::Input => Some(usage.input_tokens),
        Tokens::Output => Some(usage.output_tokens),
        Tokens::Total => Some(usage.total_tokens),
        Tokens::CacheRead => usage.cache_read_input_tokens,
        Tokens::CacheCreation => usage.cache_creation_input_tokens,
        Tokens::CacheCreationAbove1hr => usage.cache_creation_input_tokens_above_1hr,
        Tokens::Reasoning => usage.reasoning_output_tokens,
    }
}

fn cost(cost: Cost, part: CostPart) -> i64 {
    match part {
        CostPart::Input => cost.input.0,
        CostPart::Output => cost.output.0,
        CostPart::Total => cost.total.0,
    }
}
