import { useSyncExternalStore } from "react";

const coarse = () => matchMedia("(pointer: coarse)");

/** Row height in pixels; touch needs higher rows than a mouse. */
export function useRowHeight(): number {
  return useSyncExternalStore(
    (listener) => {
      const query = coarse();
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => (coarse().matches ? 44 : 26),
  );
}
