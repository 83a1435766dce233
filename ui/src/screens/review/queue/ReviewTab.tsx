import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { exact, plural } from "../../../core/format";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { isSameUser, nextOpen, type ReviewItem, type ReviewQueue } from "../../../core/review/reviewQueue";
import { answersQuestion } from "../../../core/review/reviewAnswers";
import { shorten } from "../../../core/text";
import type { TraceRow } from "../../../core/types";
import { useQuickParam } from "../../../ui/address/useQuickParam";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { EmptyState, LoadingRows } from "../../../ui/State";
import { prefetchTrace } from "../../../ui/trace/useTrace";
import { ITEMS_READ_MAX, useQueueTraces } from "./useQueueTraces";
import { DatasetButton } from "./DatasetButton";
import { ReviewItemView } from "./ReviewItemView";
import { useReviewWork, type ReviewWork } from "./useReviewWork";

/** The work-through view: one trace after another, with the questions beside it. */
export function ReviewTab({ e, queue, items, questions, person, instructions }: {
  e: string;
  queue: ReviewQueue;
  items: ReviewItem[];
  questions: LabelSchema[];
  person: string;
  instructions: string;
}) {
  const [search, change] = useUrl();
  // Each reviewer answers all traces, instead of each trace being reviewed once.
  const everyone = search.by === "everyone";
  const traces = useQueueTraces(queue.queue_id, items, everyone);
  const mine = everyone ? answeredBy(traces.data ?? [], questions, person) : null;
  const isOpenForMe = ({ item_id, status }: ReviewItem) => (mine ? status !== "DECLINED" && !mine.has(item_id) : status === "PENDING");
  const [current, setCurrent] = useQuickParam("t");
  const isReady = !everyone || traces.data !== undefined;
  const work = useReviewWork({ queueId: queue.queue_id, items, schemas: questions, person, isOpenForMe, current: current ?? null, onGo: setCurrent });
  const ids = items.map(({ item_id }) => item_id);
  const left = ids.filter(work.isOpen).length;

  const first = isReady && current === undefined ? nextOpen(ids, null, work.isOpen, work.skipped) : null;
  useEffect(() => { if (first !== null) setCurrent(first); });
  const following = current === undefined ? null : nextOpen(ids, current, work.isOpen, work.skipped);
  useEffect(() => { if (following !== null) prefetchTrace(following); }, [following]);
  useHotkeys({ u: work.undo }, current === undefined);

  const item = items.find(({ item_id }) => item_id === current);
  const completed = items.filter(({ status }) => status === "COMPLETE").map(({ item_id }) => item_id);
  return (
    <div className="review-work">
      <div className="row wrap review-bar">
        <span role="status">{isReady ? `${exact(left)} left` : ""}</span>
        {work.skipped.length > 0 && <span className="meta">{exact(work.skipped.length)} skipped, for later</span>}
        <span className="grow" />
        <Failures work={work} onShow={setCurrent} />
        <span className="segmented" role="group" aria-label="Who reviews">
          <Button small aria-pressed={!everyone} title="A trace is done when one reviewer has completed it" onClick={() => change({ by: null }, { replace: true })}>Each trace once</Button>
          <Button small aria-pressed={everyone} title="You review all traces, also those that others have completed: needed to measure agreement" onClick={() => change({ by: "everyone" }, { replace: true })}>Everyone answers all</Button>
        </span>
      </div>
      {everyone && ITEMS_READ_MAX < items.length && <p className="meta review-note">Among the {exact(ITEMS_READ_MAX)} traces added first.</p>}
      {items.length === 0 ? (
        <EmptyState title="This queue has no traces yet">
          <p>Select traces in the <Link to="/e/$e/traces" params={{ e }}>trace list</Link> (<kbd className="kbd">x</kbd>), press <b>Review</b>, and choose this queue.</p>
        </EmptyState>
      ) : questions.length === 0 ? (
        <EmptyState title="This queue asks nothing"><p>Its questions were deleted. Create another queue with questions for these traces.</p><Link to="/e/$e/review" params={{ e }} search={{ tab: "questions" } as never}>See the questions</Link></EmptyState>
      ) : item ? <ReviewItemView key={item.item_id} item={item} position={ids.indexOf(item.item_id) + 1} of={ids.length} questions={questions} person={person} instructions={instructions} work={work} />
        : current !== undefined ? (
          <EmptyState title="This trace is not in the queue">
            <p><code>{shorten(current, 60)}</code> was removed from it, or deleted.</p>
            <Button look="primary" onClick={() => setCurrent(null)}>Go on with the queue</Button>
          </EmptyState>
        ) : !isReady || first !== null ? <LoadingRows rows={6} />
        : (
          <EmptyState title={everyone ? "You have answered all traces" : "All traces are reviewed"}>
            <p>{plural(items.length, "trace")}. The answers are assessments of the traces: filter the <Link to="/e/$e/traces" params={{ e }}>trace list</Link> by them, or see how far the reviewers agree.</p>
            <div className="row wrap">
              <Button look="primary" onClick={() => change({ tab: "agreement" })}>Agreement</Button>
              <Button onClick={() => change({ tab: "items" })}>All traces</Button>
              <DatasetButton experiment={queue.experiment_id} traceIds={completed} label="Add to a dataset" />
              {work.canUndo && <Button onClick={work.undo}>Undo the last one <kbd className="kbd">u</kbd></Button>}
            </div>
          </EmptyState>
        )}
    </div>
  );
}

/** Reviews that could not be saved. Their answers are kept, and saving is tried again. */
function Failures({ work, onShow }: { work: ReviewWork; onShow: (traceId: string) => void }) {
  const [failed] = work.failures;
  if (!failed) return null;
  return (
    <span className="row wrap review-failures" role="alert">
      <span className="error-text">{plural(work.failures.length, "review")} not saved: {failed.error.message}</span>
      <Button small onClick={() => work.failures.forEach(({ traceId }) => work.retry(traceId))}>Try again</Button>
      <Button small onClick={() => onShow(failed.traceId)}>Show</Button>
    </span>
  );
}

/** The traces on which a person answered at least one of the questions. */
function answeredBy(traces: readonly TraceRow[], questions: readonly LabelSchema[], person: string): Set<string> {
  const isMine = ({ assessments }: TraceRow) => assessments.some((row) => isSameUser(row.source_id, person) && questions.some((schema) => answersQuestion(row, schema)));
  return new Set(traces.filter(isMine).map(({ trace_id }) => trace_id));
}
