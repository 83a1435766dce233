import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { ownPromptTags, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { visible } from "../../core/text";
import { IconButton } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { Pills } from "../../ui/Pills";
import { DeletePrompt } from "./DeletePrompt";
import { DescribePrompt } from "./DescribePrompt";

/** Name, description and tags of a prompt, and the actions on it. */
export function PromptHead({ e, prompt, onDeleted }: { e: string; prompt: StoredPrompt; onDeleted: () => void }) {
  const [dialog, setDialog] = useState<"describe" | "delete" | null>(null);
  const name = visible(prompt.name);
  const tags = ownPromptTags(prompt.tags);
  return (
    <header className="stack-tight">
      <div className="row wrap">
        <Link to="/e/$e/prompts" params={{ e }} className="button plain">← Prompts</Link>
        <h1 className="ellipsis" title={name}>{name}</h1>
        <CopyButton text={prompt.name} label="Copy the name" />
        <span className="grow" />
        <Menu
          label="Actions for the prompt"
          align="end"
          trigger={<IconButton label="Actions for the prompt" icon={<Ellipsis aria-hidden />} />}
          items={[
            { label: "Description and tags…", run: () => setDialog("describe") },
            null,
            { label: "Delete the prompt…", danger: true, run: () => setDialog("delete") },
          ]}
        />
      </div>
      {(prompt.description || tags.length > 0) && (
        <div className="row wrap">
          {prompt.description && <p className="prompt-description">{visible(prompt.description)}</p>}
          <Pills items={tags} max={5} keyOf={([key]) => key} textOf={tagText}>
            {(tag) => <span className="badge" title={tagText(tag)}><span className="ellipsis">{tagText(tag)}</span></span>}
          </Pills>
        </div>
      )}
      {dialog === "describe" && <DescribePrompt prompt={prompt} onClose={() => setDialog(null)} />}
      {dialog === "delete" && <DeletePrompt prompt={prompt} onDeleted={onDeleted} onClose={() => setDialog(null)} />}
    </header>
  );
}

function tagText([key, value]: [string, string]): string {
  return visible(`${key}: ${value}`);
}
