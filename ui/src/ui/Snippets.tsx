import type { Snippet, SnippetPlace } from "../core/snippets";
import { serverAddress } from "../net/root";
import { useServer } from "../net/server";
import { CodeBlock } from "./CodeBlock";

/** Code to paste that uses this server and the experiment. */
export function Snippets({ of: snippetsOf, experiment }: { of: (place: SnippetPlace) => Snippet[]; experiment: SnippetPlace["experiment"] }) {
  const { data: server } = useServer();
  const place: SnippetPlace = { url: serverAddress(), experiment, needsToken: server?.needs_token ?? false };
  return snippetsOf(place).map(({ label, code }) => (
    <div className="field" key={label}>
      <span className="label">{label}</span>
      <CodeBlock code={code} label={label} />
    </div>
  ));
}
