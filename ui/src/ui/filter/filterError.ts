import { ApiError } from "../../net/api";
import type { FilterError } from "./FilterLine";

/** What the server says of a filter it does not take, or nothing where it failed for another reason. */
export function filterErrorOf(error: unknown): FilterError | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null;
  const details = (error.details ?? {}) as Partial<FilterError>;
  return { message: error.message, from: details.from ?? null, to: details.to ?? null, hint: details.hint ?? null };
}
