import { lazy, Suspense, useState } from "react";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useSaveInstructions } from "../../net/scorers";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { readJudgeDraft, writeJudgeDraft } from "./judgeDrafts";
import { TrialPanel } from "./TrialPanel";

const TextDiff = lazy(() => import("../../ui/TextDiff"));

/** The instructions of a judge. Changed ones are kept as a draft, tried beside the saved version, and saved as a new one. */
export function EditJudge({ e, experimentId, scorer, instructions, q }: {
  e: string;
  experimentId: string;
  scorer: ListedScorer;
  instructions: string;
  /** The filter of the scorer. */
  q: string;
}) {
  const [text, setText] = useState(() => readJudgeDraft(experimentId, scorer.name) ?? instructions);
  const { mutateAsync, error, isPending } = useSaveInstructions(e);
  const isTyped = text !== instructions;
  const isEmpty = text.trim() === "";
  const change = (next: string) => {
    setText(next);
    writeJudgeDraft(experimentId, scorer.name, next === instructions ? null : next);
  };
  const save = () => {
    if (isPending || !isTyped || isEmpty) return;
    // The new version replaces this component, so that callbacks of `mutate` may not run.
    mutateAsync({ name: scorer.name, instructions: text }).then(({ version }) => {
      writeJudgeDraft(experimentId, scorer.name, null);
      toast(`Saved version ${version} of ${visible(scorer.name)}`);
    }, () => undefined);
  };
  const discard = () => {
    change(instructions);
    toast("Discarded the changes", { undo: () => change(text) });
  };
  useHotkeys({ "Ctrl+Enter": save });
  const candidate = isEmpty ? null : { scorer: scorer.name, ...(isTyped && { instructions: text }) };
  return (
    <form
      className="scorer-form" aria-label="Instructions of the judge"
      onSubmit={(event) => { event.preventDefault(); save(); }}
      // Shortcuts with Enter do not work in fields, which have their own use of it.
      onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); } }}
    >
      <div className="stack scorer-fields">
        <Field label="Instructions" hint="Variables such as {{ inputs }} and {{ outputs }} are replaced by the contents of each trace." problem={isEmpty && "Instructions are required"}>
          {(field) => <textarea {...field} className="input scorer-instructions" spellCheck={false} value={text} onChange={(event) => change(event.target.value)} />}
        </Field>
        {isTyped && (
          <details className="folded">
            <summary>Changes since version {scorer.version}</summary>
            <Suspense><TextDiff before={instructions} after={text} /></Suspense>
          </details>
        )}
        {error && <p className="error-text" role="alert">Could not save: {visible(error.message)}</p>}
        <div className="row wrap">
          <Button look="primary" type="submit" title="Ctrl Enter" disabled={isPending || !isTyped || isEmpty}>Save as version {scorer.version + 1}</Button>
          {isTyped && <Button onClick={discard}>Discard</Button>}
          {isTyped && <span className="meta" role="status">A draft, kept in this browser until you save it.</span>}
        </div>
      </div>
      <TrialPanel key={scorer.version} e={e} candidate={candidate} q={q} isJudge former={isTyped ? { name: scorer.name, version: scorer.version } : null} />
    </form>
  );
}
