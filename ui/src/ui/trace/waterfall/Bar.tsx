import type { Zoom } from "../../../core/trace/zoom";

/** When a span ran, in the part of the axis that is shown. */
export function Bar({ from, to, zoom, color, failed, running, thin, critical, firstToken }: {
  from: number;
  to: number;
  zoom: Zoom;
  color: string;
  failed: boolean;
  running: boolean;
  thin: boolean;
  critical: boolean;
  /** When a streamed answer began. */
  firstToken: number | null;
}) {
  if (to < zoom.from || zoom.to < from) return null;
  const percent = (us: number) => ((us - zoom.from) / (zoom.to - zoom.from)) * 100;
  // Far outside of what is shown an exact place is of no use, and makes huge boxes.
  const left = Math.max(percent(from), -1);
  const width = Math.min(percent(to), 101) - left;
  const look = ["bar", failed && "failed", running && "running", thin && "thin", critical && "critical"].filter(Boolean).join(" ");
  return (
    <>
      <div className={look} data-color={color} style={{ left: `${left}%`, width: `${width}%` }} />
      {firstToken !== null && zoom.from <= firstToken && firstToken <= zoom.to && (
        <div className="first-token" title="first token" style={{ left: `${percent(firstToken)}%` }} />
      )}
    </>
  );
}
