import { useMemo } from "react";
import { caseOrder } from "../../../core/caseOrder";
import { traceKey } from "../../../core/pageList";
import type { EvaluationCase, EvaluationCases } from "../../../core/types";
import { type CaseQuery, readCases } from "../../../net/evaluations";
import { useUrl } from "../../../ui/address/useUrl";
import { type RowPages, usePagedRows } from "../../../ui/table/usePagedRows";

/** The cases of an evaluation that the address asks for. */
export function useCases(e: string, run: string) {
  const [url] = useUrl();
  const { q = "", scorer = null, verdict = null, sort = "" } = url;
  const query = useMemo((): CaseQuery => {
    const both = scorer !== null && verdict !== null;
    return { q, scorer: both ? scorer : null, verdict: both ? verdict : null, ...caseOrder(sort) };
  }, [q, scorer, verdict, sort]);
  const source = useMemo((): RowPages<EvaluationCase, EvaluationCases> => ({
    read: (token, signal) => readCases(e, run, query, token, signal),
    rows: ({ cases }) => cases,
    next: ({ next_page_token }) => next_page_token,
    key: traceKey,
  }), [e, run, query]);
  return usePagedRows(source);
}
