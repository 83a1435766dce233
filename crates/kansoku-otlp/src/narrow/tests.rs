use kansoku_model::SpanId;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::tests::{entry, span, text};

fn named(id: u64, name: &str) -> Span {
    Span { name: name.to_owned(), ..span(id, &[]) }
}

fn chunk(resources: &[(&str, &[Vec<Span>])]) -> Vec<u8> {
    let resource_spans = resources.iter().map(|(name, scopes)| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![entry("service.name", text(name))],
            ..Default::default()
        }),
        scope_spans: scopes
            .iter()
            .map(|spans| ScopeSpans {
                spans: spans.clone(),
                schema_url: "url".to_owned(),
                ..ScopeSpans::default()
            })
            .collect(),
        ..ResourceSpans::default()
    });
    TracesData { resource_spans: resource_spans.collect() }.encode_to_vec()
}

#[test]
fn one_span_comes_with_its_resource_and_scope_as_it_was_sent_last() {
    let bytes = chunk(&[
        ("a", &[vec![named(1, "old"), named(2, "two")], vec![named(3, "three")]]),
        ("b", &[vec![named(1, "new")]]),
    ]);
    let one = only_spans(&bytes, |id, _| id == SpanId(1)).unwrap();
    assert_eq!(one, chunk(&[("b", &[vec![named(1, "new")]])]));
    let all = only_spans(&bytes, |_, _| true).unwrap();
    let rest: (&str, &[_]) = ("a", &[vec![named(2, "two")], vec![named(3, "three")]]);
    assert_eq!(all, chunk(&[rest, ("b", &[vec![named(1, "new")]])]));
    assert_eq!(only_spans(&bytes, |_, _| false).unwrap(), [0; 0]);
}

#[test]
fn the_same_record_has_the_same_digest_wherever_it_stands() {
    let record = |span: u8, name: &str| LogRecord {
        span_id: vec![0, 0, 0, 0, 0, 0, 0, span],
        event_name: name.to_owned(),
        ..LogRecord::default()
    };
    let logs = |records| {
        let scope_logs = vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }];
        LogsData { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
            .encode_to_vec()
    };
    let bytes = logs(vec![record(1, "a"), record(2, "b"), record(1, "a"), record(1, "c")]);
    let mut seen = std::collections::HashSet::new();
    let kept = only_records(&bytes, |span, digest, _| span == SpanId(1) && seen.insert(digest));
    assert_eq!(kept.unwrap(), logs(vec![record(1, "a"), record(1, "c")]));
}

#[test]
fn bytes_that_end_too_early_are_refused() {
    let whole = chunk(&[("a", &[vec![named(1, "one")]])]);
    assert!(only_spans(&whole[..whole.len() - 3], |_, _| true).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = only_spans(&bytes, |_, _| true);
        let _ = only_records(&bytes, |_, _, _| true);
    }
}
