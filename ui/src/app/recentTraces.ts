// The traces that were opened in this browser lately, for the palette.
import { store, stored } from "../ui/browser/stored";

const MAX = 8;

export function recentTraces(): string[] {
  try {
    const ids: unknown = JSON.parse(stored("recent") ?? "[]");
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string").slice(0, MAX) : [];
  } catch {
    return [];
  }
}

export function noteTrace(id: string): void {
  store("recent", JSON.stringify([id, ...recentTraces().filter((other) => other !== id)].slice(0, MAX)));
}
