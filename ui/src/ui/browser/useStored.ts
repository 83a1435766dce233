import { useState } from "react";
import { store, stored } from "./stored";

/** A choice that this browser remembers, such as the width of a panel. */
export function useStored(key: string, otherwise: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => {
    const kept = Number(stored(key) ?? Number.NaN);
    return Number.isFinite(kept) ? kept : otherwise;
  });
  const set = (next: number) => {
    setValue(next);
    store(key, String(next));
  };
  return [value, set];
}
