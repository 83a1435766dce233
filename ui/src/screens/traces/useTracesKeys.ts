import type { RefObject } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import type { TracesScope } from "./useTracesScope";

/** Keyboard shortcuts of the whole screen; those for rows are with the table. */
export function useTracesKeys({ traces, filterRef, onLive, onAbsolute }: {
  traces: TracesScope;
  filterRef: RefObject<HTMLInputElement | null>;
  /** Absent for a list without live updates. */
  onLive?: () => void;
  onAbsolute: () => void;
}): void {
  useHotkeys({
    "/": () => {
      filterRef.current?.focus();
      filterRef.current?.setSelectionRange(filterRef.current.value.length, filterRef.current.value.length);
    },
    ...(onLive ? { l: onLive } : {}),
    r: traces.refresh,
    T: onAbsolute,
    "[": () => traces.shift(-1),
    "]": () => traces.shift(1),
    z: traces.zoomOut,
  });
}
