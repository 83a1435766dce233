// Server-sent events about an experiment's traces, while the tab is visible.
import { useEffect, useRef } from "react";
import { apiUrl } from "./api";

export interface TraceEvents {
  /** Traces that are new or have changed. */
  changed: string[];
  deleted: string[];
  /** Events were missed: everything must be fetched again. */
  missed: boolean;
}

const GATHER_MS = 250;

/** Calls `onEvents` at most four times a second, and never while the tab is hidden. */
export function useTraceEvents(experiment: string | null, onEvents: (events: TraceEvents) => void): void {
  const latest = useRef(onEvents);
  useEffect(() => {
    latest.current = onEvents;
  });
  useEffect(() => {
    if (experiment === null) return;
    return listen(experiment, (events) => latest.current(events));
  }, [experiment]);
}

function listen(experiment: string, onEvents: (events: TraceEvents) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opened = false;
  const changed = new Set<string>();
  const deleted = new Set<string>();
  let missed = false;

  const flush = () => {
    timer = undefined;
    const events = { changed: [...changed], deleted: [...deleted], missed };
    changed.clear();
    deleted.clear();
    missed = false;
    onEvents(events);
  };
  const soon = () => {
    timer ??= setTimeout(flush, GATHER_MS);
  };
  const idOf = (event: MessageEvent<string>) => (JSON.parse(event.data) as { trace_id: string }).trace_id;

  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(apiUrl(`3.0/kansoku/experiments/${encodeURIComponent(experiment)}/traces/events`));
    source.addEventListener("open", () => {
      // Events during a disconnect are not repeated.
      if (opened) {
        missed = true;
        soon();
      }
      opened = true;
    });
    source.addEventListener("trace", (event) => { changed.add(idOf(event)); soon(); });
    source.addEventListener("deleted", (event) => { deleted.add(idOf(event)); soon(); });
    source.addEventListener("lagged", () => { missed = true; soon(); });
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  const follow = () => (document.hidden ? close() : open());

  open();
  document.addEventListener("visibilitychange", follow);
  return () => {
    document.removeEventListener("visibilitychange", follow);
    clearTimeout(timer);
    close();
  };
}
