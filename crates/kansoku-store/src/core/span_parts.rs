//! The part of each span in its trace: its parent, the sibling it followed, and its times.
//!
//! The screens draw a single trace by the same rules (`ui/src/core/trace`): self time is the time
//! that no child covers, and the critical path is walked back from the end of the longest root.
use kansoku_model::SpanId;
use rustc_hash::FxHashMap;

/// The input of [`span_parts`]: a span's ids and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanInterval {
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub start_ns: i64,
    /// `None` while the span is open; then it has no duration, and covers none of its parent's
    /// time.
    pub end_ns: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanPart {
    /// Index of its parent; `None` for roots, and if the parent is not stored.
    pub parent: Option<usize>,
    /// Index of the sibling that ended last before this span began.
    pub previous: Option<usize>,
    pub duration_us: Option<i64>,
    /// The part of its duration in which no child ran.
    pub self_us: i64,
    /// The part of its self time in which the trace waited for it alone.
    pub critical_us: i64,
}

impl SpanInterval {
    fn end(&self) -> i64 {
        self.end_ns.map_or(self.start_ns, |end| end.max(self.start_ns))
    }

    fn duration_ns(&self) -> i64 {
        self.end().saturating_sub(self.start_ns)
    }
}

/// The parts of all spans of one trace, in the order of `spans`. Apart from a sort, the time is
/// linear.
pub fn span_parts(spans: &[SpanInterval]) -> Vec<SpanPart> {
    let tree = Tree::new(spans);
    let mut parts: Vec<SpanPart> = spans
        .iter()
        .zip(&tree.parents)
        .map(|(span, parent)| SpanPart {
            parent: *parent,
            duration_us: span.end_ns.map(|_| span.duration_ns() / 1000),
            ..SpanPart::default()
        })
        .collect();
    for span in 0..spans.len() {
        parts[span].self_us = tree.self_ns(span) / 1000;
        tree.follow(span, &mut parts);
    }
    for (part, critical_ns) in parts.iter_mut().zip(tree.critical_path()) {
        part.critical_us = critical_ns / 1000;
    }
    parts
}

struct Tree<'a> {
    spans: &'a [SpanInterval],
    parents: Vec<Option<usize>>,
    /// The children of span `n` are `children[offsets[n]..offsets[n + 1]]`, by start.
    offsets: Vec<usize>,
    children: Vec<usize>,
    /// All spans, by start.
    order: Vec<usize>,
}

impl<'a> Tree<'a> {
    fn new(spans: &'a [SpanInterval]) -> Self {
        let ids: FxHashMap<SpanId, usize> =
            spans.iter().enumerate().map(|(n, span)| (span.span_id, n)).collect();
        let parent = |(n, span): (usize, &SpanInterval)| {
            ids.get(&span.parent_id?).copied().filter(|parent| *parent != n)
        };
        let parents: Vec<Option<usize>> = spans.iter().enumerate().map(parent).collect();
        let mut order: Vec<usize> = (0..spans.len()).collect();
        order.sort_unstable_by_key(|n| (spans[*n].start_ns, spans[*n].span_id));
        let mut offsets = vec![0; spans.len() + 1];
        for parent in parents.iter().flatten() {
            offsets[parent + 1] += 1;
        }
        for n in 0..spans.len() {
            offsets[n + 1] += offsets[n];
        }
        let mut children = vec![0; offsets[spans.len()]];
        let mut next = offsets.clone();
        for span in &order {
            if let Some(parent) = parents[*span] {
                children[next[parent]] = *span;
                next[parent] += 1;
            }
        }
        Self { spans, parents, offsets, children, order }
    }

    fn children(&self, span: usize) -> &[usize] {
        &self.children[self.offsets[span]..self.offsets[span + 1]]
    }

    fn self_ns(&self, span: usize) -> i64 {
        let of = &self.spans[span];
        let mut covered = 0_i64;
        let mut until = of.start_ns;
        for child in self.children(span) {
            let child = &self.spans[*child];
            let (from, to) = (child.start_ns.max(until), child.end().min(of.end()));
            if from < to {
                covered = covered.saturating_add(to.saturating_sub(from));
                until = to;
            }
        }
        of.duration_ns().saturating_sub(covered)
    }

    /// Sets `previous` of each child of `span`.
    fn follow(&self, span: usize, parts: &mut [SpanPart]) {
        let children = self.children(span);
        if children.len() < 2 {
            return;
        }
        let closed = children.iter().filter(|child| self.spans[**child].end_ns.is_some());
        let mut ends: Vec<(i64, i64, usize)> = closed
            .map(|child| (self.spans[*child].end(), self.spans[*child].start_ns, *child))
            .collect();
        ends.sort_unstable();
        for child in children {
            let start = self.spans[*child].start_ns;
            // The number of siblings that began before it, and had ended by its start.
            let before = ends.partition_point(|(end, began, _)| (*end, *began) < (start, start));
            parts[*child].previous = before.checked_sub(1).map(|last| ends[last].2);
        }
    }

