import { TracesLink } from "../../ui/address/TracesLink";
import type { TracesTarget } from "../../ui/address/tracesTarget";
import { exact, percent } from "../../core/format";

/** How many calls failed, and what share of all that is; opens the traces with them. */
export function FailedCalls({ experiment, target, calls }: {
  experiment: string;
  /** The traces with the failed calls; its count is how many calls failed. */
  target: TracesTarget & { count: number };
  calls: number;
}) {
  const failed = target.count;
  return (
    <td className="num">
      <TracesLink experiment={experiment} target={target} className={failed ? "error-text" : "muted"}>
        {exact(failed)}{failed ? ` (${percent(failed / calls)})` : ""}
      </TracesLink>
    </td>
  );
}
