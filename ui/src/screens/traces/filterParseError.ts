import { ApiError } from "../../net/api";
import type { FilterError } from "../../ui/filter/FilterLine";

// The server's message repeats the filter with a marker after its first line. Only the first line is used, as the filter line marks the error itself.

/** The server's error for a filter that it cannot parse; `null` for every other error. */
export function parseErrorOf(error: unknown): FilterError | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null;
  const details = error.details as Partial<FilterError> | null;
  if (!details || typeof details.from !== "number") return null;
  return { message: error.message.split("\n")[0]!, from: details.from, to: details.to ?? details.from + 1, hint: details.hint ?? null };
}
