import { useEffect, useRef, useState } from "react";
import { isAnswered, problemOf, type Answer, type Answers, type StoredAnswer } from "../../../core/review/reviewAnswers";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { isSameUser, nextOpen, type ReviewItem } from "../../../core/review/reviewQueue";
import { visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import { ApiError } from "../../../net/api";
import { readReviewItems, setReviewStatus } from "../../../net/reviewQueues";
import { NO_CHANGES, saveReview, undoReview, type Review, type ReviewChanges } from "../../../net/saveReview";
import { useDrafts } from "./useDrafts";

export type SaveState = { step: "saving" } | { step: "failed"; error: Error };

interface ReviewStep {
  kind: "review";
  traceId: string;
  review: Review;
  changes: ReviewChanges;
}

type Step =
  | { kind: "answer"; traceId: string; name: string; before: Answers | null }
  | { kind: "skip"; traceId: string }
  | { kind: "decline"; traceId: string; changes: { declined: boolean } }
  | ReviewStep;

const RETRY_MS = 5000;

/**
 * The work of one reviewer in a queue: answers, saves, skips and undo. A save runs in the background while the next trace is
 * shown, one after another; if it fails, the answers stay and it is tried again.
 */
export function useReviewWork({ queueId, items, schemas, person, isOpenForMe, current, onGo }: {
  queueId: string;
  items: readonly ReviewItem[];
  schemas: LabelSchema[];
  person: string;
  isOpenForMe: (item: ReviewItem) => boolean;
  current: string | null;
  onGo: (traceId: string | null) => void;
}) {
  const drafts = useDrafts(queueId, person);
  const [settled, setSettled] = useState<ReadonlySet<string>>(new Set());
  const [skipped, setSkipped] = useState<readonly string[]>([]);
  const [states, setStates] = useState<ReadonlyMap<string, SaveState>>(new Map());
  /** The trace on which the reviewer did something since it is shown. */
  const [touched, setTouched] = useState<string | null>(null);
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const tail = useRef<Promise<unknown>>(Promise.resolve());
  /** Saves that are undone while they run: their answers become a draft again. */
  const undone = useRef(new Set<ReviewChanges>());

  const byId = new Map(items.map((item) => [item.item_id, item]));
  const ids = items.map(({ item_id }) => item_id);
  const isOpen = (id: string) => { const item = byId.get(id); return item !== undefined && !settled.has(id) && isOpenForMe(item); };
  const settle = (id: string, isSettled: boolean) => setSettled((before) => { const next = new Set(before); if (isSettled) next.add(id); else next.delete(id); return next; });
  const setState = (id: string, state: SaveState | null) => setStates((before) => { const next = new Map(before); if (state) next.set(id, state); else next.delete(id); return next; });
  const record = (step: Step) => setSteps((before) => [...before, step]);
  const show = (id: string | null) => { setTouched(null); onGo(id); };
  const goNext = (skips = skipped) => show(nextOpen(ids, current, (id) => id !== current && isOpen(id), skips));

  /** Runs a change after all earlier ones. */
  const enqueue = (traceId: string, run: () => Promise<void>, onError: (error: Error) => void) => {
    setState(traceId, { step: "saving" });
    tail.current = tail.current.then(run).then(() => setState(traceId, null), (error: unknown) => {
      setState(traceId, null);
      settle(traceId, false);
      onError(error instanceof Error ? error : new Error(String(error)));
    });
  };
  const showError = (error: Error) => toast(error.message, { error: true });

  const sendReview = (review: Review, changes: ReviewChanges) => enqueue(review.traceId, async () => {
    const item = await saveReview(review, changes);
    if (undone.current.has(changes)) return;
    drafts.saved(review.traceId, review.answers);
    if (review.wasOpen && !changes.completed) toast(`Already completed by ${nameOf(item)}. Your answers are saved beside theirs.`, { forMs: 10_000 });
  }, (error) => setState(review.traceId, { step: "failed", error }));

  const failedStep = (traceId: string) => steps.findLast((step): step is ReviewStep => step.kind === "review" && step.traceId === traceId);

  /** Tries the last save of a trace again, with the answers as they are now. */
  const retry = (traceId: string) => {
    const step = failedStep(traceId);
    if (!step) return setState(traceId, null);
    const review = { ...step.review, answers: drafts.of(traceId) ?? step.review.answers };
    sendReview(review, step.changes);
    setSteps((before) => before.map((one) => (one === step ? { ...step, review } : one)));
    settle(traceId, true);
  };

  /** Saves the answers and goes on; returns why it cannot. */
  const save = (stored: Readonly<Record<string, StoredAnswer>>): string | null => {
    if (current === null) return null;
    const answers = drafts.of(current) ?? {};
    const all = schemas.map((schema) => ({ schema, answer: answers[schema.name] ?? stored[schema.name] }));
    if (all.some(({ schema, answer }) => answer && problemOf(schema, answer))) return "Correct the marked answers.";
    if (!all.some(({ answer }) => answer && isAnswered(answer))) return "Answer a question, or skip the trace with s.";
    if (states.get(current)?.step === "failed") {
      retry(current);
      goNext();
      return null;
    }
    if (touched !== current) {
      setTouched(current);
      return "These answers are from earlier. Press Enter again to save them.";
    }
    const review: Review = { queueId, traceId: current, schemas, answers, person, wasOpen: byId.get(current)?.status === "PENDING" };
    const changes = NO_CHANGES();
    record({ kind: "review", traceId: current, review, changes });
    sendReview(review, changes);
    setSkipped((before) => before.filter((id) => id !== current));
    settle(current, true);
    goNext();
    return null;
  };

  const decline = () => {
    if (current === null) return;
    const changes = { declined: false };
    enqueue(current, async () => {
      const item = (await readReviewItems(queueId)).find(({ item_id }) => item_id === current);
      if (item && item.status !== "PENDING" && !isSameUser(item.completed_by, person)) {
        toast(`Already ${item.status === "COMPLETE" ? "completed" : "declined"} by ${nameOf(item)}.`);
        return;
      }
      await setReviewStatus(queueId, current, "DECLINED", person);
      changes.declined = true;
    }, showError);
    record({ kind: "decline", traceId: current, changes });
    settle(current, true);
    goNext();
  };

  const skip = () => {
    if (current === null) return;
    const skips = [...skipped.filter((id) => id !== current), current];
    record({ kind: "skip", traceId: current });
    setSkipped(skips);
    goNext(skips);
  };

  const setAnswer = (name: string, answer: Answer, isTyped: boolean) => {
    if (current === null) return;
    const before = drafts.of(current);
    const last = steps.at(-1);
    // One step for a text, not one for each letter.
    const isSameText = isTyped && last?.kind === "answer" && last.traceId === current && last.name === name;
    if (!isSameText) record({ kind: "answer", traceId: current, name, before });
    drafts.set(current, { ...before, [name]: answer });
    setTouched(current);
  };

  const undo = () => {
    const step = steps.at(-1);
    if (!step) return;
    setSteps(steps.slice(0, -1));
    const { traceId } = step;
    switch (step.kind) {
      case "answer": drafts.set(traceId, step.before); break;
      case "skip": setSkipped(skipped.filter((id) => id !== traceId)); break;
      case "decline":
        settle(traceId, false);
        enqueue(traceId, async () => { if (step.changes.declined) await setReviewStatus(queueId, traceId, "PENDING", person); }, showError);
        break;
      case "review": {
        settle(traceId, false);
        undone.current.add(step.changes);
        drafts.set(traceId, step.review.answers);
        enqueue(traceId, () => undoReview(step.review, step.changes), showError);
      }
    }
    onGo(traceId);
    setTouched(traceId);
  };

  const failures = [...states].flatMap(([traceId, state]) => (state.step === "failed" ? [{ traceId, error: state.error }] : []));
  // Answers that are being changed are not saved before the reviewer says so.
  const isUnchanged = (traceId: string) => JSON.stringify(drafts.of(traceId)) === JSON.stringify(failedStep(traceId)?.review.answers);
  const retryable = failures.filter(({ traceId, error }) => error instanceof ApiError && [0, 429, 503].includes(error.status) && isUnchanged(traceId));
  const retryAll = useRef(() => {});
  useEffect(() => { retryAll.current = () => retryable.forEach(({ traceId }) => retry(traceId)); });
  useEffect(() => {
    if (retryable.length === 0) return;
    const timer = setTimeout(() => retryAll.current(), RETRY_MS);
    return () => clearTimeout(timer);
  }, [retryable.length]);

  return {
    draft: current === null ? null : drafts.of(current), states, failures, skipped, canUndo: 0 < steps.length, isOpen,
    setAnswer, save, skip, decline, undo, retry,
    go: (by: 1 | -1) => {
      const next = ids[(current === null ? -1 : ids.indexOf(current)) + by];
      if (next !== undefined) show(next);
    },
  };
}

export type ReviewWork = ReturnType<typeof useReviewWork>;

function nameOf({ completed_by }: ReviewItem): string {
  return visible(completed_by ?? "someone else");
}
