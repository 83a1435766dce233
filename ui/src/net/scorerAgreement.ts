// How far a scorer agrees with people, and how a disagreement is settled.
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { scoreText } from "../core/scoreText";
import { toast } from "../core/toastQueue";
import type { ComparedFeedback, ComparedPage, ScorerAgreement } from "../core/types";
import { keepWithin, refresh, type Side, sideRange } from "./analytics";
import { kansoku } from "./api";
import { createAssessment, deleteAssessment } from "./assessments";
import { refreshAssessments } from "./pressThumb";
import { queryClient } from "./queryClient";
import { experimentPath } from "./traces";

export interface AgreementScope {
  experiment: string;
  /** The name of the feedback. */
  name: string;
  side: Side;
  /** Empty for all versions together. */
  version: string;
}

/** A cell of the matrix. */
export interface Cell {
  scorer: string;
  person: string;
}

const path = ({ experiment, name }: AgreementScope, rest = "") => experimentPath(experiment, `scorers/${encodeURIComponent(name)}/agreement${rest}`);
const query = ({ side, version }: AgreementScope) => ({ q: side.q, ...sideRange(side), ...(version && { version }) });

export function useAgreement(scope: AgreementScope) {
  return useQuery({
    queryKey: ["agreement", scope.experiment, scope],
    queryFn: ({ signal }) => kansoku<ScorerAgreement>(path(scope), query(scope), { signal }),
    placeholderData: keepWithin(scope.experiment),
    refetchInterval: refresh(scope.side),
  });
}

/** The disagreements, or the traces of a cell, page by page. */
export function useAgreementCases(scope: AgreementScope, cell: Cell | null) {
  return useInfiniteQuery({
    queryKey: ["agreement", scope.experiment, scope, "cases", cell],
    queryFn: ({ signal, pageParam }) => kansoku<ComparedPage>(path(scope, "/cases"), { ...query(scope), ...cell, ...(pageParam && { page_token: pageParam }) }, { signal }),
    initialPageParam: "",
    getNextPageParam: ({ next_page_token }) => next_page_token ?? undefined,
  });
}

/** Decides a disagreement: the person at this browser gives the verdict of the judge, or corrects the judge. It can be undone. */
export function useSettle(name: string) {
  const { mutate, isPending } = useMutation({
    mutationFn: async ({ compared: { trace_id, scorer, person, session }, right }: { compared: ComparedFeedback; right: "scorer" | "person" }) => {
      // Either the verdict of the person is replaced by the judge's, or the judge is corrected.
      const [value, rationale, overrides] = right === "scorer"
        ? [scorer.value, undefined, person.assessment_id]
        : [person.value, person.rationale, scorer.assessment_id];
      const id = await createAssessment(trace_id, { name, kind: "feedback", value, rationale, overrides, span_id: scorer.span_id, session: session ?? undefined });
      return { trace_id, id, value };
    },
    onSuccess: async ({ trace_id, id, value }) => {
      await refreshAgreement(trace_id);
      const undo = async () => {
        await deleteAssessment(trace_id, id);
        await refreshAgreement(trace_id);
      };
      toast(`Saved the verdict ${scoreText({ value })}`, { undo: () => void undo().catch((error: Error) => toast(error.message, { error: true })) });
    },
  });
  return { settle: mutate, isPending };
}

async function refreshAgreement(traceId: string): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: ["agreement"] }), refreshAssessments([traceId])]);
}
