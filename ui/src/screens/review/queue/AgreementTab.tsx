import { Link } from "@tanstack/react-router";
import { exact, percent, plural } from "../../../core/format";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { agreementOf, type Agreement } from "../../../core/review/reviewAgreement";
import type { ReviewItem, ReviewQueue } from "../../../core/review/reviewQueue";
import { visible } from "../../../core/text";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { DataTable, type TableColumn } from "../../../ui/table/DataTable";
import { useTableSort } from "../../../ui/table/useTableSort";
import { DisagreementTable } from "./DisagreementTable";
import { ITEMS_READ_MAX, useQueueTraces } from "./useQueueTraces";

/** Smaller samples say little about agreement. */
const FEW_ITEMS = 20;

/** How far the reviewers agree on each question, and where they do not. */
export function AgreementTab({ e, queue, items, questions }: { e: string; queue: ReviewQueue; items: ReviewItem[]; questions: LabelSchema[] }) {
  const { data: traces, error, refetch } = useQueueTraces(queue.queue_id, items);
  if (error) return <ErrorState error={error} doing="load the answers" onRetry={() => void refetch()} />;
  if (!traces) return <div className="review-page"><LoadingRows rows={4} /></div>;
  const agreements = questions.map((schema) => agreementOf(schema, traces));
  const isCompared = agreements.some(({ items }) => 0 < items.length);
  if (!isCompared) {
    return (
      <EmptyState title="No trace has answers of two reviewers yet">
        <p>Agreement is measured on traces that several people answered. Let each reviewer choose <b>Everyone answers all</b>, and answer under their own name.</p>
        <Link to="/e/$e/review/$queue" params={{ e, queue: queue.queue_id }} search={{ by: "everyone" } as never}>Review the traces that you have not answered</Link>
      </EmptyState>
    );
  }
  return (
    <div className="review-page">
      <section className="stack" aria-labelledby="agreement-title">
        <h2 id="agreement-title">Agreement</h2>
        <AgreementTable agreements={agreements} />
        <p className="meta">
          1 is perfect agreement, 0 is what chance gives, below 0 is worse than chance. Cohen’s κ compares two reviewers; Krippendorff’s α any number of them,
          by distance if the answers are numbers. {ITEMS_READ_MAX < items.length && `Among the ${exact(ITEMS_READ_MAX)} traces added first.`}
        </p>
      </section>
      <section className="stack" aria-labelledby="disagreement-title">
        <h2 id="disagreement-title">Disagreements</h2>
        <DisagreementTable e={e} queue={queue} agreements={agreements} traces={traces} />
      </section>
    </div>
  );
}

function AgreementTable({ agreements }: { agreements: Agreement[] }) {
  const [sort, setSort] = useTableSort("", "order");
  const columns: TableColumn<Agreement>[] = [
    { id: "question", title: "Question", value: ({ schema }) => schema.name, rowHeader: true, cell: ({ schema }) => visible(schema.name) },
    {
      id: "value", title: "Agreement", value: ({ value }) => value, number: true,
      cell: (agreement) => <AgreementValue agreement={agreement} />,
    },
    { id: "measure", title: "Measure", className: "medium-only", cell: ({ measure }) => measure ?? "–" },
    { id: "items", title: "Traces", value: ({ items }) => items.length, number: true, hint: "Traces with answers of at least two reviewers", cell: ({ items }) => exact(items.length) },
    { id: "same", title: "Same answer", value: ({ same, items }) => (items.length ? same / items.length : null), number: true, cell: ({ same, items }) => (items.length ? percent(same / items.length) : "–") },
    { id: "reviewers", title: "Reviewers", className: "medium-only", cell: ({ reviewers }) => reviewers.map(visible).join(", ") || "–" },
  ];
  return <DataTable labelledBy="agreement-title" columns={columns} rows={agreements} rowKey={({ schema }) => schema.schema_id} sort={sort} onSort={setSort} />;
}

function AgreementValue({ agreement: { value, measure, items, same } }: { agreement: Agreement }) {
  if (items.length === 0) return <span className="muted">too few answers</span>;
  if (measure === null) return <span className="muted" title="Two people rarely write the same text">text is not measured</span>;
  if (value === null) return <span className="muted" title="Chance alone would explain it">{same === items.length ? "all answers are the same" : "–"}</span>;
  return <span><b className="agreement-value">{twoDigits(value)}</b>{items.length < FEW_ITEMS && <span className="meta"> only {plural(items.length, "trace")}</span>}</span>;
}

/** `0.67`, `−0.20`; zero has no sign. */
function twoDigits(value: number): string {
  return value.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−");
}
