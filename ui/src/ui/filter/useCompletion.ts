import { useMemo } from "react";
import { choices, expectedAt, typedValue, valueText, type Choice, type Expected } from "../../core/filter/complete";
import { conditions } from "../../core/filter/edit";
import { useFacets, useFields, type TraceScope } from "../../net/traces";
import { useDebounced } from "../useDebounced";
import { recentFilters } from "./recentFilters";

export interface Completion {
  expected: Expected;
  choices: (Choice & { whole?: boolean })[];
  loading: boolean;
}

const SHOWN_MAX = 60;

/** Completion at the caret: fields, comparators, values of traces, and recent filters. */
export function useCompletion(text: string, caret: number, scope: TraceScope, active: boolean): Completion {
  const expected = useMemo(() => expectedAt(text, caret), [text, caret]);
  const fields = useFields(scope.experiment, { enabled: active });
  const known = useMemo(() => fields.data?.fields ?? [], [fields.data]);
  const wantsValue = active && expected.what === "value" && !/LIKE/.test(expected.comparator ?? "");
  const prefix = useDebounced(typedValue(expected.typed), 120);
  const narrowing = useMemo(() => otherConditions(text, expected), [text, expected]);
  const facets = useFacets({ ...scope, q: narrowing }, wantsValue ? expected.field ?? null : null, prefix, wantsValue);

  return useMemo(() => {
    if (!active) return { expected, choices: [], loading: false };
    if (expected.what === "value") {
      const field = known.find((one) => one.field === expected.field);
      const values = (wantsValue ? facets.data?.values ?? [] : []).map((value): Choice => ({
        text: valueText(value.value, expected, field),
        note: `${value.traces.toLocaleString("en-US")} ${value.traces === 1 ? "trace" : "traces"}`,
      }));
      return { expected, choices: values, loading: facets.isFetching };
    }
    const recents = text.trim() === "" || !text.includes(" ")
      ? recentFilters(scope.experiment).filter((one) => one.startsWith(text.trim()) && one !== text.trim())
      : [];
    const offered = [
      ...recents.slice(0, 5).map((one) => ({ text: one, note: "recent", group: "recent", whole: true })),
      ...choices(expected, known),
    ];
    return { expected, choices: offered.slice(0, SHOWN_MAX), loading: fields.isFetching };
  }, [active, expected, known, wantsValue, facets.data, facets.isFetching, fields.isFetching, text, scope.experiment]);
}

/** The filter without the condition at the caret. Values are counted among its traces, or among all traces if it cannot be parsed. */
function otherConditions(text: string, expected: Expected): string {
  const before = text.slice(0, expected.from);
  const clause = before.search(/\s+AND\s+(?:NOT\s+|\()*\S+\s+\S+(?:\s+\S+)?\s*$/i);
  if (clause < 0) return "";
  const rest = before.slice(0, clause);
  return conditions(rest).every((one) => one.node) ? rest : "";
}
