import type { PromptVersion } from "../../core/prompt/promptVersion";
import type { StoredPrompt } from "../../core/prompt/storedPrompt";
import { usePromptUsage } from "../../net/prompts";
import { useTimeRange } from "../../ui/address/useTimeRange";
import { useUtc } from "../../ui/browser/timeZone";
import { ErrorState, LoadingRows } from "../../ui/State";
import { TimeRange } from "../../ui/TimeRange";
import { PromptRuns } from "./PromptRuns";
import { UsageTable, type VersionUsage } from "./UsageTable";

/** Versions whose usage is read: each needs a request. */
const VERSIONS_MAX = 20;

/** What used each version: traces in a time range with their metrics and feedback, and runs. */
export default function PromptUsage({ e, prompt, version, versions }: {
  e: string;
  prompt: StoredPrompt;
  /** The shown version. */
  version: number;
  versions: PromptVersion[];
}) {
  const range = useTimeRange();
  const utc = useUtc();
  const newest = versions.slice(0, VERSIONS_MAX).map((one) => one.version);
  const numbers = newest.includes(version) ? newest : [...newest, version];
  const usage = usePromptUsage(e, prompt.name, numbers, { range: range.text, utc });
  const failed = usage.find(({ error }) => error);
  const rows = numbers.map((number, at): VersionUsage => ({ version: number, usage: usage[at]!.data ?? null }));
  const isLoading = usage.some(({ isLoading }) => isLoading);
  return (
    <div className="stack">
      <section className="stack" aria-labelledby="usage-traces">
        <div className="row wrap">
          <h3 id="usage-traces" className="grow">Traces that used a version</h3>
          <TimeRange value={range.text} onChange={range.set} />
        </div>
        {failed ? <ErrorState error={failed.error} doing="load the usage" onRetry={() => { for (const one of usage) if (one.error) void one.refetch(); }} />
          : isLoading ? <LoadingRows rows={numbers.length} />
          : <UsageTable e={e} prompt={prompt} rows={rows} chosen={version} range={range.text} />}
        {newest.length < versions.length && <p className="meta">Only the newest {VERSIONS_MAX} versions are shown, and the selected one.</p>}
        {!failed && !isLoading && rows.every((row) => !row.usage?.figures.traces) && (
          <p className="muted">
            No trace of this experiment used the prompt in this time range. A trace is linked when <code>mlflow.genai.load_prompt</code> is called inside of it, by clients from MLflow 3.17 on.
          </p>
        )}
      </section>
      <PromptRuns e={e} name={prompt.name} />
    </div>
  );
}
