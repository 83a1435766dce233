// What a saved view keeps of the address, and how it is put back.
import type { Search } from "../../ui/address/useUrl";

/** What is looked at, but not which trace is open beside it. */
const KEPT = ["q", "from", "to", "sort", "cols", "group"];

export function stateOf(url: Search): string {
  return new URLSearchParams(Object.entries(url).filter(([key, value]) => KEPT.includes(key) && value)).toString();
}

/** Changes that make the address show the view: what it does not speak of goes. */
export function viewPatch(url: Search, state: string): Record<string, string | null> {
  const wanted = new URLSearchParams(state);
  const keys = new Set([...Object.keys(url), ...KEPT]);
  return Object.fromEntries([...keys].map((key) => [key, KEPT.includes(key) ? wanted.get(key) : key === "live" ? url.live ?? null : null]));
}
