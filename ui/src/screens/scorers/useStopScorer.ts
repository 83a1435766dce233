import { useMutation } from "@tanstack/react-query";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { refreshScorers, setSampling } from "../../net/scorers";

/** Stops a scorer; the message offers to start it again as before. */
export function useStopScorer(experimentId: string | undefined): (scorer: ListedScorer) => void {
  const { mutate } = useMutation({ mutationFn: setSampling, onSuccess: refreshScorers });
  return (scorer) => {
    if (experimentId === undefined) return;
    const before = { experimentId, name: scorer.name, rate: scorer.sample_rate, filter: scorer.filter ?? "" };
    mutate({ ...before, rate: 0 }, { onSuccess: () => toast(`Stopped ${visible(scorer.name)}`, { undo: () => mutate(before) }) });
  };
}
