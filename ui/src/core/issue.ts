// An issue as MLflow's routes return it, its links to traces and errors, and its owner.
import { quoteText } from "./filter/print";
import { shorten } from "./text";
import type { AssessmentRow, TraceGroup } from "./types";

export interface Issue {
  issue_id: string;
  experiment_id: string;
  name: string;
  description: string;
  status: IssueStatus;
  severity?: IssueSeverity;
  /** The error signatures that the issue stands for, or the causes that a client named. */
  root_causes?: string[];
  categories?: string[];
  source_run_id?: string;
  created_timestamp: number;
  last_updated_timestamp: number;
  created_by?: string;
  /** In search results only. */
  trace_count?: number;
}

export const ISSUE_STATUSES = ["pending", "resolved", "rejected"] as const;
export type IssueStatus = (typeof ISSUE_STATUSES)[number];

/** The most severe first. */
export const ISSUE_SEVERITIES = ["high", "medium", "low", "not_an_issue"] as const;
export type IssueSeverity = (typeof ISSUE_SEVERITIES)[number];

/** The limits of MLflow's routes, in characters. */
export const ISSUE_NAME_MAX = 250;
export const ISSUE_DESCRIPTION_MAX = 65_535;
const ROOT_CAUSE_MAX = 10_000;

/** `not_an_issue` → `Not an issue` */
export function issueWord(word: IssueStatus | IssueSeverity): string {
  return word[0]!.toUpperCase() + word.slice(1).replaceAll("_", " ");
}

/** A number that sorts severities, the most severe highest; issues without one come last. */
export function severityRank({ severity }: Pick<Issue, "severity">): number | null {
  return severity === undefined ? null : ISSUE_SEVERITIES.length - ISSUE_SEVERITIES.indexOf(severity);
}

/** A filter for the traces of an issue. */
export function issueFilter(issueId: string): string {
  return `issue.id = ${quoteText(issueId)}`;
}

/** The assessments that link a trace to an issue. */
export function linksTo(assessments: readonly AssessmentRow[], issueId: string): AssessmentRow[] {
  return assessments.filter(({ kind, name }) => kind === "issue" && name === issueId);
}

const OWNER_TAG = "kansoku.issue.owner.";

/** MLflow's issues have no owner: it is kept in a tag of the experiment. */
export function ownerTag(issueId: string): string {
  return `${OWNER_TAG}${issueId}`;
}

export function ownerOf(tags: readonly { key: string; value: string }[] | undefined, issueId: string): string {
  return tags?.find(({ key }) => key === ownerTag(issueId))?.value ?? "";
}

/** The owners of all issues of an experiment, each once. */
export function ownersIn(tags: readonly { key: string; value: string }[] | undefined): string[] {
  return [...new Set((tags ?? []).filter(({ key }) => key.startsWith(OWNER_TAG)).map(({ value }) => value))];
}

/** An error signature as a root cause of an issue. */
export function rootCauseOf(signature: string): string {
  return shorten(signature, ROOT_CAUSE_MAX);
}

/** The issues that stand for an error, the newest first. */
export function issuesOfError(issues: readonly Issue[], signature: string): Issue[] {
  const cause = rootCauseOf(signature);
  return issues.filter(({ root_causes }) => root_causes?.includes(cause)).toSorted((a, b) => b.created_timestamp - a.created_timestamp);
}

/** An error that no pending or rejected issue stands for. */
export interface FoundError {
  group: TraceGroup;
  /** The issue that was resolved before the error was seen again. */
  resolved: Issue | null;
}

/** The errors, by signature, that still need an issue: new ones, and those that were seen again after their issue was resolved. */
export function foundErrors(groups: readonly TraceGroup[], issues: readonly Issue[]): FoundError[] {
  return groups.flatMap((group): FoundError[] => {
    if (group.value === null) return [];
    const known = issuesOfError(issues, group.value);
    if (known.length === 0) return [{ group, resolved: null }];
    if (known.some(({ status }) => status !== "resolved")) return [];
    const latest = Math.max(...known.map((issue) => issue.last_updated_timestamp));
    return latest < group.last_ms ? [{ group, resolved: known[0]! }] : [];
  });
}
