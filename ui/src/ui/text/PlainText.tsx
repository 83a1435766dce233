import { visible } from "../../core/text";
import { cutAtHits } from "../../core/textKind";
import { useSought } from "./Sought";

/** A stranger's text, as it is; what is looked for is marked. */
export function PlainText({ text }: { text: string }) {
  const sought = useSought();
  const shown = visible(text);
  if (!sought) return <>{shown}</>;
  return <>{cutAtHits(shown, sought).map((piece, at) => (piece.hit ? <mark key={at}>{piece.text}</mark> : piece.text))}</>;
}
