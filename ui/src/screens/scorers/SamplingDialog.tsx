import { useState } from "react";
import { rateOf, rateText } from "../../core/scorer/scorerText";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useSetSampling } from "../../net/scorers";
import { FormDialog } from "../../ui/FormDialog";
import { SamplingFields } from "./SamplingFields";

/** Rates that a start offers: checks are free, judges are not. */
const CHECK_RATE = "100";
const JUDGE_RATE = "10";

/** Starts a scorer, or changes which traces it scores. */
export function SamplingDialog({ e, experimentId, scorer, onClose }: { e: string; experimentId: string; scorer: ListedScorer; onClose: () => void }) {
  const isRunning = 0 < scorer.sample_rate;
  const [initial] = useState(() => ({ rate: isRunning ? rateText(scorer.sample_rate) : scorer.kind === "judge" ? JUDGE_RATE : CHECK_RATE, filter: scorer.filter ?? "" }));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const { mutate, error, isPending } = useSetSampling();
  const save = () => {
    setTried(true);
    const rate = rateOf(form.rate);
    if (rate === null) return;
    mutate({ experimentId, name: scorer.name, rate, filter: form.filter.trim() }, {
      onSuccess: () => {
        onClose();
        toast(`${visible(scorer.name)} ${rate === 0 ? "is stopped" : isRunning ? "has the new sampling" : "is started"}`);
      },
    });
  };
  return (
    <FormDialog
      title={isRunning ? `Sampling of ${visible(scorer.name)}` : `Start ${visible(scorer.name)}`} action={isRunning ? "Save" : "Start"}
      isChanged={form.rate !== initial.rate || form.filter !== initial.filter} isPending={isPending} error={error} onSave={save} onClose={onClose}
    >
      <div className="stack scorer-sampling">
        <SamplingFields experiment={e} form={form} tried={tried} onChange={(patch) => setForm((before) => ({ ...before, ...patch }))} />
        <p className="meta">It scores traces that end from now on.{scorer.kind === "judge" && " Each costs a request to its model."}</p>
      </div>
    </FormDialog>
  );
}
