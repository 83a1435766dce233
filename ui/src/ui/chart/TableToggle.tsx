import { ChartColumn, Table } from "lucide-react";
import { IconButton } from "../Button";

/** Switches between a chart and a table of its numbers. */
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
