import { ApiError } from "../../net/api";
import type { Refused } from "./FilterLine";

/** What the server says of a filter it does not take, or nothing where it failed for another reason. */
export function refusedFilter(error: unknown): Refused | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null;
  const details = (error.details ?? {}) as Partial<Refused>;
  return { message: error.message, from: details.from ?? null, to: details.to ?? null, hint: details.hint ?? null };
}
