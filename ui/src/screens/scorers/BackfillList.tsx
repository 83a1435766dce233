import { percent } from "../../core/format";
import { doneShare, progressText } from "../../core/scorer/backfill";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { Backfill } from "../../core/types";
import { useBackfills, useChangeBackfill } from "../../net/backfills";
import { Button } from "../../ui/Button";
import { Time } from "../../ui/Time";

/** How many finished backfills are shown. */
const FINISHED_MAX = 5;

/** The backfills of an experiment with their progress. */
export function BackfillList({ e }: { e: string }) {
  const { data } = useBackfills(e);
  if (!data || data.length === 0) return null;
  const isOpen = ({ state }: Backfill) => state === "running" || state === "paused";
  const shown = [...data.filter(isOpen), ...data.filter((one) => !isOpen(one)).slice(0, FINISHED_MAX)];
  return (
    <section className="stack" aria-label="Backfills">
      <h2>Scoring of past traces</h2>
      <ul className="scorer-backfills">
        {shown.map((backfill) => <BackfillRow key={backfill.backfill_id} e={e} backfill={backfill} />)}
      </ul>
    </section>
  );
}

function BackfillRow({ e, backfill }: { e: string; backfill: Backfill }) {
  const { mutate, isPending } = useChangeBackfill(e);
  const { backfill_id: id, state, scorers, filter, only_former, created_ms, waits_for_budget } = backfill;
  const names = scorers.map(({ scorer, sample_rate }) => `${visible(scorer)}${sample_rate < 1 ? ` ${percent(sample_rate)}` : ""}`).join(", ");
  return (
    <li className="card stack">
      <div className="row wrap">
        <b className="grow breaks">{names}</b>
        {state === "running" && <Button small disabled={isPending} aria-label={`Pause the backfill of ${names}`} onClick={() => mutate({ id, state: "paused" })}>Pause</Button>}
        {state === "paused" && <Button small disabled={isPending} aria-label={`Resume the backfill of ${names}`} onClick={() => mutate({ id, state: "running" })}>Resume</Button>}
        {(state === "running" || state === "paused") && (
          <Button small disabled={isPending} aria-label={`Cancel the backfill of ${names}`} onClick={() => mutate({ id, state: "cancelled" }, { onSuccess: () => toast("Cancelled; what is scored stays") })}>Cancel</Button>
        )}
      </div>
      <progress aria-label={`Progress of ${names}`} value={doneShare(backfill)} max={1} />
      <p className="meta breaks">
        <span className={`badge ${state === "done" ? "ok" : ""}`}>{state}</span> {progressText(backfill)} · started <Time ms={created_ms} />
        {only_former && " · of former versions"}
        {filter && <> · <code>{visible(filter)}</code></>}
      </p>
      {waits_for_budget && <p className="warn-text">Waits until midnight UTC: the rest of the budget of today is left to new traces.</p>}
    </li>
  );
}
