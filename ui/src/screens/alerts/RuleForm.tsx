import { useRef, useState } from "react";
import { type AlertDraft, EMPTY_DRAFT, readDraft } from "../../core/alert/alertDraft";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { AlertRule, ListedScorer } from "../../core/types";
import { useSaveRule } from "../../net/alerts";
import { useFilterCheck } from "../../net/traces";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useLeaveWarning } from "../../ui/LeaveWarning";
import { useDebounced } from "../../ui/useDebounced";
import { RuleFields } from "./RuleFields";
import { RulePreview } from "./RulePreview";

const PREVIEW_AFTER_MS = 500;
const FIRST_MISTAKE = "[aria-invalid=true]";

/** The form of a rule beside what it would have done in the last days. */
export function RuleForm({ e, rule, initial, feedback, scorers, onClose }: {
  e: string;
  /** `null` for a new one. */
  rule: AlertRule | null;
  initial: AlertDraft;
  feedback: string[];
  scorers: ListedScorer[];
  onClose: () => void;
}) {
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const body = useRef<HTMLFormElement>(null);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(initial);
  const leaving = useLeaveWarning(isChanged);
  const { mutate, error, isPending } = useSaveRule(e);
  const { settings, problems } = readDraft(draft);
  const settledText = useDebounced(JSON.stringify(settings), PREVIEW_AFTER_MS);
  const settled = JSON.parse(settledText) as typeof settings;
  const check = useFilterCheck(settled.filter ?? "");
  const isFilterValid = (settled.filter ?? "") === "" || check.data?.ok === true;
  const isPreviewable = Object.keys(problems).every((field) => field === "name") && isFilterValid;
  const save = () => {
    if (isPending) return;
    setTried(true);
    if (0 < Object.keys(problems).length) {
      // The mistakes are rendered first.
      requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(FIRST_MISTAKE)?.focus());
      return;
    }
    const slack = draft.slackUrl.trim();
    const enabled = rule?.settings.enabled ?? true;
    mutate({ rule: rule?.rule_id ?? null, settings: { ...settings, enabled }, ...(slack !== "" && { slack_url: slack }) }, {
      onSuccess: ({ settings: { name } }) => {
        leaving.allow();
        toast(rule ? `Saved ${visible(name)}` : `Created ${visible(name)}, which is evaluated every minute`);
        onClose();
      },
    });
  };
  useHotkeys({ "Ctrl+Enter": save, Escape: onClose });
  return (
    <form
      className="alert-form" ref={body}
      onSubmit={(event) => { event.preventDefault(); save(); }}
      // Shortcuts with Enter do not work in fields, which have their own use of it.
      onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); } }}
    >
      {leaving.dialog}
      <div className="stack">
        <RuleFields e={e} draft={draft} rule={rule} problems={tried ? problems : problemsOf(problems, draft)} feedback={feedback} scorers={scorers} onChange={setDraft} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
        <div className="row">
          <Button look="primary" type="submit" title="Ctrl Enter" disabled={isPending}>{rule ? "Save" : "Create"}</Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
        {rule?.alert && <p className="meta">Another condition ends the alert that is firing.</p>}
      </div>
      <RulePreview e={e} settings={isPreviewable ? { ...settled, name: settled.name || "preview" } : null} />
    </form>
  );
}

/** Before somebody tried to save, only what was typed is complained about. */
function problemsOf(problems: ReturnType<typeof readDraft>["problems"], draft: AlertDraft): typeof problems {
  const isTyped = (name: string) => {
    const field = name as keyof AlertDraft;
    return draft[field] !== "" && draft[field] !== EMPTY_DRAFT[field];
  };
  return Object.fromEntries(Object.entries(problems).filter(([name]) => isTyped(name)));
}
