import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { progressOf, questionsOf } from "../../../core/review/reviewQueue";
import { visible } from "../../../core/text";
import { useExperiment } from "../../../net/experiment";
import { useLabelSchemas } from "../../../net/labelSchemas";
import { personName } from "../../../net/person";
import { instructionsOf, useReviewItems, useReviewQueue } from "../../../net/reviewQueues";
import { useUrl } from "../../../ui/address/useUrl";
import { useTitle } from "../../../ui/browser/useTitle";
import { PageProblem } from "../../../ui/PageProblem";
import { PersonName } from "../../../ui/PersonName";
import { QueueProgress } from "../../../ui/review/QueueProgress";
import { LoadingRows } from "../../../ui/State";
import { Tabs } from "../../../ui/Tabs";
import { AgreementTab } from "./AgreementTab";
import { ItemsTab } from "./ItemsTab";
import "./queue.css";
import { ReviewTab } from "./ReviewTab";

type TabId = "review" | "items" | "agreement";

/** One review queue: the traces to review, all of its traces, and the agreement of the reviewers. */
export default function Queue() {
  const { e, queue: queueId } = useParams({ strict: false }) as { e: string; queue: string };
  const [search, change] = useUrl();
  const [person, setPerson] = useState(personName);
  const { data: queue, error: missing, refetch } = useReviewQueue(queueId);
  const experiment = useExperiment(queue?.experiment_id ?? e);
  const schemas = useLabelSchemas(queue?.experiment_id);
  const items = useReviewItems(queueId);
  useTitle(queue?.name, "Review");
  const tab: TabId = search.tab === "items" || search.tab === "agreement" ? search.tab : "review";

  const error = missing ?? schemas.error ?? items.error;
  if (!queue || !schemas.data || !items.data) {
    const retry = () => { void refetch(); void schemas.refetch(); void items.refetch(); };
    if (error) return <PageProblem what="review queue" error={error} onRetry={retry}><Link to="/e/$e/review" params={{ e }}>See all review queues</Link></PageProblem>;
    return <div className="page"><LoadingRows /></div>;
  }
  const questions = questionsOf(queue, schemas.data);
  return (
    <div className="review-queue">
      <div className="row wrap review-head">
        <Link to="/e/$e/review" params={{ e }} className="button plain">← Review</Link>
        <h1 className="ellipsis" title={visible(queue.name)}>{visible(queue.name)}</h1>
        {queue.queue_type === "USER" && <span className="badge">personal</span>}
        <QueueProgress progress={progressOf(items.data)} />
        <span className="grow" />
        <PersonName person={person} suggestions={queue.users} onChange={setPerson} />
      </div>
      <Tabs<TabId>
        label="Review queue" chosen={tab} onChoose={(next) => change({ tab: next === "review" ? null : next, sort: null }, { replace: true })}
        tabs={[{ id: "review", label: "Review" }, { id: "items", label: <>Traces <span className="muted">{items.data.length}</span></> }, { id: "agreement", label: "Agreement" }]}
      >
        {tab === "items" ? <ItemsTab e={e} queue={queue} items={items.data} questions={questions} />
          : tab === "agreement" ? <AgreementTab e={e} queue={queue} items={items.data} questions={questions} />
          : <ReviewTab key={person} e={e} queue={queue} items={items.data} questions={questions} person={person} instructions={instructionsOf(experiment.data, queueId)} />}
      </Tabs>
    </div>
  );
}
