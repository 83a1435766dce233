// Choices stored in this browser, shared by all components of the page.
import { useCallback, useSyncExternalStore } from "react";
import { readPreference, writePreference } from "./preferences";

const listeners = new Set<() => void>();
/** Choices until the page is closed, for browsers that store nothing. */
const chosen = new Map<string, string>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** One of `choices`; the first is the default. */
export function useStoredChoice<T extends string>(key: string, choices: readonly [T, ...T[]]): [T, (choice: T) => void] {
  const choice = useSyncExternalStore(subscribe, () => {
    const kept = chosen.get(key) ?? readPreference(key);
    return choices.find((it) => it === kept) ?? choices[0];
  });
  const choose = useCallback((next: T) => {
    chosen.set(key, next);
    writePreference(key, next);
    for (const listener of listeners) listener();
  }, [key]);
  return [choice, choose];
}
