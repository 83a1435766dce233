import { useQueries, useQuery } from "@tanstack/react-query";
import { inputFor, nameInField, thumbsCriterion, type Criterion } from "../../../core/assess";
import { kansoku } from "../../../net/api";
import type { AssessmentRow, FacetList, FieldList } from "../../../core/types";

const NAMES_MAX = 12;
/** The feedback name of notes, which are entered in their own field. */
export const NOTE = "note";

/** The criteria of this experiment, the most frequent first; thumbs by default. */
export function useCriteria(experiment: string, here: AssessmentRow[], thumbs: string): { feedback: Criterion[]; expectations: string[] } {
  const base = `experiments/${encodeURIComponent(experiment)}`;
  const fields = useQuery({
    queryKey: ["fields", experiment],
    queryFn: ({ signal }) => kansoku<FieldList>(`${base}/fields`, {}, { signal }),
    staleTime: 60_000,
  });
  const known = fields.data?.fields ?? [];
  const named = known.filter((field) => field.group === "feedback" && nameInField(field.field) !== NOTE).slice(0, NAMES_MAX);
  const values = useQueries({
    queries: named.map(({ field }) => ({
      queryKey: ["facets", experiment, field],
      queryFn: ({ signal }: { signal: AbortSignal }) => kansoku<FacetList>(`${base}/facets`, { field, max_results: 12 }, { signal }),
      staleTime: 60_000,
    })),
  });
  const feedback = named.map(({ field }, at): Criterion => ({
    name: nameInField(field),
    input: inputFor(values[at]?.data?.values ?? []),
  }));
  for (const row of here) {
    if (row.kind === "feedback" && row.name !== NOTE && !feedback.some((it) => it.name === row.name)) feedback.push({ name: row.name, input: inputFor(row.value === null ? [] : [{ value: asText(row.value), verdict: row.verdict }]) });
  }
  const others = feedback.filter((it) => it.name !== thumbs);
  const expectations = known.filter((field) => field.group === "expectation").map((field) => nameInField(field.field));
  return { feedback: [thumbsCriterion(thumbs), ...others], expectations: expectations.length ? expectations : ["expected_response"] };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
