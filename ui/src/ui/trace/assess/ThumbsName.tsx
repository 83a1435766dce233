import { useState } from "react";
import { toast } from "../../../core/toastQueue";
import { visible } from "../../../core/text";
import { changeFeedbackSettings } from "../../../net/feedbackSettings";
import { Button } from "../../Button";

/** The name that thumbs are stored under, and a way to change it for the experiment. */
export function ThumbsName({ experiment, name }: { experiment: string; name: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  if (typed === null) {
    return (
      <span>
        Thumbs are stored as <b>{visible(name)}</b>{" "}
        <Button small look="plain" aria-label="Change the name of thumbs" onClick={() => setTyped(name)}>Change</Button>
      </span>
    );
  }
  const save = () => {
    if (!typed.trim() || typed.trim() === name) return setTyped(null);
    changeFeedbackSettings(experiment, { thumbs: typed.trim() }).then(
      () => setTyped(null),
      (error: unknown) => toast(error instanceof Error ? error.message : String(error), { error: true }),
    );
  };
  return (
    <form className="row" onSubmit={(event) => { event.preventDefault(); save(); }}>
      <input
        className="input" style={{ width: 160, height: 24 }} aria-label="Name of thumbs, in the whole experiment" autoFocus maxLength={200}
        value={typed} onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); setTyped(null); } }}
      />
      <Button small type="submit">Save</Button>
    </form>
  );
}
