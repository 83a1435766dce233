import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { loadCode } from "../../core/prompt/promptCode";
import { latestVersion, ownPromptTags, type StoredPrompt, tagValue, TYPE_TAG } from "../../core/prompt/storedPrompt";
import { visible } from "../../core/text";
import { IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { Pills } from "../../ui/Pills";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";

export function PromptTable({ e, prompts, isOwn, sort, onSort, onDelete }: {
  e: string;
  /** Sorted by the server. */
  prompts: StoredPrompt[];
  /** Whether a prompt belongs to this experiment; `null` if all do. */
  isOwn: ((prompt: StoredPrompt) => boolean) | null;
  sort: string;
  onSort: (sort: string) => void;
  onDelete: (prompt: StoredPrompt) => void;
}) {
  const columns: TableColumn<StoredPrompt>[] = [
    {
      id: "name", title: "Prompt", value: ({ name }) => name, rowHeader: true,
      cell: (prompt) => (
        <span className="row">
          <Link className="ellipsis" data-row to="/e/$e/prompts/$prompt" params={{ e, prompt: prompt.name }} title={visible(prompt.name)}>{visible(prompt.name)}</Link>
          {isChat(prompt) && <span className="badge">chat</span>}
          {isOwn?.(prompt) && <span className="badge medium-only">this experiment</span>}
        </span>
      ),
    },
    { id: "latest", title: "Latest", number: true, hint: "The newest version", cell: (prompt) => latestVersion(prompt) ?? <span className="muted">none</span> },
    { id: "aliases", title: "Aliases", className: "medium-only", cell: (prompt) => <Aliases e={e} prompt={prompt} /> },
    { id: "description", title: "Description", className: "wide-only prompt-text", cell: ({ description = "" }) => <span className="ellipsis" title={visible(description)}>{visible(description)}</span> },
    {
      id: "tags", title: "Tags", className: "wide-only prompt-tags",
      cell: ({ tags }) => (
        <Pills items={ownPromptTags(tags)} keyOf={([key]) => key} textOf={tagText}>
          {(tag) => <span className="badge" title={tagText(tag)}><span className="ellipsis">{tagText(tag)}</span></span>}
        </Pills>
      ),
    },
    { id: "changed", title: "Changed", value: ({ last_updated_timestamp }) => last_updated_timestamp, largestFirst: true, className: "nowrap", cell: ({ last_updated_timestamp }) => <Time ms={last_updated_timestamp} /> },
    { id: "actions", title: <span className="visually-hidden">Actions</span>, number: true, cell: (prompt) => <Actions prompt={prompt} onDelete={() => onDelete(prompt)} /> },
  ];
  return <DataTable label="Prompts" columns={columns} rows={prompts} rowKey={({ name }) => name} sort={sort} onSort={onSort} isSorted rowKeys />;
}

function Aliases({ e, prompt }: { e: string; prompt: StoredPrompt }) {
  const aliases = (prompt.aliases ?? []).toSorted((a, b) => Number(b.version) - Number(a.version));
  const text = ({ alias, version }: (typeof aliases)[number]) => `${visible(alias)} → ${version}`;
  return (
    <Pills items={aliases} max={3} keyOf={({ alias }) => alias} textOf={text}>
      {(one) => (
        <Link className="badge accent" to="/e/$e/prompts/$prompt" params={{ e, prompt: prompt.name }} search={{ version: one.version } as never}>
          <span className="ellipsis">{text(one)}</span>
        </Link>
      )}
    </Pills>
  );
}

function Actions({ prompt, onDelete }: { prompt: StoredPrompt; onDelete: () => void }) {
  const latest = latestVersion(prompt);
  const label = `Actions for ${visible(prompt.name)}`;
  return (
    <Menu
      label={label}
      align="end"
      trigger={<IconButton look="plain" small label={label} icon={<Ellipsis aria-hidden />} />}
      items={[
        { label: "Copy name", run: () => void copyText(prompt.name) },
        { label: "Copy Python line", disabled: latest === null, run: () => void copyText(loadCode(prompt.name, latest ?? 1)) },
        null,
        { label: "Delete…", danger: true, run: onDelete },
      ]}
    />
  );
}

function isChat({ latest_versions }: StoredPrompt): boolean {
  return tagValue(latest_versions?.[0]?.tags, TYPE_TAG) === "chat";
}

function tagText([key, value]: [string, string]): string {
  return visible(`${key}: ${value}`);
}
