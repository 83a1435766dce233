import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { exact, plural } from "../../../core/format";
import { isDisagreement, spreadOf, type Agreement, type AnswersOfItem } from "../../../core/review/reviewAgreement";
import { answerText } from "../../../core/review/reviewAnswers";
import type { ReviewQueue } from "../../../core/review/reviewQueue";
import { shorten, visible } from "../../../core/text";
import type { TraceRow } from "../../../core/types";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { DataTable, type TableColumn } from "../../../ui/table/DataTable";

interface Row {
  agreement: Agreement;
  item: AnswersOfItem;
  differs: boolean;
}

const SHOWN = 100;

/** The traces with answers of several reviewers; those with the largest differences first. */
export function DisagreementTable({ e, queue, agreements, traces }: { e: string; queue: ReviewQueue; agreements: Agreement[]; traces: TraceRow[] }) {
  const [search, change] = useUrl();
  const [shown, setShown] = useState(SHOWN);
  const only = agreements.find(({ schema }) => schema.name === search.question);
  const withSame = search.same === "1";
  const inputs = new Map(traces.map((row) => [row.trace_id, visible(row.input ?? row.name ?? row.trace_id)]));
  const rows = (only ? [only] : agreements)
    .flatMap((agreement) => agreement.items.map((item): Row => ({ agreement, item, differs: isDisagreement(item) })))
    .filter(({ differs }) => withSame || differs)
    .sort((a, b) => Number(b.differs) - Number(a.differs) || spreadOf(b.agreement.schema, b.item) - spreadOf(a.agreement.schema, a.item));
  const columns: TableColumn<Row>[] = [
    {
      id: "trace", title: "Trace", rowHeader: true, className: "item-input",
      cell: ({ item }) => <Link className="ellipsis" style={{ display: "block" }} data-row to="/e/$e/review/$queue" params={{ e, queue: queue.queue_id }} search={{ t: item.traceId } as never}>{shorten(inputs.get(item.traceId) ?? item.traceId, 200)}</Link>,
    },
    { id: "question", title: "Question", cell: ({ agreement }) => visible(agreement.schema.name) },
    {
      id: "answers", title: "Answers", className: "question-text",
      cell: ({ agreement: { schema }, item }) => (
        <ul className="review-answers">
          {[...item.answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reviewer, value]) => (
            <li key={reviewer}><span className="muted">{visible(reviewer)}</span> {shorten(visible(answerText(schema, value)), 160)}</li>
          ))}
        </ul>
      ),
    },
  ];
  const compared = agreements.filter(({ items }) => 0 < items.length);
  return (
    <>
      <div className="row wrap">
        {1 < compared.length && (
          <label className="row">
            Question
            <select className="select" value={only?.schema.name ?? ""} onChange={(event) => change({ question: event.target.value || null }, { replace: true })}>
              <option value="">all</option>
              {compared.map(({ schema }) => <option key={schema.schema_id} value={schema.name}>{visible(schema.name)}</option>)}
            </select>
          </label>
        )}
        <label className="row"><input type="checkbox" checked={withSame} onChange={() => change({ same: withSame ? null : "1" }, { replace: true })} /> Show agreements, too</label>
        <span className="meta" role="status">{plural(rows.length, "row")}</span>
      </div>
      {rows.length === 0 ? <p className="muted">The reviewers agree on all traces.</p>
        : <DataTable labelledBy="disagreement-title" columns={columns} rows={rows.slice(0, shown)} rowKey={({ agreement, item }) => `${agreement.schema.schema_id} ${item.traceId}`} sort="" onSort={() => undefined} rowKeys />}
      {shown < rows.length && <div><Button onClick={() => setShown(shown + SHOWN)}>Show more</Button> <span className="meta">{exact(shown)} of {exact(rows.length)}</span></div>}
    </>
  );
}
