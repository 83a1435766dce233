import { useId } from "react";
import { plural } from "../../core/format";
import { formatCode } from "../../core/prompt/promptCode";
import type { PromptVersion } from "../../core/prompt/promptVersion";
import { renderedText, renderTemplate } from "../../core/prompt/renderTemplate";
import { isJinja, reservedVariables, variablesOf } from "../../core/prompt/template";
import { CopyButton } from "../../ui/CopyButton";
import { Clamp } from "../../ui/text/Clamp";
import { TemplateView } from "./TemplateView";

const HEIGHT_MAX = 900;

/** Fills in the variables of a version. No model is called. */
export default function TryPrompt({ version, values, onValues }: { version: PromptVersion; values: Record<string, string>; onValues: (values: Record<string, string>) => void }) {
  const { name, template } = version;
  const variables = variablesOf(template);
  const { template: rendered, missing, problem } = renderTemplate(template, values);
  const reserved = reservedVariables(template);
  return (
    <div className="try-columns">
      <section className="stack" aria-label="Variables">
        <h3>Variables</h3>
        {variables.length === 0 ? <p className="muted">This template has no variables.</p>
          : variables.map((variable) => <Variable key={variable} name={variable} value={values[variable] ?? ""} onChange={(value) => onValues({ ...values, [variable]: value })} />)}
        {reserved.length > 0 && <p className="warn-text">MLflow’s client cannot fill in <code>{reserved.join(", ")}</code>: its own parameter has this name.</p>}
      </section>
      <section className="stack-tight" aria-label="Result">
        <div className="row wrap">
          <h3 className="grow">{rendered.type === "chat" ? "Messages" : "Text"}</h3>
          {problem === null && <CopyButton text={renderedText(rendered)} label={`Copy the ${rendered.type === "chat" ? "messages as JSON" : "text"}`}>{rendered.type === "chat" ? "Copy JSON" : "Copy text"}</CopyButton>}
          <CopyButton text={formatCode(name, version.version, template, values)} label="Copy as Python">Copy Python</CopyButton>
        </div>
        <p className="meta" role="status">
          {missing.length > 0 ? `${plural(missing.length, "variable")} without a value: ${missing.join(", ")}` : variables.length > 0 && "All variables have a value."}
        </p>
        {problem !== null && <p className="warn-text">{problem}{isJinja(template) && " Copy the Python lines to see the result."}</p>}
        <Clamp heightMax={HEIGHT_MAX}><TemplateView template={rendered} variables={missing} /></Clamp>
      </section>
    </div>
  );
}

function Variable({ name, value, onChange }: { name: string; value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className="mono">{name}</label>
      <textarea id={id} className="input template-input" rows={2} value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
