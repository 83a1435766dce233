use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::SpanSet;
use crate::tests::{data, entry, span, text, trace};

/// All spans, rendered one by one from windows of the given size.
fn rendered(
    chunks: &[Vec<u8>],
    logs: &[Vec<u8>],
    form: SpanForm,
    window_bytes_max: usize,
) -> Vec<Vec<u8>> {
    let mut builder = SpanIndexBuilder::default();
    chunks.iter().for_each(|chunk| builder.add_spans(chunk).unwrap());
    logs.iter().for_each(|chunk| builder.add_logs(chunk).unwrap());
    let index = builder.finish();
    let mut spans = Vec::new();
    while spans.len() < index.len() {
        let mut window = index.window(spans.len(), window_bytes_max);
        for number in window.chunks() {
            let of_signal = if number.signal == Signal::Traces { chunks } else { logs };
            window.fill(number, &of_signal[number.number]).unwrap();
        }
        for at in spans.len()..window.end() {
            assert!(window.contains(at));
            let mut json = Vec::new();
            window.write(&mut json, at, form, &trace()).unwrap();
            spans.push(json);
        }
    }
    spans
}

fn check(chunks: &[Vec<u8>], logs: &[Vec<u8>], window_bytes_max: usize) {
    let set = SpanSet::with_logs(chunks, logs).unwrap();
    for form in [SpanForm::Proto, SpanForm::Stored] {
        let expected: Vec<Vec<u8>> = (0..set.len())
            .map(|at| {
                let mut json = Vec::new();
                match form {
                    SpanForm::Proto => set.write_proto(&mut json, at, &trace()),
                    SpanForm::Stored => set.write_stored(&mut json, at, &trace()),
                }
                json
            })
            .collect();
        assert!(rendered(chunks, logs, form, window_bytes_max) == expected, "{form:?}");
    }
}

/// Few ids, parents and times, so that spans repeat, in any order and at equal times.
fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let one = (0..6_u64, 0..3_u64, 0..3_u64, ".{0,20}", any::<bool>());
    let one = one.prop_map(|(id, parent, start, said, has_event)| Span {
        parent_span_id: if parent == 0 { Vec::new() } else { parent.to_be_bytes().to_vec() },
        start_time_unix_nano: start,
        name: said.clone(),
        events: has_event
            .then(|| Event { name: said.clone(), time_unix_nano: 5, ..Event::default() })
            .into_iter()
            .collect(),
        ..span(id, &[("input.value", &said), ("openinference.span.kind", "LLM")])
    });
    vec(one, 0..8)
}

fn any_records() -> impl Strategy<Value = Vec<LogRecord>> {
    let one = (0..7_u64, 0..3_u64, 0..2_u8).prop_map(|(span, time_unix_nano, said)| LogRecord {
        span_id: span.to_be_bytes().to_vec(),
        time_unix_nano,
        event_name: "gen_ai.user.message".to_owned(),
        attributes: vec![entry("content", text(&said.to_string()))],
        ..LogRecord::default()
    });
    vec(one, 0..6)
}

fn logs_data(log_records: Vec<LogRecord>) -> LogsData {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    LogsData { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

proptest! {
    #[test]
    fn windows_show_the_same_spans_in_the_same_order_as_the_whole(
        chunks in vec(any_spans(), 0..5),
        logs in vec(any_records(), 0..4),
        window_bytes_max in 1..600_usize,
    ) {
        let chunks: Vec<_> = chunks.into_iter().map(|it| data(it).encode_to_vec()).collect();
        let logs: Vec<_> = logs.into_iter().map(|it| logs_data(it).encode_to_vec()).collect();
        check(&chunks, &logs, window_bytes_max);
        // Compacted chunks: concatenated messages are one message.
        check(&[chunks.concat()], &[logs.concat()], window_bytes_max);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..64)) {
        let mut builder = SpanIndexBuilder::default();
        let _ = builder.add_spans(&bytes);
        let _ = builder.add_logs(&bytes);
        let _ = builder.finish().window(0, 10);
    }
}

#[test]
fn the_index_holds_a_few_bytes_a_span_and_knows_the_same_trace_again() {
    let index_of = |chunks: &[Vec<u8>]| {
        let mut builder = SpanIndexBuilder::default();
        chunks.iter().for_each(|chunk| builder.add_spans(chunk).unwrap());
        builder.finish()
    };
    let spans: Vec<Span> = (1..=1000).map(|id| span(id, &[("text", &"x".repeat(500))])).collect();
    let halves = spans.chunks(500).map(|some| data(some.to_vec()).encode_to_vec());
    let halves: Vec<_> = halves.collect();
    let index = index_of(&halves);
    assert_eq!(index.len(), 1000);
    assert!(index.held_bytes() <= 16_000, "{} bytes", index.held_bytes());
    assert_eq!(index.digest(), index_of(&[halves.concat()]).digest());
    assert_ne!(index.digest(), index_of(&halves[..1]).digest());
}

#[test]
fn another_chunk_than_the_index_was_made_of_is_an_error() {
    let chunk = data(vec![span(1, &[("text", "some words")])]).encode_to_vec();
    let mut builder = SpanIndexBuilder::default();
    builder.add_spans(&chunk).unwrap();
    let mut window = builder.finish().window(0, 1);
    let number = window.chunks()[0];
    assert!(matches!(window.fill(number, &chunk[..10]), Err(DecodeError::Misplaced)));
}
