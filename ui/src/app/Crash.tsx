import { ErrorState } from "../ui/State";

/** Shown instead of a screen that crashed; the rest of the page stays. */
export function Crash({ error, reset }: { error: unknown; reset: () => void }) {
  return <ErrorState error={error} doing="show this screen" onRetry={reset} />;
}
