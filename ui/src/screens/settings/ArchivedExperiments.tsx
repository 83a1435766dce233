import { Link } from "@tanstack/react-router";
import { keptText, waitingText } from "../../core/archiveText";
import { bytes, count, exact } from "../../core/format";
import { visible } from "../../core/text";
import type { ArchivedExperiment } from "../../core/types";
import { useNow } from "../../ui/useNow";

const EXPERIMENTS_MAX = 50;

/** What the archive has of each experiment. */
export function ArchivedExperiments({ experiments }: { experiments: ArchivedExperiment[] }) {
  const now = useNow();
  if (experiments.length === 0) return <p className="muted">Nothing is archived yet. A trace is archived when it has ended and nothing has changed for 10 seconds.</p>;
  return (
    <>
      <div className="table-scroll" role="region" aria-label="Experiments in the archive" tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Experiment</th><th scope="col">Kept</th><th scope="col" className="num">Traces</th><th scope="col" className="num medium-only">Spans</th>
              <th scope="col" className="num medium-only">Files</th><th scope="col" className="num">Size</th><th scope="col" className="medium-only">Waiting</th>
              <th scope="col" className="wide-only">Tables</th>
            </tr>
          </thead>
          <tbody>
            {experiments.slice(0, EXPERIMENTS_MAX).map((experiment) => (
              <tr key={experiment.experiment_id}>
                <th scope="row"><Link to="/e/$e/traces" params={{ e: experiment.experiment_id }}>{visible(experiment.name)}</Link></th>
                <td>{keptText(experiment)}{!experiment.enabled && <> <span className="badge warn">excluded</span></>}</td>
                <td className="num" title={exact(experiment.traces)}>{count(experiment.traces)}</td>
                <td className="num medium-only" title={exact(experiment.spans)}>{count(experiment.spans)}</td>
                <td className="num medium-only">{exact(experiment.files)}</td>
                <td className="num">{bytes(experiment.bytes)}</td>
                <td className="medium-only">{waitingText(experiment.waiting_traces, experiment.waiting_since_ms, now)}</td>
                <td className="wide-only mono breaks">{experiment.prefix === null ? "–" : `${visible(experiment.prefix)}_…`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {experiments.length > EXPERIMENTS_MAX && <p className="meta">The {EXPERIMENTS_MAX} largest, of {exact(experiments.length)}.</p>}
    </>
  );
}
