// The scopes of a token, for the form that creates one.

export const SCOPES = [
  { id: "ingest", label: "Ingest", hint: "send traces, logs and attachments" },
  { id: "feedback", label: "Feedback", hint: "create and change assessments" },
  { id: "read", label: "Read", hint: "read everything" },
  { id: "write", label: "Write", hint: "change and delete; includes the three above" },
  { id: "worker", label: "Worker", hint: "run Python scorers (kansoku-worker), in all experiments" },
  { id: "admin", label: "Admin", hint: "manage tokens, backups and audits; includes all, in all experiments" },
] as const;

export type ScopeId = (typeof SCOPES)[number]["id"];

export const PRESETS: readonly { label: string; scopes: readonly ScopeId[] }[] = [
  { label: "Agent: ingest only", scopes: ["ingest"] },
  { label: "Agent: ingest + feedback", scopes: ["ingest", "feedback"] },
  { label: "Reader", scopes: ["read"] },
  { label: "Admin", scopes: ["admin"] },
];

export const LIFETIMES = [
  { label: "Never", days: null },
  { label: "30 days", days: 30 },
  { label: "90 days", days: 90 },
  { label: "1 year", days: 365 },
] as const;

const DAY_MS = 86_400_000;

/** The expiry of a token created now, or `undefined` for no expiry. */
export function expiry(days: number | null, nowMs: number): number | undefined {
  return days === null ? undefined : nowMs + days * DAY_MS;
}

export interface ExperimentChoice {
  experiments: string[];
  experiment_prefixes: string[];
}

/** One experiment per line; a line that ends with `*` is a prefix of names. */
export function parseExperiments(text: string): ExperimentChoice {
  const lines = [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
  return {
    experiments: lines.filter((line) => !line.endsWith("*")),
    experiment_prefixes: lines.filter((line) => line.endsWith("*")),
  };
}

interface Binding {
  all_experiments: boolean;
  experiments: string[];
  experiment_prefixes: string[];
  experiment_ids: string[];
}

/** The experiments of a token as text. */
export function experimentsText(token: Binding): string {
  if (token.all_experiments) return "all";
  return [...token.experiments, ...token.experiment_prefixes.map((prefix) => `${prefix}*`), ...token.experiment_ids.map((id) => `id ${id}`)].join(", ");
}

/** The scopes after one is toggled: `admin` includes all others. */
export function switchScope(scopes: readonly ScopeId[], scope: ScopeId): ScopeId[] {
  if (scopes.includes(scope)) return scopes.filter((one) => one !== scope);
  if (scope === "admin") return ["admin"];
  return SCOPES.map(({ id }) => id).filter((id) => id === scope || (id !== "admin" && scopes.includes(id)));
}
