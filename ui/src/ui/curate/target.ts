// The traces that an action is for.
import { readTraceIds, type TraceScope } from "../../net/traces";

/** These traces, or all that match the filter. */
export type Target = { ids: string[] } | { all: TraceScope; count: number };

export function countOf(target: Target): number {
  return "ids" in target ? target.ids.length : target.count;
}

/** The ids of the traces, at most `max`; of those that match a filter, the newest. */
export async function readTargetIds(target: Target, max: number, signal?: AbortSignal): Promise<string[]> {
  return "ids" in target ? target.ids.slice(0, max) : readTraceIds(target.all, max, signal);
}
