import { useQuery } from "@tanstack/react-query";
import { kansoku } from "./api";
import type { TracePage, TraceRow } from "../core/types";

/** Rows in the order of the ids; `null` for a trace that does not exist. */
export function useTraceRows(ids: string[]) {
  return useQuery({
    queryKey: ["traces", "rows", ids],
    queryFn: async ({ signal }): Promise<(TraceRow | null)[]> => {
      const { traces } = await kansoku<TracePage>("traces/rows", { ids: ids.join(",") }, { signal });
      return ids.map((id) => traces.find((trace) => trace.trace_id === id) ?? null);
    },
    enabled: ids.length > 0,
  });
}
