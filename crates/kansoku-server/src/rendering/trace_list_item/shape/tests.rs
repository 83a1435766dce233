use kansoku_model::SpanId;

use super::*;

fn span(id: u64, parent: Option<u64>, kind: &str, from: i64, to: i64) -> SampledSpan {
    SampledSpan {
        span_id: SpanId(id),
        parent_id: parent.map(SpanId),
        span_type: (!kind.is_empty()).then(|| kind.into()),
        status: SpanStatus::Ok,
        start_ns: from,
        end_ns: Some(to),
    }
}

fn failed(span: SampledSpan) -> SampledSpan {
    SampledSpan { status: SpanStatus::Error, ..span }
}

fn summary(spans: Vec<SampledSpan>) -> TraceSummary {
    TraceSummary { spans, ..TraceSummary::default() }
}

fn shown(spans: Vec<SampledSpan>) -> String {
    let count = spans.len() as u64;
    let segments = shape(&summary(spans), count);
    let text = |s: &ShapeSegment| {
        format!("{}{} {}-{}", s.r#type, if s.failed { "!" } else { "" }, s.start, s.end)
    };
    segments.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn leaves_are_shown_in_the_traces_own_time() {
    let spans = vec![
        span(1, None, "AGENT", 1000, 3000),
        span(2, Some(1), "RETRIEVER", 1000, 1500),
        failed(span(3, Some(1), "TOOL", 1500, 1600)),
        span(4, Some(1), "LLM", 2000, 3000),
    ];
    assert_eq!(shown(spans), "RETRIEVER 0-250, TOOL! 250-300, LLM 500-1000");
}

#[test]
fn the_shorter_of_two_at_once_is_shown_and_a_failure_before_all() {
    let spans = vec![
        span(1, None, "", 0, 100),
        span(2, Some(1), "LLM", 10, 90),
        span(3, Some(1), "TOOL", 20, 30),
        failed(span(4, Some(1), "LLM", 0, 25)),
    ];
    assert_eq!(shown(spans), "LLM! 0-250, TOOL 250-300, LLM 300-900");
}

#[test]
fn short_and_open_spans_and_traces_of_no_length_are_seen() {
    let tiny = vec![span(1, None, "CHAIN", 0, 10_000_000), span(2, Some(1), "TOOL", 5, 6)];
    assert_eq!(shown(tiny), "TOOL 0-1");
    let late = vec![span(1, None, "CHAIN", 0, 1000), span(2, Some(1), "TOOL", 1000, 1000)];
    assert_eq!(shown(late), "TOOL 999-1000");
    let open = SampledSpan { end_ns: None, ..span(2, Some(1), "TOOL", 500, 0) };
    assert_eq!(shown(vec![span(1, None, "", 0, 1000), open]), "TOOL 500-1000");
    assert_eq!(shown(vec![span(1, None, "", 7, 7)]), "UNKNOWN 0-1000");
    assert_eq!(shown(Vec::new()), "");
    let circle = vec![span(1, Some(2), "A", 0, 10), span(2, Some(1), "B", 5, 10)];
    assert_eq!(shown(circle), "A 0-500, B 500-1000");
}

#[test]
fn many_calls_become_few_segments_and_no_failure_is_lost() {
    let mut spans = vec![span(1, None, "AGENT", 0, 1000)];
    for n in 0..200 {
        let kind = if n % 2 == 0 { "LLM" } else { "TOOL" };
        let call = span(n as u64 + 2, Some(1), kind, n * 5, n * 5 + 4);
        spans.push(if n == 77 { failed(call) } else { call });
    }
    let segments = shape(&summary(spans), 201);
    assert_eq!(segments.len(), SEGMENTS_MAX);
    assert!(segments.windows(2).all(|pair| pair[0].end <= pair[1].start), "{segments:?}");
    let failed: Vec<_> = segments.iter().filter(|segment| segment.failed).collect();
    assert_eq!(failed.len(), 1);
    assert!((failed[0].start..failed[0].end).contains(&385), "{failed:?}");
}

#[test]
fn of_a_sample_the_kinds_that_work_are_shown() {
    let spans = vec![
        span(1, None, "AGENT", 0, 1000),
        span(2, Some(99), "CHAIN", 0, 1000),
        span(3, Some(98), "LLM", 100, 200),
    ];
    let segments = shape(&summary(spans), 5000);
    assert_eq!(segments.len(), 1);
    assert_eq!((segments[0].start, segments[0].end), (100, 200));
}
