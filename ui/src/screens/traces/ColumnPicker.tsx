import { ArrowDown, ArrowUp } from "lucide-react";
import { useState, type ReactNode } from "react";
import { visible } from "../../core/text";
import { useFields } from "../../net/traces";
import { Button, IconButton } from "../../ui/Button";
import { Popover } from "../../ui/Popover";
import { typedColumn } from "./columnText";
import type { Columns } from "./useColumns";

/** Chooses columns and their order; keys of tags and metadata, names of assessments, numeric fields and values of spans can be columns, too. */
export function ColumnPicker<T>({ experiment, columns, trigger }: { experiment: string; columns: Columns<T>; trigger: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover trigger={trigger} label="Columns" align="end" open={open} onOpenChange={setOpen}>
      <Panel experiment={experiment} columns={columns} />
    </Popover>
  );
}

function Panel<T>({ experiment, columns }: { experiment: string; columns: Columns<T> }) {
  const [wanted, setWanted] = useState("");
  const fields = useFields(experiment, { rows: columns.set.rows });
  const keyed = columns.set.keyed(fields.data?.fields ?? []);
  const all = [...columns.set.fixed.map((column) => ({ column, note: "" })), ...keyed];
  const hidden = all.filter(({ column }) => !columns.isShown(column.id));
  const typed = columns.set.of(typedColumn(wanted) ?? "");
  const isNew = typed !== null && !columns.isShown(typed.id) && !keyed.some(({ column }) => column.id === typed.id);
  const matches = (title: string) => title.toLowerCase().includes(wanted.toLowerCase());
  return (
    <div className="column-picker">
      <input className="input" autoFocus placeholder="Find, or a path: inputs.customer.id" aria-label="Find a column" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <ul aria-label="Shown">
        {columns.shown.filter((column) => matches(column.title)).map((column) => (
          <li key={column.id}>
            <Choice title={column.title} note={column.id.includes(":") ? column.id.slice(0, column.id.indexOf(":")).replace("field", "trace").replace("value", "") : ""} on onToggle={() => columns.toggle(column.id)} />
            <IconButton small look="plain" label={`${column.title}: move to the left`} icon={<ArrowUp aria-hidden />} onClick={() => columns.move(column.id, -1)} />
            <IconButton small look="plain" label={`${column.title}: move to the right`} icon={<ArrowDown aria-hidden />} onClick={() => columns.move(column.id, 1)} />
          </li>
        ))}
      </ul>
      {isNew && <Button small onClick={() => { columns.toggle(typed.id); setWanted(""); }}>Add column “{visible(typed.title)}”</Button>}
      {0 < hidden.length && <p className="menu-label">Hidden</p>}
      <ul aria-label="Hidden">
        {hidden.filter(({ column }) => matches(column.title)).map(({ column, note }) => (
          <li key={column.id}><Choice title={column.title} note={note} on={false} onToggle={() => columns.toggle(column.id)} /></li>
        ))}
      </ul>
      <Button small onClick={columns.reset}>Reset to default</Button>
    </div>
  );
}

function Choice({ title, note, on, onToggle }: { title: string; note: string; on: boolean; onToggle: () => void }) {
  return (
    <label className="row grow">
      <input type="checkbox" checked={on} onChange={onToggle} />
      <span className="ellipsis">{visible(title)}</span>
      {note && <span className="meta">{note}</span>}
    </label>
  );
}
