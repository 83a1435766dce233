import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { alignRuns, scoreChange, scoreOf, scorerNames } from "../../core/alignRuns";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import { useRun, useRunTraces } from "../../net/runs";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { AlignedInputs } from "./AlignedInputs";
import "./runs.css";

const TRACES_MAX = 500;

/** Two runs side by side: a row for each input, a column for each scorer. */
export default function CompareRuns() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const [a, b] = [search.a ?? "", search.b ?? ""];
  const [runA, runB] = [useRun(a), useRun(b)];
  const experimentId = runA.data?.info.experiment_id;
  const [tracesA, tracesB] = [useRunTraces(experimentId, a, TRACES_MAX), useRunTraces(experimentId, b, TRACES_MAX)];
  const swap = () => change({ a: b, b: a });
  const [nameA, nameB] = [runA, runB].map(({ data }) => data?.info.run_name || data?.info.run_id);
  useHotkeys({ s: swap });
  useTitle(nameA && nameB ? `${nameA} and ${nameB}` : null, "Runs");

  if (!a || !b) return <EmptyState title="Choose two runs"><Link to="/e/$e/runs" params={{ e }}>Select two in the list of runs</Link></EmptyState>;
  const failed = [runA, runB, tracesA, tracesB].find(({ error }) => error);
  if (failed) return <ErrorState error={failed.error} doing="load the runs" onRetry={() => void failed.refetch()} />;
  const loaded = tracesA.data && tracesB.data;
  return (
    <div className="page">
      <div className="row wrap">
        <Link to="/e/$e/runs" params={{ e }} className="button plain">← Runs</Link>
        <h1>Compare runs</h1>
        {[{ letter: "A", id: a, name: nameA }, { letter: "B", id: b, name: nameB }].map(({ letter, id, name }) => (
          <Link key={letter} className="badge" to="/e/$e/runs/$run" params={{ e, run: id }}><b>{letter}</b> <span className="ellipsis">{visible(name ?? id)}</span></Link>
        ))}
        <Button onClick={swap} title="s"><ArrowLeftRight aria-hidden /> Swap</Button>
      </div>
      {!loaded ? <LoadingRows rows={10} />
        : tracesA.data!.traces.length + tracesB.data!.traces.length === 0 ? <EmptyState title="Neither run has traces" />
        : <Body a={tracesA.data!.traces} b={tracesB.data!.traces} isPart={[tracesA, tracesB].some(({ data }) => data!.next_page_token)} />}
    </div>
  );
}

function Body({ a, b, isPart }: { a: Parameters<typeof alignRuns>[0]; b: Parameters<typeof alignRuns>[1]; isPart: boolean }) {
  const rows = alignRuns(a, b);
  const scorers = scorerNames([...a, ...b]);
  const count = (test: (row: (typeof rows)[number]) => boolean) => rows.filter(test).length;
  return (
    <>
      <p className="meta">
        {plural(count(({ a, b }) => a !== null && b !== null), "input")} in both, {count(({ b }) => b === null)} in A alone, {count(({ a }) => a === null)} in B alone.
        {isPart && ` Only the newest ${TRACES_MAX} traces of each run are compared.`}
      </p>
      {scorers.length > 0 && (
        <ul className="score-changes">
          {scorers.map((name) => {
            const changes = rows.map((row) => scoreChange(scoreOf(row.a, name), scoreOf(row.b, name)));
            const of = (change: string) => changes.filter((one) => one === change).length;
            return (
              <li key={name}>
                <b>{visible(name)}</b> <span className="ok-text">{of("better")} better</span>, <span className={of("worse") ? "error-text" : "muted"}>{of("worse")} worse</span>, <span className="muted">{of("same")} same</span>
              </li>
            );
          })}
        </ul>
      )}
      <AlignedInputs rows={rows} scorers={scorers} />
    </>
  );
}
