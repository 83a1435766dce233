import { Link } from "@tanstack/react-router";
import { visible } from "../core/text";
import { EmptyState } from "../ui/State";
import { useTitle } from "../ui/browser/useTitle";
import { useUrl } from "../ui/address/useUrl";

export function NotFound() {
  const [{ link }] = useUrl();
  useTitle("Page not found");
  // `boot.js` redirects unknown MLflow links here.
  if (link) {
    return (
      <EmptyState title="Kansoku has no page for this MLflow link" isPage>
        <pre className="mono">{visible(link)}</pre>
        <p>There are pages for traces, sessions, runs and experiments. <Link to="/">See all experiments</Link>, or press Ctrl K and paste an id.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Page not found" isPage>
      <p>The link may be outdated or incomplete. <Link to="/">See all experiments</Link>, or press Ctrl K and paste a trace id.</p>
    </EmptyState>
  );
}
