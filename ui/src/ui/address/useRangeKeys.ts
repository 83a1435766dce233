import { useHotkeys } from "../keys/hotkeys";
import type { TimeRangeState } from "./useTimeRange";

/** The keys that move and widen the time range of a screen. */
export function useRangeKeys(range: TimeRangeState): void {
  useHotkeys({
    "[": () => range.shift(-1),
    "]": () => range.shift(1),
    z: () => range.zoomOut(),
  });
}
