import { Link, useParams } from "@tanstack/react-router";
import { useTitle } from "../../ui/browser/useTitle";
import { absoluteTime, duration } from "../../core/format";
import { isEvaluation, ownRunTags, runDuration, sourceOf, tagOf } from "../../core/run";
import { visible } from "../../core/text";
import { useUtc } from "../../ui/browser/timeZone";
import { useRun, useRunTag } from "../../net/runs";
import { CopyButton } from "../../ui/CopyButton";
import { PageProblem } from "../../ui/PageProblem";
import { Property, PropertyList } from "../../ui/PropertyList";
import { LoadingRows } from "../../ui/State";
import { TagEditor } from "../../ui/TagEditor";
import { useNow } from "../../ui/useNow";
import { RunMetrics } from "./RunMetrics";
import { RunStatus } from "../../ui/RunStatus";
import { RunTraces } from "./RunTraces";
import "./runs.css";

/** One run: parameters, metrics, tags and traces. */
export default function Run() {
  const { e, run: runId } = useParams({ strict: false }) as { e: string; run: string };
  const { data: run, error, refetch } = useRun(runId);
  useTitle(run?.info.run_name, "Run");
  const now = useNow();
  const utc = useUtc();
  const tag = useRunTag(runId);
  const setTag = (key: string, value: string | null) => tag.mutateAsync({ key, value }).then(() => true, () => false);

  if (error && !run) {
    return <PageProblem what="run" error={error} onRetry={() => void refetch()}><Link to="/e/$e/runs" params={{ e }}>See all runs</Link></PageProblem>;
  }
  if (!run) return <div className="page"><LoadingRows /></div>;
  const { info } = run;
  const source = sourceOf(run);
  const params = run.data?.params ?? [];
  const datasets = run.inputs?.dataset_inputs ?? [];
  const note = tagOf(run, "mlflow.note.content");
  return (
    <div className="page">
      <div className="row wrap">
        <Link to="/e/$e/runs" params={{ e }} className="button plain">← Runs</Link>
        <RunStatus status={info.status} />
        <h1 className="ellipsis">{visible(info.run_name || info.run_id)}</h1>
        {isEvaluation(run) && <Link className="button" to="/e/$e/evaluations/$run" params={{ e, run: info.run_id }}>Cases and scores</Link>}
        {info.lifecycle_stage === "deleted" && <span className="badge error">deleted</span>}
        <code className="muted">{info.run_id}</code>
        <CopyButton text={info.run_id} label="Copy the run id" />
      </div>
      <PropertyList>
        <Property name="Status">{info.status.toLowerCase()}</Property>
        <Property name="Started">{absoluteTime(info.start_time, utc).slice(0, 19)}</Property>
        <Property name="Duration">{duration(runDuration(run, now))}</Property>
        {info.user_id && <Property name="User">{visible(info.user_id)}</Property>}
        {source && <Property name="Source">{visible(source)}</Property>}
        {datasets.map(({ dataset }) => <Property key={`${dataset.name} ${dataset.digest}`} name="Dataset">{visible(dataset.name)} <span className="meta">{visible(dataset.digest)}</span></Property>)}
      </PropertyList>
      {note && <p className="long-note">{visible(note)}</p>}
      <div className="run-columns">
        <section className="stack">
          <h2>Metrics</h2>
          <RunMetrics run={run} />
        </section>
        <section className="stack">
          <h2>Parameters</h2>
          {params.length === 0 ? <p className="muted">None.</p> : (
            <table className="table">
              <tbody>{params.map(({ key, value }) => <tr key={key}><th scope="row" className="mono">{visible(key)}</th><td className="breaks">{visible(value)}</td></tr>)}</tbody>
            </table>
          )}
        </section>
        <section className="stack">
          <h2>Tags</h2>
          <TagEditor tags={ownRunTags(run)} onSet={setTag} onDelete={(key) => setTag(key, null)} />
          {tag.error && <p className="error-text" role="alert">{tag.error.message}</p>}
        </section>
      </div>
      <RunTraces e={e} experimentId={info.experiment_id} runId={info.run_id} />
    </div>
  );
}
