import { useState } from "react";
import type { TraceList } from "./useRowList";

export interface TraceSelection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** Selects all rows between the last toggled one and this one. */
  extend: (id: string) => void;
  set: (ids: Iterable<string>) => void;
  clear: () => void;
}

interface SelectedIds {
  of: string;
  ids: ReadonlySet<string>;
  last: string | null;
}

/** The selected traces. They are cleared when the filter or time range changes, so that nobody deletes invisible traces. */
export function useTraceSelection(list: TraceList, of: string, initial: string[] = []): TraceSelection {
  const [kept, setKept] = useState<SelectedIds>({ of, ids: new Set(initial), last: null });
  const current = (chosen: SelectedIds): SelectedIds => (chosen.of === of ? chosen : { of, ids: new Set(), last: null });
  const set = (ids: Iterable<string>) => setKept({ of, ids: new Set(ids), last: null });
  return {
    ids: current(kept).ids,
    toggle: (id) => setKept((before) => {
      const ids = new Set(current(before).ids);
      if (!ids.delete(id)) ids.add(id);
      return { of, ids, last: id };
    }),
    extend: (id) => setKept((before) => {
      const { ids: chosen, last } = current(before);
      const ids = new Set(chosen).add(id);
      for (const row of between(list, last, id)) ids.add(row);
      return { of, ids, last: id };
    }),
    set,
    clear: () => set([]),
  };
}

function between(list: TraceList, one: string | null, other: string): string[] {
  const a = one === null ? -1 : list.indexOf(one);
  const b = list.indexOf(other);
  if (a < 0 || b < 0) return [];
  const places = Array.from({ length: Math.abs(a - b) + 1 }, (_, at) => Math.min(a, b) + at);
  return places.flatMap((at) => list.row(at)?.trace_id ?? []);
}
