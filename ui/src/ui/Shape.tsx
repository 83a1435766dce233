import { memo } from "react";
import { spanLook } from "../core/spanType";
import type { ShapeSegment } from "../core/types";

/** The leaf spans of a trace on its time axis. Failures are red and full height; model calls are neutral, so that other spans stand out. */
export const Shape = memo(function Shape({ segments }: { segments: ShapeSegment[] }) {
  const types = [...new Set(segments.map((segment) => segment.type || "span"))].join(", ");
  const failed = segments.filter((segment) => segment.failed).length;
  const label = segments.length === 0 ? "no spans" : `${types}${failed ? `, ${failed} failed` : ""}`;
  return (
    <svg className="shape" viewBox="0 0 1000 14" preserveAspectRatio="none" role="img" aria-label={label}>
      {segments.map((segment, at) => (
        <rect
          key={at}
          x={segment.start}
          width={Math.max(segment.end - segment.start, 6)}
          y={segment.failed ? 0 : 3}
          height={segment.failed ? 14 : 8}
          fill={segment.failed ? "var(--error)" : colorOf(segment.type)}
        />
      ))}
    </svg>
  );
});

function colorOf(type: string): string {
  const { color } = spanLook(type);
  return color === "llm" ? "var(--bar)" : `var(--span-${color})`;
}
