// Whether the server answers, and whether it wants a token: what the whole screen must know.
import { ApiError } from "./api";

export type ServerState = "answers" | "unreachable" | "needs-token";

let state: ServerState = "answers";
const listeners = new Set<() => void>();

/** Told of every answer; `null` is a good one. */
export function recordResponse(error: unknown): void {
  if (error !== null && !(error instanceof ApiError)) return;
  const next: ServerState = error === null ? "answers"
    : error.status === 401 ? "needs-token"
    : error.status === 0 ? "unreachable"
    : "answers";
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

export const serverState = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  current: () => state,
};
