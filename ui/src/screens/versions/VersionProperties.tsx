import { Link } from "@tanstack/react-router";
import { absoluteTime } from "../../core/format";
import { gitOf, type LoggedModel, promptsOfModel } from "../../core/loggedModel";
import { safeHref, visible } from "../../core/text";
import { useUtc } from "../../ui/browser/timeZone";
import { CodeBlock } from "../../ui/CodeBlock";
import { Property, PropertyList } from "../../ui/PropertyList";

/** When and from what the version was made, and the prompts that are linked to it. */
export function VersionProperties({ e, model }: { e: string; model: LoggedModel }) {
  const utc = useUtc();
  const { info } = model;
  const git = gitOf(model);
  const prompts = promptsOfModel(model);
  const repository = git?.repository ? safeHref(git.repository) : null;
  return (
    <>
      <PropertyList>
        <Property name="Created">{absoluteTime(info.creation_timestamp_ms, utc).slice(0, 19)}</Property>
        {info.model_type && <Property name="Type">{visible(info.model_type)}</Property>}
        {info.source_run_id && <Property name="Made by the run"><Link to="/e/$e/runs/$run" params={{ e, run: info.source_run_id }}>{visible(info.source_run_id)}</Link></Property>}
        {git?.branch && <Property name="Branch">{visible(git.branch)}</Property>}
        {git?.commit && <Property name="Commit"><code>{visible(git.commit)}</code></Property>}
        {git?.repository && <Property name="Repository">{repository ? <a href={repository} target="_blank" rel="noopener noreferrer">{visible(git.repository)}</a> : visible(git.repository)}</Property>}
        {prompts.length > 0 && (
          <Property name="Prompts">
            {prompts.map(({ name, version }, at) => (
              <span key={at}>
                {at > 0 && ", "}
                <Link to="/e/$e/prompts/$prompt" params={{ e, prompt: name }} search={{ version } as never}>{visible(name)}</Link> <span className="meta">version {version}</span>
              </span>
            ))}
          </Property>
        )}
      </PropertyList>
      {git?.dirty && (git.diff === null
        ? <p className="warn-text">The source code had changes that are not in the commit.</p>
        : <details><summary className="warn-text">Changes that are not in the commit</summary><CodeBlock code={git.diff} label="changes that are not in the commit" /></details>)}
    </>
  );
}
