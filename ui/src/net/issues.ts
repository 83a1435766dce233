// Queries and changes of issues, by MLflow's own routes. A trace is linked to an issue by an assessment that has the issue's id as its name.
import { useMutation, useQuery } from "@tanstack/react-query";
import { inParallel } from "../core/inParallel";
import { linksTo, ownerTag, type Issue, type IssueSeverity, type IssueStatus } from "../core/issue";
import type { AssessmentRow } from "../core/types";
import { mlflow, mlflowGet } from "./api";
import { createAssessment, deleteAssessment } from "./assessments";
import { writeExperimentTag } from "./experiment";
import { personName } from "./person";
import { queryClient } from "./queryClient";
import { readRows } from "./traces";

/** Maximum number of issues that a screen shows. */
export const ISSUES_MAX = 1000;

export interface IssueList {
  issues: Issue[];
  /** There are more issues than these. */
  more: boolean;
}

/** The issues of an experiment with the numbers of their traces. */
export function useIssues(experimentId: string | undefined) {
  return useQuery({
    queryKey: ["issues", experimentId],
    queryFn: async (): Promise<IssueList> => {
      const page = await mlflow<{ issues?: Issue[]; next_page_token?: string }>("3.0/mlflow/issues/search", {
        experiment_id: experimentId, include_trace_count: true, max_results: ISSUES_MAX,
      });
      return { issues: page.issues ?? [], more: !!page.next_page_token };
    },
    enabled: experimentId !== undefined,
  });
}

export function useIssue(issueId: string) {
  return useQuery({
    queryKey: ["issue", issueId],
    queryFn: async () => (await mlflowGet<{ issue: Issue }>(issuePath(issueId))).issue,
  });
}

export interface NewIssue {
  name: string;
  description: string;
  severity?: IssueSeverity;
  root_causes?: string[];
}

export async function createIssue(experimentId: string, issue: NewIssue): Promise<Issue> {
  const made = await mlflow<{ issue: Issue }>("3.0/mlflow/issues", { experiment_id: experimentId, created_by: personName(), ...issue });
  void queryClient.invalidateQueries({ queryKey: ["issues"] });
  return made.issue;
}

export type IssueChange = Partial<{ name: string; description: string; status: IssueStatus; severity: IssueSeverity }>;

/** `quiet`: the caller shows errors itself, so that no toast is needed. */
export function useChangeIssue(issueId: string, { quiet = false } = {}) {
  return useMutation({
    meta: { quiet },
    mutationFn: async (change: IssueChange) => (await mlflow<{ issue: Issue }>(issuePath(issueId), { issue_id: issueId, ...change }, "PATCH")).issue,
    onSuccess: (issue) => {
      queryClient.setQueryData(["issue", issueId], issue);
      void queryClient.invalidateQueries({ queryKey: ["issues"] });
    },
  });
}

/** Sets the owner of an issue; an empty text removes it. */
export function useIssueOwner(experimentId: string, issueId: string) {
  return useMutation({ meta: { quiet: true }, mutationFn: (owner: string) => writeExperimentTag(experimentId, ownerTag(issueId), owner) });
}

/** Links traces to an issue, except those that are linked already. */
export async function linkTraces(issue: Pick<Issue, "issue_id" | "name">, ids: string[], onProgress?: (done: number) => void, signal?: AbortSignal) {
  const linked = new Set((await readRows(ids)).filter(({ assessments }) => linksTo(assessments, issue.issue_id).length > 0).map((row) => row.trace_id));
  const outcome = await inParallel(ids, async (id) => { if (!linked.has(id)) await linkTrace(issue, id); }, { onProgress, signal });
  refreshLinks(ids);
  return outcome;
}

/** Removes a trace from an issue; returns a function that links it again. */
export async function unlinkTrace(issue: Pick<Issue, "issue_id" | "name">, traceId: string, assessments: readonly AssessmentRow[]): Promise<() => Promise<void>> {
  for (const { assessment_id } of linksTo(assessments, issue.issue_id)) await deleteAssessment(traceId, assessment_id);
  refreshLinks([traceId]);
  return async () => {
    await linkTrace(issue, traceId);
    refreshLinks([traceId]);
  };
}

function linkTrace({ issue_id, name }: Pick<Issue, "issue_id" | "name">, traceId: string): Promise<string> {
  return createAssessment(traceId, { name: issue_id, kind: "issue", value: name });
}

function refreshLinks(traceIds: string[]): void {
  const keys = [["issues"], ["traces"], ["summary"], ["groups"], ...traceIds.slice(0, 10).map((id) => ["trace", id])];
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
}

function issuePath(issueId: string): string {
  return `3.0/mlflow/issues/${encodeURIComponent(issueId)}`;
}
