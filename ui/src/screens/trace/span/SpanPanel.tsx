import { useQuery } from "@tanstack/react-query";
import { visible } from "../../../core/text";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { Tabs } from "../../../ui/Tabs";
import type { SpanTab } from "../params";
import { spanQuery } from "../useSpan";
import type { TraceModel } from "../useTrace";
import { SpanHead } from "./SpanHead";
import "./span.css";

/** One span: what it was asked, what it said, and all else that is known of it. */
export function SpanPanel({ model, span, tab, onTab }: {
  model: TraceModel;
  span: number;
  tab: SpanTab;
  onTab: (tab: SpanTab) => void;
  onSelect: (span: number) => void;
  compact?: boolean;
}) {
  const { tree, row } = model;
  const id = tree.id[span] ?? "";
  const query = useQuery({ ...spanQuery(row.trace_id, id), enabled: id !== "" });
  if (tree.count === 0) return <p className="span-empty muted">The trace has no spans yet.</p>;
  const answer = query.data;
  const tabs: { id: SpanTab; label: React.ReactNode }[] = [
    { id: "io", label: "Input & output" },
    { id: "raw", label: "Raw" },
  ];
  return (
    <div className="span-panel">
      <SpanHead model={model} span={span} answer={answer} />
      {tree.error[span] && tab !== "io" && <p className="span-error">{visible(tree.error[span]!)}</p>}
      <Tabs tabs={tabs} chosen={tab} onChoose={onTab} label="Parts of the span">
        <div className="span-tab">
          {query.isError ? (
            <ErrorState error={query.error} doing="read the span" onRetry={() => void query.refetch()} />
          ) : !answer ? (
            <LoadingRows rows={6} height={24} />
          ) : (
            <pre>{JSON.stringify(answer.meaning, null, 1).slice(0, 3000)}</pre>
          )}
        </div>
      </Tabs>
    </div>
  );
}
