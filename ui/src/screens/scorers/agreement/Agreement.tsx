import { Link, useParams } from "@tanstack/react-router";
import { visible } from "../../../core/text";
import { useAgreement } from "../../../net/scorerAgreement";
import { useExperiment } from "../../../net/experiment";
import { useScorers } from "../../../net/scorers";
import { useUrl } from "../../../ui/address/useUrl";
import { useTitle } from "../../../ui/browser/useTitle";
import { filterErrorOf } from "../../../ui/filter/filterError";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { ScopeBar } from "../../../ui/scope/ScopeBar";
import { useScope } from "../../../ui/scope/useScope";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { AgreementMatrix } from "./AgreementMatrix";
import { AgreementSummary } from "./AgreementSummary";
import { CaseList } from "./CaseList";
import { NoAgreement } from "./NoAgreement";
import { AgreementByVersion } from "./AgreementByVersion";
import "../../../ui/text/text.css";
import "./agreement.css";

/** How far a scorer agrees with people on the same traces, and where not. */
export default function Agreement() {
  const { e, scorer: name } = useParams({ strict: false }) as { e: string; scorer: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const state = useScope(e);
  const scope = { experiment: e, name, side: state.side, version: search.version ?? "" };
  const { data, error, isFetching, isPending, refetch } = useAgreement(scope);
  const registered = useScorers(e).data?.scorers.find((one) => one.name === name);
  const cell = search.scorer !== undefined && search.person !== undefined ? { scorer: search.scorer, person: search.person } : null;
  useTitle("Agreement", name, experiment.data?.name ?? e);
  useHotkeys({ r: () => void refetch() });

  return (
    <div className="page agreement" aria-busy={isFetching}>
      {isFetching && data && <div className="progress-line" />}
      <div className="row wrap">
        {registered && <Link className="button plain" to="/e/$e/scorers/$scorer" params={{ e, scorer: name }}>← {visible(name)}</Link>}
        <h1 className="grow breaks">Agreement of {visible(name)} with people</h1>
        {data && 1 < data.versions.length && (
          <label className="row">
            <span className="meta">Version</span>
            <select className="select" value={scope.version} onChange={(event) => change({ version: event.target.value || null })}>
              <option value="">all</option>
              {data.versions.map(({ version }) => version !== null && <option key={version} value={version}>{visible(version)}</option>)}
            </select>
          </label>
        )}
      </div>
      <ScopeBar state={state} error={error} />
      {error && !filterErrorOf(error) ? <ErrorState error={error} doing="load the agreement" onRetry={() => void refetch()} />
        : !data ? isPending && <LoadingRows rows={8} />
        : data.compared === 0 ? <NoAgreement e={e} name={name} narrowed={state.side.q !== "" || state.side.range.from !== "all" || scope.version !== ""} onAll={() => change({ q: null, from: "all", to: null, version: null })} />
        : (
          <>
            <AgreementSummary agreement={data} />
            <div className="agreement-figures">
              <AgreementMatrix agreement={data} cell={cell} onChoose={(chosen) => change({ scorer: chosen?.scorer ?? null, person: chosen?.person ?? null }, { replace: true })} />
              {1 < data.versions.length && <AgreementByVersion versions={data.versions} chosen={scope.version} onChoose={(version) => change({ version })} />}
            </div>
            <CaseList key={`${scope.version} ${JSON.stringify(cell)}`} scope={scope} cell={cell} experimentId={experiment.data?.experiment_id} registered={registered} onAll={() => change({ scorer: null, person: null }, { replace: true })} />
          </>
        )}
    </div>
  );
}
