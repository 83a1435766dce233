// Resolves CSS colour tokens for canvases, and resolves them again whenever the theme changes.
import { useSyncExternalStore } from "react";

let version = 0;
const colors = new Map<string, string>();
const listeners = new Set<() => void>();

function onThemeChange() {
  version += 1;
  colors.clear();
  for (const listener of listeners) listener();
}

const QUERIES = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"];
let stop: (() => void) | undefined;

function listen(): () => void {
  const observer = new MutationObserver(onThemeChange);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const lists = QUERIES.map((query) => matchMedia(query));
  for (const list of lists) list.addEventListener("change", onThemeChange);
  return () => {
    observer.disconnect();
    for (const list of lists) list.removeEventListener("change", onThemeChange);
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  stop ??= listen();
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    stop?.();
    stop = undefined;
    // Clears the cache, as theme changes are not observed without listeners.
    colors.clear();
  };
}

/** A number that changes with the theme. */
export function useThemeVersion(): number {
  return useSyncExternalStore(subscribe, () => version);
}

export function colorOf(token: string): string {
  let color = colors.get(token);
  if (color === undefined) {
    color = getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
    colors.set(token, color);
  }
  return color;
}
