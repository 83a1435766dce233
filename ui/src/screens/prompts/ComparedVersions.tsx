import { lazy } from "react";
import type { PromptVersion } from "../../core/prompt/promptVersion";
import { usePromptVersion } from "../../net/prompts";
import { ErrorState, LoadingRows } from "../../ui/State";

const PromptChanges = lazy(() => import("./PromptChanges"));

/** The changes from one version to the shown one. */
export function ComparedVersions({ name, before, after }: { name: string; before: number; after: PromptVersion }) {
  const { data, error, refetch } = usePromptVersion(name, before);
  if (error) return <ErrorState error={error} doing={`load version ${before}`} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows />;
  return (
    <div className="stack">
      <p className="meta">Changes from version {before} to version {after.version}</p>
      <PromptChanges before={data} after={after} />
    </div>
  );
}
