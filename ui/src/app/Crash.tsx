import { ErrorState } from "../ui/State";

/** What is shown where a screen broke; the rest of the page stays. */
export function Crash({ error, reset }: { error: unknown; reset: () => void }) {
  return <ErrorState error={error} doing="show this screen" onRetry={reset} />;
}
