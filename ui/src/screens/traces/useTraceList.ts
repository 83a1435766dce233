import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { PageList } from "../../core/pageList";
import { serverState } from "../../net/serverState";
import { readTraces, type TraceScope } from "../../net/traces";
import type { TraceRow } from "../../core/types";

export type TraceList = PageList<TraceRow>;

/** The traces of a scope, page by page. The previous list stays until the first page of the new one is loaded. */
export function useTraceList(scope: TraceScope, order: string, round: number, recalled: TraceList | null): { list: TraceList; stale: boolean } {
  const [first] = useState({ scope, order, round });
  const wanted = useMemo(() => {
    if (recalled && scope === first.scope && order === first.order && round === first.round) return recalled;
    return new PageList<TraceRow>({ fetch: (token, signal) => readTraces(scope, { order, token, signal }) });
  }, [scope, order, round, recalled, first]);
  const [shown, setShown] = useState(wanted);

  useEffect(() => {
    wanted.open();
    wanted.need(0, 0);
    // Retries after the server responds again or somebody signed in.
    const forget = serverState.subscribe(() => {
      if (serverState.current() === "answers" && wanted.error !== null) {
        wanted.retry();
        wanted.need(0, 0);
      }
    });
    return () => {
      forget();
      wanted.close();
    };
  }, [wanted]);
  useSyncExternalStore(wanted.subscribe, () => wanted.version);
  const fresh = wanted.ready || wanted.error !== null || !shown.ready;
  if (fresh && shown !== wanted) setShown(wanted);
  const list = fresh ? wanted : shown;
  return { list, stale: list !== wanted };
}
