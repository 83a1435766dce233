import { visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import type { TraceRow } from "../../../core/types";
import { useRescore } from "../../../net/scorerFailures";
import { useHotkeys } from "../../keys/hotkeys";

/** Lets a scorer score a trace again. The key does so with the scorer whose feedback has the focus, or with the only one. */
export function useRescoreTrace({ trace_id, experiment_id, assessments }: Pick<TraceRow, "trace_id" | "experiment_id" | "assessments">): (scorer: string) => void {
  const { mutate, isPending } = useRescore(experiment_id);
  const rescore = (scorer: string) => {
    if (isPending) return;
    // The screen shows the new feedback when it is there.
    mutate({ scorer, trace_ids: [trace_id] }, { onSuccess: ({ rescored }) => toast(rescored === 0 ? `${visible(scorer)} cannot score this trace` : `${visible(scorer)} scores the trace again`) });
  };
  useHotkeys({
    S: () => {
      const focused = document.activeElement?.closest<HTMLElement>("[data-scorer]")?.dataset.scorer;
      const scorers = new Set(assessments.flatMap(({ scorer }) => scorer ?? []));
      if (focused !== undefined) rescore(focused);
      else if (scorers.size === 1) rescore([...scorers][0]!);
      else if (0 < scorers.size) toast("Several scorers scored this trace: focus the feedback of one first");
    },
  });
  return rescore;
}
