import { useState } from "react";
import type { TraceList } from "./useTraceList";

export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** All between the one toggled last and this one. */
  extend: (id: string) => void;
  set: (ids: Iterable<string>) => void;
  clear: () => void;
}

/** The traces a person chose, for as long as the list shows what it shows. */
export function useSelection(list: TraceList): Selection {
  const [chosen, setChosen] = useState<{ ids: ReadonlySet<string>; last: string | null }>({ ids: new Set(), last: null });
  return {
    ids: chosen.ids,
    toggle: (id) => setChosen(({ ids }) => {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      return { ids: next, last: id };
    }),
    extend: (id) => setChosen(({ ids, last }) => {
      const a = last === null ? -1 : list.indexOf(last);
      const b = list.indexOf(id);
      const next = new Set(ids).add(id);
      if (0 <= a && 0 <= b) {
        for (let at = Math.min(a, b); at <= Math.max(a, b); at++) {
          const row = list.row(at);
          if (row) next.add(row.trace_id);
        }
      }
      return { ids: next, last: id };
    }),
    set: (ids) => setChosen({ ids: new Set(ids), last: null }),
    clear: () => setChosen({ ids: new Set(), last: null }),
  };
}
