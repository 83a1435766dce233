import { duration } from "../../../core/format";
import { ticks, type Zoom } from "../../../core/trace/zoom";

export function TimeAxis({ zoom }: { zoom: Zoom }) {
  const width = zoom.to - zoom.from;
  // A name too near the right edge would run into the column of times.
  const shown = ticks(zoom, 4).filter((us) => us - zoom.from < width * 0.92);
  return (
    <div className="time-axis" aria-hidden>
      <span className="time-axis-name">Span</span>
      <span className="time-axis-ticks">
        {shown.map((us) => (
          <span key={us} style={{ left: `${((us - zoom.from) / width) * 100}%` }}>{us === 0 ? "0" : duration(us / 1000)}</span>
        ))}
      </span>
      <span className="time-axis-time">Time</span>
    </div>
  );
}
