import { Ellipsis } from "lucide-react";
import { inputText, type LabelSchema } from "../../core/review/labelSchema";
import { queuesThatAsk, type ReviewQueue } from "../../core/review/reviewQueue";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import { IconButton } from "../../ui/Button";
import { Menu } from "../../ui/Menu";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import type { ReviewChange } from "./ReviewDialog";

/** The questions of an experiment, which MLflow calls label schemas. */
export function QuestionTable({ schemas, queues, onChange }: { schemas: LabelSchema[]; queues: ReviewQueue[]; onChange: (change: ReviewChange) => void }) {
  const [sort, setSort] = useTableSort("name");
  const columns: TableColumn<LabelSchema>[] = [
    {
      id: "name", title: "Question", value: ({ name }) => name, rowHeader: true, className: "queue-name",
      cell: (schema) => (
        <span className="row">
          {schema.is_default ? <span className="ellipsis">{visible(schema.name)}</span> : (
            <button type="button" className="link ellipsis" data-row title={visible(schema.name)} onClick={() => onChange({ kind: "edit question", schema })}>{visible(schema.name)}</button>
          )}
          {schema.is_default && <span className="badge" title="Every experiment has it; it can be neither changed nor deleted.">default</span>}
        </span>
      ),
    },
    { id: "answer", title: "Answer", value: ({ input }) => inputText(input), className: "question-text", cell: ({ input }) => visible(inputText(input)) },
    { id: "type", title: "Stored as", value: ({ type }) => type, className: "medium-only", cell: ({ type }) => type.toLowerCase() },
    { id: "comment", title: "Comment", value: ({ enable_comment }) => Number(enable_comment), className: "wide-only", cell: ({ enable_comment }) => (enable_comment ? "yes" : "no") },
    { id: "instruction", title: "Instruction", className: "wide-only question-text", cell: ({ instruction }) => <span className="question-instruction" title={visible(instruction ?? "")}>{visible(instruction || "–")}</span> },
    {
      id: "queues", title: "Queues", value: (schema) => queuesThatAsk(schema, queues).length, number: true, className: "medium-only",
      cell: (schema) => { const users = queuesThatAsk(schema, queues); return <span title={users.map(({ name }) => visible(name)).join("\n")}>{users.length}</span>; },
    },
    {
      id: "actions", title: <span className="visually-hidden">Actions</span>, number: true,
      cell: (schema) => schema.is_default ? null : (
        <Menu
          label={`Actions for ${schema.name}`}
          align="end"
          trigger={<IconButton look="plain" small label={`Actions for ${schema.name}`} icon={<Ellipsis aria-hidden />} />}
          items={[
            { label: "Edit…", run: () => onChange({ kind: "edit question", schema }) },
            null,
            { label: "Delete…", danger: true, run: () => onChange({ kind: "delete question", schema }) },
          ]}
        />
      ),
    },
  ];
  return (
    <>
      <p className="meta">MLflow calls these label schemas. {plural(schemas.length, "question")}; answers are stored on traces under the name of the question.</p>
      <DataTable label="Questions" className="queues" columns={columns} rows={schemas} rowKey={({ schema_id }) => schema_id} sort={sort} onSort={setSort} rowKeys />
    </>
  );
}
