import { JUDGE_MODEL_SETTINGS, judgeSnippets } from "../../core/firstSnippets";
import { visible } from "../../core/text";
import type { Experiment } from "../../net/experiment";
import { useJudgeModels } from "../../net/scorers";
import { CodeBlock } from "../../ui/CodeBlock";
import { Snippets } from "../../ui/Snippets";
import { ErrorState } from "../../ui/State";

const MODEL_DEFAULT = "gateway:/local";

/** The models that judges can ask, and how to register a judge. Without models, how to configure one. */
export function JudgeModels({ experiment }: { experiment: Experiment }) {
  const { data: models, error, refetch } = useJudgeModels();
  if (error && !models) return <ErrorState error={error} doing="list the models of judges" onRetry={() => void refetch()} />;
  if (!models) return null;
  const model = models.find((one) => one.is_default) ?? models[0];
  return (
    <section className="stack scorer-models" aria-labelledby="judge-models">
      <h2 id="judge-models">Models of judges</h2>
      {models.length === 0 ? (
        <>
          <p>
            Judges ask a language model, and the settings of this server name none. Judges can also name a model by a URI such
            as <code>openai:/gpt-4o-mini</code>; its key is then in the environment of the server.
          </p>
          <details className="folded">
            <summary>Name a model in the settings</summary>
            <div className="stack">
              <p>In the settings file, which <code>kansoku serve --config kansoku.toml</code> reads:</p>
              <CodeBlock code={JUDGE_MODEL_SETTINGS} label="Settings" />
            </div>
          </details>
        </>
      ) : (
        <ul className="scorer-model-list">
          {models.map(({ uri, provider, model, is_default }) => (
            <li key={uri} className="row wrap">
              <code className="breaks">{visible(uri)}</code>
              <span className="muted breaks">{visible(model)}, {visible(provider)}</span>
              {is_default && <span className="badge" title="Judges that name no model ask it">default</span>}
            </li>
          ))}
        </ul>
      )}
      <details className="folded">
        <summary>Register a judge</summary>
        <div className="stack"><Snippets of={(place) => judgeSnippets(place, model?.uri ?? MODEL_DEFAULT)} experiment={experiment} /></div>
      </details>
    </section>
  );
}
