// Whether the server responds, and whether it requires a token.
import { ApiError } from "./api";

export type ServerState = "answers" | "unreachable" | "needs-token";

let state: ServerState = "answers";
const listeners = new Set<() => void>();

/** Records the result of every request; `null` is a success. */
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
