// The setting of this browser whether times are shown in local time or UTC.
import { useSyncExternalStore } from "react";
import { writePreference, readPreference } from "./preferences";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function showsUtc(): boolean {
  return readPreference("utc") === "on";
}

export function setUtc(on: boolean): void {
  writePreference("utc", on ? "on" : null);
  for (const listener of listeners) listener();
}

export function useUtc(): boolean {
  return useSyncExternalStore(subscribe, showsUtc);
}