    /// The self time of each span on the critical path, in nanoseconds.
    fn critical_path(&self) -> Vec<i64> {
        let mut own = vec![0_i64; self.spans.len()];
        let roots = self.order.iter().rev().filter(|span| self.parents[**span].is_none());
        // The first of several roots that are equally long.
        let Some(root) = roots.max_by_key(|root| self.spans[**root].duration_ns()) else {
            return own;
        };
        let mut todo = vec![(*root, self.spans[*root].end())];
        while let Some((span, until)) = todo.pop() {
            let start = self.spans[span].start_ns;
            let mut cursor = until;
            let mut children: Vec<usize> = self.children(span).to_vec();
            children.sort_by_key(|child| {
                let child = &self.spans[*child];
                std::cmp::Reverse((child.end().min(until), child.duration_ns()))
            });
            for child in children {
                let began = self.spans[child].start_ns.max(start);
                let end = self.spans[child].end().min(cursor);
                if end <= began {
                    continue;
                }
                own[span] = own[span].saturating_add(cursor.saturating_sub(end));
                todo.push((child, end));
                cursor = began;
            }
            own[span] = own[span].saturating_add(cursor.saturating_sub(start).max(0));
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(id: u64, parent: u64, start_us: i64, end_us: i64) -> SpanInterval {
        SpanInterval {
            span_id: SpanId(id),
            parent_id: (parent != 0).then_some(SpanId(parent)),
            start_ns: start_us * 1000,
            end_ns: Some(end_us * 1000),
        }
    }

    fn times(spans: &[SpanInterval]) -> Vec<(i64, i64)> {
        span_parts(spans).iter().map(|part| (part.self_us, part.critical_us)).collect()
    }

    #[test]
    fn self_time_is_what_no_child_covers() {
        let spans =
            [span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 30, 60), span(4, 3, 30, 50)];
        assert_eq!(times(&spans).iter().map(|(own, _)| *own).collect::<Vec<_>>(), [50, 30, 10, 20]);
    }

    #[test]
    fn the_critical_path_goes_through_the_child_that_ended_last() {
        // Two concurrent calls: the trace waited only for the slower one.
        let spans = [span(1, 0, 0, 100), span(2, 1, 10, 90), span(3, 1, 10, 40)];
        assert_eq!(times(&spans), [(20, 20), (80, 80), (30, 0)]);
        // Two consecutive calls: the trace waited for both.
        let spans = [span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 50, 90)];
        assert_eq!(times(&spans), [(30, 30), (30, 30), (40, 40)]);
    }

    #[test]
    fn a_span_follows_the_sibling_that_ended_last_before_it() {
        let spans = [
            span(1, 0, 0, 100),
            span(2, 1, 10, 30),
            span(3, 1, 10, 40),
            span(4, 1, 40, 60),
            span(5, 1, 20, 70),
        ];
        let parts = span_parts(&spans);
        let previous: Vec<_> = parts.iter().map(|part| part.previous).collect();
        assert_eq!(previous, [None, None, None, Some(2), None]);
        assert_eq!(parts[4].parent, Some(0));
    }

    #[test]
    fn what_is_odd_has_a_part_nevertheless() {
        assert!(span_parts(&[]).is_empty());
        let open = SpanInterval { end_ns: None, ..span(1, 0, 5, 5) };
        let backwards = span(2, 1, 50, 20);
        let lost = span(3, 9, 0, 30);
        let circle = [span(4, 5, 0, 10), span(5, 4, 0, 10), span(6, 6, 0, 10)];
        let parts = span_parts(&[[open, backwards, lost].as_slice(), &circle].concat());
        assert_eq!(parts[0].duration_us, None);
        assert_eq!((parts[1].duration_us, parts[1].self_us), (Some(0), 0));
        assert_eq!((parts[2].parent, parts[2].critical_us), (None, 30));
        assert_eq!((parts[3].parent, parts[4].parent, parts[5].parent), (Some(4), Some(3), None));
        assert_eq!((parts[3].self_us, parts[3].critical_us), (0, 0));
    }

    fn any_spans() -> impl Strategy<Value = Vec<SpanInterval>> {
        let one = (0..8_u64, 0..60_i64, 0..60_i64, prop::bool::weighted(0.9));
        prop::collection::vec(one, 0..8).prop_map(|spans| {
            let span = |(n, (parent, start, length, closed)): (usize, (u64, i64, i64, bool))| {
                let known = span(n as u64 + 1, parent, start, start + length);
                SpanInterval { end_ns: known.end_ns.filter(|_| closed), ..known }
            };
            spans.into_iter().enumerate().map(span).collect()
        })
    }

    proptest! {
        /// The reference counts each microsecond in which the span runs and no child does.
        #[test]
        fn self_time_is_what_is_counted_by_hand(spans in any_spans()) {
            for (n, part) in span_parts(&spans).iter().enumerate() {
                let runs = |span: &SpanInterval, us: i64| {
                    span.start_ns <= us * 1000 && us * 1000 < span.end()
                };
                let child = |span: &SpanInterval| span.parent_id == Some(spans[n].span_id)
                    && span.span_id != spans[n].span_id;
                let own = (0..200).filter(|us| runs(&spans[n], *us)
                    && !spans.iter().any(|span| child(span) && runs(span, *us)));
                prop_assert_eq!(part.self_us, own.count() as i64);
            }
        }

        /// If no child begins before its parent, the critical path is as long as its root, and no
        /// span is on it for longer than its self time.
        #[test]
        fn the_critical_path_is_made_of_self_times(spans in any_spans()) {
            let parts = span_parts(&spans);
            for part in &parts {
                prop_assert!(0 <= part.critical_us && part.critical_us <= part.self_us);
            }
            let is_tidy = parts.iter().zip(&spans).all(|(part, span)| {
                part.parent.is_none_or(|parent| spans[parent].start_ns <= span.start_ns)
            });
            let roots = parts.iter().filter(|part| part.parent.is_none());
            let longest = roots.filter_map(|part| part.duration_us).max().unwrap_or(0);
            let path: i64 = parts.iter().map(|part| part.critical_us).sum();
            prop_assert!(!is_tidy || path == longest, "{} of {}", path, longest);
        }
    }
}
