import { Button } from "../../../ui/Button";
import { CodeBlock } from "../../../ui/CodeBlock";
import { EmptyState } from "../../../ui/State";

/** How to fill a dataset. */
export function NoRecords({ onAdd, onImport }: { onAdd: (() => void) | null; onImport: () => void }) {
  if (!onAdd) return <EmptyState title="This version has no records" />;
  return (
    <EmptyState title="No records yet">
      <p>A record has inputs and, optionally, what is expected for them. Select traces in the trace list and press <kbd className="kbd">a</kbd>, or begin here:</p>
      <div className="row"><Button look="primary" onClick={onAdd}>Add a record</Button><Button onClick={onImport}>Import JSON Lines or CSV</Button></div>
      <CodeBlock label="Add records" code={`dataset.merge_records([\n    {"inputs": {"question": "What is kansoku?"}, "expectations": {"expected_response": "A tracing server."}},\n])`} />
    </EmptyState>
  );
}
