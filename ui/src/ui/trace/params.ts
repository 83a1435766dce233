import type { Search } from "../address/useUrl";

/** URL parameters that belong to one trace; they are removed when another trace is shown. */
export const NO_TRACE_PARAMS: Record<string, null> = { s: null, tab: null, v: null, z: null, name: null, find: null, panel: null };

export const VIEWS = [
  { id: "waterfall", label: "Waterfall" },
  { id: "transcript", label: "Transcript" },
  { id: "names", label: "By name" },
  { id: "flame", label: "Flame" },
  { id: "graph", label: "Graph" },
] as const;
export type View = (typeof VIEWS)[number]["id"];

/** The trace is shown beside the list, or in the full width. */
export const TRACE_LAYOUTS = ["pane", "full"] as const;
export type TraceLayout = (typeof TRACE_LAYOUTS)[number];

/** The panels of a trace, of which a narrow pane shows one. */
export type Panel = "tree" | "span";

export function panelOf(search: Search): Panel {
  return search.panel === "span" ? "span" : "tree";
}

export const TABS = ["io", "attributes", "events", "assessments", "raw"] as const;
export type SpanTab = (typeof TABS)[number];

export function viewOf(search: Search): View {
  return VIEWS.find((view) => view.id === search.v)?.id ?? "waterfall";
}

export function tabOf(search: Search): SpanTab {
  return TABS.find((tab) => tab === search.tab) ?? "io";
}
