// The entries of the palette: for pasted text, then screens, experiments, traces and actions.
import type { useNavigate } from "@tanstack/react-router";
import { quoteText } from "../core/filter/print";
import { pastedTraceId } from "../core/pasted";
import { visible } from "../core/text";
import { mlflow } from "../net/api";
import { ROOT } from "../net/root";
import type { ExperimentSummary, TraceRow } from "../core/types";
import { toast } from "../core/toastQueue";
import { applyTheme, THEME_NAMES, THEMES } from "../ui/browser/theme";
import { setUtc } from "../ui/browser/timeZone";
import { SCREENS } from "./screens";

export interface PaletteEntry {
  id: string;
  group: "Go to" | "Find" | "Screens" | "Experiments" | "Recently opened" | "Actions";
  label: string;
  hint?: string;
  run: () => void;
}

export interface PaletteContext {
  navigate: ReturnType<typeof useNavigate>;
  experiment: string | null;
  experiments: ExperimentSummary[];
  recent: TraceRow[];
  utc: boolean;
  openHelp: () => void;
  signOut: (() => void) | null;
}

const SETTINGS = [
  ["appearance", "Appearance"], ["ingest", "Ingest: why do I see no traces?"], ["tokens", "Tokens"], ["retention", "Retention & storage"], ["archive", "Archive"], ["server", "Server"],
] as const;

/** Entries that do not depend on what is typed. */
export function standingEntries(context: PaletteContext): PaletteEntry[] {
  const { navigate, experiment, experiments, recent, utc, openHelp, signOut } = context;
  const action = (label: string, run: () => void, hint?: string): PaletteEntry => ({ id: `action ${label}`, group: "Actions", label, hint, run });
  return [
    ...(experiment === null ? [] : SCREENS.map((screen): PaletteEntry => ({
      id: screen.to, group: "Screens", label: "purpose" in screen ? screen.purpose : screen.label, hint: screen.key, run: () => void navigate({ to: screen.to, params: { e: experiment } }),
    }))),
    { id: "/", group: "Screens", label: "Experiments", hint: "g e", run: () => void navigate({ to: "/" }) },
    ...SETTINGS.map(([tab, label]): PaletteEntry => ({
      id: `settings ${tab}`, group: "Screens", label: `Settings: ${label}`, run: () => void navigate({ to: "/settings", search: { tab } as never }),
    })),
    ...recent.map((trace): PaletteEntry => ({
      id: trace.trace_id, group: "Recently opened", label: visible(trace.input ?? trace.name ?? trace.trace_id), hint: trace.trace_id.slice(0, 11),
      run: () => void navigate({ to: "/t/$traceId", params: { traceId: trace.trace_id } }),
    })),
    ...experiments.filter(({ lifecycle_stage }) => lifecycle_stage !== "deleted").map(({ experiment_id, name }): PaletteEntry => ({
      id: `experiment ${experiment_id}`, group: "Experiments", label: visible(name),
      run: () => void navigate({ to: "/e/$e/traces", params: { e: experiment_id } }),
    })),
    ...THEMES.map((theme) => action(`Theme: ${THEME_NAMES[theme]}`, () => applyTheme(theme))),
    action(utc ? "Show times in local time" : "Show times in UTC", () => setUtc(!utc)),
    action("Compare traces by id", () => void navigate({ to: "/compare" })),
    action("Keyboard shortcuts and help", openHelp, "?"),
    action("API reference", () => void window.open(`${ROOT}api/docs`, "_blank", "noopener")),
    ...(signOut ? [action("Sign out", signOut)] : []),
  ];
}

/** Entries for typed or pasted text: `sure` if the text can only be an id, `maybe` if it may also be part of a name. */
export function typedEntries(typed: string, { navigate, experiment, experiments }: PaletteContext): { sure: PaletteEntry[]; maybe: PaletteEntry[] } {
  const text = typed.trim();
  if (!text) return { sure: [], maybe: [] };
  const trace = pastedTraceId(text);
  if (trace) {
    const open = () => void navigate({ to: "/t/$traceId", params: { traceId: trace } });
    return { sure: [{ id: "typed trace", group: "Go to", label: `Open trace ${trace}`, run: open }], maybe: [] };
  }
  const value = quoteText(text);
  const entries: PaletteEntry[] = [];
  if (experiment !== null) {
    entries.push({
      id: "typed text", group: "Find", label: `Traces containing “${text}”`,
      run: () => void navigate({ to: "/e/$e/traces", params: { e: experiment }, search: { q: value } as never }),
    });
  }
  if (!/\s/.test(text)) {
    entries.push({
      id: "typed request", group: "Find", label: `Trace with request id “${text}”`,
      run: () => void openByRequestId(text, value, experiments, (traceId) => void navigate({ to: "/t/$traceId", params: { traceId } })),
    });
  }
  return { sure: [], maybe: entries };
}

const EXPERIMENTS_MAX = 100;

/** Opens the newest trace with this client request id, in any experiment. */
async function openByRequestId(text: string, value: string, experiments: ExperimentSummary[], open: (traceId: string) => void): Promise<void> {
  const locations = experiments
    .toSorted((a, b) => (b.last_trace_ms ?? 0) - (a.last_trace_ms ?? 0))
    .slice(0, EXPERIMENTS_MAX)
    .map(({ experiment_id }) => ({ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } }));
  try {
    const found = await mlflow<{ traces?: { trace_id: string }[] }>("3.0/mlflow/traces/search", { locations, filter: `client_request_id = ${value}`, max_results: 1 });
    const trace = found.traces?.[0];
    if (trace) open(trace.trace_id);
    else toast(`No trace has the request id ${text}`, { error: true });
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { error: true });
  }
}
