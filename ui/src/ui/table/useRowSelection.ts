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

interface SelectedKeys {
  of: string;
  keys: ReadonlySet<string>;
  last: string | null;
}

/** The selected rows of a table. They are cleared when `of` changes, so that nobody deletes rows that are not shown. */
export function useRowSelection<T>(list: RowList<T>, of: string, initial: readonly string[] = []): RowSelection {
  const [kept, setKept] = useState<SelectedKeys>({ of, keys: new Set(initial), last: null });
  const current = (selected: SelectedKeys): SelectedKeys => (selected.of === of ? selected : { of, keys: new Set(), last: null });
  const set = (keys: Iterable<string>) => setKept({ of, keys: new Set(keys), last: null });
  return {
    keys: current(kept).keys,
    toggle: (key) => setKept((before) => {
      const keys = new Set(current(before).keys);
      if (!keys.delete(key)) keys.add(key);
      return { of, keys, last: key };
    }),
    extend: (key) => setKept((before) => {
      const { keys: selected, last } = current(before);
      return { of, keys: new Set([...selected, key, ...keysBetween(list, last, key)]), last: key };
    }),
    set,
    clear: () => set([]),
  };
}

function keysBetween<T>(list: RowList<T>, one: string | null, other: string): string[] {
  const a = one === null ? -1 : list.indexOf(one);
  const b = list.indexOf(other);
  if (a < 0 || b < 0) return [];
  const places = Array.from({ length: Math.abs(a - b) + 1 }, (_, at) => Math.min(a, b) + at);
  return places.flatMap((at) => {
    const row = list.row(at);
    return row === null ? [] : list.key(row);
  });
}
