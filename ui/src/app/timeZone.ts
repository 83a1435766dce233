// Whether times are told in the place where one sits or in UTC: a person's choice, kept in this browser.
import { useSyncExternalStore } from "react";

const KEY = "kansoku.utc";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellsUtc(): boolean {
  return localStorage.getItem(KEY) === "on";
}

export function tellUtc(on: boolean): void {
  if (on) localStorage.setItem(KEY, "on");
  else localStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

export function useUtc(): boolean {
  return useSyncExternalStore(subscribe, tellsUtc);
}
