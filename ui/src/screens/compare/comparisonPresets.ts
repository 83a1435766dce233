// Frequent comparisons, from the versions and models of the experiment.
import { visible } from "../../core/text";
import { ALL } from "../../core/timeRange";
import type { TraceGroup } from "../../core/types";

/** URL parameters of a comparison; absent ones are removed. */
export type Address = Record<"qa" | "qb" | "fa" | "ta" | "fb" | "tb", string | null>;

export interface Preset {
  key: string;
  label: string;
  /** Describes the two sides, or explains why the comparison is not possible. */
  says: string;
  address: Address | null;
}

const EVER = { fa: ALL, ta: null, fb: ALL, tb: null };

/** Groups are `undefined` while loading, `null` if loading failed. */
type Groups = TraceGroup[] | null | undefined;

export function presets(versions: Groups, models: Groups): Preset[] {
  const newest = many(nameSides(versions)).toSorted((a, b) => b.first_ms - a.first_ms);
  const commonest = nameSides(models).toSorted((a, b) => b.traces - a.traces);
  return [
    // The older version is A, so that a change reads as the effect of the newer one.
    pair("v", "Two newest versions", newest[1], newest[0], versions, "fewer than two versions among the traces"),
    pair("m", "Two most used models", commonest[0], commonest[1], models, "fewer than two models were called"),
    {
      key: "w", label: "Last week and this week", says: "the previous seven days, and the last seven days",
      address: { qa: null, qb: null, fa: "now-14d", ta: "now-7d", fb: "now-7d", tb: null },
    },
    {
      key: "d", label: "Yesterday and today", says: "midnight to midnight, and since then",
      address: { qa: null, qb: null, fa: "now-1d/d", ta: "now/d", fb: "now/d", tb: null },
    },
  ];
}

function pair(key: string, label: string, a: TraceGroup | undefined, b: TraceGroup | undefined, groups: Groups, without: string): Preset {
  if (a && b) return { key, label, says: visible(`${a.value} and ${b.value}`), address: { qa: a.filter, qb: b.filter, ...EVER } };
  return { key, label, says: groups === null ? "could not be loaded" : groups ? without : "…", address: null };
}

/** Versions of one or two traces are ignored unless there are no others. */
const MANY = 5;

function many(groups: TraceGroup[]): TraceGroup[] {
  const found = groups.filter((group) => MANY <= group.traces);
  return 2 <= found.length ? found : groups;
}

function nameSides(groups: Groups): TraceGroup[] {
  return (groups ?? []).filter((group) => group.value !== null);
}
