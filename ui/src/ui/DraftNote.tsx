import { Button } from "./Button";
import "./draftNote.css";

/** Says that typed text is not saved yet, while something else is shown. */
export function DraftNote({ text, onContinue, onDiscard }: { text: string; onContinue: () => void; onDiscard: () => void }) {
  return (
    <div className="draft-note row wrap" role="status">
      <span className="grow">{text}</span>
      <Button small onClick={onContinue}>Continue</Button>
      <Button small look="plain" onClick={onDiscard}>Discard</Button>
    </div>
  );
}
