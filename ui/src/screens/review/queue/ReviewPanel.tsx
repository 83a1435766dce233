import { Check, SkipForward, Undo2, XCircle } from "lucide-react";
import type { ReactNode } from "react";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { NO_ANSWER, problemOf, type Answers } from "../../../core/review/reviewAnswers";
import { isSameUser, type ReviewItem } from "../../../core/review/reviewQueue";
import { visible } from "../../../core/text";
import { Button, IconButton } from "../../../ui/Button";
import { PlainText } from "../../../ui/text/PlainText";
import { Time } from "../../../ui/Time";
import { QuestionField } from "./QuestionField";
import type { QuestionFocus } from "./useQuestionFocus";
import type { ReviewWork } from "./useReviewWork";

/** The questions about a trace, and what to do with it. */
export function ReviewPanel({ item, position, of, questions, person, instructions, answers, focus, work, message, isRead, onSave, tools }: {
  item: ReviewItem;
  position: number;
  of: number;
  questions: LabelSchema[];
  person: string;
  instructions: string;
  answers: Answers;
  focus: QuestionFocus;
  work: ReviewWork;
  /** Why the answers cannot be saved yet. */
  message: string | null;
  /** The stored answers are known. */
  isRead: boolean;
  onSave: () => void;
  tools?: ReactNode;
}) {
  return (
    <section className="review-panel" aria-label="Questions" aria-busy={!isRead}>
      <div className="row wrap review-panel-head">
        <IconButton small look="plain" label="Previous trace ([)" icon={<span aria-hidden>‹</span>} disabled={position <= 1} onClick={() => work.go(-1)} />
        <b className="nowrap" aria-live="polite">Trace {position} of {of}</b>
        <IconButton small look="plain" label="Next trace (])" icon={<span aria-hidden>›</span>} disabled={position === of} onClick={() => work.go(1)} />
        <span className="grow" />
        <ItemStatus item={item} person={person} work={work} />
      </div>
      <div className="review-questions" onKeyDown={(event) => {
        // Arrow keys move between the questions, except in a field.
        if (event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement) return;
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) { event.preventDefault(); focus.move(step); }
        // Enter on a chosen option saves instead of clearing it.
        if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); if (!event.repeat) onSave(); }
      }}>
        {instructions && <div className="review-instructions plain-text" role="region" aria-label="Instructions" tabIndex={0}><PlainText text={instructions} /></div>}
        {questions.map((schema, at) => {
          const answer = answers[schema.name] ?? NO_ANSWER;
          return (
            <QuestionField
              key={schema.schema_id} at={at} schema={schema} answer={answer} focus={focus}
              problem={message !== null || focus.at !== at ? problemOf(schema, answer) : null}
              onAnswer={(next, isTyped) => work.setAnswer(schema.name, next, isTyped)} onSave={onSave}
            />
          );
        })}
      </div>
      {message && <p className="warn-text review-message" role="alert">{message}</p>}
      <div className="row wrap review-actions">
        <Button look="primary" onClick={onSave}><Check aria-hidden /> Save and next <kbd className="kbd">Enter</kbd></Button>
        <Button onClick={work.skip} title="Comes again after all others"><SkipForward aria-hidden /> Skip <kbd className="kbd">s</kbd></Button>
        <Button onClick={work.decline} title="Nobody has to review this trace"><XCircle aria-hidden /> Decline <kbd className="kbd">d</kbd></Button>
        <Button onClick={work.undo} disabled={!work.canUndo} title="Undo the last answer or review"><Undo2 aria-hidden /> Undo <kbd className="kbd">u</kbd></Button>
        {tools}
      </div>
    </section>
  );
}

/** Whether the trace is reviewed, and by whom. */
function ItemStatus({ item, person, work }: { item: ReviewItem; person: string; work: ReviewWork }) {
  const state = work.states.get(item.item_id);
  if (state?.step === "saving") return <span className="badge">saving …</span>;
  if (state?.step === "failed") {
    return (
      <span className="row" role="alert">
        <span className="badge error" title={state.error.message}>not saved</span>
        <Button small onClick={() => work.retry(item.item_id)}>Try again</Button>
      </span>
    );
  }
  if (item.status === "PENDING") return <span className="badge">open</span>;
  const verb = item.status === "COMPLETE" ? "completed" : "declined";
  const isMine = isSameUser(item.completed_by, person);
  return (
    <span className={isMine ? "ok-text" : "warn-text"}>
      {isMine ? `${verb} by you` : `already ${verb} by ${visible(item.completed_by ?? "someone")}`} <Time ms={item.completed_time_ms ?? null} />
    </span>
  );
}
