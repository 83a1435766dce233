import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "../core/address";
import { ROOT } from "../net/root";
import { Crash } from "./Crash";
import { NotFound } from "./NotFound";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crash });
// Embedded pages have no navigation.
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: lazyRouteComponent(() => import("./Shell"), "Shell"), errorComponent: Crash });

type Screen = () => Promise<{ default: React.ComponentType }>;
const under = <P extends typeof root | typeof shell, Path extends string>(parent: P, path: Path, screen: Screen) =>
  createRoute({ getParentRoute: () => parent, path, component: lazyRouteComponent(screen), errorComponent: Crash });

const routes = root.addChildren([
  shell.addChildren([
    under(shell, "/", () => import("../screens/experiments/Experiments")),
    under(shell, "/e/$e", () => import("../screens/overview/Overview")),
    under(shell, "/e/$e/traces", () => import("../screens/traces/Traces")),
    under(shell, "/e/$e/steps", () => import("../screens/steps/Steps")),
    under(shell, "/e/$e/sessions", () => import("../screens/sessions/Sessions")),
    under(shell, "/e/$e/sessions/$session", () => import("../screens/sessions/Session")),
    under(shell, "/e/$e/quality", () => import("../screens/quality/Quality")),
    under(shell, "/e/$e/scorers", () => import("../screens/scorers/Scorers")),
    under(shell, "/e/$e/scorers/$scorer", () => import("../screens/scorers/ScorerPage")),
    under(shell, "/e/$e/scorers/$scorer/agreement", () => import("../screens/scorers/agreement/Agreement")),
    under(shell, "/e/$e/alerts", () => import("../screens/alerts/Alerts")),
    under(shell, "/e/$e/compare", () => import("../screens/compare/CompareSides")),
    under(shell, "/e/$e/evaluations", () => import("../screens/evaluations/Evaluations")),
    under(shell, "/e/$e/evaluations/compare", () => import("../screens/evaluations/compare/CompareEvaluations")),
    under(shell, "/e/$e/evaluations/$run", () => import("../screens/evaluations/run/Evaluation")),
    under(shell, "/e/$e/datasets", () => import("../screens/datasets/Datasets")),
    under(shell, "/e/$e/datasets/$dataset", () => import("../screens/datasets/dataset/Dataset")),
    under(shell, "/e/$e/review", () => import("../screens/review/Review")),
    under(shell, "/e/$e/review/$queue", () => import("../screens/review/queue/Queue")),
    under(shell, "/e/$e/issues", () => import("../screens/issues/Issues")),
    under(shell, "/e/$e/issues/$issue", () => import("../screens/issues/Issue")),
    under(shell, "/e/$e/prompts", () => import("../screens/prompts/PromptList")),
    under(shell, "/e/$e/prompts/$prompt", () => import("../screens/prompts/PromptPage")),
    under(shell, "/e/$e/versions", () => import("../screens/versions/Versions")),
    under(shell, "/e/$e/versions/$version", () => import("../screens/versions/Version")),
    under(shell, "/e/$e/runs", () => import("../screens/runs/Runs")),
    under(shell, "/e/$e/runs/compare", () => import("../screens/evaluations/compare/FormerAddress")),
    under(shell, "/e/$e/runs/$run", () => import("../screens/runs/Run")),
    under(shell, "/t/$traceId", () => import("../screens/trace/TracePage")),
    under(shell, "/compare", () => import("../screens/compare/CompareTraces")),
    under(shell, "/settings", () => import("../screens/settings/Settings")),
    under(shell, "$", () => import("./NotFound").then(({ NotFound }) => ({ default: NotFound }))),
  ]),
  under(root, "/embed/t/$traceId", () => import("../screens/embed/Embed")),
  // The address that MLflow's clients embed in a notebook.
  under(root, "/static-files/lib/notebook-trace-renderer/index.html", () => import("../screens/embed/Embed")),
]);

export const router = createRouter({
  routeTree: routes,
  basepath: ROOT,
  parseSearch,
  stringifySearch,
  scrollRestoration: false,
  defaultPreload: "intent",
  defaultPendingMs: 150,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
