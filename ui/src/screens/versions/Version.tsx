import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { latestMetrics, modelFilter, ownModelTags, statusWord } from "../../core/loggedModel";
import { metricText } from "../../core/run";
import { visible } from "../../core/text";
import { useLoggedModel, useLoggedModelTag } from "../../net/loggedModels";
import { useRangeKeys } from "../../ui/address/useRangeKeys";
import { useTimeRange } from "../../ui/address/useTimeRange";
import { useUtc } from "../../ui/browser/timeZone";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { PageProblem } from "../../ui/PageProblem";
import { LoadingRows } from "../../ui/State";
import { TagEditor } from "../../ui/TagEditor";
import { DeleteVersion } from "./DeleteVersion";
import { VersionEvaluations } from "./VersionEvaluations";
import { VersionProperties } from "./VersionProperties";
import { VersionStatus } from "./VersionStatus";
import { VersionTraffic } from "./VersionTraffic";
import "./versions.css";

/** One version: its parameters, metrics and tags, its traffic, evaluations and traces. */
export default function Version() {
  const { e, version: modelId } = useParams({ strict: false }) as { e: string; version: string };
  const { data: model, error, refetch } = useLoggedModel(modelId);
  const range = useTimeRange();
  const side = { q: modelFilter(modelId), range: range.text, utc: useUtc() };
  const tag = useLoggedModelTag(modelId);
  const setTag = (key: string, value: string | null) => tag.mutateAsync({ key, value }).then(() => true, () => false);
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  useTitle(model?.info.name, "Agent version");
  useRangeKeys(range);
  useHotkeys({ r: () => void refetch(), Escape: () => void navigate({ to: "/e/$e/versions", params: { e } }) });

  if (error && !model) {
    return <PageProblem what="agent version" error={error} onRetry={() => void refetch()}><Link to="/e/$e/versions" params={{ e }}>See all versions</Link></PageProblem>;
  }
  if (!model) return <div className="page"><LoadingRows /></div>;
  const metrics = latestMetrics(model);
  return (
    <div className="page versions">
      <div className="row wrap">
        <Link to="/e/$e/versions" params={{ e }} className="button plain">← Agent versions</Link>
        <VersionStatus model={model} />
        <h1 className="ellipsis">{visible(model.info.name)}</h1>
        <span className="badge">{statusWord(model)}</span>
        <code className="muted ellipsis">{modelId}</code>
        <CopyButton text={modelId} label="Copy the id of the version" />
        <span className="grow" />
        <Button look="danger" onClick={() => setDeleting(true)}>Delete</Button>
      </div>
      <VersionProperties e={e} model={model} />
      <div className="version-columns">
        <PairTable title="Parameters" pairs={(model.data?.params ?? []).map(({ key, value }) => [key, visible(value)])} />
        <PairTable title="Metrics" pairs={metrics.map(({ key, value }) => [key, metricText(value)])} number />
        <section className="stack" aria-labelledby="tags">
          <h2 id="tags">Tags</h2>
          <TagEditor tags={ownModelTags(model)} onSet={setTag} onDelete={(key) => setTag(key, null)} />
          {tag.error && <p className="error-text" role="alert">{tag.error.message}</p>}
        </section>
      </div>
      <VersionEvaluations e={e} model={model} />
      <VersionTraffic e={e} side={side} range={range} />
      {deleting && <DeleteVersion e={e} model={model} onClose={() => setDeleting(false)} />}
    </div>
  );
}

function PairTable({ title, pairs, number = false }: { title: string; pairs: [string, string][]; number?: boolean }) {
  return (
    <section className="stack" aria-labelledby={title}>
      <h2 id={title}>{title}</h2>
      {pairs.length === 0 ? <p className="muted">None.</p> : (
        <table className="table" aria-labelledby={title}>
          <tbody>{pairs.map(([key, value]) => <tr key={key}><th scope="row" className="mono">{visible(key)}</th><td className={number ? "num" : "pair-value"}>{value}</td></tr>)}</tbody>
        </table>
      )}
    </section>
  );
}
