// Feedback settings of an experiment: which values are negative, and the name that thumbs are stored under.
import { useQuery } from "@tanstack/react-query";
import type { Polarity } from "../core/feedbackVerdict";
import type { FeedbackSettings } from "../core/types";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { experimentPath } from "./traces";

export const THUMBS_DEFAULT = "user_feedback";

const queryOf = (experiment: string) => ({
  queryKey: ["feedback-settings", experiment],
  queryFn: () => kansoku<FeedbackSettings>(experimentPath(experiment, "feedback-settings")),
  staleTime: 60_000,
});

export function useFeedbackSettings(experiment: string) {
  return useQuery(queryOf(experiment));
}

export function readFeedbackSettings(experiment: string): Promise<FeedbackSettings> {
  return queryClient.fetchQuery(queryOf(experiment));
}

export interface FeedbackSettingsChange {
  thumbs?: string;
  name?: string;
  polarity?: Polarity | "guess";
  bad_value?: string;
}

const listeners = new Set<() => void>();

/** Calls the listener when verdicts may have changed; returns a function that unsubscribes it. */
export function onVerdictsChanged(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Changes the settings for all users, and refetches the data that depends on them. */
export async function changeFeedbackSettings(experiment: string, change: FeedbackSettingsChange): Promise<void> {
  await kansoku(experimentPath(experiment, "feedback-settings"), {}, { method: "PATCH", body: change });
  for (const listener of listeners) listener();
  await queryClient.invalidateQueries();
}
