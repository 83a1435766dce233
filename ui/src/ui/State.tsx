import { useEffect, useState, type ReactNode } from "react";
import { ApiError } from "../net/api";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";

/** Explains why there is nothing to show, and what to do about it. With `isPage`, it is the whole page. */
export function EmptyState({ title, isPage = false, children }: { title: string; isPage?: boolean; children?: ReactNode }) {
  const Heading = isPage ? "h1" : "h2";
  return (
    <div className="state">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

/** An error message of the server, with actions. With `isPage`, it is the whole page. */
export function ErrorState({ error, doing, onRetry, isPage = false }: { error: unknown; doing: string; onRetry?: () => void; isPage?: boolean }) {
  const api = error instanceof ApiError ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  // The sign-in dialog is shown for 401 instead.
  if (api?.status === 401) return null;
  const Heading = isPage ? "h1" : "h2";
  return (
    <div className="state" role="alert">
      <Heading>Could not {doing}</Heading>
      <p>{message}</p>
      {api && <p className="meta">{api.code} · HTTP {api.status}</p>}
      <div className="row">
        {onRetry && <Button onClick={onRetry}>Try again</Button>}
        <CopyButton small={false} label="Copy the details" text={`Could not ${doing}\n${message}\n${api ? `${api.code} ${api.status} ${api.path}` : ""}`}>
          Copy details
        </CopyButton>
      </div>
    </div>
  );
}

/** Placeholder rows; nothing for the first 150 ms. */
export function LoadingRows({ rows = 8, height = 32 }: { rows?: number; height?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label="Loading" aria-busy>
      {late && Array.from({ length: rows }, (_, at) => (
        <div key={at} style={{ height, display: "flex", alignItems: "center", padding: "0 12px" }}>
          <span className="bone" style={{ width: `${40 + ((at * 37) % 50)}%` }} />
        </div>
      ))}
    </div>
  );
}
