// Remembers the state of recently left lists, so that Back restores them.
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { PageList, Row } from "../../core/pageList";
import type { CursorPlace } from "./useCursor";

/** The state of a list when the user left it. */
export interface LeftList<T extends Row> {
  list: PageList<T>;
  /** The time in ms that relative ranges were resolved at. */
  now: number;
  scrollTop: number;
  cursor: CursorPlace;
  selected: string[];
}

/** Kind of rows, experiment, filter, time range and order as text. A list is restored only if all are the same. */
export type ListKey = string;

const LISTS_MAX = 4;
const left: { visits: Set<string>; key: ListKey; state: unknown }[] = [];

/** The list that was left at this entry of the browser's history, if any, and a function that remembers it again. */
export function useListMemory<T extends Row>(key: ListKey): { recalled: LeftList<T> | null; remember: (state: LeftList<T>) => void } {
  const visit = useRouterState({ select: (state) => state.location.state.__TSR_key ?? "" });
  // The key names the kind of rows.
  const [recalled] = useState(() => (left.find((it) => it.visits.has(visit) && it.key === key)?.state ?? null) as LeftList<T> | null);
  const visits = useRef(new Set<string>());
  const latest = useRef<{ key: ListKey; state: LeftList<T> } | null>(null);
  useEffect(() => {
    visits.current.add(visit);
  }, [visit]);
  useEffect(() => {
    const seen = visits.current;
    return () => {
      if (!latest.current) return;
      left.unshift({ visits: seen, ...latest.current });
      left.length = Math.min(left.length, LISTS_MAX);
    };
  }, []);
  return {
    recalled,
    remember: (state) => {
      latest.current = { key, state };
    },
  };
}
