import { parseJson } from "../../core/prompt/parseJson";
import { indentedJson, type PromptVersion } from "../../core/prompt/promptVersion";
import { templateText } from "../../core/prompt/template";
import { visible } from "../../core/text";
import { useChangePrompt } from "../../net/changePrompt";
import { CopyButton } from "../../ui/CopyButton";
import { JsonValue } from "../../ui/json/JsonValue";
import { TagEditor } from "../../ui/TagEditor";
import { Clamp } from "../../ui/text/Clamp";
import { TemplateView } from "./TemplateView";
import { VariableHints } from "./VariableHints";

const HEIGHT_MAX = 900;

/** The template of a version, and what is stored with it. */
export function PromptContent({ version }: { version: PromptVersion }) {
  const { name, template } = version;
  const number = version.version;
  const { mutateAsync, error } = useChangePrompt({ quiet: true });
  const attempt = (change: Parameters<typeof mutateAsync>[0]) => mutateAsync(change).then(() => true, () => false);
  return (
    <div className="stack">
      <section className="stack-tight" aria-label="Template">
        <div className="row">
          <h3 className="grow">{template.type === "chat" ? "Messages" : "Template"}</h3>
          <CopyButton text={template.type === "chat" ? JSON.stringify(template.messages, null, 2) : templateText(template)} label="Copy the template">Copy</CopyButton>
        </div>
        {version.isBroken && <p className="warn-text">This chat is not a list of messages with roles, so it is shown as text.</p>}
        <Clamp heightMax={HEIGHT_MAX}><TemplateView template={template} /></Clamp>
        <VariableHints template={template} />
      </section>
      <div className="prompt-details">
        <JsonSection title="Response format" text={version.responseFormat} />
        <JsonSection title="Model config" text={version.modelConfig} />
        <section className="stack-tight" aria-label="Tags of the version">
          <h3>Tags of the version</h3>
          <TagEditor
            tags={version.tags}
            onSet={(key, value) => attempt({ kind: "set version tag", name, version: number, key, value })}
            onDelete={(key) => attempt({ kind: "delete version tag", name, version: number, key })}
          />
          {error && <p className="error-text" role="alert">{error.message}</p>}
        </section>
      </div>
    </div>
  );
}

function JsonSection({ title, text }: { title: string; text: string | null }) {
  const value = text === null ? undefined : parseJson(text);
  return (
    <section className="stack-tight" aria-label={title}>
      <div className="row">
        <h3 className="grow">{title}</h3>
        {text !== null && <CopyButton text={indentedJson(text)} label={`Copy the ${title.toLowerCase()}`} />}
      </div>
      {text === null ? <p className="muted">None.</p> : value === undefined ? <pre>{visible(text)}</pre> : <JsonValue value={value} label={title.toLowerCase()} />}
    </section>
  );
}
