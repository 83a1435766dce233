//! Statistics of models, tools and retrievers from the spans of many traces.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_model::{Money, SpanStatus, TimestampMs};
use kansoku_store::{ScannedSpan, ScannedTrace, percentile};
use serde::Serialize;

use super::buckets::Buckets;
use super::figures::Consumption;
use super::filter_text::equals;

/// The most models, tools or retrievers that are returned.
const LISTED_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ModelStat {
    model: String,
    provider: Option<String>,
    /// A filter for the traces that called this model.
    filter: String,
    calls: u64,
    errors: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    first_token_p50_ms: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
    cost: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SpanStat {
    name: String,
    /// A filter for the traces with such a span.
    filter: String,
    calls: u64,
    errors: u64,
    traces: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    /// Calls in each bucket, by the start of their traces.
    series: Vec<u64>,
    error_series: Vec<u64>,
}

/// A model, with its provider if that is known.
type Called = (Arc<str>, Option<Arc<str>>);

#[derive(Default)]
pub struct SpanFold {
    models: HashMap<Called, Calls>,
    tools: HashMap<Arc<str>, Calls>,
    retrievers: HashMap<Arc<str>, Calls>,
}

#[derive(Default)]
struct Calls {
    calls: u64,
    errors: u64,
    traces: u64,
    /// The number of the trace that was added last.
    last_trace: Option<u64>,
    durations: Vec<f64>,
    first_tokens: Vec<f64>,
    input_tokens: u64,
    output_tokens: u64,
    cost: Money,
    /// The start of each call's trace, and whether the call failed.
    times: Vec<(TimestampMs, bool)>,
}

impl SpanFold {
    /// Adds the spans of a trace; `number` must differ from trace to trace.
    pub fn add(&mut self, scanned: &ScannedTrace, number: u64) {
        for span in &scanned.spans {
            if let Some(model) = &span.model {
                let called = (model.clone(), span.provider.clone());
                self.models.entry(called).or_default().add(span, scanned.time, number);
            }
            let by_name = match span.span_type.as_deref() {
                Some("TOOL") => &mut self.tools,
                Some("RETRIEVER") => &mut self.retrievers,
                _ => continue,
            };
            by_name.entry(span.name.clone()).or_default().add(span, scanned.time, number);
        }
    }

    pub fn models(&mut self) -> Vec<ModelStat> {
        let models = commonest(std::mem::take(&mut self.models));
        models.into_iter().map(|((model, provider), calls)| calls.model(&model, provider)).collect()
    }

    pub fn tools(&mut self, buckets: Buckets) -> Vec<SpanStat> {
        let tools = commonest(std::mem::take(&mut self.tools));
        tools.into_iter().map(|(name, calls)| calls.stat("TOOL", &name, buckets)).collect()
    }

    pub fn retrievers(&mut self, buckets: Buckets) -> Vec<SpanStat> {
        let retrievers = commonest(std::mem::take(&mut self.retrievers));
        retrievers
            .into_iter()
            .map(|(name, calls)| calls.stat("RETRIEVER", &name, buckets))
            .collect()
    }
}

fn commonest<K: Ord>(stats: HashMap<K, Calls>) -> Vec<(K, Calls)> {
    let mut stats: Vec<_> = stats.into_iter().collect();
    stats.sort_unstable_by(|(a, m), (b, n)| n.calls.cmp(&m.calls).then_with(|| a.cmp(b)));
    stats.truncate(LISTED_MAX);
    stats
}

impl Calls {
    fn add(&mut self, span: &ScannedSpan, time: TimestampMs, trace: u64) {
        let failed = span.status == SpanStatus::Error;
        self.calls += 1;
        self.errors += u64::from(failed);
        if self.last_trace.replace(trace) != Some(trace) {
            self.traces += 1;
        }
        let ms = |ns: i64| ns as f64 / 1e6;
        self.durations.extend(span.duration_ns.map(ms));
        self.first_tokens.extend(span.first_token_ns.map(ms));
        let Consumption { input, output, cost, .. } = Consumption::new(span.usage, span.cost);
        self.input_tokens += u64::from(input);
        self.output_tokens += u64::from(output);
        self.cost = self.cost.saturating_add(cost);
        self.times.push((time, failed));
    }

    fn model(mut self, model: &str, provider: Option<Arc<str>>) -> ModelStat {
        let mut filter = equals("span.model", model);
        if let Some(provider) = &provider {
            filter = format!("{filter} AND {}", equals("span.provider", provider));
        }
        ModelStat {
            model: model.to_owned(),
            provider: provider.map(|provider| provider.to_string()),
            filter,
            calls: self.calls,
            errors: self.errors,
            p50_ms: percentile(&mut self.durations, 50.0),
            p95_ms: percentile(&mut self.durations, 95.0),
            first_token_p50_ms: percentile(&mut self.first_tokens, 50.0),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost: self.cost.as_dollars(),
        }
    }

    fn stat(mut self, span_type: &str, name: &str, buckets: Buckets) -> SpanStat {
        let mut series = vec![0; buckets.count];
        let mut error_series = vec![0; buckets.count];
        for (time, failed) in &self.times {
            if let Some(n) = buckets.index_of(*time) {
                series[n] += 1;
                error_series[n] += u64::from(*failed);
            }
        }
        SpanStat {
            name: name.to_owned(),
            filter: span_filter(span_type, name),
            calls: self.calls,
            errors: self.errors,
            traces: self.traces,
            p50_ms: percentile(&mut self.durations, 50.0),
            p95_ms: percentile(&mut self.durations, 95.0),
            series,
            error_series,
        }
    }
}

/// A filter for the traces with a span of this type and name.
pub fn span_filter(span_type: &str, name: &str) -> String {
    format!("span.type = '{span_type}' AND {}", equals("span.name", name))
}
