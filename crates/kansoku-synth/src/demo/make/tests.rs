use std::collections::{BTreeMap, HashSet};

use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use super::*;

const NOW_NS: u64 = 1_795_219_200_000_000_000;

fn synthetic_traces(seed: u64, traces: usize, key: u64) -> Vec<SyntheticTrace> {
    let mut made = Vec::new();
    let asked = DemoSpec { seed, traces, days: 7, now_ns: NOW_NS, key };
    generate(asked, &mut |one| {
        made.push(one);
        Ok(())
    })
    .unwrap();
    made
}

fn spans(made: &SyntheticTrace) -> &[Span] {
    &made.otlp.scope_spans[0].spans
}

#[test]
fn the_same_seed_makes_the_same_traces() {
    let bytes = |seed, key| -> Vec<(Vec<u8>, Vec<Value>)> {
        let made = synthetic_traces(seed, 60, key);
        made.into_iter().map(|one| (one.otlp.encode_to_vec(), one.assessments)).collect()
    };
    assert_eq!(bytes(1, 7), bytes(1, 7));
    assert_ne!(bytes(1, 7), bytes(2, 7));
    let ids =
        |key| synthetic_traces(1, 60, key).into_iter().map(|one| one.id).collect::<HashSet<_>>();
    assert!(ids(7).is_disjoint(&ids(8)));
}

#[test]
fn there_are_as_many_as_asked_and_all_are_whole() {
    for traces in [1, 2, 19, 20, 333] {
        let made = synthetic_traces(3, traces, 7);
        assert_eq!(made.len(), traces);
        let ids: HashSet<_> = made.iter().map(|one| &one.id).collect();
        assert_eq!(ids.len(), traces);
        for one in &made {
            let spans = spans(one);
            assert!(!one.open || spans[0].end_time_unix_nano == 0);
            let ids: HashSet<_> = spans.iter().map(|span| &span.span_id).collect();
            assert_eq!((ids.len(), spans.is_empty()), (spans.len(), false));
            for span in spans {
                let parent = &span.parent_span_id;
                assert!(parent.is_empty() || ids.contains(parent), "{}", span.name);
                assert!(span.start_time_unix_nano <= NOW_NS);
                assert!(span.end_time_unix_nano <= NOW_NS, "{} of {}", span.name, one.app);
                let ended = span.end_time_unix_nano != 0;
                assert!(ended || one.open, "{} of {}", span.name, one.app);
            }
        }
    }
}

#[test]
fn a_demonstration_has_something_of_everything() {
    let made = synthetic_traces(1, 2000, 7);
    let count =
        |keeps: &dyn Fn(&SyntheticTrace) -> bool| made.iter().filter(|one| keeps(one)).count();
    let failed = count(&|one| one.failed);
    assert!((20..300).contains(&failed), "{failed} failed");
    assert_eq!(count(&|one| one.open), 5);
    assert_eq!(count(&|one| one.spans == large::SPANS), 1);
    let is_error = |span: &Span| span.status.as_ref().is_some_and(|status| status.code == 2);
    let recovered = count(&|one| !one.failed && spans(one).iter().any(is_error));
    assert!(60 < recovered, "{recovered} recovered");
    let mut versions: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for one in made.iter().filter(|one| one.app == "support-agent" && !one.open) {
        versions.entry(one.version).or_default().push(one.duration_ms);
    }
    assert_eq!(versions.len(), 3);
    assert!(versions.values().all(|all| 50 < all.len()), "{versions:?}");
    let names: HashSet<_> = made
        .iter()
        .flat_map(|one| &one.assessments)
        .filter_map(|said| said["assessment_name"].as_str())
        .collect();
    assert_eq!(names.len(), 7, "{names:?}");
    let text =
        |one: &SyntheticTrace| String::from_utf8_lossy(&one.otlp.encode_to_vec()).into_owned();
    for word in
        ["data:image/png", "handbook://", "RateLimitError", "京都", "cache_read", "Garantie"]
    {
        assert!(0 < count(&|one| text(one).contains(word)), "{word}");
    }
}
