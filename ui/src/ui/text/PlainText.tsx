import { visible } from "../../core/text";
import { splitAtMatches } from "../../core/textKind";
import { useFindText } from "./findContext";

/** Untrusted text as plain text, with search hits marked. */
export function PlainText({ text }: { text: string }) {
  const findText = useFindText();
  const shown = visible(text);
  if (!findText) return <>{shown}</>;
  return <>{splitAtMatches(shown, findText).map((piece, at) => (piece.hit ? <mark key={at}>{piece.text}</mark> : piece.text))}</>;
}
