import { useMemo } from "react";
import { useQuickParam } from "../address/useQuickParam";
import { parseZoom, wholeOf, writeZoom, type Zoom } from "../../core/trace/zoom";

/** The visible part of the time axis, which the address has as `z=from-to`. */
export function useZoom(durationUs: number): [Zoom, (zoom: Zoom) => void] {
  const [text, setText] = useQuickParam("z");
  const zoom = useMemo(() => parseZoom(text, durationUs) ?? wholeOf(durationUs), [text, durationUs]);
  return [zoom, (next) => setText(writeZoom(next, durationUs))];
}
