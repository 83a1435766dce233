import { braceMistakes, isJinja, reservedVariables, type Template, variablesOf } from "../../core/prompt/template";
import { shorten, visible } from "../../core/text";

/** The variables of a template, and what is most likely a mistake in it. */
export function VariableHints({ template }: { template: Template }) {
  const names = variablesOf(template);
  const mistakes = braceMistakes(template);
  const reserved = reservedVariables(template);
  return (
    <div className="stack-tight" aria-live="polite">
      <p className="meta">
        {names.length === 0 ? "No variables." : <>Variables: {names.map((name) => <code key={name} className="template-variable">{name}</code>)}</>}
        {isJinja(template) && " The template has Jinja2 statements."}
      </p>
      {mistakes.map((braces) => (
        <p key={braces} className="warn-text">
          <code>{shorten(visible(braces), 60)}</code> stays as it is: names of variables have letters from A to Z, digits and “_” only, with dots between parts.
        </p>
      ))}
      {reserved.length > 0 && <p className="warn-text">MLflow’s client cannot fill in a variable named <code>{reserved.join(", ")}</code>: its own parameter has this name.</p>}
    </div>
  );
}
