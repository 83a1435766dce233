import type { RowMistake } from "../../../core/dataset/fileRows";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";

const SHOWN = 50;

/** The lines of a file that have no record, each with the reason. */
export function RowMistakes({ mistakes }: { mistakes: readonly RowMistake[] }) {
  if (mistakes.length === 0) return null;
  return (
    <ul className="row-mistakes" aria-label="Lines without a record" tabIndex={0}>
      {mistakes.slice(0, SHOWN).map(({ line, message }, at) => <li key={at}>Line {line}: {visible(shorten(message, 200))}</li>)}
      {SHOWN < mistakes.length && <li>and {plural(mistakes.length - SHOWN, "more line")}</li>}
    </ul>
  );
}
