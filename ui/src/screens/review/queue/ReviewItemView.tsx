import { useMemo, useState } from "react";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { storedAnswers } from "../../../core/review/reviewAnswers";
import type { ReviewItem } from "../../../core/review/reviewQueue";
import { TraceProblem } from "../../../ui/trace/TraceProblem";
import { useTrace } from "../../../ui/trace/useTrace";
import { LoadingRows } from "../../../ui/State";
import { DatasetButton } from "./DatasetButton";
import { ReviewPanel } from "./ReviewPanel";
import { TraceSide } from "./TraceSide";
import { useQuestionFocus } from "./useQuestionFocus";
import { useReviewKeys } from "./useReviewKeys";
import type { ReviewWork } from "./useReviewWork";

/** One trace of the queue: its content at the left, the questions at the right. */
export function ReviewItemView({ item, position, of, questions, person, instructions, work }: {
  item: ReviewItem;
  position: number;
  of: number;
  questions: LabelSchema[];
  person: string;
  instructions: string;
  work: ReviewWork;
}) {
  const traceId = item.item_id;
  const trace = useTrace(traceId);
  // While a trace loads, the previous one is there as a placeholder.
  const model = trace.model?.row.trace_id === traceId ? trace.model : null;
  const rows = model?.row.assessments;
  const stored = useMemo(() => storedAnswers(rows ?? [], questions, person), [rows, questions, person]);
  const [message, setMessage] = useState<string | null>(null);
  const answers = { ...stored, ...work.draft };
  const focus = useQuestionFocus(questions, answers);
  const save = () => {
    const problem = work.save(stored);
    setMessage(problem);
  };
  useReviewKeys({ item, questions, answers, focus, work, onSave: save });
  return (
    <div className="review-item">
      <section className="review-trace" aria-label="Trace">
        {trace.isError && !model ? <TraceProblem traceId={traceId} error={trace.error} onRetry={() => void trace.refetch()} onClose={work.skip} />
          : model ? <TraceSide model={model} />
          : <LoadingRows rows={12} height={26} />}
      </section>
      <ReviewPanel
        item={item} position={position} of={of} questions={questions} person={person} instructions={instructions}
        answers={answers} focus={focus} work={work} message={message} isRead={model !== null} onSave={save}
        tools={model && <DatasetButton experiment={model.row.experiment_id} traceIds={[traceId]} label="Dataset" />}
      />
    </div>
  );
}
