import { Link } from "@tanstack/react-router";
import type { TimeRangeState } from "../../ui/address/useTimeRange";
import { ALL } from "../../core/timeRange";
import { useSummary } from "../../net/traces";
import { Button } from "../../ui/Button";
import { EmptyState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";

/** Explains why there are no traces, with a way to show some. */
export function EmptyOverview({ experiment, filtered, range, onClear }: {
  experiment: string;
  filtered: boolean;
  range: TimeRangeState;
  onClear: () => void;
}) {
  const all = useSummary({ experiment, q: "", from: null, to: null }, { buckets: 1 });
  if (all.isPending) return <LoadingRows rows={2} />;
  if (all.data?.traces === 0) {
    return (
      <EmptyState title="This experiment has no traces yet">
        <p>This page fills as soon as an application sends some. <Link to="/">How to send traces here</Link></p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={filtered ? "No traces in this time range match the filter" : "No traces in this time range"}>
      {all.data?.newest_ms != null && <p>The newest trace of this experiment is from <Time ms={all.data.newest_ms} />.</p>}
      <div className="row wrap">
        {filtered && <Button onClick={onClear}>Clear the filter</Button>}
        {range.text.from !== ALL && <Button onClick={() => range.set({ from: ALL, to: "" })}>All time</Button>}
      </div>
    </EmptyState>
  );
}
