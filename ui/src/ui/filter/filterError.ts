import { ApiError } from "../../net/api";
import type { FilterError } from "./FilterLine";

/** The server's error for a rejected filter; `null` for any other error. */
export function filterErrorOf(error: unknown): FilterError | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null;
  const details = (error.details ?? {}) as Partial<FilterError>;
  return { message: error.message, from: details.from ?? null, to: details.to ?? null, hint: details.hint ?? null };
}
