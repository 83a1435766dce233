import { useHotkeys } from "../keys/hotkeys";
import { nextFailure, nextLlm } from "../../core/trace/walk";
import { panBy, wholeOf, zoomBy, type Zoom } from "../../core/trace/zoom";
import { copyText } from "../CopyButton";
import { toast } from "../../core/toastQueue";
import type { Find } from "./find/useFind";
import type { SpanTab, View } from "./params";
import { pressThumb } from "../../net/pressThumb";
import { linkTo } from "./share/link";
import type { TraceViewProps } from "./TraceView";
import type { SpanSelection } from "./useSpanSelection";
import type { TraceModel } from "./useTrace";

/** Keyboard shortcuts of a trace; the span tree has its own while it has the focus. */
export function useTraceKeys({ model, selection, zoom, setZoom, setView, setTab, props, find, name, clearName, back }: {
  model: TraceModel;
  selection: SpanSelection;
  zoom: Zoom;
  setZoom: (zoom: Zoom) => void;
  setView: (view: View) => void;
  setTab: (tab: SpanTab) => void;
  props: TraceViewProps;
  find: Find;
  name: string | undefined;
  clearName: () => void;
  /** Goes back from the selected span to the tree, where only one of them is shown. */
  back: (() => void) | undefined;
}): void {
  const { tree, row } = model;
  const go = (span: number | null, otherwise: string) => (span === null ? toast(otherwise) : selection.select(span));
  const middle = (zoom.from + zoom.to) / 2;
  const copy = async (text: string, what: string) => {
    if (await copyText(text)) toast(`${what} copied`);
  };
  const thumb = (pressed: "good" | "bad") => {
    if (!props.compact) void pressThumb({ experiment: row.experiment_id, traceIds: [row.trace_id], pressed });
  };
  const note = () => {
    setTab("assessments");
    focusSoon("trace-note");
  };
  useHotkeys({
    "+": () => thumb("good"),
    "-": () => thumb("bad"),
    "#": note,
    a: () => setTab("assessments"),
    s: () => setTab("assessments"),
    j: () => selection.moveRows(1),
    k: () => selection.moveRows(-1),
    J: () => props.onNext?.(),
    K: () => props.onPrevious?.(),
    e: () => go(nextFailure(tree, selection.span, 1), "No span failed"),
    E: () => go(nextFailure(tree, selection.span, -1), "No span failed"),
    m: () => go(nextLlm(tree, selection.span), "There are no model calls"),
    p: () => { if (0 <= tree.parent[selection.span]!) selection.select(tree.parent[selection.span]!); },
    "1": () => setView("waterfall"),
    "2": () => setView("transcript"),
    "3": () => setView("names"),
    "4": () => setView("flame"),
    i: () => setTab("io"),
    A: () => setTab("attributes"),
    v: () => setTab("events"),
    w: () => setTab("raw"),
    f: () => {
      find.setOpen(true);
      document.querySelector<HTMLInputElement>(".find input")?.focus();
    },
    n: () => find.step(1),
    N: () => find.step(-1),
    "0": () => setZoom(wholeOf(tree.durationUs)),
    ">": () => setZoom(zoomBy(zoom, 0.5, middle, tree.durationUs)),
    "<": () => setZoom(zoomBy(zoom, 2, middle, tree.durationUs)),
    ",": () => setZoom(panBy(zoom, -0.25, tree.durationUs)),
    ".": () => setZoom(panBy(zoom, 0.25, tree.durationUs)),
    F: () => props.onLayout?.(props.layout === "full" ? "pane" : "full"),
    y: () => void copy(linkTo(row.trace_id, tree.id[selection.span]!), "Link"),
    Y: () => void copy(row.trace_id, "Id"),
    "Shift+ArrowLeft": () => selection.setAllOpen(false),
    "Shift+ArrowRight": () => selection.setAllOpen(true),
    Escape: () => {
      if (find.open) find.setOpen(false);
      else if (name) clearName();
      else if (back) back();
      else props.onClose?.();
    },
  });
}

/** Focuses a field that is rendered some frames later, with its tab. */
function focusSoon(id: string, frames = 120): void {
  const field = document.getElementById(id);
  if (field) field.focus();
  else if (0 < frames) requestAnimationFrame(() => focusSoon(id, frames - 1));
}
