import {
  type AlertDraft, type DraftProblems, hasSubject, HOLDS, isOfScorer, RESOLVE_AFTERS, SIGNALS, type SignalType, thresholdUnit, timeChoices, WINDOWS, withSignal,
} from "../../core/alert/alertDraft";
import { visible } from "../../core/text";
import type { AlertRule, ListedScorer } from "../../core/types";
import { Field } from "../../ui/Field";
import { FilterLine } from "../../ui/filter/FilterLine";

const NAME_LENGTH_MAX = 250;
const URL_LENGTH_MAX = 2000;

/** The fields of a rule: what it watches, when it fires, and whom it tells. */
export function RuleFields({ e, draft, rule, problems, feedback, scorers, onChange }: {
  e: string;
  draft: AlertDraft;
  rule: AlertRule | null;
  problems: DraftProblems;
  feedback: string[];
  scorers: ListedScorer[];
  onChange: (draft: AlertDraft) => void;
}) {
  const set = (patch: Partial<AlertDraft>) => onChange({ ...draft, ...patch });
  const ofScorer = isOfScorer(draft.type);
  const names = ofScorer ? scorers.filter(({ kind }) => kind !== "check").map(({ name }) => name) : feedback;
  const unit = thresholdUnit(draft.type);
  return (
    <>
      <Field label="Name" problem={problems.name}>
        {(field) => <input {...field} className="input" autoComplete="off" spellCheck={false} autoFocus maxLength={NAME_LENGTH_MAX} value={draft.name} onChange={(event) => set({ name: event.target.value })} />}
      </Field>
      <div className="alert-line">
        <Field label="Watch">
          {(field) => (
            <select {...field} className="select" value={draft.type} onChange={(event) => onChange(withSignal(draft, event.target.value as SignalType))}>
              {SIGNALS.map(({ type, label }) => <option key={type} value={type}>{label}</option>)}
            </select>
          )}
        </Field>
        {draft.type === "latency" && (
          <Field label="Percentile" problem={problems.percentile}>
            {(field) => <input {...field} className="input alert-short" inputMode="decimal" autoComplete="off" value={draft.percentile} onChange={(event) => set({ percentile: event.target.value })} />}
          </Field>
        )}
        {hasSubject(draft.type) && (
          <Field label={ofScorer ? "Scorer" : "Feedback"} problem={problems.subject}>
            {(field) => (
              <>
                <input {...field} className="input" list="alert-names" autoComplete="off" spellCheck={false} maxLength={NAME_LENGTH_MAX} value={draft.subject} onChange={(event) => set({ subject: event.target.value })} />
                <datalist id="alert-names">{names.map((name) => <option key={name} value={name} />)}</datalist>
              </>
            )}
          </Field>
        )}
      </div>
      {!ofScorer && (
        <div className="field">
          <span className="label">Only traces that match (optional)</span>
          <FilterLine isLive label="Filter of the counted traces" scope={{ experiment: e, q: draft.filter, from: null, to: null }} onCommit={(filter) => set({ filter })} />
        </div>
      )}
      <div className="alert-line">
        <Field label="Fires when it is">
          {(field) => (
            <select {...field} className="select" value={draft.comparison} onChange={(event) => set({ comparison: event.target.value === "below" ? "below" : "above" })}>
              <option value="above">above</option>
              <option value="below">below</option>
            </select>
          )}
        </Field>
        <Field label={unit ? `Threshold (${unit})` : "Threshold"} problem={problems.threshold}>
          {(field) => <input {...field} className="input alert-short" inputMode="decimal" autoComplete="off" value={draft.threshold} onChange={(event) => set({ threshold: event.target.value })} />}
        </Field>
        {draft.type !== "scorer_lag" && <TimeField label="Over the last" usual={WINDOWS} value={draft.windowS} onChange={(windowS) => set({ windowS })} />}
        <TimeField label="For at least" usual={HOLDS} value={draft.forS} onChange={(forS) => set({ forS })} />
      </div>
      <details className="alert-more">
        <summary>Against false alarms and flapping</summary>
        <div className="stack">
          <div className="alert-line">
            {draft.type !== "scorer_lag" && (
              <Field label="At least so many traces" hint="With fewer, there is no data" problem={problems.tracesMin}>
                {(field) => <input {...field} className="input alert-short" inputMode="numeric" autoComplete="off" value={draft.tracesMin} onChange={(event) => set({ tracesMin: event.target.value })} />}
              </Field>
            )}
            <Field label={`Over when not ${draft.comparison}`} hint="Empty for the threshold" problem={problems.resolveThreshold}>
              {(field) => <input {...field} className="input alert-short" inputMode="decimal" autoComplete="off" value={draft.resolveThreshold} onChange={(event) => set({ resolveThreshold: event.target.value })} />}
            </Field>
            <TimeField label="For at least" usual={RESOLVE_AFTERS} value={draft.resolveAfterS} onChange={(resolveAfterS) => set({ resolveAfterS })} />
          </div>
        </div>
      </details>
      <Field
        label="Slack webhook URL (optional)"
        hint={rule?.has_slack_url ? "One is stored, and not shown. Enter another one to replace it." : "Also of Mattermost, or of Discord with /slack at its end. Webhooks of the server with alert events are told in any case."}
      >
        {(field) => (
          <input
            {...field} className="input" type="url" autoComplete="off" spellCheck={false} maxLength={URL_LENGTH_MAX} value={draft.slackUrl}
            placeholder={rule?.has_slack_url ? visible("https://hooks.slack.com/…") : undefined} onChange={(event) => set({ slackUrl: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function TimeField({ label, usual, value, onChange }: { label: string; usual: readonly number[]; value: number; onChange: (seconds: number) => void }) {
  return (
    <Field label={label}>
      {(field) => (
        <select {...field} className="select" value={value} onChange={(event) => onChange(Number(event.target.value))}>
          {timeChoices(usual, value).map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
        </select>
      )}
    </Field>
  );
}
