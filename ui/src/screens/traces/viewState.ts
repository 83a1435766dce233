// Converts between the address and the state of a saved view.
import type { Search } from "../../ui/address/useUrl";

/** URL parameters that a view saves; the trace in the pane is not among them. */
const KEPT = ["q", "from", "to", "sort", "cols", "group", "rows"];

export function stateOf(url: Search): string {
  return new URLSearchParams(Object.entries(url).filter(([key, value]) => KEPT.includes(key) && value)).toString();
}

/** The URL changes that restore a view; parameters it does not have are removed. */
export function viewPatch(url: Search, state: string): Record<string, string | null> {
  const wanted = new URLSearchParams(state);
  const keys = new Set([...Object.keys(url), ...KEPT]);
  return Object.fromEntries([...keys].map((key) => [key, KEPT.includes(key) ? wanted.get(key) : key === "live" ? url.live ?? null : null]));
}
