// The form of an alert rule: what is typed, and the settings that it means.
import type { AlertRule, AlertSettings, AlertSignal } from "../types";
import { spanText, unitOf } from "./alertText";

export type SignalType = AlertSignal["type"];

export interface AlertDraft {
  name: string;
  type: SignalType;
  percentile: string;
  /** The name of a feedback or a scorer. */
  subject: string;
  filter: string;
  comparison: "above" | "below";
  /** In the unit of the form: percent, seconds, dollars or a number. */
  threshold: string;
  resolveThreshold: string;
  windowS: number;
  tracesMin: string;
  forS: number;
  resolveAfterS: number;
  slackUrl: string;
}

export type DraftProblems = Partial<Record<"name" | "subject" | "percentile" | "threshold" | "resolveThreshold" | "tracesMin", string>>;

export const SIGNALS: { type: SignalType; label: string }[] = [
  { type: "error_rate", label: "Error rate" },
  { type: "latency", label: "Latency" },
  { type: "cost", label: "Cost" },
  { type: "tokens", label: "Tokens" },
  { type: "pass_rate", label: "Pass rate of a feedback" },
  { type: "feedback_mean", label: "Mean of a feedback" },
  { type: "scorer_lag", label: "Lag of a scorer" },
  { type: "judge_failures", label: "Failed calls of a judge" },
];

const minutes = (...list: number[]) => list.map((n) => n * 60);
export const WINDOWS = minutes(1, 5, 15, 30, 60, 180, 360, 720, 1440);
export const HOLDS = minutes(0, 1, 2, 5, 10, 15, 30, 60);
export const RESOLVE_AFTERS = minutes(1, 2, 5, 10, 15, 30, 60);

export const EMPTY_DRAFT: AlertDraft = {
  name: "", type: "error_rate", percentile: "95", subject: "", filter: "", comparison: "above", threshold: "5", resolveThreshold: "", windowS: 900, tracesMin: "20",
  forS: 60, resolveAfterS: 300, slackUrl: "",
};

/** Whether the signal is about a feedback or a scorer with a name. */
export function hasSubject(type: SignalType): boolean {
  return isOfScorer(type) || type === "pass_rate" || type === "feedback_mean";
}

export function isOfScorer(type: SignalType): boolean {
  return type === "scorer_lag" || type === "judge_failures";
}

/** The unit of the thresholds in the form. */
export function thresholdUnit(type: SignalType): string {
  switch (type) {
    case "error_rate": case "pass_rate": case "judge_failures": return "%";
    case "latency": case "scorer_lag": return "seconds";
    case "cost": return "US dollars";
    case "tokens": return "tokens";
    case "feedback_mean": return "";
  }
}

/** The form for another signal, with a threshold that is usual for it. */
export function withSignal(draft: AlertDraft, type: SignalType): AlertDraft {
  const threshold = { error_rate: "5", latency: "10", cost: "10", tokens: "1000000", pass_rate: "80", feedback_mean: "", scorer_lag: "60", judge_failures: "10" }[type];
  const comparison = type === "pass_rate" || type === "feedback_mean" ? "below" : "above";
  const subject = isOfScorer(type) === isOfScorer(draft.type) ? draft.subject : "";
  return {
    ...draft, type, comparison, threshold, subject, resolveThreshold: "", filter: isOfScorer(type) ? "" : draft.filter,
    tracesMin: type === "cost" || type === "tokens" ? "1" : "20", windowS: type === "cost" || type === "tokens" ? 3600 : draft.windowS,
  };
}

export function draftOf({ settings }: Pick<AlertRule, "settings">): AlertDraft {
  const { signal } = settings;
  const shown = (value: number | null | undefined) => (value == null ? "" : String(Number(fromApiUnit(signal.type, value).toPrecision(12))));
  return {
    name: settings.name,
    type: signal.type,
    percentile: signal.type === "latency" ? String(signal.percentile) : EMPTY_DRAFT.percentile,
    subject: "feedback" in signal ? signal.feedback : "scorer" in signal ? signal.scorer : "",
    filter: settings.filter ?? "",
    comparison: settings.comparison,
    threshold: shown(settings.threshold),
    resolveThreshold: shown(settings.resolve_threshold),
    windowS: settings.window_s,
    tracesMin: String(settings.traces_min ?? 1),
    forS: settings.for_s ?? 0,
    resolveAfterS: settings.resolve_after_s ?? 300,
    slackUrl: "",
  };
}

