import { shorten, visible } from "../../core/text";
import { nameOf } from "../../core/trace/spanTree";
import { Button } from "../Button";
import type { Panel } from "./params";
import type { TraceModel } from "./useTrace";

/** Switches a narrow pane between the tree and the selected span. */
export function PanelBar({ model, span, panel, onPanel }: { model: TraceModel; span: number; panel: Panel; onPanel: (panel: Panel) => void }) {
  const { tree } = model;
  if (tree.count === 0) return null;
  const error = tree.error[span];
  return (
    <div className="panel-bar" role="toolbar" aria-label="Panel">
      <span className="segmented">
        <Button aria-pressed={panel === "tree"} onClick={() => onPanel("tree")}>Spans</Button>
        <Button aria-pressed={panel === "span"} onClick={() => onPanel("span")}>Details</Button>
      </span>
      <button type="button" className="link ellipsis" onClick={() => onPanel("span")} title={error ? visible(error) : undefined}>
        <b>{shorten(visible(nameOf(tree, span)), 60)}</b>
        {error && panel === "tree" && <span className="error-text">: {shorten(visible(error), 200)}</span>}
      </button>
    </div>
  );
}
