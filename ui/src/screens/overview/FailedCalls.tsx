import { TracesLink } from "../../ui/address/TracesLink";
import type { TracesTarget } from "../../ui/address/tracesTarget";
import { exact, percent } from "../../core/format";

/** Number and share of failed calls, with a link to their traces. */
export function FailedCalls({ experiment, target, calls }: {
  experiment: string;
  /** The traces with failed calls; `count` is the number of failed calls. */
  target: TracesTarget & { count: number };
  calls: number;
}) {
  const failed = target.count;
  return (
    <TracesLink experiment={experiment} target={target} className={failed ? "error-text" : "muted"}>
      {exact(failed)}{failed ? ` (${percent(failed / calls)})` : ""}
    </TracesLink>
  );
}
