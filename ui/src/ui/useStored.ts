import { useState } from "react";

/** A choice that this browser remembers, such as the width of a panel. */
export function useStored(key: string, otherwise: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => {
    const stored = Number(localStorage.getItem(`kansoku.${key}`) ?? Number.NaN);
    return Number.isFinite(stored) ? stored : otherwise;
  });
  const set = (next: number) => {
    setValue(next);
    localStorage.setItem(`kansoku.${key}`, String(next));
  };
  return [value, set];
}
