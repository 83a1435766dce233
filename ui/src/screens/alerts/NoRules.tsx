import type { AlertDraft, AlertTemplate } from "../../core/alert/alertDraft";
import { visible } from "../../core/text";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/State";

/** Explains what a rule is, and offers the usual ones. */
export function NoRules({ templates, onCreate }: { templates: AlertTemplate[]; onCreate: (draft?: AlertDraft) => void }) {
  return (
    <EmptyState title="No alert rules yet">
      <p>A rule watches errors, latency, cost or quality of new traces, and tells a Slack channel or your webhooks when it fires and when that is over. Start with one of these:</p>
      <ul className="alert-templates">
        {templates.map((template) => (
          <li key={template.title}>
            <button type="button" className="card" onClick={() => onCreate(template.draft)}>
              <b>{visible(template.title)}</b>
              <span className="meta">{visible(template.about)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Button look="primary" title="n" onClick={() => onCreate()}>New rule</Button>
    </EmptyState>
  );
}
