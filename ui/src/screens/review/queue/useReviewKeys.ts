import { inputKind, type LabelSchema } from "../../../core/review/labelSchema";
import { choiceOfKey, isAnswered, NO_ANSWER, withChoice, type Answers } from "../../../core/review/reviewAnswers";
import type { ReviewItem } from "../../../core/review/reviewQueue";
import { ROOT } from "../../../net/root";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { useTraceSideView } from "./TraceSide";
import type { QuestionFocus } from "./useQuestionFocus";
import type { ReviewWork } from "./useReviewWork";

const ANSWER_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "y", "n"];

/** The keys of the work-through view. They do nothing while a text is typed, except `Ctrl+Enter`. */
export function useReviewKeys({ item, questions, answers, focus, work, onSave }: {
  item: ReviewItem;
  questions: readonly LabelSchema[];
  answers: Answers;
  focus: QuestionFocus;
  work: ReviewWork;
  onSave: () => void;
}): void {
  const [view, setView] = useTraceSideView();
  const answer = (key: string) => {
    const question = questions[focus.at];
    if (!question) return;
    const before = answers[question.name] ?? NO_ANSWER;
    const choice = choiceOfKey(question, key);
    if (choice !== null) {
      const next = withChoice(question, { value: before.value, comment: before.comment }, choice);
      work.setAnswer(question.name, next, false);
      const isDone = inputKind(question.input) !== "several" && isAnswered(next);
      // A button that was clicked before must not receive Enter.
      if (!(isDone && focus.toUnanswered())) focus.leaveField();
    } else if (question.input.numeric && /\d/.test(key)) {
      work.setAnswer(question.name, { value: key, comment: before.comment }, true);
      focus.enterField("answer");
    }
  };
  /** Holding a key down does not go through the whole queue. */
  const once = (run: () => void) => (event: KeyboardEvent) => { if (!event.repeat) run(); };
  useHotkeys({
    ...Object.fromEntries(ANSWER_KEYS.map((key) => [key, once(() => answer(key))])),
    Enter: once(onSave),
    "Ctrl+Enter": once(onSave),
    s: once(work.skip),
    d: once(work.decline),
    u: once(work.undo),
    i: () => focus.enterField("answer"),
    c: () => focus.enterField("comment"),
    "]": () => work.go(1),
    "[": () => work.go(-1),
    J: () => work.go(1),
    K: () => work.go(-1),
    v: () => setView(view === "io" ? "transcript" : "io"),
    o: () => window.open(`${ROOT}t/${encodeURIComponent(item.item_id)}`, "_blank", "noopener"),
  });
}
