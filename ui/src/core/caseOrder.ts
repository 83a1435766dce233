// The order of an evaluation's cases, as in the address: empty for failures first, `s:NAME` for the worst scores first, `-duration`.
import { parseSort } from "./sortRows";
import { visible } from "./text";

/** The parameters of the server for an order. */
export function caseOrder(sort: string): { order: string; sortScorer: string | null } {
  const { column, descending } = parseSort(sort);
  if (column.startsWith("s:")) return { order: descending ? "scorer DESC" : "scorer ASC", sortScorer: column.slice(2) };
  return FIELDS.includes(column) ? { order: `${column} ${descending ? "DESC" : "ASC"}`, sortScorer: null } : { order: "failures", sortScorer: null };
}

const FIELDS = ["duration", "cost", "tokens", "time"];

/** The orders that cases can have, for a menu. */
export function caseOrders(scorers: readonly string[]): { sort: string; label: string }[] {
  return [
    { sort: "", label: "Failures first" },
    ...scorers.map((name) => ({ sort: `s:${name}`, label: `Worst ${visible(name)} first` })),
    { sort: "-duration", label: "Slowest first" },
    { sort: "-cost", label: "Most expensive first" },
    { sort: "-tokens", label: "Most tokens first" },
    { sort: "time", label: "In order of time" },
  ];
}
