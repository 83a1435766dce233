import { useEffect, useId, useState } from "react";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { isAnswered, type Answers } from "../../../core/review/reviewAnswers";

export interface QuestionFocus {
  /** The question that keys answer. */
  at: number;
  idOf: (at: number) => string;
  /** Marks a question without moving the focus: it is there already. */
  mark: (at: number) => void;
  move: (by: number) => void;
  /** Moves to the next question without an answer; returns whether there is one. */
  toUnanswered: () => boolean;
  /** Moves the focus to the marked question, so that keys answer it again. */
  leaveField: () => void;
  /** Moves the focus into the field or the comment of the marked question. */
  enterField: (which: "answer" | "comment") => void;
}

/** The marked question. It has the focus of the page, unless that is in one of its fields. */
export function useQuestionFocus(questions: readonly LabelSchema[], answers: Answers): QuestionFocus {
  const id = useId();
  const idOf = (at: number) => `${id}-${at}`;
  const isOpen = ({ name }: LabelSchema) => !(answers[name] && isAnswered(answers[name]));
  const [at, setAt] = useState(() => Math.max(0, questions.findIndex(isOpen)));
  const focusOn = (next: number) => {
    setAt(next);
    document.getElementById(idOf(next))?.focus();
  };
  const first = idOf(at);
  useEffect(() => {
    // The focus was on the previous trace, which is gone.
    if (document.activeElement === document.body || document.activeElement === null) document.getElementById(first)?.focus({ preventScroll: true });
    // Only when the trace is shown.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return {
    at,
    idOf,
    mark: setAt,
    move: (by) => focusOn(Math.min(Math.max(at + by, 0), questions.length - 1)),
    toUnanswered: () => {
      const order = [...questions.keys()].slice(at + 1);
      const next = order.find((nth) => isOpen(questions[nth]!));
      if (next !== undefined) focusOn(next);
      return next !== undefined;
    },
    leaveField: () => focusOn(at),
    enterField: (which) => {
      const field = document.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[data-field="${idOf(at)} ${which}"]`);
      field?.focus();
      field?.setSelectionRange(field.value.length, field.value.length);
    },
  };
}
