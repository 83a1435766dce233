import type { Zoom } from "../../../core/trace/zoom";

/** The bar of a span in the visible part of the time axis. */
export function Bar({ from, to, zoom, color, failed, running, thin, critical, firstToken }: {
  from: number;
  to: number;
  zoom: Zoom;
  color: string;
  failed: boolean;
  running: boolean;
  thin: boolean;
  critical: boolean;
  /** Time of the first token. */
  firstToken: number | null;
}) {
  if (to < zoom.from || zoom.to < from) return null;
  const percent = (us: number) => ((us - zoom.from) / (zoom.to - zoom.from)) * 100;
  // Positions far outside of the visible part are clamped, as huge boxes are slow.
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
