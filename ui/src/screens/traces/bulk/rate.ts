import { splitField } from "../../../core/filter/print";
import { kansoku, mlflow } from "../../../net/api";
import { queryClient } from "../../../net/queryClient";
import { experimentPath, readRows } from "../../../net/traces";
import type { FieldList } from "../../../core/types";
import { toast } from "../../../core/toastQueue";
import type { TraceList } from "../useTraceList";
import { assess } from "./requests";

const USUAL_NAME = "user_thumbs";

/** Rates traces by + or -, as the thumbs feedback of this experiment. */
export async function rate(experiment: string, ids: string[], good: boolean, list: TraceList): Promise<void> {
  const name = await nameOfThumbs(experiment);
  const created = await Promise.all(ids.map((id) => assess(id, { name, kind: "feedback", value: good, rationale: "" })));
  list.update(await readRows(ids));
  toast(`${good ? "Thumbs up" : "Thumbs down"} saved as ${name}`, { action: { label: "Undo", run: () => void undo(ids, created, list) } });
}

async function undo(ids: string[], created: unknown[], list: TraceList): Promise<void> {
  try {
    await Promise.all(created.map((answer, at) => {
      const { assessment } = answer as { assessment: { assessment_id: string } };
      return mlflow(`3.0/mlflow/traces/${encodeURIComponent(ids[at]!)}/assessments/${encodeURIComponent(assessment.assessment_id)}`, {}, "DELETE");
    }));
    list.update(await readRows(ids));
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { error: true });
  }
}

async function nameOfThumbs(experiment: string): Promise<string> {
  try {
    const { fields } = await queryClient.fetchQuery({
      queryKey: ["fields", experiment],
      queryFn: () => kansoku<FieldList>(experimentPath(experiment, "fields")),
      staleTime: 60_000,
    });
    const names = fields.filter((field) => field.group === "feedback").map((field) => splitField(field.field).key);
    return names.find((name) => /thumb/i.test(name)) ?? names.find((name) => /like|helpful/i.test(name)) ?? USUAL_NAME;
  } catch {
    return USUAL_NAME;
  }
}
