import { lazy, type ReactNode, Suspense } from "react";
import { useUrl } from "../address/useUrl";
import { LoadingRows } from "../State";
import { Tabs } from "../Tabs";
import "./steps.css";

/** Two tabs: the metrics of a screen and its steps. The selected tab is in the address. */
export function TabsWithSteps({ label, metrics, steps }: { label: string; metrics: ReactNode; steps: ReactNode }) {
  const [search, change] = useUrl();
  const chosen = search.tab === "steps" ? "steps" : "metrics";
  return (
    <Tabs
      label={label} chosen={chosen} tabs={[{ id: "metrics", label: "Metrics" }, { id: "steps", label: "Steps" }]}
      onChoose={(tab) => change({ tab: tab === "metrics" ? null : tab }, { replace: true })}
    >
      <div className="tab-content">
        {chosen === "metrics" ? metrics : <Suspense fallback={<LoadingRows rows={10} />}>{steps}</Suspense>}
      </div>
    </Tabs>
  );
}

export const LazySteps = lazy(() => import("./StepsView"));
export const LazyStepComparison = lazy(() => import("./StepComparison"));
