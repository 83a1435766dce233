//! The order in which a trace is displayed: each span, followed by its descendants, by start time.
//!
//! The parents that clients send need not form a tree. A span whose parent is missing is a root; in
//! a cycle of parents, the span that began first is the root.
use std::collections::HashMap;

use crate::SpanId;

/// The fields of a span that determine its position in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeNode {
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub start_ns: i64,
}

/// A span at its position in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreePlace {
    /// The index of the span in the input.
    pub node: usize,
    /// The position of its parent in the order; `None` for roots.
    pub parent: Option<usize>,
    /// Whether the parent that it names is missing.
    pub is_orphan: bool,
}

/// The reading order of spans: every node once, parents before children, siblings by start and then
/// by id.
///
/// It sorts once; the rest takes linear time, however deep the tree is.
pub fn reading_order(nodes: &[TreeNode]) -> Vec<TreePlace> {
    let mut sorted: Vec<usize> = (0..nodes.len()).collect();
    sorted.sort_unstable_by_key(|node| (nodes[*node].start_ns, nodes[*node].span_id));
    let tree = Tree::new(nodes, &sorted);
    let mut order = Order {
        tree: &tree,
        places: Vec::with_capacity(nodes.len()),
        placed: vec![false; nodes.len()],
    };
    for root in sorted.iter().copied().filter(|node| tree.parents[*node].is_none()) {
        order.place(root);
    }
    if order.places.len() < nodes.len() {
        let mut walked_by = vec![None; nodes.len()];
        for node in sorted.iter().copied() {
            if !order.placed[node] {
                let circle = tree.circle_above(node, &mut walked_by);
                let first = circle.into_iter().min_by_key(|it| tree.rank[*it]);
                order.place(first.unwrap_or(node));
            }
        }
    }
    let is_orphan = |node: usize| {
        let node = &nodes[node];
        tree.parents_missing && node.parent_id.is_some_and(|id| !tree.ids.contains_key(&id))
    };
    for place in &mut order.places {
        place.is_orphan = place.parent.is_none() && is_orphan(place.node);
    }
    order.places
}

struct Tree {
    ids: HashMap<SpanId, usize>,
    parents: Vec<Option<usize>>,
    parents_missing: bool,
    /// The position of each node by start and id.
    rank: Vec<usize>,
    /// The children of node `n` are `children[offsets[n]..offsets[n + 1]]`, by rank.
    offsets: Vec<usize>,
    children: Vec<usize>,
}

impl Tree {
    fn new(nodes: &[TreeNode], sorted: &[usize]) -> Self {
        let ids: HashMap<SpanId, usize> =
            nodes.iter().enumerate().map(|(at, node)| (node.span_id, at)).collect();
        let mut parents_missing = false;
        let parent_of = |(at, node): (usize, &TreeNode)| {
            let parent = ids.get(&node.parent_id?);
            parents_missing |= parent.is_none();
            // A node that is its own parent has none.
            parent.copied().filter(|parent| *parent != at)
        };
        let parents: Vec<Option<usize>> = nodes.iter().enumerate().map(parent_of).collect();
        let mut offsets = vec![0; nodes.len() + 1];
        for parent in parents.iter().flatten() {
            offsets[parent + 1] += 1;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        let mut free = offsets.clone();
        let mut children = vec![0; offsets[nodes.len()]];
        let mut rank = vec![0; nodes.len()];
        for (at, node) in sorted.iter().copied().enumerate() {
            rank[node] = at;
            if let Some(parent) = parents[node] {
                children[free[parent]] = node;
                free[parent] += 1;
            }
        }
        Self { ids, parents, parents_missing, rank, offsets, children }
    }

    fn children(&self, node: usize) -> &[usize] {
        &self.children[self.offsets[node]..self.offsets[node + 1]]
    }

    /// The cycle that is reached from this node by going up to parents.
    fn circle_above(&self, node: usize, walked_by: &mut [Option<usize>]) -> Vec<usize> {
        let mut at = node;
        while walked_by[at] != Some(node) {
            walked_by[at] = Some(node);
            match self.parents[at] {
                Some(parent) => at = parent,
                None => return vec![at],
            }
        }
        let mut circle = vec![at];
        let mut next = self.parents[at];
        while let Some(member) = next.filter(|member| *member != at) {
            circle.push(member);
            next = self.parents[member];
        }
        circle
    }
}

struct Order<'a> {
    tree: &'a Tree,
    places: Vec<TreePlace>,
    placed: Vec<bool>,
}

impl Order<'_> {
    /// Places a root and all its descendants.
    fn place(&mut self, root: usize) {
        let mut waiting = vec![(root, None)];
        while let Some((node, parent)) = waiting.pop() {
            // In a cycle the root is also a child.
            if std::mem::replace(&mut self.placed[node], true) {
                continue;
            }
            let place = Some(self.places.len());
            self.places.push(TreePlace { node, parent, is_orphan: false });
            let children = self.tree.children(node).iter().rev();
            waiting.extend(children.map(|child| (*child, place)));
        }
    }
}

#[cfg(test)]
mod tests;
