import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { exact } from "../../core/format";
import { limitText, usageText } from "../../core/scorer/budget";
import { type CheckType, definitionOf } from "../../core/scorer/checkType";
import { samplingText, scoredFilter, waitingText } from "../../core/scorer/scorerText";
import { visible } from "../../core/text";
import type { ListedScorer } from "../../core/types";
import { TracesLink } from "../../ui/address/TracesLink";
import { Button, IconButton } from "../../ui/Button";
import { Menu } from "../../ui/Menu";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { KindBadge } from "./KindBadge";

/** The scorers with their state. The name of each leads to the traces that it scored. */
export function ScorerTable({ e, scorers, types, onSampling, onBudget, onStop, onDelete }: {
  e: string;
  scorers: ListedScorer[];
  types: CheckType[];
  onSampling: (scorer: ListedScorer) => void;
  onBudget: (scorer: ListedScorer) => void;
  onStop: (scorer: ListedScorer) => void;
  onDelete: (scorer: ListedScorer) => void;
}) {
  const [sort, setSort] = useTableSort("name");
  const navigate = useNavigate();
  const rule = ({ check }: ListedScorer) => {
    const type = definitionOf(check)?.type;
    return type === undefined ? null : types.find(({ name }) => name === type)?.title ?? type;
  };
  const columns: TableColumn<ListedScorer>[] = [
    {
      id: "name", title: "Scorer", hint: "Opens the traces with its feedback", value: ({ name }) => name.toLowerCase(), rowHeader: true, className: "scorer-name",
      cell: ({ name }) => <span data-scorer={name}><TracesLink experiment={e} row target={{ q: scoredFilter(name) }} title={`Traces with feedback of ${visible(name)}`}>{visible(name)}</TracesLink></span>,
    },
    {
      id: "kind", title: "Kind", value: ({ kind }) => kind,
      cell: (scorer) => (
        <div className="scorer-kind">
          <KindBadge scorer={scorer} />
          {scorer.problem ? <span className="meta scorer-reason medium-only" title={visible(scorer.problem)}>{visible(scorer.problem)}</span>
            : <span className="meta medium-only">{visible(rule(scorer) ?? "")}</span>}
        </div>
      ),
    },
    { id: "model", title: "Model", value: ({ kind, model }) => (kind === "judge" ? model ?? "" : null), className: "medium-only scorer-model", cell: (scorer) => <ModelName scorer={scorer} /> },
    { id: "version", title: "Version", value: ({ version }) => version, number: true, className: "wide-only", cell: ({ version }) => version },
    {
      id: "sampling", title: "Sampling", value: ({ sample_rate }) => sample_rate, largestFirst: true, className: "nowrap",
      cell: (scorer) => <span className={0 < scorer.sample_rate ? "" : "muted"}>{samplingText(scorer)}</span>,
    },
    {
      id: "filter", title: "Filter", value: ({ filter }) => filter, className: "wide-only scorer-filter",
      cell: ({ filter }) => (filter ? <code className="ellipsis" title={visible(filter)}>{visible(filter)}</code> : <span className="muted">–</span>),
    },
    { id: "waiting", title: "Waiting", value: ({ waiting }) => waiting, largestFirst: true, className: "nowrap medium-only", cell: (scorer) => <span className={scorer.waiting === 0 ? "muted" : ""}>{waitingText(scorer)}</span> },
    {
      id: "today", title: "Today", hint: "Calls of its model and their cost since midnight UTC", value: ({ usage_today }) => usage_today.cost_usd || usage_today.calls, largestFirst: true, className: "wide-only",
      cell: (scorer) => <span className={limitText(scorer) === null ? "meta" : "warn-text"} title={limitText(scorer) ?? undefined}>{usageText(scorer.usage_today)}</span>,
    },
    {
      id: "error", title: "Last error", value: ({ last_error }) => last_error, className: "medium-only scorer-error",
      cell: ({ last_error, failed }) => (last_error ? <span className="error-text scorer-reason" title={visible(last_error)}>{0 < failed && `${exact(failed)} failed: `}{visible(last_error)}</span> : <span className="muted">–</span>),
    },
    {
      id: "actions", title: <span className="visually-hidden">Actions</span>, number: true,
      cell: (scorer) => (
        <span className="scorer-actions">
          {0 < scorer.sample_rate ? <Button small aria-label={`Stop ${visible(scorer.name)}`} onClick={() => onStop(scorer)}>Stop</Button>
            : <Button small disabled={scorer.kind === "unsupported"} aria-label={`Start ${visible(scorer.name)}`} onClick={() => onSampling(scorer)}>Start…</Button>}
          <Link className="button small medium-only" to="/e/$e/scorers/$scorer" params={{ e, scorer: scorer.name }} aria-label={`Open ${visible(scorer.name)}`} title="o">Open</Link>
          <Menu
            label={`Actions for ${visible(scorer.name)}`}
            align="end"
            trigger={<IconButton look="plain" small label={`Actions for ${visible(scorer.name)}`} icon={<Ellipsis aria-hidden />} />}
            items={[
              { label: "Open", run: () => void navigate({ to: "/e/$e/scorers/$scorer", params: { e, scorer: scorer.name } }) },
              { label: "Traces with its feedback", run: () => void navigate({ to: "/e/$e/traces", params: { e }, search: { q: scoredFilter(scorer.name) } as never }) },
              { label: "Quality by its feedback", run: () => void navigate({ to: "/e/$e/quality", params: { e }, search: { feedback: scorer.name } as never }) },
              { label: "Sampling and filter…", disabled: scorer.kind === "unsupported", run: () => onSampling(scorer) },
              ...(scorer.kind === "judge" ? [{ label: "Budget…", run: () => onBudget(scorer) }] : []),
              null,
              { label: "Delete…", danger: true, run: () => onDelete(scorer) },
            ]}
          />
        </span>
      ),
    },
  ];
  return <DataTable label="Scorers" columns={columns} rows={scorers} rowKey={({ scorer_id }) => scorer_id} sort={sort} onSort={setSort} rowKeys />;
}

function ModelName({ scorer: { kind, model } }: { scorer: ListedScorer }) {
  if (kind !== "judge") return <span className="muted">–</span>;
  return model ? <code className="ellipsis" title={visible(model)}>{visible(model)}</code> : <span className="muted" title="The setting judge_model of the server">default</span>;
}
