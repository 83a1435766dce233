import type { ReactNode } from "react";
import { ApiError } from "../net/api";
import { EmptyState, ErrorState } from "./State";

/** Shown instead of a page whose subject cannot be loaded, most often because it does not exist. `children` is a link to the list. */
export function PageProblem({ what, error, onRetry, children }: {
  /** Kind of the subject: `review queue`. */
  what: string;
  error: unknown;
  onRetry: () => void;
  children: ReactNode;
}) {
  const isMissing = error instanceof ApiError && error.status === 404;
  if (!isMissing) return <ErrorState error={error} doing={`load the ${what}`} onRetry={onRetry} isPage />;
  return (
    <EmptyState title={`${what[0]!.toUpperCase()}${what.slice(1)} not found`} isPage>
      <p>It was deleted, or the address is incomplete.</p>
      <p className="meta">{error.message}</p>
      {children}
    </EmptyState>
  );
}
