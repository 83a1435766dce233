import { Link } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { linkedPrompts } from "../../core/prompt/linkedPrompts";
import { shorten, visible } from "../../core/text";

/** Links to the prompt versions that a trace or span used. */
export function LinkedPrompts({ tag, experiment }: {
  /** The tag of the trace or attribute of the span that lists them. */
  tag: unknown;
  experiment: string;
}) {
  return linkedPrompts(tag).map(({ name, version }) => (
    <Link
      key={`${name}/${version}`} className="badge" to="/e/$e/prompts/$prompt" params={{ e: experiment, prompt: name }} search={{ version } as never}
      title={`See prompt ${visible(name)}, version ${version}`}
    >
      <ScrollText aria-hidden /> <span className="ellipsis">prompt {shorten(visible(name), 60)} {version}</span>
    </Link>
  ));
}
