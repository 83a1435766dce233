use proptest::prelude::*;

use super::*;

fn node(id: u64, parent: Option<u64>, start_ns: i64) -> TreeNode {
    TreeNode { span_id: SpanId(id), parent_id: parent.map(SpanId), start_ns }
}

/// For each place the span, the position of its parent, and a mark for orphans.
fn shown(nodes: &[TreeNode]) -> String {
    let show = |place: &TreePlace| {
        let parent = place.parent.map_or(String::new(), |at| format!("<{at}"));
        let mark = if place.is_orphan { "?" } else { "" };
        format!("{}{parent}{mark}", nodes[place.node].span_id.0)
    };
    reading_order(nodes).iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_span_is_followed_by_all_below_it_by_start() {
    let nodes = [
        node(5, Some(1), 30),
        node(4, Some(2), 25),
        node(3, Some(1), 10),
        node(2, Some(1), 10),
        node(1, None, 0),
    ];
    assert_eq!(shown(&nodes), "1 2<0 4<1 3<0 5<0");
    assert_eq!(shown(&[]), "");
}

#[test]
fn a_span_without_its_parent_is_a_root() {
    let nodes = [node(1, None, 5), node(2, Some(9), 3), node(3, Some(2), 4), node(4, Some(4), 9)];
    assert_eq!(shown(&nodes), "2? 3<0 1 4");
}

#[test]
fn a_circle_begins_with_the_span_that_began_first() {
    // 2 -> 3 -> 4 -> 2, and 5 is a child of 3 that began before all of them.
    let nodes = [
        node(2, Some(4), 11),
        node(3, Some(2), 10),
        node(4, Some(3), 12),
        node(5, Some(3), 1),
        node(1, None, 50),
    ];
    assert_eq!(shown(&nodes), "1 3 5<1 4<1 2<3");
}

#[test]
fn a_chain_of_any_depth_is_read() {
    let nodes: Vec<_> = (1..=100_000).map(|id| node(id, id.checked_sub(1), 0)).collect();
    let order = reading_order(&nodes);
    let follows = |(at, place): (usize, &TreePlace)| place.parent == at.checked_sub(1);
    assert_eq!(order.len(), nodes.len());
    assert!(order.iter().enumerate().all(follows));
}

proptest! {
    /// For all parents that clients may name: every span once, and parents first.
    #[test]
    fn every_span_comes_once_and_after_its_parent(
        spans in proptest::collection::vec((0_u64..14, 0_i64..5), 0..12),
    ) {
        let nodes: Vec<_> = spans
            .iter()
            .enumerate()
            .map(|(at, (parent, start))| node(at as u64 + 1, Some(*parent), *start))
            .collect();
        let order = reading_order(&nodes);
        let mut seen: Vec<usize> = order.iter().map(|place| place.node).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..nodes.len()).collect::<Vec<_>>());
        for (at, place) in order.iter().enumerate() {
            if let Some(parent) = place.parent {
                prop_assert!(parent < at);
                prop_assert_eq!(Some(nodes[order[parent].node].span_id), nodes[place.node].parent_id);
            }
        }
    }
}
