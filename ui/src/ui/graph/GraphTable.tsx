import type { ReactNode } from "react";
import { exact, percent } from "../../core/format";
import type { GraphEdge, GraphNode } from "../../core/types";
import { DataTable, type TableColumn } from "../table/DataTable";
import { useTableSort } from "../table/useTableSort";
import { StepName } from "../steps/StepName";

/** The edges of a graph as rows. */
export function GraphTable({ nodes, edges, link }: { nodes: GraphNode[]; edges: GraphEdge[]; link: (node: number, content: ReactNode) => ReactNode }) {
  const [sort, setSort] = useTableSort("-calls", "sort_edges");
  const step = (at: number) => link(at, <StepName name={nodes[at]!.name} type={nodes[at]!.span_type} />);
  const columns: TableColumn<GraphEdge>[] = [
    { id: "from", title: "Step", rowHeader: true, value: ({ from }) => nodes[from]!.name, cell: ({ from }) => step(from) },
    { id: "kind", title: "Edge", value: ({ kind }) => kind, cell: ({ kind }) => (kind === "calls" ? "calls" : "is followed by") },
    { id: "to", title: "Next", value: ({ to }) => nodes[to]!.name, cell: ({ to }) => step(to) },
    { id: "calls", title: "Calls", number: true, value: ({ calls }) => calls, cell: ({ calls }) => exact(calls) },
    {
      id: "errors", title: "Errors", number: true, value: ({ errors }) => errors,
      cell: ({ errors, calls }) => <span className={errors ? "error-text" : "muted"}>{exact(errors)}{errors ? ` (${percent(errors / calls)})` : ""}</span>,
    },
  ];
  return (
    <DataTable
      label="Graph of steps, table" columns={columns} rows={edges} sort={sort} onSort={setSort}
      rowKey={({ from, to, kind }) => `${from} ${to} ${kind}`}
    />
  );
}
