import { useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { EMPTY_DRAFT, isChanged, type PromptDraft } from "../../core/prompt/promptDraft";
import { experimentsOf, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { parseSort } from "../../core/sortRows";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useExperiment } from "../../net/experiment";
import { usePrompts } from "../../net/prompts";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { DraftNote } from "../../ui/DraftNote";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useLeaveWarning } from "../../ui/LeaveWarning";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { useTableSort } from "../../ui/table/useTableSort";
import { useDebounced } from "../../ui/useDebounced";
import { DeletePrompt } from "./DeletePrompt";
import { NewPrompt } from "./NewPrompt";
import { NoPrompts } from "./NoPrompts";
import { PromptTable } from "./PromptTable";
import "../../ui/text/text.css";
import "./prompts.css";

const SEARCH_AFTER_MS = 200;
const NEWEST_FIRST = "-changed";

/** The prompts of the registry: those of the experiment, or all. */
export default function PromptList() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const navigate = useNavigate();
  const experiment = useExperiment(e);
  const experimentId = experiment.data?.experiment_id;
  useTitle("Prompts", experiment.data?.name);
  const typed = search.q ?? "";
  const name = useDebounced(typed.trim(), SEARCH_AFTER_MS);
  const all = search.all === "1";
  const [sort, setSort] = useTableSort(NEWEST_FIRST);
  const scope = { experimentId: all ? null : (experimentId ?? null), name, orderBy: orderOf(sort) };
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = usePrompts(scope, experimentId !== undefined);
  const [draft, setDraft] = useState<PromptDraft>(EMPTY_DRAFT);
  const isTyped = isChanged(draft, EMPTY_DRAFT);
  const leaving = useLeaveWarning(isTyped);
  const discard = () => {
    setDraft(EMPTY_DRAFT);
    toast("Discarded the new prompt", { undo: () => setDraft(draft) });
  };
  const [deleting, setDeleting] = useState<StoredPrompt | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const isNew = search.new === "1";
  useHotkeys({ "/": () => input.current?.focus(), n: () => change({ new: "1" }), r: () => void refetch() }, !isNew);

  const failed = experiment.error ?? error;
  if (failed && !data) return <ErrorState error={failed} doing="load the prompts" onRetry={() => { void experiment.refetch(); void refetch(); }} />;
  if (isNew && experimentId !== undefined) {
    const opened = (saved: string) => {
      leaving.allow();
      void navigate({ to: "/e/$e/prompts/$prompt", params: { e, prompt: saved }, replace: true });
    };
    return (
      <div className="page">
        {leaving.dialog}
        <NewPrompt experimentId={experimentId} draft={draft} onChange={setDraft} onSaved={opened} onDiscard={discard} onClose={() => change({ new: null })} />
      </div>
    );
  }

  const found = data?.pages.flatMap((page) => page.prompts) ?? [];
  const isOwn = (prompt: StoredPrompt) => experimentsOf(prompt).includes(experimentId ?? "");
  const prompts = all && sort === NEWEST_FIRST ? [...found.filter(isOwn), ...found.filter((prompt) => !isOwn(prompt))] : found;
  return (
    <div className="page prompts">
      {isFetching && !isPending && <div className="progress-line" />}
      {leaving.dialog}
      <div className="row wrap">
        <h1 className="grow">Prompts</h1>
        <div className="segmented" role="group" aria-label="Whose prompts">
          <Button aria-pressed={!all} onClick={() => change({ all: null })}>This experiment</Button>
          <Button aria-pressed={all} onClick={() => change({ all: "1" })}>All</Button>
        </div>
        <input
          ref={input}
          type="search"
          className="input find"
          aria-label="Find a prompt"
          placeholder="Find by name"
          value={typed}
          onChange={(event) => change({ q: event.target.value }, { replace: true })}
          onKeyDown={(event) => {
            if (event.key !== "Enter" && event.key !== "ArrowDown") return;
            event.preventDefault();
            const first = document.querySelector<HTMLElement>(".prompts [data-row]");
            if (event.key === "Enter") first?.click();
            else first?.focus();
          }}
        />
        <Button look="primary" title="n" onClick={() => change({ new: "1" })}>New prompt</Button>
      </div>
      {isTyped && <DraftNote text={`A new prompt${draft.name && ` “${visible(draft.name)}”`} is not saved.`} onContinue={() => change({ new: "1" })} onDiscard={discard} />}
      {isPending ? <LoadingRows />
        : prompts.length > 0 ? <PromptTable e={e} prompts={prompts} isOwn={all ? isOwn : null} sort={sort} onSort={setSort} onDelete={setDeleting} />
        : name ? <EmptyState title="No prompt has this in its name">{!all && <Button onClick={() => change({ all: "1" })}>Search in all experiments</Button>}</EmptyState>
        : experiment.data && <NoPrompts experiment={experiment.data} all={all} onAll={() => change({ all: "1" })} onNew={() => change({ new: "1" })} />}
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>More prompts</Button></div>}
      {deleting && <DeletePrompt prompt={deleting} onDeleted={() => setDeleting(null)} onClose={() => setDeleting(null)} />}
    </div>
  );
}

/** The server's order for a column; newest first for any other text in the address. */
function orderOf(sort: string): string {
  const { column, descending } = parseSort(sort);
  if (column === "name") return `name ${descending ? "DESC" : "ASC"}`;
  return `last_updated_timestamp ${column === "changed" && !descending ? "ASC" : "DESC"}`;
}
