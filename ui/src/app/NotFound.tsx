import { Link } from "@tanstack/react-router";
import { visible } from "../core/text";
import { EmptyState } from "../ui/State";
import { useTitle } from "../ui/browser/useTitle";
import { useUrl } from "../ui/address/useUrl";

export function NotFound() {
  const [{ link }] = useUrl();
  useTitle("Nothing here");
  // Where `boot.js` leads MLflow's links that it does not know.
  if (link) {
    return (
      <EmptyState title="This MLflow link has no screen here">
        <pre className="mono">{visible(link)}</pre>
        <p>Traces, sessions, runs and experiments have one. <Link to="/">See all experiments</Link>, or press Ctrl K and paste an id.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="There is nothing at this address">
      <p>The link may be old or cut off. <Link to="/">See all experiments</Link>, or press Ctrl K and paste a trace’s id.</p>
    </EmptyState>
  );
}
