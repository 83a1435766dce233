import { promptSnippets } from "../../core/firstSnippets";
import type { Experiment } from "../../net/experiment";
import { Button } from "../../ui/Button";
import { Snippets } from "../../ui/Snippets";
import { EmptyState } from "../../ui/State";

/** Explains prompts where there are none yet. */
export function NoPrompts({ experiment, all, onAll, onNew }: { experiment: Experiment; all: boolean; onAll: () => void; onNew: () => void }) {
  return (
    <EmptyState title={all ? "No prompts yet" : "No prompts in this experiment yet"}>
      <p>A prompt is a template with numbered versions. Code loads a version by its number or by an alias such as <code>production</code>.</p>
      <div className="row wrap">
        <Button look="primary" onClick={onNew}>New prompt</Button>
        {!all && <Button onClick={onAll}>Show the prompts of all experiments</Button>}
      </div>
      <Snippets of={promptSnippets} experiment={experiment} />
    </EmptyState>
  );
}
