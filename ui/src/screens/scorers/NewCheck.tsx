import { useRef, useState } from "react";
import { definitionOfForm, formProblems, freeName } from "../../core/scorer/checkForm";
import type { CheckType } from "../../core/scorer/checkType";
import { rateOf } from "../../core/scorer/scorerText";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { refreshScorers, setSampling, useSaveCheck } from "../../net/scorers";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { CheckFields, FIRST_MISTAKE } from "./CheckFields";
import { formOfType, type NewCheckDraft } from "./checkDraft";
import { SamplingFields } from "./SamplingFields";
import { TrialPanel } from "./TrialPanel";

const NAME_LENGTH_MAX = 256;

/** The form of a new check of a type. Leaving it keeps what was typed. */
export function NewCheck({ e, experimentId, type, names, draft, onChange, onDiscard, onSaved, onBack }: {
  e: string;
  experimentId: string;
  type: CheckType;
  /** The scorers of the experiment. */
  names: ReadonlySet<string>;
  draft: NewCheckDraft;
  onChange: (update: (draft: NewCheckDraft) => NewCheckDraft) => void;
  /** `null` if nothing was typed. */
  onDiscard: (() => void) | null;
  onSaved: (name: string) => void;
  onBack: () => void;
}) {
  const body = useRef<HTMLFormElement>(null);
  const [tried, setTried] = useState(false);
  const { mutate, error, isPending } = useSaveCheck(e);
  const [isStarting, setStarting] = useState(false);
  const name = draft.name ?? freeName(type.name, names);
  const form = formOfType(draft, type);
  const fieldProblems = formProblems(type, form);
  const nameProblem = name.trim() === "" ? "A name is required" : names.has(name.trim()) ? "Another scorer has this name" : null;
  const rate = rateOf(draft.sampling.rate);
  const isValid = Object.keys(fieldProblems).length === 0;
  const isReady = isValid && nameProblem === null && (!draft.isStarted || rate !== null);
  const isBusy = isPending || isStarting;

  const showMistakes = () => {
    setTried(true);
    // The mistakes are rendered first.
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(FIRST_MISTAKE)?.focus());
  };
  const save = () => {
    if (isBusy) return;
    if (!isReady) return showMistakes();
    const saved = name.trim();
    mutate({ name: saved, check: definitionOfForm(type, form) }, {
      onSuccess: async () => {
        setStarting(true);
        // The check exists: a failed start is told on its page, where it can be started again.
        const failure = draft.isStarted && rate !== null && 0 < rate
          ? await setSampling({ experimentId, name: saved, rate, filter: draft.sampling.filter.trim() }).then(() => null, (problem: unknown) => problem)
          : null;
        await refreshScorers();
        setStarting(false);
        if (failure) toast(`Created ${visible(saved)}, but could not start it: ${failure instanceof Error ? failure.message : String(failure)}`, { error: true });
        else toast(`Created the check ${visible(saved)}${draft.isStarted ? ", which scores traces from now on" : ""}`);
        onSaved(saved);
      },
    });
  };
  useHotkeys({ "Ctrl+Enter": save, Escape: onBack });
  return (
    <>
      <div className="row wrap">
        <Button look="plain" onClick={onBack}>← Types of checks</Button>
        <h1>New check: {type.title}</h1>
      </div>
      <p>{type.description}</p>
      <form
        className="scorer-form" ref={body}
        onSubmit={(event) => { event.preventDefault(); save(); }}
        // Shortcuts with Enter do not work in fields, which have their own use of it.
        onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); } }}
      >
        <div className="stack scorer-fields">
          <Field label="Name" hint="The feedback on traces has this name." problem={(tried || draft.name !== null) && nameProblem}>
            {(field) => <input {...field} className="input" autoComplete="off" spellCheck={false} autoFocus maxLength={NAME_LENGTH_MAX} value={name} onChange={(event) => { const typed = event.target.value; onChange((before) => ({ ...before, name: typed })); }} />}
          </Field>
          <CheckFields
            type={type} form={form} problems={tried ? fieldProblems : {}}
            onChange={(field, value) => onChange((before) => ({ ...before, forms: { ...before.forms, [type.name]: { ...formOfType(before, type), [field]: value } } }))}
          />
          <hr />
          <label className="row"><input type="checkbox" checked={draft.isStarted} onChange={(event) => { const isStarted = event.target.checked; onChange((before) => ({ ...before, isStarted })); }} /> Start it now</label>
          {draft.isStarted && <SamplingFields experiment={e} form={draft.sampling} tried={tried} onChange={(patch) => onChange((before) => ({ ...before, sampling: { ...before.sampling, ...patch } }))} />}
          <hr />
          {error && <p className="error-text" role="alert">Could not save: {visible(error.message)}</p>}
          <div className="row wrap">
            <Button look="primary" type="submit" title="Ctrl Enter" disabled={isBusy}>{draft.isStarted ? "Create and start" : "Create"}</Button>
            {onDiscard && <Button onClick={onDiscard}>Discard</Button>}
          </div>
        </div>
        <TrialPanel e={e} candidate={isValid ? { check: definitionOfForm(type, form) } : null} onIncomplete={showMistakes} />
      </form>
    </>
  );
}
