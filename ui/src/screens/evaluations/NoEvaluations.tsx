import { evaluationSnippets } from "../../core/snippets";
import { serverAddress } from "../../net/root";
import { useServer } from "../../net/server";
import type { Experiment } from "../../net/experiment";
import { CodeBlock } from "../../ui/CodeBlock";
import { EmptyState } from "../../ui/State";

/** The code of a first evaluation. */
export function NoEvaluations({ experiment }: { experiment: Experiment }) {
  const { data: server } = useServer();
  return (
    <EmptyState title="No evaluations yet">
      <p>An evaluation runs your application over cases, and scorers judge every output. Then two versions can be compared case by case.</p>
      {evaluationSnippets({ url: serverAddress(), experiment, needsToken: server?.needs_token ?? false }).map(({ label, code }) => (
        <div className="field evaluation-code" key={label}>
          <span className="label">{label}</span>
          <CodeBlock code={code} label={label} />
        </div>
      ))}
    </EmptyState>
  );
}
