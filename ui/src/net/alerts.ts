// The alert rules of an experiment, and the alerts that they caused.
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { AlertList, AlertPreview, AlertRule, AlertRuleList, AlertSettings, AlertTestResult, Quality } from "../core/types";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { experimentPath } from "./traces";

/** Rules are evaluated every minute, and a new one at once. */
const READ_EVERY_MS = 30_000;
const READ_NEW_MS = 1000;
const PAGE = "100";

export function useAlertRules(experiment: string) {
  return useQuery({
    queryKey: ["alerts", experiment],
    queryFn: ({ signal }) => kansoku<AlertRuleList>(experimentPath(experiment, "alerts"), {}, { signal }),
    refetchInterval: ({ state }) => (state.data?.rules.some(isNew) ? READ_NEW_MS : READ_EVERY_MS),
    meta: { quiet: true },
  });
}

function isNew({ evaluated_ms, settings }: AlertRule): boolean {
  return evaluated_ms === null && settings.enabled !== false;
}

/** The alerts of an experiment, or of one of its rules, the newest first. */
export function useAlertEvents(experiment: string, rule: string | null) {
  return useInfiniteQuery({
    queryKey: ["alerts", experiment, "events", rule],
    queryFn: ({ signal, pageParam }) => {
      const query = { max_results: PAGE, ...(rule !== null && { rule_id: rule }), ...(pageParam && { page_token: pageParam }) };
      return kansoku<AlertList>(experimentPath(experiment, "alerts/events"), query, { signal });
    },
    initialPageParam: "",
    getNextPageParam: ({ next_page_token }) => next_page_token ?? undefined,
    refetchInterval: READ_EVERY_MS,
  });
}

/** When a rule with these settings would have fired; `null` for settings that are not complete. */
export function useAlertPreview(experiment: string, settings: AlertSettings | null, days: number) {
  return useQuery({
    queryKey: ["alert preview", experiment, settings, days],
    queryFn: ({ signal }) => kansoku<AlertPreview>(experimentPath(experiment, "alerts/preview"), {}, { signal, method: "POST", body: { settings, days } }),
    enabled: settings !== null,
    placeholderData: (before) => before,
    meta: { quiet: true },
    retry: false,
    staleTime: READ_EVERY_MS,
  });
}

const WEEK_MS = 7 * 86_400_000;

/** The names of the feedback of the last week, for forms; the most frequent first. */
export function useFeedbackNames(experiment: string) {
  return useQuery({
    queryKey: ["feedback names", experiment],
    queryFn: async ({ signal }) => {
      const { names } = await kansoku<Quality>(experimentPath(experiment, "quality"), { from: Date.now() - WEEK_MS }, { signal });
      return names.toSorted((a, b) => b.count - a.count).map(({ name }) => name);
    },
    staleTime: 5 * 60_000,
    meta: { quiet: true },
  });
}

function refreshAlerts(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["alerts"] });
}

const rulePath = (experiment: string, rule: string) => experimentPath(experiment, `alerts/${encodeURIComponent(rule)}`);

export interface RuleToSave {
  /** `null` for a new rule. */
  rule: string | null;
  settings: AlertSettings;
  /** Absent leaves it as it is, and an empty one removes it. */
  slack_url?: string;
}

/** Creates a rule, or replaces its settings. The caller shows the error. */
export function useSaveRule(experiment: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ rule, ...body }: RuleToSave) =>
      kansoku<AlertRule>(rule === null ? experimentPath(experiment, "alerts") : rulePath(experiment, rule), {}, { method: rule === null ? "POST" : "PUT", body }),
    onSuccess: refreshAlerts,
  });
}

/** The caller shows the error. */
export function useDeleteRule(experiment: string) {
  return useMutation({ meta: { quiet: true }, mutationFn: (rule: string) => kansoku(rulePath(experiment, rule), {}, { method: "DELETE" }), onSuccess: refreshAlerts });
}

export function useMuteRule(experiment: string) {
  return useMutation({
    mutationFn: ({ rule, untilMs }: { rule: string; untilMs: number | null }) => kansoku<AlertRule>(`${rulePath(experiment, rule)}/mute`, {}, { method: "POST", body: { until_ms: untilMs } }),
    onSuccess: refreshAlerts,
  });
}

/** Sends an example to the Slack webhook of a rule. */
export function useTestRule(experiment: string) {
  return useMutation({ mutationFn: (rule: string) => kansoku<AlertTestResult>(`${rulePath(experiment, rule)}/test`, {}, { method: "POST", body: {} }) });
}
