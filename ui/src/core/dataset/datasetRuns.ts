// Which version of a dataset a run used.
import type { Run } from "../run";
import { jsonIn } from "../textKind";
import type { DatasetDetail } from "../types";

export interface DatasetUse {
  run: Run;
  digest: string;
  /** `null` for a digest that is no version's, for example of records that the client changed. */
  version: number | null;
}

/** `null` if the run used another dataset of the same name. */
export function datasetUse(run: Run, { dataset_id, name }: Pick<DatasetDetail, "dataset_id" | "name">, versionsByDigest: ReadonlyMap<string, number>): DatasetUse | null {
  const used = run.inputs?.dataset_inputs?.map(({ dataset }) => dataset).find((it) => it.name === name && isThis(it.source, dataset_id));
  return used ? { run, digest: used.digest, version: versionsByDigest.get(used.digest) ?? null } : null;
}

/** Clients name the dataset in the source; a source without an id may be any of the name. */
function isThis(source: string | undefined, id: string): boolean {
  const named = (jsonIn(source ?? "") as { dataset_id?: unknown } | undefined)?.dataset_id;
  return named === undefined || named === id;
}
