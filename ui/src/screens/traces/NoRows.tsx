import { useQueries, useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { conditions, replaceCondition } from "../../core/filter/edit";
import { ago, plural } from "../../core/format";
import { useExperiment } from "../../net/experiment";
import { readSummary, type TraceScope } from "../../net/traces";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/State";
import { useNow } from "../../ui/useNow";
import type { TracesScope } from "./useTracesScope";

const FirstTrace = lazy(() => import("../../ui/firstTrace/FirstTrace").then((module) => ({ default: module.FirstTrace })));

const CONDITIONS_MAX = 8;
const AROUND_MS = 3_600_000;

/** Counts the rows of a list. */
export interface RowCounter {
  unit: "trace" | "span";
  /** The first part of the keys of its queries. */
  key: string;
  read: (scope: TraceScope, signal: AbortSignal) => Promise<{ count: number; newest_ms: number | null }>;
}

const TRACES: RowCounter = {
  unit: "trace",
  key: "summary",
  read: async (scope, signal) => {
    const { traces, newest_ms } = await readSummary(scope, 1, signal);
    return { count: traces, newest_ms };
  },
};

function countQuery({ key, read }: RowCounter, scope: TraceScope) {
  return {
    queryKey: [key, scope, "count"],
    queryFn: ({ signal }: { signal: AbortSignal }) => read(scope, signal),
    retry: false,
  };
}

/** Shown if no row matches: how many each condition excludes, with a button to remove it. */
export function NoRows({ traces, counter = TRACES }: { traces: TracesScope; counter?: RowCounter }) {
  const { scope, zoom, setQ, setRange, refresh } = traces;
  const experiment = useExperiment(scope.experiment).data;
  const now = useNow();
  const { unit } = counter;
  const ever = useQuery(countQuery(TRACES, { ...scope, q: "", from: null, to: null }));
  const anytime = useQuery(countQuery(counter, { ...scope, from: null, to: null }));
  const parts = conditions(scope.q);
  const without = useQueries({
    queries: (1 < parts.length || parts[0] ? parts : []).slice(0, CONDITIONS_MAX).map((_, at) => countQuery(counter, { ...scope, q: replaceCondition(scope.q, at, null) })),
  });
  if (ever.data?.count === 0 && experiment) {
    return <Suspense><div className="page"><FirstTrace experiment={experiment} onFirst={refresh} /></div></Suspense>;
  }
  const bounded = scope.from !== null || scope.to !== null;
  const newest = anytime.data?.newest_ms ?? null;
  return (
    <EmptyState title={`No ${unit}s found`}>
      {scope.q !== "" && (
        <ul className="removals">
          {parts.slice(0, CONDITIONS_MAX).map((part, at) => {
            const found = without[at]?.data;
            return (
              <li key={at} className="row wrap">
                <span>without <code>{part.text}</code>:</span>
                <strong>{found ? plural(found.count, unit) : "…"}</strong>
                {found && 0 < found.count && <Button small onClick={() => setQ(replaceCondition(scope.q, at, null))}>Remove it</Button>}
              </li>
            );
          })}
        </ul>
      )}
      {bounded && newest !== null && (
        <p className="row wrap">
          <span>The newest {scope.q ? "match" : unit} is from {ago(newest, now)}.</span>
          <Button small onClick={() => zoom({ from: newest - AROUND_MS, to: newest + AROUND_MS })}>Show it</Button>
          <Button small onClick={() => setRange({ from: "all", to: "" })}>All time</Button>
        </p>
      )}
      {bounded && newest === null && anytime.data && scope.q !== "" && <p className="muted">There are none at other times either.</p>}
      {scope.q !== "" && <Button onClick={() => setQ("")}>Clear the filter</Button>}
    </EmptyState>
  );
}
