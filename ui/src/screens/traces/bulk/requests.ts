// Changes one or many traces by MLflow's routes.
import { inParallel } from "../../../core/inParallel";
import { mlflow } from "../../../net/api";

const AT_ONCE = 100;

export function setTag(traceId: string, key: string, value: string): Promise<unknown> {
  return mlflow(`3.0/mlflow/traces/${encodeURIComponent(traceId)}/tags`, { key, value }, "PATCH");
}

/** Returns how many were deleted; traces already gone are not counted. */
export async function deleteTraces(experimentId: string, ids: string[]): Promise<number> {
  const answer = await mlflow<{ traces_deleted?: number }>("3.0/mlflow/traces/delete-traces", { experiment_id: experimentId, request_ids: ids });
  return answer.traces_deleted ?? 0;
}

export async function deleteMany(experimentId: string, ids: string[], onProgress: (done: number) => void, signal: AbortSignal) {
  const batches = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, at) => ids.slice(at * AT_ONCE, (at + 1) * AT_ONCE));
  let deleted = 0;
  let tried = 0;
  const { failed } = await inParallel(batches, async (batch) => {
    try {
      deleted += await deleteTraces(experimentId, batch);
    } finally {
      tried += batch.length;
      onProgress(tried);
    }
  }, { width: 1, signal });
  return { done: deleted, failed: failed.flatMap(({ thing, error }) => thing.map((id) => ({ thing: id, error }))) };
}
