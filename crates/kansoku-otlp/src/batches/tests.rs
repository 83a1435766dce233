use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::tests::{entry, span, text};
use crate::value::any as any_value;

/// A span of the given trace, whose name is its number in the export.
fn numbered(trace: u8, number: usize) -> Span {
    Span { trace_id: vec![trace; 16], name: number.to_string(), ..span(number as u64 + 1, &[]) }
}

/// Resources with scopes, of which each lists the traces of its spans. Spans are numbered through.
fn export(resources: &[Vec<Vec<u8>>]) -> TracesData {
    let mut number = 0;
    let mut scope = |traces: &Vec<u8>| ScopeSpans {
        scope: Some(InstrumentationScope { name: "s".repeat(traces.len()), ..Default::default() }),
        spans: traces
            .iter()
            .map(|trace| {
                number += 1;
                numbered(*trace, number)
            })
            .collect(),
        schema_url: traces.len().to_string(),
    };
    let mut resource = |scopes: &Vec<Vec<u8>>| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![entry("service.name", text(&scopes.len().to_string()))],
            ..Resource::default()
        }),
        scope_spans: scopes.iter().map(&mut scope).collect(),
        schema_url: "resource".to_owned(),
    };
    TracesData { resource_spans: resources.iter().map(&mut resource).collect() }
}

/// Each span with its resource and scope, in order.
fn spans_in_place(data: &TracesData) -> Vec<(ResourceSpans, ScopeSpans, Span)> {
    let mut spans = Vec::new();
    for resource in &data.resource_spans {
        let bare = ResourceSpans { scope_spans: Vec::new(), ..resource.clone() };
        for scope in &resource.scope_spans {
            let bare_scope = ScopeSpans { spans: Vec::new(), ..scope.clone() };
            let of_scope = scope.spans.iter();
            spans.extend(of_scope.map(|span| (bare.clone(), bare_scope.clone(), span.clone())));
        }
    }
    spans
}

fn all<E: Export>(mut batches: Batches<E>) -> Vec<Batch<E>> {
    let mut all = Vec::new();
    while let Some(batch) = batches.next_batch().unwrap() {
        all.push(batch);
    }
    assert!(batches.is_at_end());
    all
}

proptest! {
    #[test]
    fn every_span_comes_once_below_its_resource_and_scope(
        resources in vec(vec(vec(0u8..3, 0..6), 0..4), 0..4),
        bytes_max in 1usize..20_000,
        items_max in 1usize..10,
    ) {
        let data = export(&resources);
        let body = Bytes::from(data.encode_to_vec());
        let batches = Batches::<TracesData>::with_limits(body, bytes_max, items_max).unwrap();
        prop_assert_eq!(batches.had_resources(), !resources.is_empty());
        let batches = all(batches);
        prop_assert!(!batches.is_empty());
        for batch in &batches {
            let spans = spans_in_place(&batch.data);
            prop_assert!(spans.len() <= items_max);
            let (summary, _) = summarize::<TracesData>(&batch.data.encode_to_vec()).unwrap();
            let resources = &batch.data.resource_spans;
            let scopes: usize = resources.iter().map(|resource| resource.scope_spans.len()).sum();
            let levels_bytes = (resources.len() + scopes) * LEVEL_BYTES;
            prop_assert!(batches.len() == 1 || summary.items <= 1 || summary.bytes - levels_bytes <= bytes_max);
        }
        let spans: Vec<_> = batches.iter().flat_map(|batch| spans_in_place(&batch.data)).collect();
        prop_assert_eq!(spans, spans_in_place(&data));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_batches(
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut body = export(&[vec![vec![1, 1, 2], vec![2]], vec![vec![1]]]).encode_to_vec();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let whole = TracesData::decode(body.as_slice());
        let Ok(mut batches) = Batches::<TracesData>::with_limits(body.into(), 5000, 2) else {
            prop_assert!(whole.is_err(), "what the decoder reads can be walked");
            return Ok(());
        };
        let mut spans = Vec::new();
        while let Ok(Some(batch)) = batches.next_batch() {
            spans.extend(spans_in_place(&batch.data).into_iter().map(|(_, _, span)| span));
        }
        if let Ok(whole) = whole {
            let whole: Vec<_> =
                spans_in_place(&whole).into_iter().map(|(_, _, span)| span).collect();
            prop_assert_eq!(spans, whole);
        }
    }
}

#[test]
fn an_export_of_usual_size_is_one_batch() {
    let traces: Vec<u8> = (0..100).collect();
    let data = export(&[vec![traces.repeat(5)]]);
    let batches = Batches::<TracesData>::open(data.encode_to_vec().into()).unwrap();
    let batches = all(batches);
    assert_eq!((batches.len(), &batches[0].data), (1, &data));
}

#[test]
fn a_span_that_grows_too_much_is_named_and_leaves_its_neighbours_alone() {
    let values = vec![AnyValue::default(); 200_000];
    let list = any_value(Any::ArrayValue(ArrayValue { values }));
    let mut data = export(&[vec![vec![1, 1, 1]]]);
    let spans = &mut data.resource_spans[0].scope_spans[0].spans;
    spans[1].attributes.push(entry("list", list));
    let mut batches = all(Batches::<TracesData>::open(data.encode_to_vec().into()).unwrap());
    let Batch { data, rejected, .. } = batches.remove(0);
    let names: Vec<_> = spans_in_place(&data).into_iter().map(|(_, _, span)| span.name).collect();
    assert_eq!((names, batches.len()), (vec!["1".to_owned(), "3".to_owned()], 0));
    let [sample] = rejected.samples() else { panic!("{rejected:?}") };
    assert_eq!((sample.span_name.as_str(), sample.service_name.as_deref()), ("2", Some("1")));
    assert!(sample.reason.contains("6 times its size"), "{}", sample.reason);
}

#[test]
fn what_is_absurd_is_refused_by_its_limit() {
    // An empty span takes two bytes.
    let spans = [0x12, 0].repeat(ITEMS_MAX + 1);
    let mut scope = Vec::new();
    prost::encoding::bytes::encode(2, &spans, &mut scope);
    let mut body = Vec::new();
    prost::encoding::bytes::encode(1, &scope, &mut body);
    let error = Batches::<TracesData>::open(body.into()).unwrap_err().to_string();
    assert_eq!(error, "the body has more than 1000000 spans or log records; send less at once");

    let mut data = export(&[vec![vec![1]]]);
    let long = "x".repeat(HEAD_BYTES_MAX);
    data.resource_spans[0].resource.as_mut().unwrap().attributes.push(entry("a", text(&long)));
    let error = Batches::<TracesData>::open(data.encode_to_vec().into()).unwrap_err().to_string();
    assert_eq!(error, "a resource or a scope takes more than 1048576 bytes once decoded");
}

#[test]
fn a_large_resource_counts_once_for_each_of_its_traces() {
    let mut data = export(&[vec![(0..100).collect()]]);
    let long = "x".repeat(HEAD_BYTES_MAX / 2);
    data.resource_spans[0].resource.as_mut().unwrap().attributes.push(entry("a", text(&long)));
    let batches = all(Batches::<TracesData>::open(data.encode_to_vec().into()).unwrap());
    let spans = batches.iter().map(|batch| spans_in_place(&batch.data).len());
    assert!(spans.clone().all(|count| count <= 6), "{:?}", spans.collect::<Vec<_>>());
}
