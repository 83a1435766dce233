import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useRef } from "react";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { errorRate, ownTags } from "../../core/experimentOrder";
import { count, duration, exact, money, percent, plural } from "../../core/format";
import { visible } from "../../core/text";
import { useChangeExperiment } from "../../net/experiments";
import type { ExperimentSummary } from "../../core/types";
import { IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { SortHeader } from "../../ui/SortHeader";
import { Sparkline } from "../../ui/Sparkline";
import { Time } from "../../ui/Time";
import type { Change } from "./ChangeDialog";

export function ExperimentTable({ experiments, sort, onSort, onChange }: {
  experiments: ExperimentSummary[];
  sort: string;
  onSort: (sort: string) => void;
  onChange: (change: Change) => void;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  const days = experiments[0]?.window.days ?? 7;
  const head = { sort, onSort };
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <SortHeader {...head} column="name">Name</SortHeader>
            <SortHeader {...head} column="traces" number>Traces</SortHeader>
            <SortHeader {...head} column="last">Last trace</SortHeader>
            <th scope="col" className="wide-only">{days} days</th>
            <SortHeader {...head} column="errors" number className="medium-only">Errors, {days} d</SortHeader>
            <SortHeader {...head} column="p95" number className="wide-only">p95, {days} d</SortHeader>
            <SortHeader {...head} column="cost" number className="medium-only">Cost, {days} d</SortHeader>
            <th scope="col"><span className="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody ref={body}>
          {experiments.map((experiment) => (
            <ExperimentRow key={experiment.experiment_id} experiment={experiment} onChange={onChange} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ExperimentRow({ experiment, onChange }: { experiment: ExperimentSummary; onChange: (change: Change) => void }) {
  const { experiment_id, name, window } = experiment;
  const deleted = experiment.lifecycle_stage === "deleted";
  const failed = errorRate(experiment);
  const tags = ownTags(experiment);
  const navigate = useNavigate();
  const { mutate } = useChangeExperiment();
  const open = (to: "/e/$e" | "/e/$e/sessions" | "/e/$e/runs") => () => void navigate({ to, params: { e: experiment_id } });
  return (
    <tr>
      <th scope="row" className="experiment-name">
        <span className="row">
          <Link className="ellipsis" to="/e/$e/traces" params={{ e: experiment_id }} data-row title={visible(name)}>{visible(name)}</Link>
          {deleted && <span className="badge">deleted</span>}
          {tags.slice(0, 2).map(([key, value]) => (
            <span key={key} className="badge wide-only" title={visible(`${key}: ${value}`)}><span className="ellipsis">{visible(`${key}: ${value}`)}</span></span>
          ))}
          {tags.length > 2 && <span className="meta wide-only">+{tags.length - 2}</span>}
        </span>
      </th>
      <td className="num" title={exact(experiment.traces)}>{count(experiment.traces)}</td>
      <td className="nowrap"><Time ms={experiment.last_trace_ms} /></td>
      <td className="wide-only"><Sparkline values={experiment.sparkline} label={`${plural(window.traces, "trace")} in ${window.days} days`} /></td>
      <td className={failed ? "num medium-only error-text" : "num medium-only"}>{percent(failed)}</td>
      <td className="num wide-only">{duration(window.p95_ms)}</td>
      <td className="num medium-only">{window.traces ? money(window.cost) : "–"}</td>
      <td className="num">
        <Menu
          label={`Actions for ${name}`}
          align="end"
          trigger={<IconButton look="plain" small label={`Actions for ${name}`} icon={<Ellipsis aria-hidden />} />}
          items={[
            { label: "Overview", run: open("/e/$e") },
            { label: "Sessions", run: open("/e/$e/sessions") },
            { label: "Runs", run: open("/e/$e/runs") },
            null,
            { label: "Copy id", end: experiment_id, run: () => void copyText(experiment_id) },
            { label: "Rename…", disabled: deleted, run: () => onChange({ kind: "rename", experiment }) },
            { label: "Tags…", disabled: deleted, run: () => onChange({ kind: "tags", experiment }) },
            null,
            deleted
              ? { label: "Restore", run: () => mutate({ kind: "restore", experiment_id }) }
              : { label: "Delete…", danger: true, run: () => onChange({ kind: "delete", experiment }) },
          ]}
        />
      </td>
    </tr>
  );
}
