// The requests that save a prompt, as MLflow's client sends them.
import { draftTags, type PromptDraft } from "./promptDraft";
import { EXPERIMENTS_TAG, IS_PROMPT_TAG, type StoredTag, withExperiment } from "./storedPrompt";

/** The source that clients send with a version, since the route requires one. */
const PROMPT_SOURCE = "dummy-source";

interface PromptBody {
  name: string;
  description: string;
  tags: Required<StoredTag>[];
}

/** Creates a prompt. As in the client, description and tags belong to the prompt as well as to its first version. */
export function newPromptBody({ name, commitMessage, tags }: PromptDraft, experimentId: string): PromptBody {
  const own = tags.map(([key, value]) => ({ key, value }));
  const ofExperiment = { key: EXPERIMENTS_TAG, value: withExperiment([], experimentId) ?? "" };
  return { name, tags: [{ key: IS_PROMPT_TAG, value: "true" }, ofExperiment, ...own], description: commitMessage };
}

/** Adds a version to a prompt. */
export function newVersionBody(name: string, draft: PromptDraft): PromptBody & { source: string } {
  return { name, source: PROMPT_SOURCE, tags: draftTags(draft), description: draft.commitMessage };
}
