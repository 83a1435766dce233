use std::collections::{BTreeMap, BTreeSet};

use kansoku_filter::Filter;
use kansoku_model::{Money, SpanId, SpanStatus, TokenUsage};
use kansoku_store::core::span_columns::SpanColumnsBuilder;
use kansoku_store::core::span_parts::{SpanInterval, span_parts};
use kansoku_store::{ScannedSpan, ScannedTrace};
use proptest::prelude::*;

use super::*;
use crate::step_graph::{EdgeKind, StepGraphFold};

const START_MS: i64 = 1_795_237_452_000;

fn span(id: u64, parent: u64, name: &str, from_us: i64, to_us: i64) -> ScannedSpan {
    ScannedSpan {
        span_id: SpanId(id),
        parent_id: (parent != 0).then_some(SpanId(parent)),
        name: name.into(),
        span_type: None,
        status: SpanStatus::Ok,
        start_ns: START_MS * 1_000_000 + from_us * 1000,
        duration_ns: Some((to_us - from_us) * 1000),
        model: None,
        provider: None,
        usage: None,
        cost: None,
        first_token_ns: None,
    }
}

fn trace(n: i64, spans: Vec<ScannedSpan>) -> ScannedTrace {
    ScannedTrace { time: TimestampMs(START_MS + n * 1000), spans, ..ScannedTrace::default() }
}

fn each_batch(traces: &[ScannedTrace], mut see: impl FnMut(&SpanColumns)) {
    let mut builder = SpanColumnsBuilder::default();
    for (n, trace) in traces.iter().enumerate() {
        builder.push(trace, |columns| see(&columns));
        if n % 3 == 2 {
            builder.flush(|columns| see(&columns));
        }
    }
    builder.flush(|columns| see(&columns));
}

fn steps(traces: &[ScannedTrace], split: Option<&str>) -> Steps {
    let mut fold = StepFold::new(split.map(|split| StepSplit::parse(split).unwrap()));
    each_batch(traces, |columns| drop(fold.add(columns)));
    let (from, to) = fold.ends().unwrap_or_default();
    fold.finish(Buckets::between(from, to, 4), 1000)
}

/// An agent that calls a model, calls a tool, and calls the model again.
fn agent_trace(n: i64, tool_us: i64) -> ScannedTrace {
    let end = 50 + tool_us;
    let typed = |span: ScannedSpan, of: &str| ScannedSpan { span_type: Some(of.into()), ..span };
    let call = |id, from, model: &str| ScannedSpan {
        model: Some(model.into()),
        provider: Some(format!("of-{model}").into()),
        usage: Some(TokenUsage { total_tokens: 10, ..TokenUsage::default() }),
        cost: Some(Money::from_dollars(0.5)),
        first_token_ns: Some(3_000_000),
        ..typed(span(id, 1, "call", from, from + 20), "LLM")
    };
    let tool = typed(span(3, 1, "search", 20, 20 + tool_us), "TOOL");
    let tool = ScannedSpan { status: SpanStatus::Error, ..tool };
    let spans = vec![
        typed(span(1, 0, "ask", 0, end), "AGENT"),
        call(2, 0, "large"),
        tool,
        call(4, 20 + tool_us, "small"),
    ];
    ScannedTrace { version: Some(format!("v{}", n % 2).into()), ..trace(n, spans) }
}

#[test]
fn a_step_sums_up_the_spans_of_one_name_and_type() {
    let Steps { steps, traces, path_ms, left_out_calls, .. } =
        steps(&[agent_trace(0, 100), agent_trace(3, 300)], None);
    assert_eq!((traces, path_ms, left_out_calls), (2, 0.5, 0));
    let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["search", "call", "ask"]);
    let [search, call, ask] = &steps[..] else { panic!("{names:?}") };
    assert_eq!((search.calls, search.traces, search.errors), (2, 2, 2));
    assert!(near(search.p50_ms, Some(0.2)));
    assert_eq!((search.self_ms, search.path_ms), (0.4, 0.4));
    assert_eq!(search.path_share, 0.8);
    assert_eq!(
        (&search.series[..], &search.error_series[..]),
        (&[1, 0, 0, 1][..], &[1, 0, 0, 1][..])
    );
    assert_eq!(search.mean_ms_series, [Some(0.1), None, None, Some(0.3)]);
    assert!(near(search.duration_ms.mean, Some(0.2)));
    assert!(near(search.duration_ms.deviation, Some(0.1)));
    assert_eq!((call.calls, call.total_tokens, call.cost), (4, 40, 2.0));
    assert_eq!(call.first_token_p50_ms, Some(3.0));
    let twice = Spread { count: 2, mean: Some(2.0), deviation: Some(0.0) };
    assert_eq!(call.calls_per_trace, twice);
    assert_eq!((ask.self_ms, ask.path_ms), (0.02, 0.02));
    assert_eq!(call.filter, "span.name = 'call' AND span.type = 'LLM'");
}

