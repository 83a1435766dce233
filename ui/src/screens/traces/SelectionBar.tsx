import { useNavigate } from "@tanstack/react-router";
import { CircleDot, ClipboardCheck, Database, Download, GitCompareArrows, Tag, ThumbsUp, Trash2, X } from "lucide-react";
import { plural } from "../../core/format";
import type { TraceScope } from "../../net/traces";
import { Button, IconButton } from "../../ui/Button";
import { Menu } from "../../ui/Menu";
import type { Target } from "../../ui/curate/target";
import { exportTraces, type ExportFormat } from "./bulk/exportTraces";
import type { RowSelection } from "../../ui/table/useRowSelection";

export type BulkAction = "tag" | "assess" | "dataset" | "review" | "issue" | "delete";

const COMPARED_MAX = 4;

/** Actions on the selected traces, or on all matching ones. */
export function SelectionBar({ selection, scope, columns, matching, all, onAll, onBulk }: {
  selection: RowSelection;
  scope: TraceScope;
  /** The values of root spans that the table shows. */
  columns: string;
  /** Number of matching traces, if known. */
  matching: number | null;
  all: boolean;
  onAll: (all: boolean) => void;
  onBulk: (action: BulkAction, target: Target) => void;
}) {
  const navigate = useNavigate();
  const ids = [...selection.keys];
  const target: Target = all && matching !== null ? { all: scope, count: matching } : { ids };
  const comparable = !all && 2 <= ids.length && ids.length <= COMPARED_MAX;
  const exported = (format: ExportFormat) => () => exportTraces(scope, target, format, columns);
  return (
    <div className="selection-bar" role="region" aria-label="Selected traces">
      <strong aria-live="polite">{all && matching !== null ? `All ${plural(matching, "trace")}` : `${plural(ids.length, "trace")} selected`}</strong>
      {!all && matching !== null && ids.length < matching && (
        <Button small look="plain" onClick={() => onAll(true)}>Select all {matching.toLocaleString("en-US")}</Button>
      )}
      <span className="grow" />
      <Button small disabled={!comparable} title="Compare two to four traces (c)" onClick={() => void navigate({ to: "/compare", search: compareSearch(ids) as never })}>
        <GitCompareArrows aria-hidden /><span className="tool-label">Compare</span>
      </Button>
      <Button small onClick={() => onBulk("tag", target)}><Tag aria-hidden /><span className="tool-label">Tag</span></Button>
      <Button small onClick={() => onBulk("assess", target)}><ThumbsUp aria-hidden /><span className="tool-label">Assess</span></Button>
      <Button small title="Add to a dataset (a)" onClick={() => onBulk("dataset", target)}><Database aria-hidden /><span className="tool-label">Dataset</span></Button>
      <Button small title="Link to an issue (i)" onClick={() => onBulk("issue", target)}><CircleDot aria-hidden /><span className="tool-label">Issue</span></Button>
      <Button small title="Send to a review queue (R)" onClick={() => onBulk("review", target)}><ClipboardCheck aria-hidden /><span className="tool-label">Review</span></Button>
      <Menu label="Export" align="end" trigger={<Button small><Download aria-hidden /><span className="tool-label">Export</span></Button>} items={[
        { label: "JSON Lines: complete traces", run: exported("jsonl") },
        { label: "CSV: one row per trace", run: exported("csv") },
        { label: "OTLP: for other backends", run: exported("otlp") },
      ]} />
      <Button small look="danger" onClick={() => onBulk("delete", target)}><Trash2 aria-hidden /><span className="tool-label">Delete</span></Button>
      <IconButton small look="plain" label="Clear the selection" icon={<X aria-hidden />} onClick={selection.clear} />
    </div>
  );
}

/** The URL parameters `a` to `d` of a comparison. */
export function compareSearch(ids: string[]): Record<string, string> {
  return Object.fromEntries(ids.slice(0, COMPARED_MAX).map((id, at) => ["abcd"[at]!, id]));
}
