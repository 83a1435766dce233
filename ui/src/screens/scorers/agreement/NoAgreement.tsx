import { Link } from "@tanstack/react-router";
import { visible } from "../../../core/text";
import { Button } from "../../../ui/Button";
import { EmptyState } from "../../../ui/State";

/** Says how verdicts of people come about, if there are none. */
export function NoAgreement({ e, name, narrowed, onAll }: { e: string; name: string; narrowed: boolean; onAll: () => void }) {
  return (
    <EmptyState title={narrowed ? "Nobody judged these traces" : "Nobody judged its traces yet"}>
      {narrowed && <p><Button onClick={onAll}>Show all versions and traces</Button></p>}
      <p>Agreement is measured on traces that have feedback named <b>{visible(name)}</b> of the scorer and of a person.</p>
      <p><b>One by one:</b> open a trace, and press the pencil at the feedback of the scorer to correct it, or give feedback of the same name.</p>
      <p><b>Many:</b> make a <Link to="/e/$e/review" params={{ e }}>review queue</Link> with a question of this name, and send traces to it.</p>
    </EmptyState>
  );
}
