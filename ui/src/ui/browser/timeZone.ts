// Whether times are told in the place where one sits or in UTC: a person's choice, kept in this browser.
import { useSyncExternalStore } from "react";
import { store, stored } from "./stored";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellsUtc(): boolean {
  return stored("utc") === "on";
}

export function tellUtc(on: boolean): void {
  store("utc", on ? "on" : null);
  for (const listener of listeners) listener();
}

export function useUtc(): boolean {
  return useSyncExternalStore(subscribe, tellsUtc);
}
