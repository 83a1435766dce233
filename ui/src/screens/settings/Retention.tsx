import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ARCHIVE_TAG } from "../../core/archiveText";
import { bytes, count, duration, exact } from "../../core/format";
import { visible } from "../../core/text";
import { useArchive } from "../../net/archive";
import { useExperiments } from "../../net/experiments";
import { useServer } from "../../net/server";
import { useStorage, type ExperimentStorage } from "../../net/storage";
import type { ExperimentSummary } from "../../core/types";
import { Button } from "../../ui/Button";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";
import { RetentionDialog } from "./RetentionDialog";

const EXPERIMENTS_MAX = 50;

/** Storage and retention of each experiment. */
export function Retention() {
  const { data, error, refetch } = useExperiments();
  const { data: server } = useServer();
  const { data: archive } = useArchive({ once: true });
  const [changing, setChanging] = useState<ExperimentSummary | null>(null);
  const largest = (data?.experiments ?? []).toSorted((a, b) => b.traces - a.traces).slice(0, EXPERIMENTS_MAX);
  const { storage } = useStorage(largest.map(({ experiment_id }) => experiment_id));
  if (error && !data) return <ErrorState error={error} doing="load the experiments" onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows />;
  return (
    <div className="stack">
      <p>
        {server?.all_experiments && <>Database: {bytes(server.database_bytes)}, large payloads: {bytes(server.blob_bytes)}. </>}
        {server && (server.retention ? <>Unless an experiment sets its own limits, the server keeps {visible(server.retention)}. </> : <>Unless an experiment sets its own limits, everything is kept. </>)}
        The oldest traces are deleted first{archive?.configured && ", as soon as they are archived. The archive keeps them for good"}.
      </p>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Experiment</th><th scope="col" className="num">Traces</th><th scope="col" className="num medium-only">Spans</th><th scope="col" className="num">Payload, compressed</th>
              <th scope="col" className="medium-only">Oldest</th><th scope="col">Retention</th><th scope="col"><span className="visually-hidden">Actions</span></th>
            </tr>
          </thead>
          <tbody>
            {largest.map((experiment, at) => {
              const used = storage[at];
              return (
                <tr key={experiment.experiment_id}>
                  <th scope="row"><Link to="/e/$e/traces" params={{ e: experiment.experiment_id }}>{visible(experiment.name)}</Link></th>
                  <td className="num" title={exact(experiment.traces)}>{count(experiment.traces)}</td>
                  <td className="num medium-only">{count(used?.spans)}</td>
                  <td className="num">{bytes(used?.payload_bytes)}</td>
                  <td className="medium-only"><Time ms={used?.oldest_request_time ? Date.parse(used.oldest_request_time) : null} /></td>
                  <td>{used ? keeps(used) : "–"}{archive?.configured && <span className="meta check-advice">{experiment.tags[ARCHIVE_TAG] === "false" ? "not archived" : "archived for good"}</span>}</td>
                  <td className="num">
                    <Button small disabled={experiment.lifecycle_stage === "deleted"} aria-label={`Change retention of ${experiment.name}`} onClick={() => setChanging(experiment)}>Change…</Button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {data.experiments.length > EXPERIMENTS_MAX && <p className="meta">The {EXPERIMENTS_MAX} with the most traces, of {exact(data.experiments.length)}.</p>}
      {changing && <RetentionDialog experiment={changing} onClose={() => setChanging(null)} />}
    </div>
  );
}

function keeps({ retention }: ExperimentStorage): string {
  const limits = [
    retention.max_age_s !== null && duration(retention.max_age_s * 1000),
    retention.max_bytes !== null && bytes(retention.max_bytes),
  ].filter(Boolean);
  if (limits.length === 0) return "everything";
  const own = retention.max_age_source === "experiment tag" || retention.max_bytes_source === "experiment tag";
  return `${limits.join(", ")}${own ? "" : " (server)"}`;
}
