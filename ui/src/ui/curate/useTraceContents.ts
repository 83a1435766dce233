import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { readTraceContents } from "../../net/traceRecords";
import { readTargetIds, type Target } from "./target";

/** Most traces that are added at once. */
export const TRACES_MAX = 1000;

/** Reads what the records need of the traces, with the number of traces read so far. */
export function useTraceContents(target: Target) {
  const [done, setDone] = useState({ read: 0, total: 0 });
  const query = useQuery({
    // Each opening of the dialog reads the traces as they are then.
    queryKey: ["trace contents", target],
    queryFn: async ({ signal }) => {
      const ids = await readTargetIds(target, TRACES_MAX, signal);
      setDone({ read: 0, total: ids.length });
      return readTraceContents(ids, { signal, onProgress: (read) => setDone({ read, total: ids.length }) });
    },
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  return { ...query, done };
}