#[test]
fn steps_are_split_by_what_spans_and_traces_say() {
    let traces = [agent_trace(0, 100), agent_trace(1, 100), agent_trace(2, 100)];
    let of = |split: &str, name: &str| -> BTreeMap<Option<String>, (u64, String)> {
        let steps = steps(&traces, Some(split)).steps.into_iter();
        let named = steps.filter(|step| step.name == name);
        named.map(|step| (step.value, (step.calls, step.filter))).collect()
    };
    let by_model = of("model", "call");
    let calls: Vec<_> = by_model.iter().map(|(value, (n, _))| (value.as_deref(), *n)).collect();
    assert_eq!(calls, [(Some("large"), 3), (Some("small"), 3)]);
    let (_, filter) = &by_model[&Some("large".to_owned())];
    assert_eq!(filter, "span.name = 'call' AND span.type = 'LLM' AND span.model = 'large'");
    assert_eq!(of("model", "search")[&None].1, "span.name = 'search' AND span.type = 'TOOL'");
    let by_provider = of("provider", "call");
    let calls: Vec<_> = by_provider.iter().map(|(value, (n, _))| (value.as_deref(), *n)).collect();
    assert_eq!(calls, [(Some("of-large"), 3), (Some("of-small"), 3)]);
    let (_, filter) = &by_provider[&Some("of-large".to_owned())];
    assert_eq!(filter, "span.name = 'call' AND span.type = 'LLM' AND span.provider = 'of-large'");
    assert_eq!(of("provider", "search")[&None].1, "span.name = 'search' AND span.type = 'TOOL'");
    let by_version = of("version", "search");
    let calls: Vec<_> = by_version.iter().map(|(value, (n, _))| (value.as_deref(), *n)).collect();
    assert_eq!(calls, [(Some("v0"), 2), (Some("v1"), 1)]);
    for (_, filter) in by_model.values().chain(by_provider.values()).chain(by_version.values()) {
        Filter::parse(filter).unwrap();
    }
    for split in ["span.name", "nonsense", ""] {
        assert!(StepSplit::parse(split).is_err(), "{split}");
    }
}

#[test]
fn the_graph_says_who_called_and_who_followed_whom() {
    let mut fold = StepGraphFold::default();
    each_batch(&[agent_trace(0, 100), agent_trace(1, 100)], |columns| fold.add(columns));
    let graph = fold.finish(10);
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["call", "ask", "search"]);
    let edges: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| (names[edge.from], edge.kind, names[edge.to], edge.calls, edge.errors))
        .collect();
    assert_eq!(
        edges,
        [
            ("ask", EdgeKind::Calls, "call", 4, 0),
            ("call", EdgeKind::FollowedBy, "search", 2, 2),
            ("ask", EdgeKind::Calls, "search", 2, 2),
            ("search", EdgeKind::FollowedBy, "call", 2, 0),
        ]
    );
    let mut fold = StepGraphFold::default();
    each_batch(&[agent_trace(0, 100)], |columns| fold.add(columns));
    let graph = fold.finish(2);
    assert_eq!((graph.nodes.len(), graph.nodes_total, graph.edges.len()), (2, 3, 1));
}

#[test]
fn steps_beyond_those_that_are_kept_are_counted() {
    let spans = (1..=DISTINCT_MAX as u64 + 5).map(|n| span(n, 0, &format!("step {n}"), 0, 1));
    let steps = steps(&[trace(0, spans.collect())], None);
    assert_eq!(
        (steps.steps.len(), steps.steps_total, steps.left_out_calls),
        (1000, DISTINCT_MAX, 5)
    );
}

fn any_traces() -> impl Strategy<Value = Vec<ScannedTrace>> {
    let one = (
        (0..5_u64, 0..2_usize, prop::option::of(0..2_usize), any::<bool>()),
        (0..90_i64, prop::option::of(0..90_i64), prop::option::of(0..30_i64)),
        (prop::option::of(0..500_u64), prop::option::of(0..500_i64)),
    );
    let spans = prop::collection::vec(one, 0..7).prop_map(|spans| {
        let span = |(n, (what, times, amounts)): (usize, (_, _, _))| {
            let (parent, name, span_type, is_failed): (u64, usize, Option<usize>, bool) = what;
            let (from, length, first): (i64, Option<i64>, Option<i64>) = times;
            let (tokens, cost): (Option<u64>, Option<i64>) = amounts;
            ScannedSpan {
                span_type: span_type.map(|n| ["LLM", "TOOL"][n].into()),
                status: if is_failed { SpanStatus::Error } else { SpanStatus::Unset },
                duration_ns: length.map(|us| us * 1000),
                first_token_ns: first.map(|ms| ms * 1_000_000),
                usage: tokens
                    .map(|total_tokens| TokenUsage { total_tokens, ..TokenUsage::default() }),
                cost: cost.map(Money),
                ..span(n as u64 + 1, parent, ["a", "b"][name], from, from)
            }
        };
        spans.into_iter().enumerate().map(span).collect()
    });
    prop::collection::vec((0..60_i64, spans), 0..9)
        .prop_map(|traces| traces.into_iter().map(|(n, spans)| trace(n, spans)).collect())
}

