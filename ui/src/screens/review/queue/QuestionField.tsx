import type { KeyboardEvent } from "react";
import { choicesOf, inputKind, type LabelSchema } from "../../../core/review/labelSchema";
import { isAnswered, withChoice, type Answer } from "../../../core/review/reviewAnswers";
import { visible } from "../../../core/text";
import { PlainText } from "../../../ui/text/PlainText";
import type { QuestionFocus } from "./useQuestionFocus";

/** One question: a button for each possible answer, or a field; and a comment, if the question allows it. */
export function QuestionField({ at, schema, answer, focus, problem, onAnswer, onSave }: {
  at: number;
  schema: LabelSchema;
  answer: Answer;
  focus: QuestionFocus;
  /** Why the answer cannot be saved. */
  problem: string | null;
  onAnswer: (answer: Answer, isTyped: boolean) => void;
  onSave: () => void;
}) {
  const id = focus.idOf(at);
  const name = visible(schema.name);
  const choices = choicesOf(schema.input);
  const isNumber = schema.input.numeric !== undefined;
  const { value, comment } = answer;
  const isChosen = (choice: boolean | string | number) => (Array.isArray(value) ? value.includes(String(choice)) : value === choice);
  const described = [schema.instruction && `${id}-how`, problem && `${id}-problem`].filter(Boolean).join(" ") || undefined;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      focus.leaveField();
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement && !event.ctrlKey && !event.metaKey) {
      // In a field of one line: on to the next question, or save after the last one.
      event.preventDefault();
      if (!focus.toUnanswered()) onSave();
    }
  };
  return (
    <div
      id={id} className={focus.at === at ? "question marked" : "question"} tabIndex={-1} role="group"
      aria-labelledby={`${id}-name`} aria-describedby={described} onFocus={() => focus.mark(at)}
    >
      <div className="row">
        <b id={`${id}-name`} className="question-name">{name}</b>
        {schema.type === "EXPECTATION" && <span className="badge">expectation</span>}
        {inputKind(schema.input) === "several" && <span className="meta">any of these</span>}
        {isAnswered(answer) && <span className="ok-text" aria-label="answered" role="img">✓</span>}
      </div>
      {schema.instruction && <p id={`${id}-how`} className="meta plain-text"><PlainText text={schema.instruction} /></p>}
      {0 < choices.length ? (
        <div className="question-choices-row">
          {choices.map(({ value: choice, label, key }) => (
            <button key={label} type="button" className="button choice" aria-pressed={isChosen(choice)} aria-label={`${name}: ${visible(label)}`} onClick={() => onAnswer(withChoice(schema, { value, comment }, choice), false)}>
              {key && <kbd className="kbd">{key}</kbd>} <span className="choice-label">{visible(label)}</span>
            </button>
          ))}
        </div>
      ) : isNumber ? (
        <input
          className="input number-answer" type="text" inputMode="decimal" autoComplete="off" aria-label={name} aria-invalid={problem ? true : undefined} data-field={`${id} answer`}
          value={value === null ? "" : String(value)} onKeyDown={onKeyDown} onChange={(event) => onAnswer({ value: event.target.value || null, comment }, true)}
        />
      ) : (
        <textarea
          className="input" rows={3} aria-label={name} data-field={`${id} answer`} placeholder="i to type" maxLength={schema.input.text?.max_length}
          value={value === null ? "" : String(value)} onKeyDown={onKeyDown} onChange={(event) => onAnswer({ value: event.target.value || null, comment }, true)}
        />
      )}
      {schema.enable_comment && (
        <textarea
          className="input comment" rows={1} aria-label={`Comment on ${name}`} placeholder="Comment (c)" data-field={`${id} comment`}
          value={comment} onKeyDown={onKeyDown} onChange={(event) => onAnswer({ value, comment: event.target.value }, true)}
        />
      )}
      {problem && <p id={`${id}-problem`} className="error-text">{problem}</p>}
    </div>
  );
}
