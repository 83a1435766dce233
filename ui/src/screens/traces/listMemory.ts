// The lists that were left lately, so that Back finds them as they were.
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { CursorPlace } from "./useCursor";
import type { TraceList } from "./useTraceList";

/** A list as it was left. */
export interface LeftList {
  list: TraceList;
  /** The time that relative ranges were resolved at. */
  now: number;
  scrollTop: number;
  cursor: CursorPlace;
  selected: string[];
}

/** Experiment, filter, time range and order as text: a list is found again only under the same. */
export type ListKey = string;

const LISTS_MAX = 4;
const left: { visits: Set<string>; key: ListKey; state: LeftList }[] = [];

/** The list that was left at this place of the browser's history, if any; and `remember` for when it is left again. */
export function useListMemory(key: ListKey): { recalled: LeftList | null; remember: (state: LeftList) => void } {
  const visit = useRouterState({ select: (state) => state.location.state.__TSR_key ?? "" });
  const [recalled] = useState(() => left.find((it) => it.visits.has(visit) && it.key === key)?.state ?? null);
  const visits = useRef(new Set<string>());
  const latest = useRef<{ key: ListKey; state: LeftList } | null>(null);
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
