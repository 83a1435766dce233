use proptest::prelude::*;

use super::*;

prop_compose! {
    fn any_span()(
        id in 1..8u64, parent in prop::option::of(1..8u64),
        start_ns in -9..9i64, end_ns in prop::option::of(-9..9i64), failed: bool,
    ) -> SpanRow {
        SpanRow {
            span_id: SpanId(id),
            parent_id: parent.map(SpanId),
            name: format!("s{id}"),
            status: if failed { SpanStatus::Error } else { SpanStatus::Unset },
            start_ns,
            end_ns,
            ..SpanRow::default()
        }
    }
}

fn fold_one(span: &SpanRow) -> TraceFold {
    let mut fold = TraceFold::from_span(span);
    let rank = Rank { layer: Layer::Span, at_ns: span.start_ns, span_id: span.span_id };
    let value = Some(format!("from {}", span.span_id));
    fold.add_tag_or_metadata(TagOrMetadataKind::Metadata, "session", TagOrMetadata { rank, value });
    let said = |at_ns| CallText {
        call: CallKey { at_ns, span_id: span.span_id },
        text: format!("said by {}", span.span_id),
    };
    fold.request = Some(said(span.start_ns));
    fold.response = span.end_ns.map(said);
    fold
}

fn fold(spans: &[SpanRow]) -> TraceFold {
    spans.iter().map(fold_one).fold(TraceFold::default(), TraceFold::merge)
}

proptest! {
    /// Spans may arrive in any order, and SDKs send them again; the result must be the same.
    #[test]
    fn arrival_order_and_retries_do_not_matter(
        (spans, shuffled) in prop::collection::vec(any_span(), 0..6)
            .prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
        repeated in 0..6usize,
    ) {
        let mut arrived = shuffled.clone();
        arrived.extend_from_slice(&shuffled[..repeated.min(shuffled.len())]);
        prop_assert_eq!(fold(&arrived), fold(&spans));
    }

    #[test]
    fn batches_may_be_cut_anywhere(spans in prop::collection::vec(any_span(), 0..8), cut in 0..8usize) {
        let (left, right) = spans.split_at(cut.min(spans.len()));
        prop_assert_eq!(fold(left).merge(fold(right)), fold(&spans));
    }
}

#[test]
fn an_ended_root_replaces_its_open_self() {
    let open = SpanRow {
        span_id: SpanId(1),
        parent_id: None,
        name: "ask".into(),
        status: SpanStatus::Unset,
        start_ns: 5,
        end_ns: None,
        ..SpanRow::default()
    };
    let ended = SpanRow { end_ns: Some(9), status: SpanStatus::Error, ..open.clone() };
    assert_eq!(fold(std::slice::from_ref(&open)).state(), TraceState::InProgress);
    assert_eq!(fold(&[ended, open]).state(), TraceState::Error);
}
