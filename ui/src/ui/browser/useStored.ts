import { useState } from "react";
import { writePreference, readPreference } from "./preferences";

/** A number stored in this browser, such as the width of a panel. */
export function useStored(key: string, otherwise: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => {
    const kept = Number(readPreference(key) ?? Number.NaN);
    return Number.isFinite(kept) ? kept : otherwise;
  });
  const set = (next: number) => {
    setValue(next);
    writePreference(key, String(next));
  };
  return [value, set];
}
