import { useId, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useUtc } from "../../ui/browser/timeZone";
import { plural } from "../../core/format";
import { momentLabel, type Range } from "../../core/timeRange";
import type { SummaryBucket } from "../../core/types";
import { useNow } from "../../ui/useNow";

const HEIGHT = 40;
const TICKS = 5;

/** Of spans only some are known to have failed. */
export type HistogramBucket = Pick<SummaryBucket, "start_ms" | "ok" | "error"> & Partial<SummaryBucket>;

export interface HistogramSummary {
  from_ms: number;
  to_ms: number;
  bucket_ms: number;
  buckets: HistogramBucket[];
  errors: number;
}

/** Traces or spans over time, errors in red. Dragging zooms in, a double-click out; by keyboard, Shift with arrows and Enter. */
export function Histogram({ summary, unit, count, onZoom, onZoomOut }: {
  summary: HistogramSummary;
  unit: "trace" | "span";
  count: number;
  onZoom: (range: Range) => void;
  onZoomOut: () => void;
}) {
  const { buckets, bucket_ms: width } = summary;
  const [at, setAt] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const dragged = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const utc = useUtc();
  const now = useNow();
  const id = useId();
  const tallest = Math.max(1, ...buckets.map(total));
  const begin = buckets[0]?.start_ms ?? summary.from_ms;
  const end = (buckets.at(-1)?.start_ms ?? summary.to_ms) + width;
  const span = end - begin;
  const label = (ms: number) => momentLabel(ms, now, utc, span);
  const hovered = at === null ? null : buckets[at] ?? null;

  const bucketAt = (event: PointerEvent) => {
    const rect = box.current!.getBoundingClientRect();
    const share = (event.clientX - rect.left) / rect.width;
    return Math.min(Math.max(Math.floor(share * buckets.length), 0), buckets.length - 1);
  };
  const zoom = (a: number, b: number) => {
    const first = buckets[Math.min(a, b)];
    const last = buckets[Math.max(a, b)];
    if (first && last) onZoom({ from: first.start_ms, to: last.start_ms + width - 1 });
    setAnchor(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      const next = Math.min(Math.max((at ?? (step < 0 ? buckets.length : -1)) + step, 0), buckets.length - 1);
      setAnchor(event.shiftKey ? anchor ?? at ?? next : null);
      setAt(next);
    } else if (event.key === "Enter" && at !== null) zoom(anchor ?? at, at);
    else if (event.key === "Escape" && at !== null) {
      setAt(null);
      setAnchor(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const chosen = anchor !== null && at !== null ? { from: Math.min(anchor, at), to: Math.max(anchor, at) + 1 } : null;

  return (
    <div className="histogram">
      <div
        className="histogram-bars"
        ref={box}
        role="group"
        aria-roledescription="histogram"
        aria-label={unit === "trace" ? "Traces over time" : "Spans over time"}
        aria-describedby={id}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => { setAt(null); setAnchor(null); }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          dragged.current = false;
          setAnchor(bucketAt(event));
        }}
        onPointerMove={(event) => {
          const next = bucketAt(event);
          if (anchor !== null && next !== anchor) dragged.current = true;
          setAt(next);
        }}
        onPointerUp={(event) => {
          if (anchor !== null && dragged.current) zoom(anchor, bucketAt(event));
          setAnchor(null);
        }}
        onPointerLeave={() => { if (anchor === null) setAt(null); }}
        onDoubleClick={onZoomOut}
      >
        <svg viewBox={`0 0 ${buckets.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
          {chosen && <rect className="chosen" x={chosen.from} width={chosen.to - chosen.from} y={0} height={HEIGHT} />}
          {at !== null && !chosen && <rect className="hovered" x={at} width={1} y={0} height={HEIGHT} />}
          {barPaths(buckets, tallest).map(({ name, path }) => path && <path key={name} className={name} d={path} />)}
        </svg>
        {hovered && (
          <div className="histogram-tip" style={{ left: `${((at! + 0.5) / buckets.length) * 100}%` }}>
            <strong>{label(hovered.start_ms)} – {label(hovered.start_ms + width)}</strong>
            <span>{words(hovered, unit)}</span>
          </div>
        )}
      </div>
      <div className="histogram-axis" aria-hidden>
        {Array.from({ length: TICKS }, (_, tick) => (
          <span key={tick}>{tickLabel(begin + (span * tick) / (TICKS - 1), span, now, utc)}</span>
        ))}
      </div>
      <p className="visually-hidden" id={id}>
        {plural(count, unit)} from {label(begin)} to {label(end)}, {plural(summary.errors, "error")}, at most {tallest} in one of {buckets.length} bars.
        Left and Right move between bars, with Shift they select several, Enter zooms in.
      </p>
      <p className="visually-hidden" aria-live="polite">{hovered ? `${label(hovered.start_ms)}: ${words(hovered, unit)}` : ""}</p>
    </div>
  );
}

/** The bars as one path for each colour: a chart of single rectangles takes much longer to show. */
function barPaths(buckets: HistogramBucket[], tallest: number): { name: string; path: string }[] {
  const scale = HEIGHT / tallest;
  const paths = { fine: "", recovered: "", error: "" };
  for (const [x, bucket] of buckets.entries()) {
    const all = total(bucket);
    if (all === 0) continue;
    // Non-empty bars have a minimum height.
    const high = (n: number) => (n === 0 ? 0 : Math.max(n * scale, 2));
    const error = high(bucket.error);
    const recovered = high(bucket.recovered ?? 0);
    const whole = Math.max(high(all), error + recovered);
    const top = HEIGHT - whole;
    paths.error += bar(x, top, error);
    paths.recovered += bar(x, top + error, recovered);
    paths.fine += bar(x, top + error + recovered, whole - error - recovered);
  }
  return Object.entries(paths).map(([name, path]) => ({ name, path }));
}

function bar(x: number, top: number, height: number): string {
  return height <= 0 ? "" : `M${x + 0.08} ${top}h0.84v${height}h-0.84z`;
}

function total({ ok, error, recovered = 0, in_progress = 0 }: HistogramBucket): number {
  return ok + error + recovered + in_progress;
}

function words(bucket: HistogramBucket, unit: string): string {
  const parts = [plural(total(bucket), unit)];
  if (bucket.error) parts.push(`${bucket.error} failed`);
  if (bucket.recovered) parts.push(`${bucket.recovered} recovered`);
  if (bucket.in_progress) parts.push(`${bucket.in_progress} running`);
  return parts.join(", ");
}

const DAY = 86_400_000;

function tickLabel(ms: number, spanMs: number, nowMs: number, utc: boolean): string {
  if (nowMs - spanMs / 100 < ms) return "now";
  const text = momentLabel(ms, nowMs, utc, spanMs);
  return 3 * DAY < spanMs ? text.slice(0, text.lastIndexOf(" ")) : spanMs < DAY ? text.slice(text.lastIndexOf(" ") + 1) : text;
}
