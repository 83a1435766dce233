import { useMemo } from "react";
import { rowFilterOf } from "../../../core/evaluationChanges";
import type { ComparedRow, EvaluationComparison } from "../../../core/types";
import { readComparison } from "../../../net/evaluations";
import { useUrl } from "../../../ui/address/useUrl";
import { type RowPages, usePagedRows } from "../../../ui/table/usePagedRows";

/** The rows of a comparison that the address asks for. `runs` are the run ids, joined by commas. */
export function useComparison(e: string, runs: string) {
  const [url] = useUrl();
  const { scorer = null, q = "" } = url;
  const only = rowFilterOf(url.only);
  const source = useMemo((): RowPages<ComparedRow, EvaluationComparison> => ({
    read: (token, signal) => readComparison(e, runs.split(","), { only, scorer, q }, token, signal),
    rows: ({ rows }) => rows,
    next: ({ next_page_token }) => next_page_token,
    key: ({ key }) => key,
  }), [e, runs, only, scorer, q]);
  return usePagedRows(source);
}
