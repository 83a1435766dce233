// Label schemas, by MLflow's routes.
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import type { LabelInput, LabelSchema, LabelType } from "../core/review/labelSchema";
import { mlflow, mlflowPages } from "./api";
import { queryClient } from "./queryClient";

interface LabelSchemaPage {
  label_schemas?: LabelSchema[];
  next_page_token?: string;
}

const PAGE_ROWS = 1000;

function schemasQuery(experimentId: string) {
  return queryOptions({
    queryKey: ["review", "schemas", experimentId],
    queryFn: async () => {
      const pages = await mlflowPages<LabelSchemaPage>("3.0/mlflow/label-schemas/list", { experiment_id: experimentId, max_results: PAGE_ROWS });
      return pages.flatMap((page) => page.label_schemas ?? []);
    },
  });
}

/** All label schemas of an experiment. Every experiment has at least the default one. */
export function useLabelSchemas(experimentId: string | undefined) {
  return useQuery({ ...schemasQuery(experimentId ?? ""), enabled: experimentId !== undefined });
}

interface Fields {
  name: string;
  input: LabelInput;
  instruction: string;
  enable_comment: boolean;
}

export type LabelSchemaChange =
  | { kind: "create"; experimentId: string; fields: Fields & { type: LabelType } }
  | { kind: "update"; schemaId: string; fields: Fields }
  | { kind: "delete"; schemaId: string };

/** Changes a label schema; the caller shows the error. */
export function useChangeLabelSchema() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: send,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["review", "schemas"] }),
  });
}

interface Changed {
  label_schema: LabelSchema;
}

async function send(change: LabelSchemaChange): Promise<LabelSchema | null> {
  switch (change.kind) {
    case "create": return (await mlflow<Changed>("3.0/mlflow/label-schemas/create", { experiment_id: change.experimentId, ...change.fields })).label_schema;
    case "update": return (await mlflow<Changed>("3.0/mlflow/label-schemas/update", { schema_id: change.schemaId, ...change.fields }, "PATCH")).label_schema;
    case "delete":
      await mlflow("3.0/mlflow/label-schemas/delete", { schema_id: change.schemaId }, "DELETE");
      return null;
  }
}
