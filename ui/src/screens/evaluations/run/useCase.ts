import { useQuery } from "@tanstack/react-query";
import { equalsClause } from "../../../core/filter/print";
import type { PageList } from "../../../core/pageList";
import type { EvaluationCase } from "../../../core/types";
import { readCases } from "../../../net/evaluations";

/** The case of a trace: from the list if it is loaded, else from the server; `null` until it is known, and if the trace is no case of the run. */
export function useCase(e: string, run: string, traceId: string | null, list: PageList<EvaluationCase>): EvaluationCase | null {
  const at = traceId === null ? -1 : list.indexOf(traceId);
  const listed = at < 0 ? null : list.row(at);
  const q = traceId === null ? null : equalsClause("request_id", traceId);
  const { data } = useQuery({
    queryKey: ["case", e, run, traceId],
    queryFn: async ({ signal }) => (await readCases(e, run, { q: q ?? "", scorer: null, verdict: null, order: "failures", sortScorer: null }, null, signal)).cases[0] ?? null,
    enabled: q !== null && listed === null && list.ready,
  });
  return listed ?? (q === null ? null : data ?? null);
}
