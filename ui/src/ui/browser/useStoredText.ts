// Texts stored in this browser.
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A text in the browser's storage and a function to change it; `null` removes it. */
export function useStoredText(key: string): [string | null, (text: string | null) => void] {
  const value = useSyncExternalStore(subscribe, () => localStorage.getItem(key));
  const set = useCallback((text: string | null) => {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    for (const listener of listeners) listener();
  }, [key]);
  return [value, set];
}
