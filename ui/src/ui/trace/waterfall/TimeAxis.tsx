import { useRef } from "react";
import { duration } from "../../../core/format";
import { ticks, type Zoom } from "../../../core/trace/zoom";
import { useElementWidth } from "../../browser/useElementWidth";

/** Width of a label in pixels. */
const LABEL_PX = 52;

export function TimeAxis({ zoom }: { zoom: Zoom }) {
  const area = useRef<HTMLSpanElement>(null);
  const widthPx = useElementWidth(area);
  const width = zoom.to - zoom.from;
  const places = ticks(zoom, Math.max(1, Math.min(4, Math.floor(widthPx / LABEL_PX)))).map((us) => ({ us, share: (us - zoom.from) / width }));
  // A label too near the right edge would overlap the next column.
  const shown = places.filter(({ share }) => share * widthPx + LABEL_PX <= widthPx);
  return (
    <div className="time-axis" aria-hidden>
      <span className="time-axis-name">Span</span>
      <span className="time-axis-ticks" ref={area}>
        {shown.map(({ us, share }) => (
          <span key={us} style={{ left: `${share * 100}%` }}>{us === 0 ? "0" : duration(us / 1000)}</span>
        ))}
      </span>
      <span className="time-axis-figure of-tokens">Tokens</span>
      <span className="time-axis-figure of-cost">Cost</span>
      <span className="time-axis-figure">Time</span>
    </div>
  );
}
