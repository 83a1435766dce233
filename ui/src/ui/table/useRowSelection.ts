import { useState } from "react";
import type { RowList } from "../../core/pageList";

export interface RowSelection {
  keys: ReadonlySet<string>;
  toggle: (key: string) => void;
  /** Selects all rows between the last toggled one and this one. */
  extend: (key: string) => void;
  set: (keys: Iterable<string>) => void;
  clear: () => void;
}

/** The selected rows of a table. They are cleared when `of` changes, so that nobody deletes rows that are not shown. */
export function useRowSelection<T>(list: RowList<T>, of: string): RowSelection {
  const [kept, setKept] = useState({ of, keys: new Set<string>() as ReadonlySet<string>, last: null as string | null });
  const current = kept.of === of ? kept : { of, keys: new Set<string>(), last: null };
  const put = (keys: Iterable<string>, last: string | null) => setKept({ of, keys: new Set(keys), last });
  return {
    keys: current.keys,
    toggle: (key) => put(current.keys.has(key) ? [...current.keys].filter((other) => other !== key) : [...current.keys, key], key),
    extend: (key) => {
      const [a, b] = [current.last === null ? -1 : list.indexOf(current.last), list.indexOf(key)];
      const between = a < 0 || b < 0 ? [] : Array.from({ length: Math.abs(a - b) + 1 }, (_, at) => list.row(Math.min(a, b) + at)).flatMap((row) => (row === null ? [] : list.key(row)));
      put([...current.keys, key, ...between], key);
    },
    set: (keys) => put(keys, null),
    clear: () => put([], null),
  };
}
