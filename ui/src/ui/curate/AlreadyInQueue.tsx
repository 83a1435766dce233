import { plural } from "../../core/format";
import { useReviewItems } from "../../net/reviewQueues";

/** How many of the traces are in a queue already. */
export function AlreadyInQueue({ queueId, traceIds }: { queueId: string; traceIds: string[] }) {
  const { data: items } = useReviewItems(queueId);
  if (!items) return null;
  const chosen = new Set(traceIds);
  const there = items.filter(({ item_id }) => chosen.has(item_id));
  if (there.length === 0) return null;
  const done = there.filter(({ status }) => status !== "PENDING").length;
  const which = traceIds.length === 1 ? "The trace is in this queue already"
    : there.length === traceIds.length ? `All ${there.length} are in this queue already`
    : `${plural(there.length, "trace")} of these ${there.length === 1 ? "is" : "are"} in this queue already`;
  const state = done === 0 ? "" : traceIds.length === 1 ? ", and its review is done" : `, ${done} of them reviewed`;
  return <p className="warn-text" role="status">{which}{state}. {there.length === 1 ? "It stays as it is." : "They stay as they are."}</p>;
}
