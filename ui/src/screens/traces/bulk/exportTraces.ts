import { apiUrl } from "../../../net/api";
import { experimentPath, scopeQuery, type TraceScope } from "../../../net/traces";
import { toast } from "../../../core/toastQueue";
import { download } from "../../../ui/browser/download";
import type { Target } from "../../../ui/curate/target";

export type ExportFormat = "jsonl" | "csv" | "otlp";

/** Maximum number of ids in one request. */
const IDS_MAX = 500;

/** Starts downloads, so that the browser saves the streamed responses. A table also has the values of `columns`. */
export function exportTraces(scope: TraceScope, target: Target, format: ExportFormat, columns: string): void {
  if ("ids" in target && IDS_MAX < target.ids.length) {
    toast(`At most ${IDS_MAX} selected traces can be exported at once. Export all that match the filter instead.`, { error: true });
    return;
  }
  const which = "ids" in target ? { ids: target.ids.join(",") } : scopeQuery(target.all);
  download(apiUrl(`3.0/kansoku/${experimentPath(scope.experiment, "traces/export")}`, { format, ...(format === "csv" ? { columns } : {}), ...which }));
}
