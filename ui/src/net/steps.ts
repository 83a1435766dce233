// Queries of steps: spans by name and type, over any traces.
import { useQuery } from "@tanstack/react-query";
import { kansoku } from "./api";
import { keepWithin, refresh, type Side, sideRange } from "./analytics";
import { experimentPath } from "./traces";
import type { StepGraph, StepList } from "../core/types";

/** Maximum number of buckets in the trend of a step: as many as its sparkline can show. */
const BUCKETS_MAX = 30;
const STEPS_MAX = 500;

export function useSteps(experiment: string, side: Side, by: string) {
  return useQuery({
    queryKey: ["steps", experiment, side, by],
    queryFn: ({ signal }) => {
      const query = { q: side.q, ...sideRange(side), by, buckets: BUCKETS_MAX, max_results: STEPS_MAX };
      return kansoku<StepList>(experimentPath(experiment, "steps"), query, { signal });
    },
    placeholderData: keepWithin(experiment),
    refetchInterval: refresh(side),
  });
}

export function useStepGraph(experiment: string, side: Side, enabled = true) {
  return useQuery({
    queryKey: ["steps/graph", experiment, side],
    queryFn: ({ signal }) => kansoku<StepGraph>(experimentPath(experiment, "steps/graph"), { q: side.q, ...sideRange(side) }, { signal }),
    placeholderData: keepWithin(experiment),
    enabled,
  });
}
