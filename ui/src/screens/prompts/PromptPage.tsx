import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { draftOf, EMPTY_DRAFT, isChanged, type OpenedDraft } from "../../core/prompt/promptDraft";
import { toast } from "../../core/toastQueue";
import { ApiError } from "../../net/api";
import { useExperiment } from "../../net/experiment";
import { usePrompt, usePromptVersion, usePromptVersions } from "../../net/prompts";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { DraftNote } from "../../ui/DraftNote";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useLeaveWarning } from "../../ui/LeaveWarning";
import { PageProblem } from "../../ui/PageProblem";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { NewVersion } from "./NewVersion";
import { PromptHead } from "./PromptHead";
import { PromptVersionList } from "./PromptVersionList";
import { PromptVersionView } from "./PromptVersionView";
import "../../ui/text/text.css";
import "./prompts.css";

/** One prompt with all its versions. */
export default function PromptPage() {
  const { e, prompt } = useParams({ strict: false }) as { e: string; prompt: string };
  return <PromptOfName key={prompt} e={e} name={prompt} />;
}

function PromptOfName({ e, name }: { e: string; name: string }) {
  const [search, change] = useUrl();
  const navigate = useNavigate();
  const experiment = useExperiment(e);
  const prompt = usePrompt(name);
  const versions = usePromptVersions(name);
  const listed = versions.data?.pages.flatMap((page) => page.versions) ?? [];
  const chosen = search.version ? Number(search.version) : (listed[0]?.version ?? null);
  const version = usePromptVersion(name, chosen);
  const shown = version.data ?? listed.find((one) => one.version === chosen) ?? null;
  const [draft, setDraft] = useState<OpenedDraft | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const isTyped = draft !== null && isChanged(draft.now, draft.begin);
  const leaving = useLeaveWarning(isTyped);
  useTitle(chosen === null ? name : `${name} ${chosen}`, "Prompts", experiment.data?.name);
  const isEditing = search.edit === "1";
  useHotkeys({
    e: () => change({ edit: "1" }),
    r: () => void Promise.all([prompt.refetch(), versions.refetch(), version.refetch()]),
  }, !isEditing);

  const failed = [prompt, versions, experiment].find(({ error, data }) => error && !data);
  if (failed) {
    const retry = () => { void prompt.refetch(); void versions.refetch(); void experiment.refetch(); };
    return <PageProblem what="prompt" error={failed.error} onRetry={retry}><Link to="/e/$e/prompts" params={{ e }}>See all prompts</Link></PageProblem>;
  }
  if (!prompt.data || !versions.data || !experiment.data) return <div className="page"><LoadingRows /></div>;

  const begin = (): OpenedDraft => {
    const first = shown ? draftOf(shown) : { ...EMPTY_DRAFT, name };
    return { from: shown?.version ?? null, begin: first, now: first };
  };
  const opened = draft ?? begin();
  const discard = () => {
    setDraft(null);
    toast("Discarded the new version", { undo: () => setDraft(draft) });
  };
  const begun = opened.from === null ? "" : `, begun from version ${opened.from},`;
  return (
    <div className="page prompt-page">
      {versions.isFetching && <div className="progress-line" />}
      {leaving.dialog}
      <PromptHead e={e} prompt={prompt.data} onDeleted={() => { leaving.allow(); void navigate({ to: "/e/$e/prompts", params: { e } }); }} />
      {isTyped && !isEditing && <DraftNote text={`A new version${begun} is not saved.`} onContinue={() => change({ edit: "1" })} onDiscard={discard} />}
      <div className="prompt-columns">
        <PromptVersionList
          e={e} prompt={prompt.data} versions={listed} chosen={chosen} onCompare={(version) => change({ with: String(version), tab: null, edit: null })}
          more={versions.hasNextPage && <Button small disabled={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()}>Older versions</Button>}
        />
        {isEditing && (shown || listed.length === 0 || draft) ? (
          <NewVersion
            prompt={prompt.data} experimentId={experiment.data.experiment_id} opened={opened}
            onChange={(update) => setDraft((before) => { const last = before ?? begin(); return { ...last, now: update(last.now) }; })}
            onDiscard={discard}
            onSaved={(saved) => { setDraft(null); change({ version: String(saved), edit: null, with: null, tab: null }); }}
            onClose={() => change({ edit: null })}
          />
        ) : shown ? (
          <PromptVersionView e={e} prompt={prompt.data} version={shown} versions={listed} values={values} onValues={setValues} onDeleted={() => change({ version: null, with: null })} />
        ) : version.error ? <MissingVersion chosen={search.version ?? ""} error={version.error} onLatest={() => change({ version: null, with: null })} onRetry={() => void version.refetch()} />
          : chosen === null ? <EmptyState title="No versions"><p>All versions of this prompt were deleted.</p><Button look="primary" onClick={() => change({ edit: "1" })}>New version</Button></EmptyState>
          : <LoadingRows />}
      </div>
    </div>
  );
}

function MissingVersion({ chosen, error, onLatest, onRetry }: { chosen: string; error: Error; onLatest: () => void; onRetry: () => void }) {
  const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  if (!isMissing) return <ErrorState error={error} doing="load the version" onRetry={onRetry} />;
  return <EmptyState title={`Version ${chosen} not found`}><p>{error.message}</p><Button onClick={onLatest}>Show the latest version</Button></EmptyState>;
}
