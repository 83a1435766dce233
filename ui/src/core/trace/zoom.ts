// The visible part of the time axis, in µs after the start of the trace.

export interface Zoom {
  from: number;
  to: number;
}

/** Minimum width in µs: the clocks of most clients have no finer resolution. */
const WIDTH_MIN_US = 10;

export function wholeOf(durationUs: number): Zoom {
  return { from: 0, to: Math.max(durationUs, 1) };
}

export function isWhole(zoom: Zoom, durationUs: number): boolean {
  return zoom.from <= 0 && durationUs <= zoom.to;
}

/** Zooms in (`factor` < 1) or out, keeping the moment `around` in place. */
export function zoomBy(zoom: Zoom, factor: number, around: number, durationUs: number): Zoom {
  const width = Math.max(WIDTH_MIN_US, (zoom.to - zoom.from) * factor);
  const share = (around - zoom.from) / (zoom.to - zoom.from || 1);
  const from = around - width * share;
  return inside({ from, to: from + width }, durationUs);
}

export function panBy(zoom: Zoom, share: number, durationUs: number): Zoom {
  const by = (zoom.to - zoom.from) * share;
  return inside({ from: zoom.from + by, to: zoom.to + by }, durationUs);
}

/** A zoom that shows a period with some room on both sides. */
export function fitTo(from: number, to: number, durationUs: number): Zoom {
  const room = Math.max((to - from) * 0.05, WIDTH_MIN_US / 2);
  return inside({ from: from - room, to: to + room }, durationUs);
}

function inside({ from, to }: Zoom, durationUs: number): Zoom {
  const whole = wholeOf(durationUs);
  const width = Math.min(to - from, whole.to);
  const start = Math.min(Math.max(from, 0), whole.to - width);
  return { from: start, to: start + width };
}

/** Parses `1200-5300` of an address; `null` if it is not a part of the trace. */
export function parseZoom(text: string | undefined, durationUs: number): Zoom | null {
  const found = /^(\d+)-(\d+)$/.exec(text ?? "");
  if (!found) return null;
  const [from, to] = [Number(found[1]), Number(found[2])];
  return from < to && from < durationUs ? inside({ from, to }, durationUs) : null;
}

export function writeZoom(zoom: Zoom, durationUs: number): string | null {
  return isWhole(zoom, durationUs) ? null : `${Math.round(zoom.from)}-${Math.round(zoom.to)}`;
}

/** Round moments for the axis, about `about` of them. */
export function ticks(zoom: Zoom, about: number): number[] {
  const step = roundStep((zoom.to - zoom.from) / Math.max(about, 1));
  const found: number[] = [];
  for (let at = Math.ceil(zoom.from / step) * step; at <= zoom.to; at += step) found.push(at);
  return found;
}

/** A round step size: 1, 2 or 5 times a power of ten; 15 or 30 s; minutes or hours. */
function roundStep(us: number): number {
  const second = 1e6;
  for (const step of [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400]) {
    if (10 * second < us && us <= step * second) return step * second;
  }
  const size = 10 ** Math.floor(Math.log10(Math.max(us, 1)));
  return [1, 2, 5, 10].map((digit) => digit * size).find((step) => us <= step) ?? size * 10;
}
