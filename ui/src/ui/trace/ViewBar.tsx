import { Search, X } from "lucide-react";
import { shorten, visible } from "../../core/text";
import { nextFailure } from "../../core/trace/walk";
import { Button } from "../Button";
import { VIEWS, type View } from "./params";
import type { SpanSelection } from "./useSpanSelection";
import type { TraceModel } from "./useTrace";

/** Switches between the views of the spans. */
export function ViewBar({ view, onView, name, onClearName, model, selection, onFind }: {
  view: View;
  onView: (view: View) => void;
  name: string | undefined;
  onClearName: () => void;
  model: TraceModel;
  selection: SpanSelection;
  onFind: () => void;
}) {
  const failure = model.row.failed_spans || model.tree.failedBelow[0] || model.tree.failed[0];
  return (
    <div className="view-bar" role="toolbar" aria-label="Span view">
      <div className="segmented">
        {VIEWS.map(({ id, label }) => (
          <Button key={id} aria-pressed={view === id} onClick={() => onView(id)}>{label}</Button>
        ))}
      </div>
      {name && (
        <Button small onClick={onClearName} title="Show all spans" aria-label={`Only ${name}; show all spans`}>
          only {shorten(visible(name), 24)} <X aria-hidden />
        </Button>
      )}
      <span className="grow" />
      <Button look="plain" onClick={onFind}><Search aria-hidden /> Find <span className="kbd">f</span></Button>
      {failure ? (
        <Button
          look="plain"
          onClick={() => {
            const next = nextFailure(model.tree, selection.span, 1);
            if (next !== null) selection.select(next);
          }}
        >
          Next error <span className="kbd">e</span>
        </Button>
      ) : null}
    </div>
  );
}
