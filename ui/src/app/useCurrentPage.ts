import { useLocation, useParams } from "@tanstack/react-router";
import { useTraceRows } from "../net/traceRows";
import type { Search } from "../ui/address/useUrl";

export interface CurrentPage {
  /** The experiment that the screen belongs to, by id or name as in the address. */
  experiment: string | null;
  traceId: string | null;
}

/** The experiment and trace of the current page. A trace page and a comparison belong to an experiment, too. */
export function useCurrentPage(): CurrentPage {
  const params = useParams({ strict: false }) as { e?: string; traceId?: string; _splat?: string };
  // A page that does not exist may still be below an experiment.
  const lost = /^e\/([^/]+)/.exec(params._splat ?? "")?.[1];
  const { pathname, search } = useLocation({ select: ({ pathname, search }) => ({ pathname, search: search as Search }) });
  const traceId = params.traceId ?? (params.e ? search.t : null) ?? null;
  const lookupId = params.e ? null : (params.traceId ?? (pathname.endsWith("/compare") ? search.a : null));
  const { data } = useTraceRows(lookupId ? [lookupId] : []);
  return { experiment: params.e ?? lost ?? data?.[0]?.experiment_id ?? null, traceId };
}
