// Queries and changes of evaluation datasets: MLflow's routes, and Kansoku's for versions.
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { EvaluationDataset } from "../core/dataset/dataset";
import { applyDifferences } from "../core/dataset/recordDifferences";
import { type RecordUpsert, USER_TAG } from "../core/dataset/record";
import { parseExact } from "../core/json/exactJson";
import type { DatasetDetail, DatasetRecord, DatasetRecordPage, DatasetVersion, DatasetVersionList, RecordDifferencePage } from "../core/types";
import { apiUrl, kansoku, mlflow, send } from "./api";
import { NOBODY, personName } from "./person";
import { queryClient } from "./queryClient";

interface DatasetPage {
  datasets?: EvaluationDataset[];
  next_page_token?: string;
}

const DATASETS_AT_ONCE = 200;

/** The datasets of an experiment, the last changed first. `filter` is in MLflow's language. */
export function useDatasets(experimentId: string | undefined, filter = "", orderBy = "last_update_time DESC") {
  return useInfiniteQuery({
    queryKey: ["datasets", experimentId, filter, orderBy],
    queryFn: ({ pageParam }) =>
      mlflow<DatasetPage>("3.0/mlflow/datasets/search", {
        experiment_ids: [experimentId],
        filter_string: filter,
        order_by: [orderBy],
        max_results: DATASETS_AT_ONCE,
        page_token: pageParam ?? undefined,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token || null,
    placeholderData: (before, query) => (query?.queryKey[1] === experimentId ? before : undefined),
    enabled: experimentId !== undefined,
  });
}

const pathOf = (id: string, rest = "") => `3.0/mlflow/datasets/${encodeURIComponent(id)}${rest}`;
const versionPath = (id: string, version: number, rest: string) => `datasets/${encodeURIComponent(id)}/versions/${version}/${rest}`;

/** A dataset with the number of its newest version. */
export function useDataset(id: string) {
  return useQuery({ queryKey: ["dataset", id], queryFn: ({ signal }) => readDataset(id, signal), enabled: id !== "" });
}

function readDataset(id: string, signal?: AbortSignal): Promise<DatasetDetail> {
  return kansoku(`datasets/${encodeURIComponent(id)}`, {}, { signal });
}

/** Records of one page; the server ends a page at 8 MiB. */
const RECORDS_AT_ONCE = 2000;

/** A page of records. Their numbers are as the server wrote them. */
export async function readRecords(id: string, version: number, token: string | null, signal?: AbortSignal): Promise<DatasetRecordPage> {
  const path = `3.0/kansoku/${versionPath(id, version, "records")}`;
  const response = await send(path, apiUrl(path, { max_results: RECORDS_AT_ONCE, page_token: token }), { signal });
  return parseExact(await response.text()) as DatasetRecordPage;
}

const recordsKey = (id: string, version: number) => ["dataset records", id, version];

/** The records of a version, page by page. A version never changes. */
export function useRecordPages(id: string, version: number | undefined) {
  return useInfiniteQuery({
    queryKey: recordsKey(id, version ?? -1),
    queryFn: ({ pageParam, signal }) => readRecords(id, version!, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token ?? null,
    staleTime: Infinity,
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
    enabled: version !== undefined,
  });
}

export function useVersions(id: string) {
  return useInfiniteQuery({
    queryKey: ["dataset versions", id],
    queryFn: ({ pageParam, signal }) => kansoku<DatasetVersionList>(`datasets/${encodeURIComponent(id)}/versions`, { before: pageParam, max_results: VERSIONS_AT_ONCE }, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ versions }) => (versions.length < VERSIONS_AT_ONCE ? null : lowest(versions)),
  });
}

const VERSIONS_AT_ONCE = 100;

function lowest(versions: DatasetVersion[]): number | null {
  const version = versions.at(-1)?.version ?? 1;
  return 1 < version ? version : null;
}

const DIFFERENCES_AT_ONCE = 100;

export function useDifferences(id: string, base: number, version: number) {
  return useInfiniteQuery({
    queryKey: ["dataset differences", id, base, version],
    queryFn: ({ pageParam, signal }) => readDifferences(id, { base, version, token: pageParam, max: DIFFERENCES_AT_ONCE, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token ?? null,
    staleTime: Infinity,
  });
}

async function readDifferences(id: string, { base, version, token, max, signal }: { base: number; version: number; token: string | null; max: number; signal?: AbortSignal }): Promise<RecordDifferencePage> {
  const path = `3.0/kansoku/${versionPath(id, version, "differences")}`;
  const response = await send(path, apiUrl(path, { base, max_results: max, page_token: token }), { signal });
  return parseExact(await response.text()) as RecordDifferencePage;
}

export type DatasetChange =
  | { kind: "create"; experimentId: string; name: string }
  | { kind: "delete"; id: string }
  | { kind: "set tag"; id: string; key: string; value: string }
  | { kind: "delete tag"; id: string; key: string };

/** The caller shows errors itself. */
export function useChangeDataset() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: changeDataset,
    onSuccess: (_, change) => {
      if ("id" in change && change.kind !== "delete") void queryClient.invalidateQueries({ queryKey: ["dataset", change.id] });
      return queryClient.invalidateQueries({ queryKey: ["datasets"] });
    },
  });
}

async function changeDataset(change: DatasetChange): Promise<EvaluationDataset | null> {
  switch (change.kind) {
    case "create": return createDataset(change.experimentId, change.name);
    case "delete": await mlflow(pathOf(change.id), {}, "DELETE"); return null;
    case "set tag": await mlflow(pathOf(change.id, "/tags"), { tags: JSON.stringify({ [change.key]: change.value }) }, "PATCH"); return null;
    case "delete tag": await mlflow(pathOf(change.id, `/tags/${encodeURIComponent(change.key)}`), {}, "DELETE"); return null;
  }
}

export async function createDataset(experimentId: string, name: string): Promise<EvaluationDataset> {
  const { dataset } = await mlflow<{ dataset: EvaluationDataset }>("3.0/mlflow/datasets/create", { name, experiment_ids: [experimentId], tags: JSON.stringify(userTag()) });
  return dataset;
}

/** The tag by which a dataset and its records know who made them. */
function userTag(): Record<string, string> {
  const name = personName();
  return name === NOBODY ? {} : { [USER_TAG]: name };
}

export interface UpsertCounts {
  inserted: number;
  updated: number;
}

export async function upsertRecords(id: string, records: readonly RecordUpsert[]): Promise<UpsertCounts> {
  const user = userTag();
  const text = JSON.stringify(records.map((record) => ({ ...record, tags: { ...user, ...record.tags } })));
  const counts = await mlflow<{ inserted_count?: number; updated_count?: number }>(pathOf(id, "/records"), { records: text });
  return { inserted: counts.inserted_count ?? 0, updated: counts.updated_count ?? 0 };
}

export async function deleteRecords(id: string, recordIds: readonly string[]): Promise<number> {
  const answer = await mlflow<{ deleted_count?: number }>(pathOf(id, "/records"), { dataset_record_ids: recordIds }, "DELETE");
  return answer.deleted_count ?? 0;
}

const DIFFERENCES_MAX = 1000;

/**
 * Shows the newest version after a change of records. If the records of the shown version are loaded, only those that differ are
 * read, so that a change of one record does not load a large dataset again.
 */
export async function refreshRecords(id: string): Promise<void> {
  const before = queryClient.getQueryData<DatasetDetail>(["dataset", id]);
  void queryClient.invalidateQueries({ queryKey: ["datasets"] });
  void queryClient.invalidateQueries({ queryKey: ["dataset versions", id] });
  try {
    const now = await readDataset(id);
    if (before && before.version < now.version) await loadByDifferences(id, before.version, now.version);
    queryClient.setQueryData(["dataset", id], now);
  } catch {
    void queryClient.invalidateQueries({ queryKey: ["dataset", id] });
  }
}

async function loadByDifferences(id: string, base: number, version: number): Promise<void> {
  const known = queryClient.getQueryData<{ pages: DatasetRecordPage[] }>(recordsKey(id, base))?.pages;
  if (!known?.length || known.at(-1)!.next_page_token) return;
  const { differences, next_page_token } = await readDifferences(id, { base, version, token: null, max: DIFFERENCES_MAX });
  if (next_page_token) return;
  const records: DatasetRecord[] = applyDifferences(known.flatMap((page) => page.records), differences);
  queryClient.setQueryData(recordsKey(id, version), { pages: [{ records }], pageParams: [null] });
}
