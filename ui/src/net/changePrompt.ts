// Changes of prompts, by the requests that MLflow's client sends.
import { useMutation } from "@tanstack/react-query";
import type { PromptDraft } from "../core/prompt/promptDraft";
import { newPromptBody, newVersionBody } from "../core/prompt/promptRequests";
import { EXPERIMENTS_TAG, experimentsOf, type StoredPrompt, type StoredPromptVersion, withExperiment } from "../core/prompt/storedPrompt";
import { mlflow } from "./api";
import { promptKey } from "./prompts";
import { queryClient } from "./queryClient";

const models = (route: string) => `2.0/mlflow/registered-models/${route}`;
const versions = (route: string) => `2.0/mlflow/model-versions/${route}`;

export type PromptChange =
  | { kind: "describe"; name: string; description: string }
  | { kind: "set tag"; name: string; key: string; value: string }
  | { kind: "delete tag"; name: string; key: string }
  | { kind: "set version tag"; name: string; version: number; key: string; value: string }
  | { kind: "delete version tag"; name: string; version: number; key: string }
  | { kind: "set alias"; name: string; alias: string; version: number }
  | { kind: "delete alias"; name: string; alias: string }
  | { kind: "delete version"; name: string; version: number }
  | { kind: "delete"; name: string };

/** `quiet`: the caller shows errors itself, so that no toast is needed. */
export function useChangePrompt({ quiet = false } = {}) {
  return useMutation({ meta: { quiet }, mutationFn: sendChange, onSuccess: (_, change) => promptChanged(change) });
}

function sendChange(change: PromptChange): Promise<unknown> {
  switch (change.kind) {
    case "describe": return mlflow(models("update"), { name: change.name, description: change.description }, "PATCH");
    case "set tag": return mlflow(models("set-tag"), { name: change.name, key: change.key, value: change.value });
    case "delete tag": return mlflow(models("delete-tag"), { name: change.name, key: change.key }, "DELETE");
    case "set version tag": return mlflow(versions("set-tag"), { name: change.name, version: String(change.version), key: change.key, value: change.value });
    case "delete version tag": return mlflow(versions("delete-tag"), { name: change.name, version: String(change.version), key: change.key }, "DELETE");
    case "set alias": return mlflow(models("alias"), { name: change.name, alias: change.alias, version: String(change.version) });
    case "delete alias": return mlflow(models("alias"), { name: change.name, alias: change.alias }, "DELETE");
    case "delete version": return mlflow(versions("delete"), { name: change.name, version: String(change.version) }, "DELETE");
    case "delete": return mlflow(models("delete"), { name: change.name }, "DELETE");
  }
}

function promptChanged({ kind, name }: Pick<PromptChange, "name"> & { kind: string }): Promise<void> {
  void queryClient.invalidateQueries({ queryKey: ["prompts"] });
  // The open page of a deleted prompt is left, and would only ask for what is gone.
  if (kind === "delete") return Promise.resolve(queryClient.removeQueries({ queryKey: promptKey(name) }));
  return queryClient.invalidateQueries({ queryKey: promptKey(name) });
}

export interface NewVersion {
  draft: PromptDraft;
  /** The prompt that gets a version; `null` to register a new one. */
  prompt: StoredPrompt | null;
  experimentId: string;
}

/** Registers a prompt with its first version, or adds a version. Returns the number of the version. */
export function useSaveVersion() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ draft, prompt, experimentId }: NewVersion) => (prompt ? addVersion(prompt, draft, experimentId) : registerPrompt(draft, experimentId)),
    onSuccess: (_, { draft, prompt }) => promptChanged({ kind: "save", name: prompt?.name ?? draft.name }),
  });
}

async function registerPrompt(draft: PromptDraft, experimentId: string): Promise<number> {
  const { name } = draft;
  await mlflow(models("create"), newPromptBody(draft, experimentId));
  try {
    return await createVersion(name, draft);
  } catch (error) {
    // No prompt without versions is left behind.
    await mlflow(models("delete"), { name }, "DELETE").catch(() => undefined);
    throw error;
  }
}

async function addVersion(prompt: StoredPrompt, draft: PromptDraft, experimentId: string): Promise<number> {
  const version = await createVersion(prompt.name, draft);
  const value = withExperiment(experimentsOf(prompt), experimentId);
  // The version is saved: a failure to note the experiment does not concern it.
  if (value !== null) await mlflow(models("set-tag"), { name: prompt.name, key: EXPERIMENTS_TAG, value }).catch(() => undefined);
  return version;
}

async function createVersion(name: string, draft: PromptDraft): Promise<number> {
  const { model_version } = await mlflow<{ model_version: StoredPromptVersion }>(versions("create"), newVersionBody(name, draft));
  return Number(model_version.version);
}
