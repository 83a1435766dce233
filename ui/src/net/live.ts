// News of an experiment's traces, for as long as somebody looks.
import { useEffect, useRef } from "react";
import { apiUrl } from "./api";

export interface LiveNews {
  /** Traces that are new or have changed. */
  changed: string[];
  deleted: string[];
  /** News were missed: look at everything again. */
  missed: boolean;
}

const GATHER_MS = 250;

/** Calls `onNews` at most four times a second, and not at all while the tab is hidden. */
export function useLive(experiment: string | null, onNews: (news: LiveNews) => void): void {
  const latest = useRef(onNews);
  useEffect(() => {
    latest.current = onNews;
  });
  useEffect(() => {
    if (experiment === null) return;
    return listen(experiment, (news) => latest.current(news));
  }, [experiment]);
}

function listen(experiment: string, onNews: (news: LiveNews) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opened = false;
  const changed = new Set<string>();
  const deleted = new Set<string>();
  let missed = false;

  const flush = () => {
    timer = undefined;
    const news = { changed: [...changed], deleted: [...deleted], missed };
    changed.clear();
    deleted.clear();
    missed = false;
    onNews(news);
  };
  const soon = () => {
    timer ??= setTimeout(flush, GATHER_MS);
  };
  const idOf = (event: MessageEvent<string>) => (JSON.parse(event.data) as { trace_id: string }).trace_id;

  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(apiUrl(`3.0/kansoku/experiments/${encodeURIComponent(experiment)}/live`));
    source.addEventListener("open", () => {
      // Whatever happened while nobody listened is not told again.
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
