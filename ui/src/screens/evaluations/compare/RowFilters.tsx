import { useRef } from "react";
import { ROW_FILTERS, rowCount, rowFilterOf } from "../../../core/evaluationChanges";
import { exact, plural } from "../../../core/format";
import { visible } from "../../../core/text";
import type { EvaluationComparison } from "../../../core/types";
import { useQuickParam } from "../../../ui/address/useQuickParam";
import { useUrl } from "../../../ui/address/useUrl";
import { useHotkeys } from "../../../ui/keys/hotkeys";

/** Which cases of the comparison are shown: by change, by scorer and by text. */
export function RowFilters({ comparison, isPlaceholder }: {
  comparison: EvaluationComparison;
  /** The figures are those of the previous filter. */
  isPlaceholder: boolean;
}) {
  const [url, change] = useUrl();
  const { scorer = "" } = url;
  const only = rowFilterOf(url.only);
  const names = [...new Set([...comparison.comparisons.flatMap(({ scorers }) => scorers.map(({ name }) => name)), ...(scorer ? [scorer] : [])])].sort();
  const { matching, total, counts, inputs_by_preview } = comparison;
  const [text = "", setText] = useQuickParam("q");
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus() });
  return (
    <div className="evaluation-toolbar">
      <div className="segmented row-filters" role="group" aria-label="Cases">
        {ROW_FILTERS.map(({ id, label, hint }, at) => (
          <button key={id} type="button" className="button" aria-pressed={only === id} title={`${hint} (${at + 1})`} onClick={() => change({ only: id === "all" ? null : id }, { replace: true })}>
            {label} <span className="meta">{exact(rowCount(counts, id))}</span>
          </button>
        ))}
      </div>
      <select className="select" aria-label="Scorer" value={scorer} onChange={(event) => change({ scorer: event.target.value }, { replace: true })}>
        <option value="">Any scorer</option>
        {names.map((name) => <option key={name} value={name}>{visible(name)}</option>)}
      </select>
      <input
        ref={input} type="search" className="input" aria-label="Find cases by text" placeholder="Text in the input or an output" value={text} autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== "ArrowDown" && event.key !== "Escape") return;
          // Escape would empty the field.
          event.preventDefault();
          event.currentTarget.blur();
        }}
      />
      <span className="meta" role="status" aria-busy={isPlaceholder}>
        {matching === total ? plural(total, "case") : `${exact(matching)} of ${plural(total, "case")}`}
        {inputs_by_preview > 0 && `, ${exact(inputs_by_preview)} of them aligned by the beginning of the input only`}
      </span>
    </div>
  );
}