/** The settings that a form means. They are only complete if there are no problems. */
export function readDraft(draft: AlertDraft): { settings: AlertSettings; problems: DraftProblems } {
  const problems: DraftProblems = {};
  if (draft.name.trim() === "") problems.name = "A name is required";
  const subject = draft.subject.trim();
  if (hasSubject(draft.type) && subject === "") problems.subject = isOfScorer(draft.type) ? "Choose a scorer" : "Choose a feedback";
  const percentile = numberOf(draft.percentile);
  if (draft.type === "latency" && (percentile === null || percentile < 1 || 100 < percentile)) problems.percentile = "Enter a number from 1 to 100";
  const isShare = unitOf(signalOf(draft, subject, 0)) === "percent";
  const read = (text: string) => {
    const value = numberOf(text);
    return value === null || (isShare && (value < 0 || 100 < value)) ? null : toApiUnit(draft.type, value);
  };
  const threshold = read(draft.threshold);
  const wrongNumber = isShare ? "Enter a number from 0 to 100" : "Enter a number";
  if (threshold === null) problems.threshold = wrongNumber;
  const resolve = draft.resolveThreshold.trim() === "" ? null : read(draft.resolveThreshold);
  if (draft.resolveThreshold.trim() !== "" && resolve === null) problems.resolveThreshold = wrongNumber;
  if (threshold !== null && resolve !== null && (draft.comparison === "above" ? threshold < resolve : resolve < threshold)) {
    problems.resolveThreshold = `It must not be ${draft.comparison} the threshold`;
  }
  const tracesMin = numberOf(draft.tracesMin);
  if (tracesMin === null || !Number.isInteger(tracesMin) || tracesMin < 1 || 1_000_000 < tracesMin) problems.tracesMin = "Enter a whole number from 1 to 1,000,000";
  const settings: AlertSettings = {
    name: draft.name.trim(),
    signal: signalOf(draft, subject, percentile ?? 95),
    filter: isOfScorer(draft.type) ? "" : draft.filter.trim(),
    comparison: draft.comparison,
    threshold: threshold ?? 0,
    resolve_threshold: resolve,
    window_s: draft.windowS,
    traces_min: tracesMin ?? 1,
    for_s: draft.forS,
    resolve_after_s: draft.resolveAfterS,
    enabled: true,
  };
  return { settings, problems };
}

function signalOf({ type }: AlertDraft, subject: string, percentile: number): AlertSignal {
  switch (type) {
    case "latency": return { type, percentile };
    case "pass_rate": case "feedback_mean": return { type, feedback: subject };
    case "scorer_lag": case "judge_failures": return { type, scorer: subject };
    default: return { type };
  }
}

/** A threshold of the form in the unit of the API. A division by 100 gives exactly the share that a client would write. */
function toApiUnit(type: SignalType, value: number): number {
  if (type === "latency") return value * 1000;
  return thresholdUnit(type) === "%" ? value / 100 : value;
}

function fromApiUnit(type: SignalType, value: number): number {
  if (type === "latency") return value / 1000;
  return thresholdUnit(type) === "%" ? value * 100 : value;
}

function numberOf(text: string): number | null {
  const plain = text.trim().replace(/[$,%\s]/g, "");
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** Choices of a length of time, with one that is stored and not usual. */
export function timeChoices(usual: readonly number[], stored: number): { value: number; label: string }[] {
  const all = usual.includes(stored) ? usual : [...usual, stored].toSorted((a, b) => a - b);
  return all.map((value) => ({ value, label: value === 0 ? "at once" : spanText(value) }));
}

export interface AlertTemplate {
  title: string;
  about: string;
  draft: AlertDraft;
}

/** Rules that most experiments need. Those about quality need a feedback. */
export function alertTemplates(feedback: string | null, scorer: string | null): AlertTemplate[] {
  const make = (type: SignalType, patch: Partial<AlertDraft>) => ({ ...withSignal(EMPTY_DRAFT, type), ...patch });
  const templates: (AlertTemplate | null)[] = [
    { title: "Error rate over 5 %", about: "More than 5 % of the traces of 15 minutes failed.", draft: make("error_rate", { name: "Error rate over 5 %" }) },
    { title: "P95 latency over 10 s", about: "One trace in twenty takes longer than 10 seconds.", draft: make("latency", { name: "P95 latency over 10 s" }) },
    { title: "Cost over $10 an hour", about: "The traces of an hour cost more than 10 dollars.", draft: make("cost", { name: "Cost over $10 an hour" }) },
    feedback === null ? null : {
      title: `Pass rate of ${feedback} under 80 %`, about: "Less than 80 % of what was judged in an hour is good.",
      draft: make("pass_rate", { name: `Pass rate of ${feedback} under 80 %`, subject: feedback, windowS: 3600 }),
    },
    scorer === null ? null : {
      title: `${scorer} is a minute behind`, about: "A trace has waited for the scorer for more than a minute.",
      draft: make("scorer_lag", { name: `${scorer} is a minute behind`, subject: scorer }),
    },
  ];
  return templates.filter((template) => template !== null);
}
