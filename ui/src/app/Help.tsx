import { Link, useRouterState } from "@tanstack/react-router";
import { ROOT } from "../net/root";
import { Dialog } from "../ui/Dialog";
import { ALERTS_KEYS } from "../screens/alerts/alertsKeys";
import { COMPARE_SIDES_KEYS } from "../screens/compare/compareSidesKeys";
import { COMPARE_TRACES_KEYS } from "../screens/compare/traces/compareTracesKeys";
import { DATASETS_KEYS } from "../screens/datasets/datasetsKeys";
import { EMBED_KEYS } from "../screens/embed/embedKeys";
import { COMPARE_EVALUATIONS_KEYS, EVALUATION_KEYS, EVALUATIONS_KEYS } from "../screens/evaluations/evaluationsKeys";
import { EXPERIMENTS_KEYS } from "../screens/experiments/experimentsKeys";
import { ISSUES_KEYS } from "../screens/issues/issuesKeys";
import { OVERVIEW_KEYS } from "../screens/overview/overviewKeys";
import { PROMPTS_KEYS } from "../screens/prompts/promptsKeys";
import { REVIEW_KEYS, REVIEW_QUEUE_KEYS } from "../screens/review/reviewKeys";
import { RUNS_KEYS } from "../screens/runs/runsKeys";
import { SCORERS_KEYS } from "../screens/scorers/scorersKeys";
import { SESSIONS_KEYS } from "../screens/sessions/sessionsKeys";
import { STEPS_KEYS } from "../screens/steps/stepsKeys";
import { TRACE_KEYS } from "../ui/trace/traceKeys";
import { TRACES_KEYS } from "../screens/traces/tracesKeys";
import { VERSIONS_KEYS } from "../screens/versions/versionsKeys";
import { FilterHelp } from "./FilterHelp";
import "./help.css";
import { KeyTable } from "./KeyTable";
import type { KeyHelp } from "../ui/keys/keyHelp";
import { GLOBAL_KEYS } from "./globalKeys";

const TABLES: { title: string; keys: KeyHelp[]; path?: RegExp }[] = [
  { title: "Everywhere", keys: GLOBAL_KEYS },
  { title: "Trace list", keys: TRACES_KEYS, path: /^\/e\/[^/]+\/traces$/ },
  { title: "Trace", keys: TRACE_KEYS, path: /^\/t\/[^/]+$/ },
  { title: "Overview and quality", keys: OVERVIEW_KEYS, path: /^\/e\/[^/]+(\/quality)?$/ },
  { title: "Scorers", keys: SCORERS_KEYS, path: /^\/e\/[^/]+\/scorers(\/|$)/ },
  { title: "Alerts", keys: ALERTS_KEYS, path: /^\/e\/[^/]+\/alerts$/ },
  { title: "Steps", keys: STEPS_KEYS, path: /^\/e\/[^/]+\/steps$/ },
  { title: "Sessions", keys: SESSIONS_KEYS, path: /^\/e\/[^/]+\/sessions(\/|$)/ },
  { title: "Compare traces", keys: COMPARE_TRACES_KEYS, path: /^\/compare$/ },
  { title: "Compare versions, models or time ranges", keys: COMPARE_SIDES_KEYS, path: /^\/e\/[^/]+\/compare$/ },
  { title: "Evaluations", keys: EVALUATIONS_KEYS, path: /^\/e\/[^/]+\/evaluations$/ },
  { title: "Evaluation", keys: EVALUATION_KEYS, path: /^\/e\/[^/]+\/evaluations\/(?!compare$)[^/]+$/ },
  { title: "Compare evaluations", keys: COMPARE_EVALUATIONS_KEYS, path: /^\/e\/[^/]+\/evaluations\/compare$/ },
  { title: "Datasets", keys: DATASETS_KEYS, path: /^\/e\/[^/]+\/datasets(\/|$)/ },
  { title: "Review queues", keys: REVIEW_KEYS, path: /^\/e\/[^/]+\/review$/ },
  { title: "Review of traces", keys: REVIEW_QUEUE_KEYS, path: /^\/e\/[^/]+\/review\/[^/]+$/ },
  { title: "Issues", keys: ISSUES_KEYS, path: /^\/e\/[^/]+\/issues(\/|$)/ },
  { title: "Prompts", keys: PROMPTS_KEYS, path: /^\/e\/[^/]+\/prompts(\/|$)/ },
  { title: "Agent versions", keys: VERSIONS_KEYS, path: /^\/e\/[^/]+\/versions(\/|$)/ },
  { title: "Runs", keys: RUNS_KEYS, path: /^\/e\/[^/]+\/runs(\/|$)/ },
  { title: "Experiments", keys: EXPERIMENTS_KEYS, path: /^\/$/ },
  { title: "In a notebook", keys: EMBED_KEYS },
];

/** The help: the keys of every screen, those of the current one first, and the filter language. */
export default function Help({ onClose }: { onClose: () => void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname.replace(/\/+$/, "") || "/" });
  const isHere = ({ path: ofScreen }: (typeof TABLES)[number]) => Number(ofScreen?.test(path) ?? false);
  return (
    <Dialog title="Keyboard shortcuts and help" wide onClose={onClose}>
      <div className="help-tables">
        {TABLES.toSorted((a, b) => isHere(b) - isHere(a)).map(({ title, keys }) => <KeyTable key={title} title={title} keys={keys} />)}
      </div>
      <p className="meta">
        Single-letter shortcuts can be switched off in the <Link to="/settings" onClick={onClose}>settings</Link>.
      </p>
      <FilterHelp />
      <p>
        <a href={`${ROOT}api/docs`} target="_blank" rel="noopener">API reference</a>
        {" · "}
        <Link to="/settings" search={{ tab: "ingest" } as never} onClick={onClose}>Why do I see no traces?</Link>
      </p>
    </Dialog>
  );
}
