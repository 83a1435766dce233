import { countKnown, INPUT_FIELD, type TraceRecords } from "../../core/dataset/recordsOfTraces";
import { compactText } from "../../core/textKind";
import { plural } from "../../core/format";
import { shorten, visible } from "../../core/text";

const SHOWN = 3;
const CHARS_MAX = 300;

/** The first records that will be added, and what is special about the others. */
export function RecordPreview({ made, failed, known, missing }: {
  made: TraceRecords;
  failed: { traceId: string; message: string }[];
  /** The inputs of the records that the dataset has. */
  known: ReadonlySet<string>;
  /** Number of traces that were deleted meanwhile. */
  missing: number;
}) {
  const updated = countKnown(made.records, known);
  const notes = [
    updated > 0 && `The dataset has ${plural(updated, "record")} with the same inputs: ${updated === 1 ? "it is" : "they are"} updated.`,
    made.repeated > 0 && `${plural(made.repeated, "trace")} with the same inputs as another: their records are merged.`,
    made.wrapped > 0 && `${plural(made.wrapped, "trace")} with inputs that are no object: they become the field “${INPUT_FIELD}”.`,
    made.withoutInputs.length > 0 && `${plural(made.withoutInputs.length, "trace")} without inputs in the root span: left out.`,
    missing > 0 && `${plural(missing, "trace")} no longer there: left out.`,
    ...failed.slice(0, SHOWN).map(({ traceId, message }) => `${traceId} could not be read: ${message}`),
    failed.length > SHOWN && `${plural(failed.length - SHOWN, "more trace")} could not be read.`,
  ].filter((note) => note !== false);
  return (
    <section className="stack" aria-label="Preview">
      {made.records.length === 0 ? <p className="muted">None of these traces has inputs, so there is nothing to add.</p> : (
        <div className="table-scroll" tabIndex={0} role="group" aria-label="The first records">
          <table className="table record-preview">
            <thead><tr><th scope="col">Inputs</th><th scope="col">Expectations</th></tr></thead>
            <tbody>
              {made.records.slice(0, SHOWN).map(({ inputs, expectations }, at) => (
                <tr key={at}>
                  <td><PreviewCell value={inputs} /></td>
                  <td>{expectations && Object.keys(expectations).length > 0 ? <PreviewCell value={expectations} /> : <span className="muted">none</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {made.records.length > SHOWN && <p className="meta">and {plural(made.records.length - SHOWN, "more record")}</p>}
      {notes.length > 0 && <ul className="notes">{notes.map((note) => <li key={note}>{visible(note)}</li>)}</ul>}
    </section>
  );
}

function PreviewCell({ value }: { value: unknown }) {
  return <code className="preview-cell">{visible(shorten(compactText(value), CHARS_MAX))}</code>;
}
