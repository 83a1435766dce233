import type { SpanTree } from "./spanTree";

/** Self time of each span in µs: its duration without the time covered by child spans. One pass is enough, as children are sorted by start. */
export function selfTimes(tree: SpanTree): Float64Array {
  const self = Float64Array.from(tree.duration);
  const coveredTo = Float64Array.from(tree.start);
  for (let span = 0; span < tree.count; span++) {
    const parent = tree.parent[span]!;
    if (parent < 0) continue;
    const parentEnd = tree.start[parent]! + tree.duration[parent]!;
    const from = Math.max(tree.start[span]!, coveredTo[parent]!);
    const to = Math.min(tree.start[span]! + tree.duration[span]!, parentEnd);
    if (from < to) {
      self[parent]! -= to - from;
      coveredTo[parent] = to;
    }
  }
  return self;
}