fn sorted_percentile(mut values: Vec<f64>, percent: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let at = percent / 100.0 * values.len().checked_sub(1)? as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    Some(low + (high - low) * at.fract())
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (a, b) => a == b,
    }
}

proptest! {
    /// Every figure equals the one that is computed from the spans one by one.
    #[test]
    fn figures_are_those_of_a_naive_computation(traces in any_traces()) {
        let steps = steps(&traces, None);
        let keys: BTreeSet<(Arc<str>, Option<Arc<str>>)> = traces
            .iter()
            .flat_map(|trace| &trace.spans)
            .map(|span| (span.name.clone(), span.span_type.clone()))
            .collect();
        prop_assert_eq!(steps.steps.len(), keys.len());
        let parts: Vec<_> = traces
            .iter()
            .map(|trace| {
                let interval = |span: &ScannedSpan| SpanInterval {
                    span_id: span.span_id,
                    parent_id: span.parent_id,
                    start_ns: span.start_ns,
                    end_ns: span.duration_ns.map(|ns| span.start_ns + ns),
                };
                span_parts(&trace.spans.iter().map(interval).collect::<Vec<_>>())
            })
            .collect();
        for step in &steps.steps {
            let is_of = |span: &ScannedSpan| {
                *span.name == step.name && span.span_type.as_deref() == step.span_type.as_deref()
            };
            let of_traces: Vec<Vec<(usize, &ScannedSpan)>> = traces
                .iter()
                .map(|trace| trace.spans.iter().enumerate().filter(|(_, s)| is_of(s)).collect())
                .collect();
            let spans: Vec<&ScannedSpan> = of_traces.iter().flatten().map(|(_, s)| *s).collect();
            let durations = || {
                spans.iter().filter_map(|s| s.duration_ns).map(|ns| ns as f64 / 1e6).collect()
            };
            prop_assert_eq!(step.calls, spans.len() as u64);
            prop_assert_eq!(step.traces, of_traces.iter().filter(|t| !t.is_empty()).count() as u64);
            let failed = spans.iter().filter(|span| span.status == SpanStatus::Error).count();
            prop_assert_eq!(step.errors, failed as u64);
            for (found, percent) in [(step.p50_ms, 50.0), (step.p95_ms, 95.0), (step.p99_ms, 99.0)] {
                prop_assert!(near(found, sorted_percentile(durations(), percent)));
            }
            let firsts = spans.iter().filter_map(|s| s.first_token_ns).map(|ns| (ns / 1_000_000) as f64);
            let first_p50 = sorted_percentile(firsts.collect(), 50.0);
            prop_assert!(near(step.first_token_p50_ms, first_p50));
            let tokens: u64 = spans.iter().filter_map(|s| s.usage).map(|u| u.total_tokens).sum();
            prop_assert_eq!(step.total_tokens, tokens);
            let cost: i64 = spans.iter().filter_map(|span| span.cost).map(|cost| cost.0).sum();
            prop_assert_eq!(step.cost, Money(cost).as_dollars());
            let own = |us: fn(&kansoku_store::core::span_parts::SpanPart) -> i64| {
                let of = |(parts, spans): (&Vec<_>, &Vec<(usize, &ScannedSpan)>)| -> i64 {
                    spans.iter().map(|(n, _)| us(&parts[*n])).sum()
                };
                parts.iter().zip(&of_traces).map(of).sum::<i64>() as f64 / 1000.0
            };
            prop_assert!(near(Some(step.self_ms), Some(own(|part| part.self_us))));
            prop_assert!(near(Some(step.path_ms), Some(own(|part| part.critical_us))));
            prop_assert_eq!(step.series.iter().sum::<u64>(), step.calls);
            prop_assert_eq!(step.error_series.iter().sum::<u64>(), step.errors);
            let per_trace = spans.len() as f64 / traces.len() as f64;
            let squares: f64 = of_traces.iter().map(|t| (t.len() as f64 - per_trace).powi(2)).sum();
            let deviation = (squares / traces.len() as f64).sqrt();
            prop_assert!(near(step.calls_per_trace.mean, Some(per_trace)));
            let found = step.calls_per_trace.deviation.unwrap();
            prop_assert!((found - deviation).abs() < 1e-6, "{} {}", found, deviation);
        }
        let path: f64 = steps.steps.iter().map(|step| step.path_ms).sum();
        prop_assert!(near(Some(path), Some(steps.path_ms)));
        prop_assert_eq!(steps.traces, traces.len() as u64);
    }
}
