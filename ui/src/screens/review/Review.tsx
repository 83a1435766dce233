import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { countedProgress, questionsOf, type ReviewQueue } from "../../core/review/reviewQueue";
import type { LabelSchema } from "../../core/review/labelSchema";
import { useExperiment } from "../../net/experiment";
import { useLabelSchemas } from "../../net/labelSchemas";
import { useReviewProgress, useReviewQueues } from "../../net/reviewQueues";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { NoQueues } from "./NoQueues";
import { QuestionTable } from "./QuestionTable";
import { QueueTable, type QueueRow } from "./QueueTable";
import { ReviewDialog, type ReviewChange } from "./ReviewDialog";
import "./review.css";

type TabId = "queues" | "questions";

/** The review queues of an experiment, and the questions that they ask. */
export default function Review() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  useTitle("Review", experiment.data?.name);
  const id = experiment.data?.experiment_id;
  const queues = useReviewQueues(id);
  const schemas = useLabelSchemas(id);
  const progress = useReviewProgress(id);
  const [dialog, setDialog] = useState<ReviewChange | null>(null);
  const tab: TabId = search.tab === "questions" ? "questions" : "queues";
  const create = () => setDialog({ kind: tab === "queues" ? "create queue" : "create question" });
  useHotkeys({ n: create, r: () => { void queues.refetch(); void progress.refetch(); void schemas.refetch(); } });

  const error = experiment.error ?? queues.error ?? schemas.error;
  const isLoaded = queues.data && schemas.data && experiment.data;
  const rows = (queues.data ?? []).map((queue): QueueRow => ({
    queue, progress: progress.data ? countedProgress(progress.data.get(queue.queue_id)) : null, questions: questionsOf(queue, schemas.data ?? []),
  }));
  return (
    <div className="page review">
      {(queues.isFetching || schemas.isFetching) && isLoaded && <div className="progress-line" />}
      <div className="row wrap">
        <h1 className="grow">Review</h1>
        <Button look="primary" disabled={!isLoaded} title="n" onClick={create}>{tab === "queues" ? "New queue" : "New question"}</Button>
      </div>
      <Tabs<TabId>
        label="Review" chosen={tab} onChoose={(next) => change({ tab: next === "queues" ? null : next, sort: null }, { replace: true })}
        tabs={[{ id: "queues", label: counted("Queues", queues.data) }, { id: "questions", label: counted("Questions", schemas.data) }]}
      >
        <div className="review-tab">
          {error && !isLoaded ? <ErrorState error={error} doing="load the review queues" onRetry={() => { void experiment.refetch(); void queues.refetch(); void schemas.refetch(); }} />
            : !isLoaded ? <LoadingRows />
            : tab === "questions" ? <QuestionTable schemas={schemas.data} queues={queues.data} onChange={setDialog} />
            : rows.length === 0 ? <NoQueues e={e} experiment={experiment.data} onCreate={create} />
            : <QueueTable e={e} rows={rows} isReading={progress.isPending} onChange={setDialog} />}
        </div>
      </Tabs>
      {dialog && isLoaded && <ReviewDialog change={dialog} experiment={experiment.data} schemas={schemas.data} queues={queues.data} onClose={() => setDialog(null)} />}
    </div>
  );
}

function counted(label: string, list: readonly (ReviewQueue | LabelSchema)[] | undefined) {
  return <>{label}{list ? <span className="muted"> {list.length}</span> : null}</>;
}
