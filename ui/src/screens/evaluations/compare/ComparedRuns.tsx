import { useNavigate } from "@tanstack/react-router";
import { ArrowLeftRight, ChevronDown, Plus } from "lucide-react";
import { LETTERS } from "../../../core/letters";
import { visible } from "../../../core/text";
import type { Evaluation } from "../../../core/types";
import { COMPARED_MAX } from "../../../net/evaluations";
import { Button } from "../../../ui/Button";
import { Menu } from "../../../ui/Menu";

/** The compared runs, each with a menu: open it, make it the baseline, remove it. */
export function ComparedRuns({ e, runs, onRuns, onSwap, onAdd }: {
  e: string;
  runs: Evaluation[];
  onRuns: (runs: string[]) => void;
  onSwap: () => void;
  onAdd: () => void;
}) {
  const navigate = useNavigate();
  const ids = runs.map(({ run_id }) => run_id);
  return (
    <>
      {runs.map(({ run_id, name }, at) => {
        const shown = visible(name || run_id);
        const others = ids.filter((id) => id !== run_id);
        return (
          <Menu
            key={run_id}
            label={`Run ${LETTERS[at]}`}
            trigger={<Button className="compared-run" title={at === 0 ? `${shown}, the baseline` : shown}><b>{LETTERS[at]}</b> <span className="ellipsis">{shown}</span>{at === 0 && <span className="meta">baseline</span>}<ChevronDown aria-hidden /></Button>}
            items={[
              { label: "Open this evaluation", run: () => void navigate({ to: "/e/$e/evaluations/$run", params: { e, run: run_id } }) },
              ...(at > 0 ? [{ label: "Make it the baseline", run: () => onRuns([run_id, ...others]) }] : []),
              ...(runs.length > 2 ? [{ label: "Remove from the comparison", run: () => onRuns(others) }] : []),
            ]}
          />
        );
      })}
      {runs.length < COMPARED_MAX && <Button onClick={onAdd}><Plus aria-hidden /> Add</Button>}
      {runs.length === 2 && <Button onClick={onSwap} title="s"><ArrowLeftRight aria-hidden /> Swap</Button>}
    </>
  );
}
