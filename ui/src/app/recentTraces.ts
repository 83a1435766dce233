// Recently opened traces of this browser, for the palette.
import { writePreference, readPreference } from "../ui/browser/preferences";

const MAX = 8;

export function recentTraces(): string[] {
  try {
    const ids: unknown = JSON.parse(readPreference("recent") ?? "[]");
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string").slice(0, MAX) : [];
  } catch {
    return [];
  }
}

export function recordTrace(id: string): void {
  writePreference("recent", JSON.stringify([id, ...recentTraces().filter((other) => other !== id)].slice(0, MAX)));
}
