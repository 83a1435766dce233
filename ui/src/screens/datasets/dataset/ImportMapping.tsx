import { type ColumnMapping, type ColumnTarget, MAPPED_PARTS, targetName, upsertOfRow } from "../../../core/dataset/columnMapping";
import type { FileScan } from "../../../core/dataset/importFile";
import { compactText } from "../../../core/textKind";
import { shorten, visible } from "../../../core/text";

const CHARS_MAX = 120;
const COLUMNS_MAX = 60;

/** What each column becomes, with the values of the first rows. */
export function ImportMapping({ scan, mapping, onChange }: { scan: FileScan; mapping: ColumnMapping; onChange: (mapping: ColumnMapping) => void }) {
  const mistakes = scan.first.flatMap((row) => {
    const made = upsertOfRow(row, mapping);
    return "mistake" in made ? [`line ${row.line}: ${made.mistake}`] : [];
  });
  return (
    <>
      <div className="table-scroll import-table" tabIndex={0} role="group" aria-label="Columns of the file">
        <table className="table">
          <thead>
            <tr><th scope="col">Column</th><th scope="col">becomes</th>{scan.first.map(({ line }) => <th key={line} scope="col">Line {line}</th>)}</tr>
          </thead>
          <tbody>
            {scan.columns.slice(0, COLUMNS_MAX).map((column) => (
              <tr key={column}>
                <th scope="row" className="mono">{visible(shorten(column, 60))}</th>
                <td><TargetSelect column={column} target={mapping[column] ?? null} onChange={(target) => onChange({ ...mapping, [column]: target })} /></td>
                {scan.first.map(({ line, cells }) => <td key={line} className="import-cell">{cells[column] === undefined ? <span className="muted">–</span> : visible(shorten(compactText(cells[column]), CHARS_MAX))}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {COLUMNS_MAX < scan.columns.length && <p className="meta">{scan.columns.length - COLUMNS_MAX} more columns are imported by their names.</p>}
      {mistakes.length > 0 && <p className="warn-text" role="status">Will be left out: {visible(mistakes.join("; "))}</p>}
    </>
  );
}

/** The parts as such, and as a field of the column's name. */
function TargetSelect({ column, target, onChange }: { column: string; target: ColumnTarget | null; onChange: (target: ColumnTarget | null) => void }) {
  const field = fieldName(column);
  const targets: ColumnTarget[] = [
    ...MAPPED_PARTS.map((part) => ({ part, field })),
    ...MAPPED_PARTS.map((part) => ({ part, field: null })),
    { part: "source", field: null },
  ];
  const current = targetName(target);
  const offered = targets.some((one) => targetName(one) === current) || target === null ? targets : [target, ...targets];
  return (
    <select
      className="select" aria-label={`What ${visible(column)} becomes`} value={current}
      onChange={(event) => onChange(offered.find((one) => targetName(one) === event.target.value) ?? null)}
    >
      <option value="">not imported</option>
      {offered.map((one) => <option key={targetName(one)} value={targetName(one)}>{visible(shorten(targetName(one), 60))}{one.field === null ? " (whole)" : ""}</option>)}
    </select>
  );
}

/** `question` of `inputs.question`. */
function fieldName(column: string): string {
  const part = MAPPED_PARTS.find((it) => column.startsWith(`${it}.`));
  return part ? column.slice(part.length + 1) : column;
}
