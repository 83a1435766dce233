// Interprets text typed into a filter line: as a filter, or as the id of something to open.
import { forgive } from "../core/filter/forgive";
import { quoteText } from "../core/filter/print";
import { pastedTraceId } from "../core/pasted";
import type { FacetList, FieldList, FilterCheck } from "../core/types";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { experimentPath, type TraceScope } from "./traces";

export type Understood =
  | { what: "filter"; q: string }
  | { what: "trace" | "session"; id: string }
  | { what: "unknown" };

/** Looks for ids first, then for a valid filter, then for a probable one. If the server does not respond, the text is used unchanged. */
export async function understand(scope: TraceScope, text: string): Promise<Understood> {
  if (text === "" || text === scope.q) return { what: "filter", q: text };
  const trace = pastedTraceId(text);
  if (trace) return { what: "trace", id: trace };
  try {
    if (await isFilter(text)) return { what: "filter", q: text };
    if (/^[^\s'"`=<>()]+$/.test(text)) {
      const [session, user] = await Promise.all([hasValue(scope, "session", text), hasValue(scope, "user", text)]);
      if (session) return { what: "session", id: text };
      if (user) return { what: "filter", q: `user = ${quoteText(text)}` };
    }
    const { fields } = await queryClient.fetchQuery({
      queryKey: ["fields", scope.experiment],
      queryFn: () => kansoku<FieldList>(experimentPath(scope.experiment, "fields")),
      staleTime: 60_000,
    });
    const meant = forgive(text, fields);
    return meant !== null && (await isFilter(meant)) ? { what: "filter", q: meant } : { what: "unknown" };
  } catch {
    return { what: "filter", q: text };
  }
}

async function isFilter(q: string): Promise<boolean> {
  const check = await queryClient.fetchQuery({
    queryKey: ["filter/check", q],
    queryFn: () => kansoku<FilterCheck>("filter/check", { q }),
    staleTime: Infinity,
  });
  return check.ok;
}

async function hasValue({ experiment }: TraceScope, field: string, value: string): Promise<boolean> {
  const { values } = await kansoku<FacetList>(experimentPath(experiment, "facets"), { field, prefix: value, max_results: 20 });
  return values.some((one) => one.value === value);
}
