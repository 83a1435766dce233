import { TracesLink } from "../../ui/address/TracesLink";
import { count, duration, exact, money } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { ModelStat } from "../../core/types";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { FailedCalls } from "./FailedCalls";

/** Model usage; by default, the most expensive comes first. */
export function ModelStats({ experiment, models, q, range }: { experiment: string; models: ModelStat[]; q: string; range: RangeText }) {
  const [sort, setSort] = useTableSort("-cost", "sort_models");
  const target = (row: ModelStat, count: number, extra = "") => ({ q: joinFilters(q, row.filter + extra), range, count });
  const columns: TableColumn<ModelStat>[] = [
    {
      id: "model", title: "Model", value: ({ model }) => model, rowHeader: true,
      cell: (row) => <TracesLink experiment={experiment} target={target(row, row.calls)}>{visible(row.model)}</TracesLink>,
    },
    { id: "provider", title: "Provider", value: ({ provider }) => provider, cell: ({ provider }) => <span className="muted">{visible(provider ?? "–")}</span> },
    { id: "calls", title: "Calls", value: ({ calls }) => calls, number: true, cell: ({ calls }) => exact(calls) },
    {
      id: "errors", title: "Errors", value: ({ errors }) => errors, number: true,
      cell: (row) => <FailedCalls experiment={experiment} target={target(row, row.errors, " AND span.status = 'ERROR'")} calls={row.calls} />,
    },
    { id: "p50", title: "p50", value: ({ p50_ms }) => p50_ms, number: true, cell: ({ p50_ms }) => duration(p50_ms) },
    { id: "p95", title: "p95", value: ({ p95_ms }) => p95_ms, number: true, cell: ({ p95_ms }) => duration(p95_ms) },
    { id: "first_token", title: "First token", hint: "Time to first token, p50", value: (row) => row.first_token_p50_ms, number: true, cell: (row) => duration(row.first_token_p50_ms) },
    { id: "tokens_in", title: "Tokens in", value: (row) => row.input_tokens, number: true, cell: (row) => <span title={exact(row.input_tokens)}>{count(row.input_tokens)}</span> },
    { id: "tokens_out", title: "Tokens out", value: (row) => row.output_tokens, number: true, cell: (row) => <span title={exact(row.output_tokens)}>{count(row.output_tokens)}</span> },
    { id: "cost", title: "Cost", value: ({ cost }) => cost, number: true, cell: ({ cost }) => money(cost) },
  ];
  return (
    <section className="stack" aria-labelledby="models">
      <h2 id="models">Models</h2>
      {models.length === 0 ? <p className="muted">No model calls in this time range.</p> : (
        <DataTable labelledBy="models" columns={columns} rows={models} rowKey={({ provider, model }) => `${provider}/${model}`} sort={sort} onSort={setSort} />
      )}
    </section>
  );
}
