import { useLayoutEffect, useSyncExternalStore } from "react";
import type { PageList } from "../../core/pageList";
import { serverState } from "../../net/serverState";

/** Loads the first page of a list, renders the component again when the list changes, and cancels its requests when the list is no longer used. */
export function useOpenList<T>(list: PageList<T>): void {
  // Before the browser paints, so that the request is on its way meanwhile.
  useLayoutEffect(() => {
    list.open();
    list.need(0, 0);
    // Retries after the server responds again or somebody signed in.
    const forget = serverState.subscribe(() => {
      if (serverState.current() === "answers" && list.error !== null) {
        list.retry();
        list.need(0, 0);
      }
    });
    return () => {
      forget();
      list.close();
    };
  }, [list]);
  useSyncExternalStore(list.subscribe, () => list.version);
}
