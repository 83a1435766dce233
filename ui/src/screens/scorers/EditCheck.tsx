import { useRef, useState } from "react";
import { type CheckForm, definitionOfForm, type FieldValue, formProblems } from "../../core/scorer/checkForm";
import type { CheckDefinition, CheckType } from "../../core/scorer/checkType";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useSaveCheck } from "../../net/scorers";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { CheckFields, FIRST_MISTAKE } from "./CheckFields";
import { TrialPanel } from "./TrialPanel";

/** The fields of a saved check. Changed ones are tried beside the saved version, and saved as a new one. */
export function EditCheck({ e, scorer, type, definition, form, isTyped, q, onChange, onDiscard, onSaved }: {
  e: string;
  scorer: ListedScorer;
  type: CheckType;
  definition: CheckDefinition;
  form: CheckForm;
  isTyped: boolean;
  /** The filter of the scorer. */
  q: string;
  onChange: (field: string, value: FieldValue) => void;
  onDiscard: () => void;
  onSaved: () => void;
}) {
  const body = useRef<HTMLFormElement>(null);
  const [tried, setTried] = useState(false);
  const { mutate, error, isPending } = useSaveCheck(e);
  const problems = formProblems(type, form);
  const isValid = Object.keys(problems).length === 0;
  const showMistakes = () => {
    setTried(true);
    // The mistakes are rendered first.
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(FIRST_MISTAKE)?.focus());
  };
  const save = () => {
    if (isPending || !isTyped) return;
    if (!isValid) return showMistakes();
    mutate({ name: scorer.name, check: definitionOfForm(type, form, definition) }, {
      onSuccess: ({ version }) => {
        setTried(false);
        onSaved();
        toast(`Saved version ${version} of ${visible(scorer.name)}`);
      },
    });
  };
  useHotkeys({ "Ctrl+Enter": save });
  const candidate = !isValid ? null : isTyped ? { check: definitionOfForm(type, form, definition) } : { scorer: scorer.name };
  return (
    <form
      className="scorer-form" ref={body} aria-label="Fields of the check"
      onSubmit={(event) => { event.preventDefault(); save(); }}
      // Shortcuts with Enter do not work in fields, which have their own use of it.
      onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); } }}
    >
      <div className="stack scorer-fields">
        <h2>{type.title}</h2>
        <p>{type.description}</p>
        <CheckFields type={type} form={form} problems={tried ? problems : {}} onChange={onChange} />
        <hr />
        {error && <p className="error-text" role="alert">Could not save: {visible(error.message)}</p>}
        <div className="row wrap">
          <Button look="primary" type="submit" title="Ctrl Enter" disabled={isPending || !isTyped}>Save as version {scorer.version + 1}</Button>
          {isTyped && <Button onClick={onDiscard}>Discard</Button>}
          {isTyped && 0 < scorer.sample_rate && <span className="meta">Traces that end after saving are scored by the new version.</span>}
        </div>
      </div>
      <TrialPanel key={scorer.version} e={e} candidate={candidate} q={q} former={isTyped ? { name: scorer.name, version: scorer.version } : null} onIncomplete={showMistakes} />
    </form>
  );
}
