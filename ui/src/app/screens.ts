// The screens of an experiment: navigation, palette, keys and help are generated from this table.
import { Bell, Bot, ChartColumn, CircleDot, ClipboardCheck, Database, FlaskConical, Gauge, GitCompareArrows, List, MessagesSquare, Play, ScrollText, ThumbsUp, Workflow, type LucideIcon } from "lucide-react";

interface Screen {
  to: `/e/$e${string}`;
  /** In the navigation and in the help. */
  label: string;
  /** In the palette, if it says more. */
  purpose?: string;
  key: `g ${string}`;
  icon: LucideIcon;
  group: "observe" | "evaluate";
}

export const SCREENS = [
  { to: "/e/$e", label: "Overview", key: "g o", icon: ChartColumn, group: "observe" },
  { to: "/e/$e/traces", label: "Traces", key: "g t", icon: List, group: "observe" },
  { to: "/e/$e/steps", label: "Steps", purpose: "Steps: spans by name", key: "g p", icon: Workflow, group: "observe" },
  { to: "/e/$e/sessions", label: "Sessions", key: "g s", icon: MessagesSquare, group: "observe" },
  { to: "/e/$e/quality", label: "Quality", key: "g q", icon: ThumbsUp, group: "observe" },
  { to: "/e/$e/scorers", label: "Scorers", purpose: "Scorers: checks and judges of new traces", key: "g j", icon: Gauge, group: "observe" },
  { to: "/e/$e/alerts", label: "Alerts", purpose: "Alerts: rules about errors, latency, cost and quality", key: "g l", icon: Bell, group: "observe" },
  { to: "/e/$e/compare", label: "Compare", purpose: "Compare versions, models or time ranges", key: "g c", icon: GitCompareArrows, group: "observe" },
  { to: "/e/$e/evaluations", label: "Evaluations", purpose: "Evaluations: scores by case, and comparisons", key: "g v", icon: FlaskConical, group: "evaluate" },
  { to: "/e/$e/datasets", label: "Datasets", purpose: "Datasets: inputs with what is expected for them", key: "g d", icon: Database, group: "evaluate" },
  { to: "/e/$e/review", label: "Review", purpose: "Review: queues of traces for people to judge", key: "g w", icon: ClipboardCheck, group: "evaluate" },
  { to: "/e/$e/issues", label: "Issues", key: "g i", icon: CircleDot, group: "evaluate" },
  { to: "/e/$e/prompts", label: "Prompts", key: "g m", icon: ScrollText, group: "evaluate" },
  { to: "/e/$e/versions", label: "Agent versions", key: "g a", icon: Bot, group: "evaluate" },
  { to: "/e/$e/runs", label: "Runs", key: "g r", icon: Play, group: "evaluate" },
] as const satisfies readonly Screen[];
