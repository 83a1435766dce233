import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { duration } from "../../core/format";
import { commonMetrics, isEvaluation, metricOf, metricText, ownRunTags, runDuration } from "../../core/run";
import { visible } from "../../core/text";
import type { Run } from "../../core/run";
import { SortHeader } from "../../ui/SortHeader";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { RunStatus } from "./RunStatus";

const METRICS_MAX = 6;

export function RunTable({ e, runs, sort, onSort }: { e: string; runs: Run[]; sort: string; onSort: (sort: string) => void }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  const now = useNow();
  const metrics = commonMetrics(runs, METRICS_MAX);
  const head = { sort, onSort };
  return (
    <div className="table-scroll">
      <table className="table runs">
        <thead>
          <tr>
            <SortHeader {...head} column="name">Run</SortHeader>
            <SortHeader {...head} column="start" number>Started</SortHeader>
            <th scope="col" className="num medium-only">Duration</th>
            {metrics.map((key) => <SortHeader key={key} {...head} column={`m:${key}`} number className="medium-only">{visible(key)}</SortHeader>)}
            <th scope="col" className="wide-only">Parameters</th>
            <th scope="col" className="wide-only">Tags</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {runs.map((run) => (
            <tr key={run.info.run_id}>
              <th scope="row">
                <span className="row">
                  <RunStatus status={run.info.status} />
                  <Link className="ellipsis" data-row to="/e/$e/runs/$run" params={{ e, run: run.info.run_id }}>{visible(run.info.run_name || run.info.run_id)}</Link>
                  {isEvaluation(run) && <span className="badge">evaluation</span>}
                </span>
              </th>
              <td className="num nowrap"><Time ms={run.info.start_time} /></td>
              <td className="num nowrap medium-only">{duration(runDuration(run, now))}</td>
              {metrics.map((key) => <td key={key} className="num medium-only">{metricText(metricOf(run, key))}</td>)}
              <td className="wide-only pairs"><Pairs pairs={(run.data?.params ?? []).map(({ key, value }) => [key, value])} /></td>
              <td className="wide-only pairs"><Pairs pairs={ownRunTags(run)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pairs({ pairs }: { pairs: [string, string][] }) {
  const text = visible(pairs.map(([key, value]) => `${key}=${value}`).join("  "));
  return <span className="ellipsis mono" title={text}>{text}</span>;
}
