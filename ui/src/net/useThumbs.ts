// Thumbs up and down, by MLflow's routes for assessments.
import { useMutation } from "@tanstack/react-query";
import { press, thumbOf } from "../core/thumbs";
import { readVerdict } from "../core/feedbackVerdict";
import { mlflow } from "./api";
import { queryClient } from "./queryClient";
import type { AssessmentRow, ServerInfo } from "../core/types";

export interface Thumb {
  trace_id: string;
  assessments: readonly AssessmentRow[];
  name: string;
  pressed: "good" | "bad";
  /** Feedback on the whole session instead of this trace. */
  session?: string;
}

/** `refresh`: keys of the queries that show thumbs. */
export function useThumbs(refresh: unknown[]) {
  return useMutation({
    mutationFn: send,
    onSettled: () => queryClient.invalidateQueries({ queryKey: refresh }),
  });
}

function send({ trace_id, assessments, name, pressed, session }: Thumb): Promise<unknown> {
  const now = thumbOf(assessments, name);
  const route = `3.0/mlflow/traces/${encodeURIComponent(trace_id)}/assessments`;
  const one = now && `${route}/${encodeURIComponent(now.assessment_id)}`;
  const feedback = { value: pressed === "good" };
  switch (press(now && readVerdict(now.value), pressed)) {
    case "create":
      return mlflow(route, {
        assessment: {
          assessment_name: name,
          trace_id,
          source: { source_type: "HUMAN", source_id: whoAmI() },
          feedback,
          ...(session === undefined ? {} : { metadata: { "mlflow.trace.session": session } }),
        },
      });
    case "change": return mlflow(one!, { assessment: { trace_id, feedback }, update_mask: "feedback" }, "PATCH");
    case "delete": return mlflow(one!, { trace_id, assessment_id: now!.assessment_id }, "DELETE");
  }
}

/** The name of the user's token; without tokens `default`, as in MLflow's clients. */
function whoAmI(): string {
  return queryClient.getQueryData<ServerInfo>(["server"])?.token_name ?? "default";
}
