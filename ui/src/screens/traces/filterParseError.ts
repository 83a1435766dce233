import { ApiError } from "../../net/api";
import type { FilterError } from "../../ui/filter/FilterLine";

// Behind the first line of a message, the filter is shown with a mark below; here the filter itself has it.

/** What the server says of a filter that it cannot read; nothing for every other error. */
export function parseErrorOf(error: unknown): FilterError | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null;
  const details = error.details as Partial<FilterError> | null;
  if (!details || typeof details.from !== "number") return null;
  return { message: error.message.split("\n")[0]!, from: details.from, to: details.to ?? details.from + 1, hint: details.hint ?? null };
}
