import { visible } from "../core/text";
import { CopyButton } from "./CopyButton";

/** Text to paste elsewhere. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="code-block">
      <pre tabIndex={0} aria-label={label}>{visible(code)}</pre>
      <CopyButton text={code} label={`Copy: ${label}`} />
    </div>
  );
}
