import { ChartColumn, Table } from "lucide-react";
import { IconButton } from "../Button";

/** Shows a chart's numbers as a table, and the chart again. */
export function TableToggle({ title, asTable, onToggle }: { title: string; asTable: boolean; onToggle: () => void }) {
  return (
    <IconButton
      small
      look="plain"
      label={asTable ? `${title} as a chart` : `${title} as a table`}
      icon={asTable ? <ChartColumn aria-hidden /> : <Table aria-hidden />}
      onClick={onToggle}
    />
  );
}
