import { useMemo } from "react";
import { spanLook } from "../../../core/spanType";
import type { SpanTree } from "../../../core/trace/spanTree";
import { strip } from "../../../core/trace/strip";
import type { Zoom } from "../../../core/trace/zoom";

/** The leaf spans of a collapsed row, in one element. */
export function MiniStrip({ tree, first, end, zoom }: { tree: SpanTree; first: number; end: number; zoom: Zoom }) {
  const background = useMemo(() => {
    const stops: string[] = [];
    let at = 0;
    for (const piece of strip(tree, { first, end }, zoom)) {
      const color = piece.type < 0 ? "var(--error)" : `var(--span-${spanLook(tree.strings[piece.type]).color})`;
      const [from, to] = [percent(piece.from), percent(piece.to)];
      if (at < piece.from) stops.push(`transparent ${percent(at)} ${from}`);
      stops.push(`${color} ${from} ${to}`);
      at = piece.to;
    }
    if (at < 1) stops.push(`transparent ${percent(at)} 100%`);
    return `linear-gradient(to right, ${stops.join(", ")})`;
  }, [tree, first, end, zoom]);
  return <div className="mini-strip" style={{ background }} />;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
