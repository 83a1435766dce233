import { ArrowUpDown, X } from "lucide-react";
import { useMemo, useRef } from "react";
import { caseOrders } from "../../../core/caseOrder";
import { exact, plural } from "../../../core/format";
import type { PageList } from "../../../core/pageList";
import { visible } from "../../../core/text";
import type { Evaluation, EvaluationCase, ScoreDistribution } from "../../../core/types";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { FilterLine } from "../../../ui/filter/FilterLine";
import { filterErrorOf } from "../../../ui/filter/filterError";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { Menu } from "../../../ui/Menu";
import { verdictLabel } from "./ScorerCards";

/** Filters and orders the cases; says how many there are. */
export function CaseToolbar({ e, list, matching, evaluation, scorers, chosen, onChoose }: {
  e: string;
  list: PageList<EvaluationCase>;
  matching: number | null;
  evaluation: Evaluation;
  scorers: readonly ScoreDistribution[];
  chosen: { scorer: string; verdict: string } | null;
  onChoose: (chosen: null) => void;
}) {
  const [url, change] = useUrl();
  const { q = "", sort = "" } = url;
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus() });
  const scope = useMemo(() => ({ experiment: e, q, from: null, to: null }), [e, q]);
  const orders = caseOrders(scorers.map(({ name }) => name));
  const order = orders.find((one) => one.sort === sort);
  return (
    <div className="evaluation-toolbar">
      <FilterLine scope={scope} filterError={filterErrorOf(list.error)} onCommit={(next) => change({ q: next })} inputRef={input} label="Filter the cases" />
      {chosen && (
        <Button aria-label="Show cases with any score" onClick={() => onChoose(null)}>
          <span className="ellipsis">{visible(chosen.scorer)}: {verdictLabel(chosen.verdict)}</span> <X aria-hidden />
        </Button>
      )}
      <Menu
        label="Order" align="end"
        trigger={<Button><ArrowUpDown aria-hidden /> <span className="ellipsis">{order?.label ?? "Order"}</span></Button>}
        items={orders.map((one) => ({ label: one.label, checked: one.sort === sort, run: () => change({ sort: one.sort }, { replace: true }) }))}
      />
      <span className="meta nowrap" role="status">{matching !== null && (matching === evaluation.cases ? plural(matching, "case") : `${exact(matching)} of ${plural(evaluation.cases, "case")}`)}</span>
    </div>
  );
}
