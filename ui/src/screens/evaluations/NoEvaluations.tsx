import { evaluationSnippets } from "../../core/firstSnippets";
import type { Experiment } from "../../net/experiment";
import { Snippets } from "../../ui/Snippets";
import { EmptyState } from "../../ui/State";

/** The code of a first evaluation. */
export function NoEvaluations({ experiment }: { experiment: Experiment }) {
  return (
    <EmptyState title="No evaluations yet">
      <p>An evaluation runs your application over cases, and scorers judge every output. Then two versions can be compared case by case.</p>
      <Snippets of={evaluationSnippets} experiment={experiment} />
    </EmptyState>
  );
}
